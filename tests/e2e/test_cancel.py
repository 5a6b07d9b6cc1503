"""What a cancel costs, who holds the slot, and that everybody is told, whatever happens meanwhile."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playground.messages import Message
from tests.standins import AimlapiStandIn, BflStandIn
from tests.support.bot import RunningBot, restarted, running_bot, until
from tests.support.vendors import using

MAX = {"model": "max", "count": 4}
CALLBACK = "/interactions/{interaction_id}/{token}/callback"
BY_TOKEN = "/webhooks/{application_id}/{token}/messages/{message_id}"
SLOTS = 6
"""How many `max` tasks Black Forest Labs works on at once."""


async def asked(home: RunningBot, **options: Any) -> Message:
    """Alice asks; her placeholder."""
    alice = home.discord.person(home.discord.alice)
    return await (await alice.command("imagine", prompt="a kite", **options)).reply()


async def cancelled(home: RunningBot, message: Message) -> str:
    """Alice clicks `Cancel`; what the message says when everything is booked."""
    before = await home.count("jobs", "state='cancelled'")
    await home.discord.person(home.discord.alice).click(message, "Cancel")
    await home.discord.until(lambda: "Cancelled" in message.text)
    await until(lambda: home.count("jobs", "state='cancelled'"), before + 1)
    assert message.buttons == ["Delete"]
    assert await home.books() == []
    return message.text


async def in_state(home: RunningBot, state: str, count: int) -> None:
    """Wait until so many tasks stand there."""
    await until(lambda: home.count("tasks", f"state='{state}'"), count)


def booked(home: RunningBot) -> dict[str, int]:
    """The ledger's credits by kind."""
    return dict(home.rows.ask("SELECT kind, sum(credits) FROM ledger GROUP BY kind"))


def cost(home: RunningBot) -> int:
    """What the operator pays, in millionths of a dollar."""
    return home.rows.ask("SELECT sum(cost_microusd) FROM tasks")[0][0]


# Credits and money


async def test_what_a_vendor_has_taken_is_spent_and_the_rest_comes_back(tmp_path: Path) -> None:
    async with BflStandIn(seconds=30) as vendor, running_bot(tmp_path, **using("bfl", vendor)) as home:
        await asked(home, **MAX)
        message = await asked(home, **MAX)
        await in_state(home, "running", SLOTS)
        assert "2 of 4 had been ordered: 4 credits" in await cancelled(home, message)
        assert booked(home) == {"reserve": 16, "settle": 4, "release": 4}
        assert cost(home) == SLOTS * 80_000
        quota = await (await home.discord.person(home.discord.alice).command("quota")).reply()
        assert "Used in the last 24 hours: **4**" in quota.text


async def test_what_no_vendor_has_seen_comes_back_whole(tmp_path: Path) -> None:
    async with BflStandIn(seconds=30) as vendor, running_bot(tmp_path, **using("bfl", vendor)) as home:
        await asked(home, **MAX)
        await asked(home, **MAX)
        message = await asked(home, **MAX)
        await in_state(home, "running", SLOTS)
        assert "nothing was charged" in await cancelled(home, message)
        assert booked(home) == {"reserve": 24, "release": 8}


async def test_who_cancels_again_and_again_runs_out_of_credits(tmp_path: Path) -> None:
    """What six cancels in a row cost once: 24 pictures ordered, nothing charged."""
    settings = {"daily_credits": 8}
    async with BflStandIn(seconds=30) as vendor, running_bot(tmp_path, **using("bfl", vendor), **settings) as home:
        message = await asked(home, **MAX)
        await in_state(home, "running", 4)
        assert "4 of 4 had been ordered: 8 credits" in await cancelled(home, message)
        for _ in range(5):
            assert "credits" in (await asked(home, **MAX)).text
        assert len(vendor.submits) == 4
        assert await home.count("jobs") == 1


async def test_a_vendor_that_works_while_it_is_waited_for_has_taken_what_was_sent(tmp_path: Path) -> None:
    async with AimlapiStandIn(seconds=0.5) as vendor, running_bot(tmp_path, **using("aimlapi", vendor)) as home:
        message = await asked(home)
        await in_state(home, "submitting", 1)
        assert "1 of 1 had been ordered: 1 credit" in await cancelled(home, message)
        assert booked(home) == {"reserve": 1, "settle": 1}
        assert cost(home) > 0


async def test_a_picture_that_was_made_before_the_cancel_is_spent(tmp_path: Path) -> None:
    times = iter([0.0, 30.0])
    async with (
        BflStandIn(seconds=lambda _: next(times)) as vendor,
        running_bot(tmp_path, **using("bfl", vendor)) as home,
    ):
        message = await asked(home, count=2)
        await in_state(home, "made", 1)
        await in_state(home, "running", 1)
        assert "2 of 2 had been ordered: 2 credits" in await cancelled(home, message)
        assert await home.count("pictures") == await home.count("kept_images") == 0


# Slots


async def test_a_cancelled_task_holds_its_slot_until_the_vendor_has_ended_it(tmp_path: Path) -> None:
    async with BflStandIn(seconds=2, slots=SLOTS) as vendor, running_bot(tmp_path, **using("bfl", vendor)) as home:
        messages = [await asked(home, **MAX) for _ in range(2)]
        await in_state(home, "running", SLOTS)
        for one in messages:
            await cancelled(home, one)
        later = await asked(home, **MAX)
        await home.finished(later)
        await home.at_rest()
        assert len(later.pictures) == 4
        assert len(vendor.submits) == vendor.accepted == SLOTS + 4
        assert len(vendor.downloads) == 4


# Told


async def test_a_cancel_whose_answer_was_lost_is_told_by_delivery(tmp_path: Path) -> None:
    async with running_bot(tmp_path, sandbox_seconds=60) as home:
        message = await asked(home)
        home.discord.faults.next("POST", CALLBACK, status=500, times=5)
        home.discord.faults.next("PATCH", BY_TOKEN, status=503)
        await cancelled(home, message)


async def test_a_cancel_that_a_process_did_not_come_to_tell_is_told_by_the_next(tmp_path: Path) -> None:
    async with running_bot(tmp_path, sandbox_seconds=60) as home:
        message = await asked(home)
        home.discord.faults.next("POST", CALLBACK, status=500, times=5)
        home.discord.faults.next("PATCH", BY_TOKEN, status=503, times=9)
        await home.discord.person(home.discord.alice).click(message, "Cancel")
        await until(lambda: home.count("tasks", "state='cancelled'"), 1)
        assert await home.count("jobs", "state='delivering'") == 1
        home.discord.faults.script.clear()
        async with restarted(home) as later:
            await later.discord.until(lambda: "Cancelled" in message.text)
            await later.at_rest()
            assert await later.books() == []


# On record


async def test_who_cancels_repeatedly_is_put_on_record(tmp_path: Path) -> None:
    async with running_bot(tmp_path, sandbox_seconds=60) as home:
        for expected in (0, 1, 2):
            await cancelled(home, await asked(home))
            assert await home.count("audit", f"action='cancel' AND actor_id={home.discord.alice.id}") == expected


async def test_a_cancelled_card_can_be_removed_by_its_requester_and_by_nobody_else(tmp_path: Path) -> None:
    async with BflStandIn(seconds=30) as vendor, running_bot(tmp_path, **using("bfl", vendor)) as home:
        server = home.discord
        message = await asked(home)
        await cancelled(home, message)
        refused = await server.person(server.bob).click(message, "Delete")
        assert "can delete this" in (await refused.reply()).text
        assert not message.deleted
        question = await (await server.person(server.alice).click(message, "Delete")).reply()
        await server.person(server.alice).click(question, question.buttons[0])
        await server.until(lambda: message.deleted)
        assert await home.books() == []
