"""What the tests of remixing have in common: making a picture, going on from one."""

from __future__ import annotations

from typing import Any

from bot.ui.words import _
from playground.messages import Message
from playground.people import Asking, Person
from playground.world import Channel, User
from tests.support.bot import RunningBot


async def imagine(home: RunningBot, who: User | None = None, prompt: str = "a red kite", **options: Any) -> Message:
    """A finished picture, whose row is written as well: a person is never as fast as a test."""
    person = home.discord.person(who or home.discord.alice)
    message = await home.finished(await (await person.command("imagine", prompt=prompt, **options)).reply())
    await home.at_rest()
    return message


async def remix(home: RunningBot, who: User, prompt: str = "at night", **options: Any) -> Message:
    """A finished remix by command."""
    asking = await home.discord.person(who).command("remix", prompt=prompt, **options)
    return await finished(home, asking)


async def finished(home: RunningBot, asking: Asking) -> Message:
    """What a click, a form or a menu led to."""
    message = await home.finished(await asking.reply())
    await home.at_rest()
    return message


async def by_form(home: RunningBot, asking: Asking, who: User, **values: Any) -> Message:
    """Fill in the form that opened."""
    await asking.acknowledged()
    return await finished(home, await home.discord.person(who).submit_modal(asking, **values))


async def card_of(who: Person, message: Message) -> Message:
    """The private card behind `More`."""
    return await (await who.click(message, _("More"))).private()


async def by_more(who: Person, message: Message, label: str) -> Asking:
    """Press a button that stands on the card behind `More`."""
    return await who.click(await card_of(who, message), _(label))


async def thread_under(home: RunningBot, message: Message, who: User | None = None) -> Channel:
    """Press `Thread`, and wait until its head shows the picture."""
    await (await by_more(home.discord.person(who or home.discord.alice), message, "Thread")).acknowledged()
    thread: Channel = await home.discord.until(lambda: message.thread)
    await home.discord.until(lambda: head_of(thread))
    return thread


def head_of(thread: Channel) -> Message | None:
    """The message at the head of a thread, once it shows a picture."""
    return next((one for one in thread.messages.values() if "current picture" in one.text and one.pictures), None)


def code_of(message: Message, number: int = 1) -> str:
    """The code of a message's picture, as its file is named."""
    return message.pictures[number - 1].filename.removeprefix("atelier-").rpartition(".")[0]


async def parents(home: RunningBot, code: str) -> list[str]:
    """Codes of the pictures that a picture's job started from."""
    seen = await home.app.client.library.by_code(code)
    return [one.code or "?" for one in seen.job.request.references]
