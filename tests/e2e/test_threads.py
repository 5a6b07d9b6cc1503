"""Collaborative threads on the loopback Discord: a current picture that moves on, and a head that follows."""

from __future__ import annotations

import asyncio
from pathlib import Path

from playground.messages import Message
from playground.world import Channel
from tests.support.bot import RunningBot, restarted, running_bot, until
from tests.support.remixing import by_form, by_more, code_of, finished, head_of, imagine, parents, remix, thread_under


async def current(home: RunningBot, thread: Channel) -> str:
    activity = await home.app.client.remix_threads.of(thread.id)
    assert activity is not None
    return activity.remix_thread.code


async def head_shows(home: RunningBot, thread: Channel, code: str) -> Message:
    """Wait until the head of a thread shows a picture."""

    def shown() -> Message | None:
        head = head_of(thread)
        return head if head and code_of(head) == code else None

    message: Message = await home.discord.until(shown)
    # Its row is written after it.
    await until(lambda: home.count("remix_threads", "header_id IS NOT NULL AND shown = code"), 1)
    return message


async def test_the_thread_button_opens_a_thread_whose_head_shows_the_picture(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        message = await imagine(home)
        thread = await thread_under(home, message)
        head = await head_shows(home, thread, code_of(message))
        assert head.pictures[0].data == message.pictures[0].data
        assert head.buttons == ["Remix", "Details"]
        assert "Nobody has remixed it yet" in head.text
        assert thread.name == "a red kite"


async def test_pressing_thread_twice_finds_the_one_that_is_there(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        message = await imagine(home)
        thread = await thread_under(home, message)
        asking = await by_more(home.discord.person(home.discord.bob), message, "Thread")
        again = await asking.reply()
        await home.discord.until(lambda: "There is already a thread" in again.text)
        assert f"<#{thread.id}>" in again.text
        assert len([one for one in thread.messages.values() if one.pictures]) == 1


async def test_a_remix_moves_the_thread_on_and_the_head_names_who_took_part(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        first = await imagine(home)
        thread = await thread_under(home, first)
        second = await remix(home, server.bob, "at night", channel=thread)
        assert await parents(home, code_of(second)) == [code_of(first)]
        await head_shows(home, thread, code_of(second))
        third = await remix(home, server.moderator, "with stars", channel=thread)
        assert await parents(home, code_of(third)) == [code_of(second)]
        head = await head_shows(home, thread, code_of(third))
        assert f"{server.bob.mention} (1)" in head.text
        assert f"{server.moderator.mention} (1)" in head.text
        assert not head.pings.users


async def test_several_pictures_wait_until_somebody_chooses_one(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        first = await imagine(home)
        thread = await thread_under(home, first)
        several = await remix(home, server.bob, count=3, channel=thread)
        assert await current(home, thread) == code_of(first)
        assert {"Use 1", "Use 2", "Use 3"} <= set(several.buttons)
        await (await server.person(server.alice).click(several, "Use 2")).reply()
        assert await current(home, thread) == code_of(several, 2)
        await head_shows(home, thread, code_of(several, 2))
        assert await parents(home, code_of(await remix(home, server.bob, channel=thread))) == [code_of(several, 2)]


async def test_remixes_at_the_same_moment_branch_from_the_same_picture(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        first = await imagine(home)
        thread = await thread_under(home, first)
        people = [server.person(one) for one in (server.alice, server.bob, server.moderator)]
        askings = await asyncio.gather(*(one.command("remix", prompt=one.user.name, channel=thread) for one in people))
        made = [await finished(home, asking) for asking in askings]
        assert [await parents(home, code_of(one)) for one in made] == [[code_of(first)]] * 3
        assert await current(home, thread) in {code_of(one) for one in made}
        await head_shows(home, thread, await current(home, thread))
        assert await home.books() == []


async def test_the_heads_own_button_remixes_the_current_picture(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        thread = await thread_under(home, await imagine(home, count=2))
        base = await current(home, thread)
        head = await head_shows(home, thread, base)
        asking = await server.person(server.bob).click(head, "Remix")
        made = await by_form(home, asking, server.bob, prompt="with a moon")
        assert await parents(home, code_of(made)) == [base]
        assert made.channel is thread


async def test_a_reply_to_the_head_remixes_the_current_picture(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        first = await imagine(home)
        thread = await thread_under(home, first)
        head = await head_shows(home, thread, code_of(first))
        said = server.person(server.bob).say(f"<@{server.bot_id}> in winter", reply_to=head, channel=thread)
        answer: Message = await server.until(
            lambda: next((one for one in thread.messages.values() if one.reply_to is said), None)
        )
        await home.finished(answer)
        await home.at_rest()
        assert await parents(home, code_of(answer)) == [code_of(first)]
        await head_shows(home, thread, code_of(answer))


async def test_a_restart_in_the_middle_of_a_thread_loses_nothing(tmp_path: Path) -> None:
    async with running_bot(tmp_path, sandbox_seconds=0.3) as home:
        server = home.discord
        first = await imagine(home)
        thread = await thread_under(home, first)
        await head_shows(home, thread, code_of(first))
        await home.app.client.remix_threads.use(thread.id, server.guild.id, "zzzzz-1")  # a head that could not follow
        await home.app.client.remix_threads.shown(thread.id, None, None)
        async with restarted(home) as later:
            await later.app.client.remix_threads.use(thread.id, server.guild.id, code_of(first))
            second = await remix(later, server.bob, channel=thread)
            assert await parents(later, code_of(second)) == [code_of(first)]
            await head_shows(later, thread, code_of(second))


async def test_a_deleted_head_is_made_anew(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        first = await imagine(home)
        thread = await thread_under(home, first)
        server.delete_message(await head_shows(home, thread, code_of(first)))
        second = await remix(home, server.bob, channel=thread)
        await head_shows(home, thread, code_of(second))


async def test_an_archived_thread_wakes_and_takes_the_picture(tmp_path: Path) -> None:
    async with running_bot(tmp_path, sandbox_seconds=1) as home:
        server = home.discord
        thread = await thread_under(home, await imagine(home))
        asking = await server.person(server.bob).command("remix", prompt="at night", channel=thread)
        waiting = await asking.reply()
        server.archive_thread(thread)
        await server.until(lambda: any(one.pictures and "at night" in one.text for one in thread.messages.values()))
        await home.at_rest()
        assert not thread.archived
        assert waiting.pictures
        assert await home.books() == []


async def test_a_locked_thread_sends_the_picture_to_its_member(tmp_path: Path) -> None:
    async with running_bot(tmp_path, sandbox_seconds=1) as home:
        server = home.discord
        thread = await thread_under(home, await imagine(home))
        await (await server.person(server.bob).command("remix", prompt="at night", channel=thread)).reply()
        server.archive_thread(thread, locked=True)
        await server.until(lambda: any(one.pictures for one in server.messages(server.dm(server.bob))))
        await home.at_rest()
        assert await home.books() == []


async def test_a_deleted_thread_sends_the_picture_to_its_member_and_is_forgotten(tmp_path: Path) -> None:
    async with running_bot(tmp_path, sandbox_seconds=1) as home:
        server = home.discord
        thread = await thread_under(home, await imagine(home))
        await (await server.person(server.bob).command("remix", prompt="at night", channel=thread)).reply()
        server.delete_channel(thread)
        await server.until(lambda: any(one.pictures for one in server.messages(server.dm(server.bob))))
        await home.at_rest()
        assert await home.books() == []
        assert await home.count("remix_threads") == 0


async def test_where_the_bot_may_not_open_threads_it_says_so(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        message = await imagine(home)
        server.revoke_permission(server.channel, "create_public_threads")
        answer = await (await by_more(server.person(server.bob), message, "Thread")).reply()
        await server.until(lambda: "Create Public Threads" in answer.text)
        assert answer.ephemeral


async def test_when_the_current_picture_was_deleted_the_newest_other_is_taken(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        thread = await thread_under(home, await imagine(home))
        second = await remix(home, server.bob, "second", channel=thread)
        third = await remix(home, server.bob, "third", channel=thread)
        server.delete_message(third)
        await until(lambda: home.count("jobs", "message_id IS NULL"), 1)
        fourth = await remix(home, server.alice, "fourth", channel=thread)
        assert await parents(home, code_of(fourth)) == [code_of(second)]
