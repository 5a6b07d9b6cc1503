"""What people do for the gallery: each scene leads to some states of the bot's messages and shows them.

Buttons go by their labels, which are those of the language that is looked at.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from bot.ui.words import _
from painter import paint
from playground.attachments import Upload
from playground.model import Channel, Message
from playground.people import Asking, Person
from tests.support.bot import RunningBot
from tests.support.remixing import by_more, card_of, finished, imagine, remix


class Camera(Protocol):
    """What a scene needs of the gallery."""

    home: RunningBot

    async def shows(self, name: str, message: Message, who: str = "alice", channel: Channel | None = None) -> None:
        """Keep what somebody sees of a message."""
        ...

    async def form(self, name: str, message: Message, label: str, who: str = "alice") -> None:
        """Keep the form that a button opens."""
        ...

    async def rule(self, name: str, panel: Message, rule: int) -> None:
        """Keep the form that a choice in the rules' panel opens."""
        ...


Scene = Callable[[Camera], Awaitable[None]]
FOX = "a fox in a snowy birch forest, watercolour, morning sun"
LONG = "a harbour at dawn with fishing boats, gulls and a lighthouse, oil on canvas, " * 40


def _people(camera: Camera) -> tuple[Person, Person, Person]:
    server = camera.home.discord
    return server.person(server.alice), server.person(server.bob), server.person(server.moderator)


async def _settled(camera: Camera, asking: Asking) -> Message:
    message = await asking.reply()
    await camera.home.discord.until(lambda: not message.loading)
    return message


async def waiting_and_cancelled(camera: Camera) -> None:
    """Painting, several of them, and ended by their requester."""
    alice, _bob, _morgan = _people(camera)
    kinds: dict[str, dict[str, Any]] = {"painting": {}, "painting four": {"count": 4}}
    for name, options in kinds.items():
        message = await (await alice.command("imagine", prompt=f"[slow] {FOX}", **options)).reply()
        await camera.shows(name, message)
        await alice.click(message, _("Cancel"))
        await camera.home.discord.until(lambda message=message: _("Cancel") not in message.buttons)
        await camera.home.at_rest()
        await camera.shows(f"{name} cancelled", message)


async def finished_ones(camera: Camera) -> None:
    """One picture, four, what stands behind `More`, and the forms."""
    alice, _bob, _morgan = _people(camera)
    one = await imagine(camera.home, prompt=FOX, aspect_ratio="3:2")
    await camera.shows("imagine", one)
    await camera.form("remix form", one, _("Remix"))
    more = await card_of(alice, one)
    await camera.shows("more", more)
    await camera.shows("details", await _settled(camera, await alice.click(more, _("Details"))))
    await camera.shows("delete question", await _settled(camera, await alice.click(more, _("Delete"))))
    four = await imagine(camera.home, prompt="a lighthouse in a storm, oil on canvas", count=4)
    await camera.shows("imagine four", four)
    await camera.shows("max question", await _settled(camera, await by_more(alice, four, "Max")))
    await camera.shows("variation", await finished(camera.home, await alice.click(four, "V3")))
    long = await imagine(camera.home, prompt=LONG[:3000])
    await camera.shows("long prompt", long)
    await camera.shows("details of a long prompt", await _settled(camera, await by_more(alice, long, "Details")))


async def edits_and_comparison(camera: Camera) -> None:
    """A picture that somebody brings, changed, and beside what it was."""
    alice, _bob, _morgan = _people(camera)
    brought = Upload("harbour.jpg", paint("a harbour at dawn", 3, "3:2"))
    edited = await finished(camera.home, await alice.command("edit", image=brought, prompt="make it night"))
    await camera.shows("edit", edited)
    await camera.shows("compare", await _settled(camera, await by_more(alice, edited, "Compare")))


async def failures(camera: Camera) -> None:
    """Refused for its content, and not made."""
    for name, sign in (("moderated", "[moderated]"), ("failed", "[error]")):
        message = await imagine(camera.home, prompt=f"{sign} {FOX}")
        await camera.shows(name, message)


async def together(camera: Camera) -> None:
    """A thread, its steps, and the family tree."""
    server = camera.home.discord
    alice, bob, _morgan = _people(camera)
    first = await imagine(camera.home, prompt="a cat in a hat")
    await (await by_more(alice, first, "Thread")).acknowledged()
    thread: Channel = await server.until(lambda: first.thread)
    head = await server.until(lambda: next((one for one in thread.messages.values() if one.pictures), None))
    step = await remix(camera.home, server.bob, "make it night", channel=thread)
    await remix(camera.home, server.alice, "add a red balloon", channel=thread)
    await camera.shows("thread", head, channel=thread)
    await camera.shows("step in a thread", step, channel=thread)
    card = await (await bob.click(first, _("More"))).private()
    if _("Thread") in card.buttons:
        await camera.shows("thread again", await (await bob.click(card, _("Thread"))).private(), "bob")
    source = f"https://discord.com/channels/{server.guild.id}/{thread.id}/{step.id}"
    tree = await _settled(camera, await alice.command("lineage", source=source))
    await server.until(lambda: tree.pictures)
    await camera.shows("lineage", tree)


async def private_pages(camera: Camera) -> None:
    """What only the caller sees: credits, history, help, privacy."""
    alice, _bob, _morgan = _people(camera)
    for name in ("quota", "history", "help", "privacy consent", "privacy delete"):
        options: dict[str, Any] = {"remix": "only_me"} if name == "privacy consent" else {}
        await camera.shows(name, await _settled(camera, await alice.use(name, options)))


async def refusals(camera: Camera) -> None:
    """Some of each kind; nothing of them is charged."""
    server = camera.home.discord
    alice, _bob, morgan = _people(camera)
    text = Upload("notes.txt", b"no picture")
    asked: dict[str, tuple[str, dict[str, Any]]] = {
        "refused empty prompt": ("imagine", {"prompt": "   "}),
        "refused no picture": ("edit", {"image": text, "prompt": "make it night"}),
        "refused unknown source": ("remix", {"source": "zzzzz", "prompt": "make it night"}),
    }
    for name, (command, options) in asked.items():
        await camera.shows(name, await _settled(camera, await alice.use(command, options)))
    await (await morgan.use("settings words", {"add": "blood"})).reply()
    await (await morgan.use("settings safety", {"strikes": 3})).reply()
    for name in ("refused words", "refused words again", "refused and paused", "refused while paused"):
        answer = await _settled(camera, await alice.command("imagine", prompt="blood on the wall"))
        await camera.shows(name, answer)
    await (await morgan.use("moderate unblock", {"member": server.alice})).reply()
    await (
        await morgan.use("moderate block", {"member": server.bob, "duration": 24, "reason": "please calm down"})
    ).reply()
    blocked = await _settled(camera, await server.person(server.bob).command("imagine", prompt=FOX))
    await camera.shows("refused while blocked", blocked, "bob")
    await (await morgan.use("moderate unblock", {"member": server.bob})).reply()


async def for_moderators(camera: Camera) -> None:
    """The rules, the record, usage, a report and the log channel."""
    server = camera.home.discord
    _alice, bob, morgan = _people(camera)
    await (await morgan.use("settings log-channel", {"channel": server.other_channel, "prompts": True})).reply()
    panel = await _settled(camera, await morgan.use("settings show", {}))
    await camera.shows("settings", panel, "mod")
    await camera.rule("settings form", panel, 0)
    await (await morgan.use("moderate grant", {"member": server.bob, "credits": 5})).reply()
    for name in ("usage", "audit", "blocks"):
        await camera.shows(name, await _settled(camera, await morgan.use(f"moderate {name}", {})), "mod")
    await camera.shows(
        "reset question", await _settled(camera, await morgan.use("settings reset", {"rule": "everything"})), "mod"
    )
    made = await imagine(camera.home, prompt="a rude gesture")
    form = await bob.context_menu("Report image", made)
    await (await bob.submit(form, reason="That is not nice.")).reply()
    card = await server.until(lambda: _newest(server.other_channel, "That is not nice."))
    await camera.shows("report", card, "mod", server.other_channel)
    await (await morgan.click(card, _("Remove"))).acknowledged()
    await server.until(lambda: made.deleted)
    await camera.shows("report answered", card, "mod", server.other_channel)
    log = await server.until(lambda: next(iter(server.messages(server.other_channel)), None))
    await camera.shows("log channel", log, "mod", server.other_channel)


def _newest(channel: Channel, words: str) -> Message | None:
    return next((one for one in reversed(channel.messages.values()) if words in one.text), None)


SCENES: tuple[Scene, ...] = (
    waiting_and_cancelled,
    finished_ones,
    edits_and_comparison,
    failures,
    together,
    private_pages,
    refusals,
    for_moderators,
)
