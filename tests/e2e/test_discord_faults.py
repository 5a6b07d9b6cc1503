"""Discord in trouble: whatever it does to a delivery, the message ends right and single, and the books add up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from playground import LoopbackDiscord
from playground.messages import Message
from playground.people import Asking
from tests.support.bot import RunningBot, running_bot

EDIT = "/webhooks/{application_id}/{token}/messages/{message_id}"
CALLBACK = "/interactions/{interaction_id}/{token}/callback"
CHANNEL_EDIT = "/channels/{channel_id}/messages/{message_id}"
SEND = "/channels/{channel_id}/messages"
FINISHED = ["Remix", "Vary", "Reroll", "More"]
SLOW = {"sandbox_seconds": 0.5}
"""Long enough for a test to act between the placeholder and the picture."""


def calls(home: RunningBot, method: str, template: str) -> list[int]:
    """What such requests were answered with."""
    return [call.status for call in home.discord.calls if (call.method, call.template) == (method, template)]


async def finished_alone(home: RunningBot, message: Message) -> None:
    """The message shows its picture, nothing else was posted, and the job is paid."""
    await home.discord.until(lambda: message.pictures)
    await home.at_rest()
    assert message.buttons == FINISHED
    assert home.discord.messages() == [message]
    await paid(home)


async def paid(home: RunningBot) -> None:
    assert await home.count("jobs", "state='done'") == 1
    assert await home.count("ledger", "kind='settle' AND credits=1") == 1
    assert await home.count("ledger", "kind='release'") == 0
    assert await home.books() == []


async def given_back(home: RunningBot) -> None:
    assert await home.count("jobs", "state='failed'") == 1
    assert await home.count("ledger", "kind='release' AND credits=1") == 1
    assert await home.count("ledger", "kind='settle'") == 0
    assert await home.books() == []


async def waiting(home: RunningBot) -> tuple[Asking, Message]:
    asking = await home.discord.person(home.discord.alice).command("imagine", prompt="a lighthouse at dawn")
    return asking, await asking.reply()


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500},
        {"status": 503},
        {"status": 429, "retry_after": 0.2},
        {"reset": True},
        {"reset": True, "applied": True},
        {"status": 502, "applied": True},
        {"status": 200},
    ],
    ids=["500", "503", "429", "reset", "reset-after-it-was-applied", "502-after-it-was-applied", "200-without-sense"],
)
async def test_a_passing_fault_of_the_final_edit_is_tried_again(tmp_path: Path, fault: dict[str, Any]) -> None:
    async with running_bot(tmp_path) as home:
        home.discord.faults.next("PATCH", EDIT, **fault)
        _, message = await waiting(home)
        await finished_alone(home, message)
        assert calls(home, "PATCH", EDIT)[-1] == 200
        assert len(calls(home, "PATCH", EDIT)) == 2


async def test_an_expired_token_is_replaced_by_an_edit_through_the_channel(tmp_path: Path) -> None:
    async with running_bot(tmp_path, **SLOW) as home:
        asking, message = await waiting(home)
        home.discord.expire_token(asking.interaction)
        await finished_alone(home, message)
        assert calls(home, "PATCH", EDIT) == [401]
        assert calls(home, "PATCH", CHANNEL_EDIT) == [200]


async def test_a_reset_edit_through_the_channel_that_was_applied_is_made_once_more(tmp_path: Path) -> None:
    async with running_bot(tmp_path, **SLOW) as home:
        home.discord.faults.next("PATCH", CHANNEL_EDIT, reset=True, applied=True)
        asking, message = await waiting(home)
        home.discord.expire_token(asking.interaction)
        await finished_alone(home, message)
        assert calls(home, "PATCH", CHANNEL_EDIT) == [200, 200]


async def test_a_deleted_placeholder_is_replaced_by_a_new_message(tmp_path: Path) -> None:
    async with running_bot(tmp_path, **SLOW) as home:
        _, message = await waiting(home)
        home.discord.delete_message(message)
        await home.at_rest()
        [posted] = home.discord.messages()
        assert posted is not message
        assert posted.buttons == FINISHED
        assert len(posted.pictures) == 1
        await paid(home)

        again = await (await home.discord.person(home.discord.alice).click(posted, "Reroll")).reply()
        await home.discord.until(lambda: again.pictures)


async def test_a_new_message_whose_answer_was_lost_is_not_posted_twice(tmp_path: Path) -> None:
    async with running_bot(tmp_path, **SLOW) as home:
        home.discord.faults.next("POST", SEND, reset=True, applied=True)
        _, message = await waiting(home)
        home.discord.delete_message(message)
        await home.at_rest()
        assert calls(home, "POST", SEND) == [200, 200]
        assert [one.buttons for one in home.discord.messages()] == [FINISHED]
        await paid(home)


async def test_a_failure_whose_placeholder_was_deleted_posts_nothing_and_costs_nothing(tmp_path: Path) -> None:
    async with running_bot(tmp_path, **SLOW) as home:
        alice = home.discord.person(home.discord.alice)
        message = await (await alice.command("imagine", prompt="please [error] this")).reply()
        home.discord.delete_message(message)
        await home.at_rest()
        assert home.discord.messages() == []
        await given_back(home)


async def test_a_deleted_channel_sends_the_picture_to_its_member(tmp_path: Path) -> None:
    async with running_bot(tmp_path, **SLOW) as home:
        await waiting(home)
        home.discord.delete_channel(home.discord.channel)
        await home.at_rest()
        [posted] = home.discord.messages(home.discord.dm(home.discord.alice))
        assert posted.buttons == FINISHED
        assert len(posted.pictures) == 1
        await paid(home)


@pytest.mark.parametrize("denied", [("VIEW_CHANNEL",), ("SEND_MESSAGES",), ("ATTACH_FILES",)])
async def test_a_channel_where_it_may_not_post_any_more_sends_the_picture_to_its_member(
    tmp_path: Path, denied: tuple[str, ...]
) -> None:
    async with running_bot(tmp_path, **SLOW) as home:
        _, message = await waiting(home)
        home.discord.delete_message(message)
        home.discord.revoke_permission(home.discord.channel, *denied)
        await home.at_rest()
        [posted] = home.discord.messages(home.discord.dm(home.discord.alice))
        assert len(posted.pictures) == 1
        assert home.discord.messages() == []
        await paid(home)


async def test_where_no_way_is_left_every_credit_goes_back(tmp_path: Path) -> None:
    async with running_bot(tmp_path, **SLOW) as home:
        home.discord.alice.accepts_dms = False
        await waiting(home)
        home.discord.delete_channel(home.discord.channel)
        await home.at_rest()
        assert home.discord.messages(home.discord.dm(home.discord.alice)) == []
        assert await home.count("jobs", "failure='undeliverable'") == 1
        await given_back(home)


async def test_a_picture_larger_than_the_place_takes_is_made_smaller_and_posted(tmp_path: Path) -> None:
    server = LoopbackDiscord(limits=False)
    server.guild.file_limit = 40_000
    async with running_bot(tmp_path, server=server) as home:
        alice = home.discord.person(home.discord.alice)
        message = await (await alice.command("imagine", prompt="a market street", format="png")).reply()
        await finished_alone(home, message)
        assert message.pictures[0].size <= 40_000
        assert calls(home, "PATCH", EDIT) == [200]


async def lost_placeholders(home: RunningBot, faults: list[dict[str, Any]]) -> list[Asking]:
    """One command after the other, each with its placeholder's call failing; then wait until all have ended."""
    alice, askings = home.discord.person(home.discord.alice), []
    for number, fault in enumerate(faults, start=1):
        home.discord.faults.next("POST", CALLBACK, **fault)
        askings.append(await alice.command("imagine", prompt=f"lighthouse {number}"))
        await home.discord.until(lambda: not home.discord.faults.script)
    await home.at_rest(20)
    return askings


async def each_was_posted_once(home: RunningBot, askings: list[Asking], applied: list[bool]) -> None:
    messages = home.discord.messages()
    assert sorted(message.text.split()[2] for message in messages) == [str(n + 1) for n in range(len(askings))]
    for message in messages:
        assert not message.ephemeral
        assert message.buttons == FINISHED
        assert len(message.pictures) == 1
        assert await home.count("jobs", f"state='done' AND message_id={message.id}") == 1
    assert [asking.interaction.original in messages for asking in askings] == applied
    assert await home.books() == []


async def test_a_refused_placeholder_is_found_and_edited_or_replaced_by_a_new_message(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        faults = [{"status": 404, "code": 10062}, {"status": 500, "applied": True}]
        await each_was_posted_once(home, await lost_placeholders(home, faults), [False, True])


async def test_a_placeholder_lost_with_its_connection_is_found_or_replaced_by_a_new_message(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        faults = [{"reset": True}, {"reset": True, "applied": True}]
        await each_was_posted_once(home, await lost_placeholders(home, faults), [False, True])


async def test_a_retry_that_fails_faster_than_its_placeholder_shows_the_failure_at_last(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        alice = home.discord.person(home.discord.alice)
        message = await (await alice.command("imagine", prompt="an [error] lighthouse")).reply()
        await home.finished(message)
        await home.at_rest()
        home.discord.faults.next("POST", CALLBACK, stall=0.5, applied=True, status=200)
        asking = await alice.click(message, "Try again")
        await asking.acknowledged()
        await home.at_rest(20)
        assert message.buttons == ["Try again", "Delete"]
