"""Several people and several faults at once: nothing is stranded, lost, answered twice or said to the wrong ears."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

from structlog.testing import capture_logs

from bot.models import Member, Place
from playground.permissions import Permission
from playground.world import Overwrite
from tests.standins import BflStandIn
from tests.support.bot import RunningBot, running_bot, until
from tests.support.clocks import AheadClock
from tests.support.database_faults import change, failing
from tests.support.remixing import by_more, code_of, head_of, imagine, remix, thread_under

CALLBACK = "/interactions/{interaction_id}/{token}/callback"
SEND = "/channels/{channel_id}/messages"
MESSAGE = "/channels/{channel_id}/messages/{message_id}"
NONSENSE: dict[str, Any] = {"status": 200}
"""An answer in which nothing is that should be: the library stumbles over it in its own, unforeseen way."""


async def on_disk(home: RunningBot, statement: str) -> list[Any]:
    """Look at the database, or change it, behind the bot's back."""
    return await asyncio.to_thread(change, home.settings.database_url, statement)


async def settled(home: RunningBot, **entries: int) -> None:
    """The ledger has these entries of each kind, and adds up."""
    for kind, number in entries.items():
        assert await home.count("ledger", f"kind='{kind}'") == number, kind
    assert await home.books() == []


# A step of the worker breaks


async def test_a_source_that_breaks_in_an_unforeseen_way_ends_the_job_in_words(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        first = await imagine(home)
        server.expire_addresses()
        server.faults.next("GET", MESSAGE, **NONSENSE)
        made = await remix(home, server.bob, source=code_of(first))
        assert "Something went wrong on our side" in made.text
        assert made.buttons == ["Try again", "Delete"]
        await settled(home, settle=1, release=1)
        asking = await server.person(server.bob).click(made, "Try again")
        await asking.acknowledged()
        await server.until(lambda: made.pictures)  # the slot was given back, and the source is read anew
        await home.at_rest()
        await settled(home, settle=2, release=1)


def on_bfl(vendor: BflStandIn) -> dict[str, Any]:
    return {"providers": "bfl", "bfl_api_key": vendor.key, "bfl_api_url": vendor.url}


_STUMBLES = {
    "a step of the worker broke",
    "a task could not be ended",
    "result not written down",
    "broke, and is tried again from now on",  # what claims tasks on a server
}


@contextlib.asynccontextmanager
async def full_disk(home: RunningBot, what: str) -> AsyncGenerator[None]:
    """Changes of this kind fail; leaving waits until the worker has stumbled over that, and makes room."""
    with failing(home.settings.database_url, what), capture_logs() as seen:

        async def stumbled() -> bool:
            return any(one["event"] in _STUMBLES for one in seen)

        yield
        await until(stumbled, True)


async def test_a_picture_that_cannot_be_written_down_at_first_is_not_lost(tmp_path: Path) -> None:
    """The disk is full as the picture comes, and it was paid for."""
    async with BflStandIn(seconds=0.05, retry_after=None) as vendor, running_bot(tmp_path, **on_bfl(vendor)) as home:
        alice = home.discord.person(home.discord.alice)
        async with full_disk(home, "INSERT ON pictures"):
            message = await (await alice.command("imagine", prompt="a kite")).reply()
        await home.discord.until(lambda: message.pictures, 20)
        await home.at_rest()
        assert len(vendor.submits) == 1
        await settled(home, settle=1, release=0)


async def test_a_task_that_was_taken_goes_on_though_its_row_could_not_say_so(tmp_path: Path) -> None:
    """The vendor took it, and will bill it: its picture is fetched by what is held in memory."""
    async with BflStandIn(seconds=0.05, retry_after=None) as vendor, running_bot(tmp_path, **on_bfl(vendor)) as home:
        alice = home.discord.person(home.discord.alice)
        async with full_disk(home, "INSERT ON remote_tasks"):
            message = await (await alice.command("imagine", prompt="a kite")).reply()
        await home.discord.until(lambda: message.pictures, 20)
        await home.at_rest()
        assert vendor.accepted == 1
        await settled(home, settle=1, release=0)
        assert await home.count("tasks", "cost_microusd > 0") == 1


async def test_a_task_whose_end_could_not_be_written_either_is_not_stranded(tmp_path: Path) -> None:
    """Neither the claim nor the failure that follows can be written, until there is room again."""
    async with running_bot(tmp_path) as home:
        alice = home.discord.person(home.discord.alice)
        async with full_disk(home, "UPDATE ON tasks"):
            message = await (await alice.command("imagine", prompt="a kite")).reply()
        await home.finished(message, 10)
        await home.at_rest()
        assert await home.books() == []


# Placeholders that come late


async def code_of_the_running(home: RunningBot) -> str:
    await until(lambda: home.count("jobs", "state IN ('submitting','running')"), 1)
    return str((await on_disk(home, "SELECT code FROM jobs ORDER BY id DESC LIMIT 1"))[0][0])


async def cancel(home: RunningBot, code: str) -> None:
    """Cancelled by a moderator while nobody sees its placeholder yet."""
    server = home.discord
    member = Member(server.moderator.id, "Morgan", moderator=True)
    await home.app.client.generation.cancel(code, member, Place(server.channel.id, server.guild.id))


async def test_a_placeholder_that_comes_after_the_job_was_cancelled_says_so(tmp_path: Path) -> None:
    async with running_bot(tmp_path, sandbox_seconds=30) as home:
        server = home.discord
        server.faults.next("POST", CALLBACK, stall=0.5)
        asking = await server.person(server.alice).command("imagine", prompt="a kite")
        await cancel(home, await code_of_the_running(home))
        placeholder = await asking.reply()
        await server.until(lambda: "Cancelled" in placeholder.text)
        await home.at_rest()
        assert server.messages() == [placeholder]
        await settled(home, release=0, settle=1)


async def test_a_reply_that_comes_after_the_job_was_cancelled_says_so(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        first = await imagine(home, prompt="a kite")
        server.faults.next("POST", SEND, stall=0.5)
        said = server.person(server.bob).say(f"<@{server.bot_id}> [slow] paint it blue", reply_to=first)
        await cancel(home, await code_of_the_running(home))
        await server.until(lambda: "Cancelled" in server.messages()[-1].text)
        await home.at_rest()
        assert server.messages()[:-1] == [first, said]
        await settled(home)


async def test_a_retry_that_was_cancelled_before_it_was_shown_says_so(tmp_path: Path) -> None:
    async with running_bot(tmp_path, sandbox_seconds=2) as home:
        server = home.discord
        alice = server.person(server.alice)
        message = await (await alice.command("imagine", prompt="an [error] kite")).reply()
        await home.finished(message)
        await home.at_rest()
        await on_disk(home, "UPDATE jobs SET prompt = 'a kite'")
        server.faults.next("POST", CALLBACK, stall=0.5)
        asking = await alice.click(message, "Try again")
        await cancel(home, await code_of_the_running(home))
        await asking.acknowledged()
        await server.until(lambda: "Cancelled" in message.text)
        assert "Cancel" not in message.buttons
        await home.at_rest()
        await settled(home, release=1, settle=1)


async def test_a_placeholder_whose_answer_was_lost_can_be_cancelled(tmp_path: Path) -> None:
    async with running_bot(tmp_path, sandbox_seconds=30) as home:
        server = home.discord
        alice = server.person(server.alice)
        server.faults.next("POST", CALLBACK, reset=True, applied=True)
        placeholder = await (await alice.command("imagine", prompt="a kite")).reply()
        await code_of_the_running(home)
        await alice.click(placeholder, "Cancel")
        await server.until(lambda: "Cancelled" in placeholder.text)
        await home.at_rest()
        assert server.messages() == [placeholder]
        await settled(home, release=0, settle=1)


async def test_a_placeholder_that_cannot_be_noted_is_not_told_as_a_refusal(tmp_path: Path) -> None:
    """The job is accepted, and will be charged: nobody may read that it was not."""
    async with running_bot(tmp_path) as home:
        server = home.discord
        with failing(home.settings.database_url, "UPDATE OF message_id ON jobs"), capture_logs() as seen:
            message = await (await server.person(server.alice).command("imagine", prompt="a kite")).reply()
            await until(lambda: asyncio.sleep(0, any(one["event"] == "placeholder not noted" for one in seen)), True)
        await server.until(lambda: message.pictures, 20)
        await home.at_rest()
        assert server.messages() == [message]
        await settled(home, release=0, settle=1)


async def stays_when_its_answer_comes_late(
    home: RunningBot, clock: AheadClock, template: str, held: asyncio.Event
) -> None:
    """Delivery waits no longer for the placeholder, and finds it; its picture stays when the answer comes at last."""
    server = home.discord

    def answers() -> int:
        return sum((call.method, call.template) == ("POST", template) for call in server.calls)

    before, known = answers(), await home.count("jobs", "state='done'")
    await until(lambda: home.count("jobs", "state IN ('submitting','running')"), 1)
    clock.ahead = 11_000
    try:
        await until(lambda: home.count("jobs", "state='done' AND message_id IS NOT NULL"), known + 1, 30)
        made = [one for one in server.messages() if one.pictures]
        assert answers() == before  # the placeholder's call is still under way
    finally:
        held.set()
    await server.until(lambda: answers() > before)
    await imagine(home, server.moderator)  # whatever the late answer leads to has happened by then
    assert len(made) == known + 1
    assert not any(one.deleted for one in made)
    assert not [call for call in server.calls if call.method == "DELETE"]
    await settled(home, release=0, settle=known + 2)


async def test_a_picture_delivered_into_its_placeholder_stays_when_the_answer_comes_late(tmp_path: Path) -> None:
    clock, held = AheadClock(), asyncio.Event()
    async with running_bot(tmp_path, clock=clock, sandbox_seconds=0.5) as home:
        home.discord.faults.next("POST", CALLBACK, held=held)
        await home.discord.person(home.discord.alice).command("imagine", prompt="a kite")
        await stays_when_its_answer_comes_late(home, clock, CALLBACK, held)


async def test_a_picture_delivered_into_a_reply_stays_when_its_answer_comes_late(tmp_path: Path) -> None:
    clock, held = AheadClock(), asyncio.Event()
    async with running_bot(tmp_path, clock=clock, sandbox_seconds=0.5) as home:
        server = home.discord
        first = await imagine(home)
        await home.at_rest()
        server.faults.next("POST", SEND, held=held)
        server.person(server.bob).say(f"<@{server.bot_id}> paint it blue", reply_to=first)
        await stays_when_its_answer_comes_late(home, clock, SEND, held)


# Two at once


async def test_cancel_clicked_twice_at_once_is_answered_twice_and_booked_once(tmp_path: Path) -> None:
    async with running_bot(tmp_path, sandbox_seconds=30) as home:
        server = home.discord
        people = [server.person(server.alice), server.person(server.moderator)]
        waiting = await (await people[0].command("imagine", prompt="a kite")).reply()
        await code_of_the_running(home)
        clicks = await asyncio.gather(*(one.click(waiting, "Cancel") for one in people))
        answers = [await one.reply() for one in clicks]
        assert all("Cancelled" in one.text or "already finished" in one.text for one in answers)
        assert "Cancelled" in waiting.text
        await home.at_rest()
        await settled(home, release=0, settle=1)


async def test_thread_pressed_by_two_at_once_gives_one_thread_with_one_head(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        message = await imagine(home)
        people = [server.person(one) for one in (server.alice, server.bob)]
        clicks = await asyncio.gather(*(by_more(one, message, "Thread") for one in people))
        answers = [await one.reply() for one in clicks]
        await server.until(lambda: not any(one.loading for one in answers))
        thread = await server.until(lambda: message.thread)
        await server.until(lambda: head_of(thread))
        assert all(thread.mention in one.text for one in answers)
        assert sorted(one.text.partition(":")[0] for one in answers) == ["Continue here", "There is already a thread"]
        assert [one for one in server.guild.channels.values() if one.is_thread] == [thread]
        assert await home.count("remix_threads") == 1
        await remix(home, server.bob, channel=thread)  # whatever was posted twice would be there by now
        assert len([one for one in thread.messages.values() if "Remixed together" in one.text]) == 1


async def test_who_may_not_open_threads_is_told_so_alone(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        message = await imagine(home)
        server.channel.overwrites[server.bob.id] = Overwrite(1, deny=int(Permission.CREATE_PUBLIC_THREADS))
        server.world.emit("CHANNEL_UPDATE", server.channel)
        asking = await by_more(server.person(server.bob), message, "Thread")
        assert "not allowed to open threads" in (await asking.reply()).text
        assert asking.ephemeral
        assert message.thread is None
        await thread_under(home, message, server.alice)  # once it is there, it is open to all
        again = await by_more(server.person(server.bob), message, "Thread")
        answer = await again.reply()
        await server.until(lambda: "There is already a thread" in answer.text)
        assert again.ephemeral


# Words after a public "thinking …"


async def test_a_fault_after_the_public_thinking_is_told_to_its_caller_alone(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        first = await imagine(home)
        await on_disk(home, "DELETE FROM picture_addresses")  # it must be looked for, and the answer is nonsense
        server.faults.next("GET", MESSAGE, **NONSENSE)
        asking = await server.person(server.bob).command("lineage", source=code_of(first))
        thinking = await asking.reply()
        await server.until(lambda: thinking.deleted)
        [answer] = await server.until(lambda: [one for one in server.messages() if one is not first])
        assert answer.private_to is server.bob
        assert "Something went wrong on our side" in answer.text


async def test_the_family_of_something_out_of_reach_is_refused_in_private(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        hidden = await imagine(home, channel=server.second_channel)
        server.person(server.alice).say("hello")
        chat = server.messages()[-1]
        link = f"https://discord.com/channels/{server.guild.id}/{server.channel.id}/{chat.id}"
        for source, words in (
            (code_of(hidden), "cannot find that picture"),
            ("zzzzz", "cannot find that picture"),
            (link, "no picture"),
        ):
            asking = await server.person(server.bob).command("lineage", source=source)
            assert words in (await asking.reply()).text
            assert asking.ephemeral
