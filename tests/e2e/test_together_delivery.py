"""Delivery, heads of threads, erasure and forms while Discord refuses, people act at once, or the bot is restarted."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from playground.messages import Message
from playground.world import Channel
from tests.standins import BflStandIn
from tests.support import photographs
from tests.support.bot import RunningBot, restarted, running_bot, until
from tests.support.remixing import by_form, by_more, code_of, finished, head_of, imagine, parents, remix, thread_under

EDIT = "/webhooks/{application_id}/{token}/messages/{message_id}"
CHANNEL_EDIT = "/channels/{channel_id}/messages/{message_id}"
SEND = "/channels/{channel_id}/messages"
SLOW: dict[str, Any] = {"sandbox_seconds": 0.5}


def calls(home: RunningBot, method: str, template: str) -> list[int]:
    """What such requests were answered with."""
    return [call.status for call in home.discord.calls if (call.method, call.template) == (method, template)]


async def paid(home: RunningBot, jobs: int = 1) -> None:
    """So many jobs are done and paid, and nothing else was booked."""
    await home.at_rest(20)
    assert await home.count("jobs", "state='done'") == jobs
    assert await home.count("ledger", "kind='settle'") == jobs
    assert await home.count("ledger", "kind='release'") == 0
    assert await home.count("kept_images") == 0
    assert await home.books() == []


# The channel's routes refuse


@pytest.mark.parametrize("fault", [{"status": 401}, {"status": 403}], ids=["401", "403-without-a-code"])
async def test_a_refusal_of_the_channel_that_passes_is_tried_again(tmp_path: Path, fault: dict[str, Any]) -> None:
    async with running_bot(tmp_path, **SLOW) as home:
        server = home.discord
        server.faults.next("PATCH", CHANNEL_EDIT, times=2, **fault)
        asking = await server.person(server.alice).command("imagine", prompt="a kite")
        message = await asking.reply()
        server.expire_token(asking.interaction)
        await until(lambda: home.count("kept_images"), 1)
        await server.until(lambda: message.pictures, 20)
        assert calls(home, "PATCH", CHANNEL_EDIT) == [fault["status"], fault["status"], 200]
        assert server.messages() == [message]
        await paid(home)


@pytest.mark.parametrize("code", [50001, 50013])
async def test_a_refusal_of_the_channel_that_stays_takes_the_next_way(tmp_path: Path, code: int) -> None:
    async with running_bot(tmp_path, **SLOW) as home:
        server = home.discord
        for method, template in (("PATCH", CHANNEL_EDIT), ("POST", SEND)):
            server.faults.next(method, template, status=403, code=code)
        asking = await server.person(server.alice).command("imagine", prompt="a kite")
        await asking.reply()
        server.expire_token(asking.interaction)
        await server.until(lambda: any(one.pictures for one in server.messages(server.dm(server.alice))))
        assert calls(home, "POST", SEND) == [403, 200]
        await paid(home)


# Too large for the place


async def test_a_picture_that_the_place_takes_at_half_the_size_is_posted_smaller(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        server.faults.next("PATCH", EDIT, status=413, code=40005)
        asking = await server.person(server.alice).command("imagine", prompt="a kite", format="png", count=2)
        message = await asking.reply()
        await server.until(lambda: len(message.pictures) == 2)
        await home.at_rest()
        assert calls(home, "PATCH", EDIT) == [413, 200]
        for one in message.pictures:
            with Image.open(io.BytesIO(one.data)) as image:
                image.load()
        assert await home.count("ledger", "kind='settle' AND credits=2") == 1
        assert await home.count("kept_images") == 0
        assert await home.books() == []


async def test_a_picture_for_a_place_that_takes_much_less_than_it_said_is_posted_all_the_same(tmp_path: Path) -> None:
    """A server loses its boosts while the picture is made."""
    async with running_bot(tmp_path, **SLOW) as home:
        server = home.discord
        asking = await server.person(server.alice).command("imagine", prompt="a market street", format="png")
        message = await asking.reply()
        server.guild.file_limit = 12_000
        await server.until(lambda: message.pictures)
        assert message.pictures[0].size <= 12_000
        await paid(home)


# Heads of threads


async def current(home: RunningBot, thread: Channel) -> str:
    activity = await home.app.client.remix_threads.of(thread.id)
    assert activity is not None
    return activity.remix_thread.code


async def head_shows(home: RunningBot, thread: Channel, message: Message) -> Message:
    """Wait until the head of a thread shows a message's picture."""
    head: Message = await home.discord.until(
        lambda: next((one for one in [head_of(thread)] if one and code_of(one) == code_of(message)), None)
    )
    return head


@pytest.mark.parametrize(
    "fault", [{"status": 403, "code": 50013}, {"status": 403, "code": 50001}, {"status": 400, "code": 50083}]
)
async def test_a_head_that_may_not_be_changed_is_tried_once_for_each_move(
    tmp_path: Path, fault: dict[str, Any]
) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        thread = await thread_under(home, await imagine(home))
        server.faults.next("PATCH", CHANNEL_EDIT, times=2, **fault)
        for number in (1, 2):
            made = await remix(home, server.bob, f"remix {number}", channel=thread)
            assert await current(home, thread) == code_of(made)
            await server.until(lambda number=number: len(calls(home, "PATCH", CHANNEL_EDIT)) == number)
        third = await remix(home, server.bob, "remix 3", channel=thread)
        await head_shows(home, thread, third)
        tries = calls(home, "PATCH", CHANNEL_EDIT)
        assert tries[:2] == [fault["status"]] * 2
        assert {*tries[2:]} == {200}  # what comes in two parts on a slow machine is shown twice
        assert await home.books() == []


async def test_a_head_that_may_not_be_posted_comes_with_the_next_move(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        message = await imagine(home)
        server.revoke_permission(server.channel, "send_messages_in_threads")
        answer = await (await by_more(server.person(server.alice), message, "Thread")).reply()
        await server.until(lambda: "Continue here" in answer.text and calls(home, "POST", SEND))
        thread: Channel = await server.until(lambda: message.thread)
        server.revoke_permission(server.channel)
        made = await remix(home, server.bob, channel=thread)
        await head_shows(home, thread, made)
        assert calls(home, "POST", SEND) == [403, 200]


async def test_a_thread_deleted_while_nobody_told_is_forgotten_at_its_first_answer(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        thread = await thread_under(home, await imagine(home))
        server.faults.next("PATCH", CHANNEL_EDIT, status=404, code=10003)
        await remix(home, server.bob, channel=thread)
        await until(lambda: home.count("remix_threads"), 0)
        assert calls(home, "PATCH", CHANNEL_EDIT) == [404]


# Erasure


async def erase(home: RunningBot) -> Message:
    alice = home.discord.person(home.discord.alice)
    question = await (await alice.command("privacy delete")).reply()
    answer = await (await alice.click(question, "Delete my data")).reply()
    await home.discord.until(lambda: any(words in answer.text for words in ("Done", "in progress")))
    return answer


async def test_erasure_waits_for_a_picture_that_is_being_posted(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        server.faults.next("PATCH", EDIT, stall=2)
        message = await (await server.person(server.alice).command("imagine", prompt="a kite")).reply()
        await until(lambda: home.count("jobs", "state='delivering'"), 1)
        assert "in progress" in (await erase(home)).text
        await server.until(lambda: message.pictures)
        await paid(home)
        assert "Done" in (await erase(home)).text
        await server.until(lambda: message.deleted)
        assert await home.books() == []


async def test_erasure_out_of_a_ring_of_remixes_leaves_the_others_pictures_and_the_tree(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        first = await imagine(home)
        second = await remix(home, server.bob, "of Bob's", source=code_of(first))
        third = await remix(home, server.alice, "of Alice's", source=code_of(second))
        fourth = await remix(home, server.bob, "of Bob's again", source=code_of(third))
        await erase(home)
        await server.until(lambda: first.deleted and third.deleted)
        await until(lambda: home.count("jobs", "erase_message"), 0)
        assert [one for one in server.messages() if one.private_to is None] == [second, fourth]
        for one in (second, fourth):
            tree = await (await server.person(server.bob).command("lineage", source=code_of(one))).reply()
            await server.until(lambda tree=tree: tree.pictures)
            assert "4 pictures" in tree.text
            assert f"{server.bob.mention}: 2 pictures" in tree.text
            assert "somebody: 2 pictures" in tree.text
            assert "Alice" not in str(tree.components)
        assert await parents(home, code_of(await remix(home, server.bob, source=code_of(second)))) == [code_of(second)]
        assert await home.books() == []


async def test_erasure_takes_the_picture_out_of_the_head_of_a_thread(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        first = await imagine(home, prompt="a secret kite")
        thread = await thread_under(home, first)
        head = await head_shows(home, thread, first)
        await erase(home)
        await server.until(lambda: first.deleted)
        await until(lambda: home.count("jobs", "erase_message"), 0)
        await server.until(lambda: not head.pictures and "secret" not in head.text, 3)


async def test_a_deleted_picture_goes_out_of_the_head_of_its_thread(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        thread = await thread_under(home, await imagine(home))
        second = await remix(home, server.bob, channel=thread)
        head = await head_shows(home, thread, second)
        bob = server.person(server.bob)
        question = await (await by_more(bob, second, "Delete")).reply()
        await (await bob.click(question, "Delete")).acknowledged()
        await until(lambda: home.count("jobs", "message_id IS NULL"), 1)
        await server.until(lambda: not head.pictures or code_of(head) != code_of(second), 3)


# Restarts in the middle


async def test_a_thread_goes_on_after_a_restart_by_head_choice_and_command(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        first = await imagine(home)
        thread = await thread_under(home, first)
        several = await remix(home, server.alice, count=2, channel=thread)
        head = await head_shows(home, thread, first)
        async with restarted(home) as later:
            asking = await server.person(server.bob).click(head, "Remix")
            second = await by_form(later, asking, server.bob, prompt="by the head")
            assert await parents(later, code_of(second)) == [code_of(first)]
            assert await head_shows(later, thread, second) is head
            await (await server.person(server.alice).click(several, "Use 2")).reply()
            await server.until(lambda: code_of(head) == code_of(several, 2))
            third = await remix(later, server.bob, channel=thread)
            assert await parents(later, code_of(third)) == [code_of(several, 2)]
            assert await head_shows(later, thread, third) is head
            again = await by_more(server.person(server.moderator), first, "Thread")
            answer = await again.reply()
            await server.until(lambda: "There is already a thread" in answer.text)
            assert await later.books() == []


async def test_a_remix_under_way_at_a_restart_moves_its_thread_on_afterwards(tmp_path: Path) -> None:
    async with BflStandIn(seconds=0.05, retry_after=None) as vendor:
        changes: dict[str, Any] = {"providers": "bfl", "bfl_api_key": vendor.key, "bfl_api_url": vendor.url}
        async with running_bot(tmp_path, **changes) as home:
            server = home.discord
            thread = await thread_under(home, await imagine(home))
            vendor.seconds = 3
            asking = await server.person(server.bob).command("remix", prompt="at night", channel=thread)
            waiting = await asking.reply()
            await until(lambda: home.count("jobs", "state='running'"), 1)
            async with restarted(home) as later:
                await later.finished(waiting)
                await head_shows(later, thread, waiting)
                assert await current(later, thread) == code_of(waiting)
                assert len(vendor.submits) == 2
                await paid(later, 2)


# Forms, and what happens while they are filled in


async def opened(home: RunningBot, message: Message) -> Any:
    """Bob's form for a message: by its button where it is ours, by the menu where it is somebody's."""
    bob = home.discord.person(home.discord.bob)
    ours = message.author.id == home.discord.bot_id
    asking = await (bob.click(message, "Remix") if ours else bob.context_menu("Remix image", message))
    await asking.acknowledged()
    return asking


async def made_or_posted(home: RunningBot, ours: bool) -> Message:
    if ours:
        return await imagine(home)
    return home.discord.person(home.discord.alice).say("look", files=[photographs.png()])


@pytest.mark.parametrize("ours", [True, False], ids=["ours", "a member's"])
async def test_an_address_that_expired_while_the_form_was_open_is_asked_for_anew(tmp_path: Path, ours: bool) -> None:
    async with running_bot(tmp_path) as home:
        asking = await opened(home, await made_or_posted(home, ours))
        home.discord.expire_addresses()
        assert (await by_form(home, asking, home.discord.bob, prompt="at night")).pictures
        assert await home.books() == []


@pytest.mark.parametrize("ours", [True, False], ids=["ours", "a member's"])
async def test_a_source_deleted_while_the_form_was_open_costs_nothing(tmp_path: Path, ours: bool) -> None:
    async with running_bot(tmp_path) as home:
        message = await made_or_posted(home, ours)
        asking = await opened(home, message)
        home.discord.delete_message(message)
        made = await by_form(home, asking, home.discord.bob, prompt="at night")
        assert "can no longer be read" in made.text
        assert "Nothing was charged" in made.text
        assert await home.count("ledger", f"member_id={home.discord.bob.id} AND kind='release'") == 1
        assert await home.books() == []


@pytest.mark.parametrize("ours", [True, False], ids=["ours", "a member's"])
async def test_a_source_deleted_before_a_restart_is_refused_in_words_after_it(tmp_path: Path, ours: bool) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        message = await made_or_posted(home, ours)
        asking = await opened(home, message)
        home.discord.delete_message(message)
        before = await home.count("jobs")
        async with restarted(home) as later:
            sent = await server.person(server.bob).submit_modal(asking, prompt="at night")
            assert "cannot find that picture" in (await sent.reply()).text
            assert sent.ephemeral
            assert await later.count("jobs") == before


async def test_forms_opened_before_a_restart_for_a_members_file_and_a_threads_head_are_sent_after_it(
    tmp_path: Path,
) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        first = await imagine(home, count=2)
        thread = await thread_under(home, first)
        theirs = await opened(home, await made_or_posted(home, False))
        head = await server.person(server.bob).click(await head_shows(home, thread, first), "Remix")
        await head.acknowledged()
        async with restarted(home) as later:
            made, of_head = await asyncio.gather(
                *(server.person(server.bob).submit_modal(one, prompt="after the storm") for one in (theirs, head))
            )
            assert (await finished(later, made)).pictures
            assert await parents(later, code_of(await finished(later, of_head))) == [code_of(first)]
            assert await later.books() == []
