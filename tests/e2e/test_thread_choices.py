"""Which picture a thread goes on from: seen where people read, chosen, and taken back."""

from __future__ import annotations

from pathlib import Path

from playground.messages import Message
from playground.world import Channel, User
from tests.support.bot import RunningBot, restarted, running_bot, until
from tests.support.photographs import png
from tests.support.remixing import code_of, finished, imagine, parents, remix, thread_under

MARK = "**Current picture**"


async def current(home: RunningBot, thread: Channel) -> str:
    activity = await home.app.client.remix_threads.of(thread.id)
    assert activity is not None
    return activity.remix_thread.code


async def settled(home: RunningBot) -> None:
    """Wait until the head, and every message in the thread, follow."""
    await until(lambda: home.count("remix_threads", "header_id IS NOT NULL AND shown = code"), 1)


async def press(home: RunningBot, who: User, message: Message, label: str) -> Message:
    """A public answer to a button in a thread."""
    asking = await home.discord.person(who).click(message, label)
    answer = await asking.reply()
    await settled(home)
    assert not asking.ephemeral
    return answer


async def test_the_current_picture_is_marked_and_no_other(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        thread = await thread_under(home, await imagine(home))
        second = await remix(home, server.bob, "at night", channel=thread)
        assert MARK in second.text
        assert "Undo" in second.buttons
        assert not any(one.startswith("Use") for one in second.buttons)
        third = await remix(home, server.alice, "with stars", channel=thread)
        await settled(home)
        assert MARK in third.text
        assert MARK not in second.text
        assert "Use" in second.buttons
        assert "Undo" not in second.buttons
        assert second.pictures  # an edit of the words leaves the files


async def test_undo_goes_back_step_by_step_and_shows_the_picture_below(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        first = await imagine(home)
        thread = await thread_under(home, first)
        second = await remix(home, server.bob, "at night", channel=thread)
        third = await remix(home, server.alice, "with stars", channel=thread)
        said = await press(home, server.bob, third, "Undo")
        assert await current(home, thread) == code_of(second)
        assert "“at night”" in said.text
        assert "Remix" in said.buttons
        assert MARK in second.text
        assert MARK not in third.text
        await press(home, server.bob, second, "Undo")
        assert await current(home, thread) == code_of(first)
        fourth = await remix(home, server.alice, "in winter", channel=thread)
        assert await parents(home, code_of(fourth)) == [code_of(first)]
        assert await home.books() == []


async def test_undo_passes_over_what_was_deleted_and_ends_at_the_beginning(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        first = await imagine(home)
        thread = await thread_under(home, first)
        second = await remix(home, server.bob, "at night", channel=thread)
        third = await remix(home, server.alice, "with stars", channel=thread)
        server.delete_message(second)
        await until(lambda: home.count("jobs", "message_id IS NULL"), 1)
        await press(home, server.bob, third, "Undo")
        assert await current(home, thread) == code_of(first)
        await press(home, server.bob, third, "Use")
        await press(home, server.bob, third, "Undo")
        asking = await server.person(server.bob).click(third, custom_id=f"atelier:use:{job_code(third)}:1")
        await asking.reply()
        assert await current(home, thread) == code_of(third)


async def test_undo_passes_over_the_picture_that_it_leaves(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        first = await imagine(home)
        thread = await thread_under(home, first)
        second = await remix(home, server.bob, "at night", channel=thread)
        third = await remix(home, server.alice, "with stars", channel=thread)
        await settled(home)
        await press(home, server.bob, second, "Use")
        server.delete_message(third)  # before it, the thread went on from the very picture that is current now
        await until(lambda: home.count("jobs", "message_id IS NULL"), 1)
        await press(home, server.bob, second, "Undo")
        assert await current(home, thread) == code_of(first)


def job_code(message: Message) -> str:
    return code_of(message).partition("-")[0]


async def test_an_undo_of_what_is_no_longer_current_is_refused_privately(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        first = await imagine(home)
        thread = await thread_under(home, first)
        second = await remix(home, server.bob, "at night", channel=thread)
        button = f"atelier:undo:{job_code(second)}:1"
        clicks = [await server.person(one).click(second, custom_id=button) for one in (server.bob, server.alice)]
        answers = [await one.reply() for one in clicks]  # of two at the same moment one is late
        (late,) = [answer for click, answer in zip(clicks, answers, strict=True) if click.ephemeral]
        assert "goes on from another picture already" in late.text
        assert await current(home, thread) == code_of(first)


async def test_a_restart_forgets_neither_the_former_pictures_nor_the_marks(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        first = await imagine(home)
        thread = await thread_under(home, first)
        second = await remix(home, server.bob, "at night", channel=thread)
        await settled(home)
        async with restarted(home) as later:
            await press(later, server.bob, second, "Undo")
            assert await current(later, thread) == code_of(first)
            assert "Use" in second.buttons


async def test_a_step_says_how_far_it_is_and_whose_picture_it_came_from(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        thread = await thread_under(home, await imagine(home, prompt="a [red] kite"))
        second = await remix(home, server.bob, "at night", channel=thread)
        third = await remix(home, server.moderator, "with stars", channel=thread)
        assert f"step 1, from {server.alice.mention}’s [“a (red) kite”](https://discord.com/channels/" in second.text
        assert f"step 2, from {server.bob.mention}’s [“at night”](" in third.text
        assert "Before → after" in third.text
        assert not third.pings.users


async def test_words_and_picture_of_another_channel_are_not_shown(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        secret = await imagine(home, prompt="a secret", channel=server.other_channel)
        made = await remix(home, server.alice, "at night", source=code_of(secret))
        assert "a secret" not in made.text
        assert "Before" not in made.text


async def test_a_photograph_is_shown_before_its_edit_only_where_its_owner_has_said_so(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        alice = home.discord.person(home.discord.alice)
        for agreed in (False, True):
            if agreed:
                await (await alice.command("privacy consent", remix="everyone")).reply()
            made = await finished(home, await alice.command("edit", image=png(), prompt="at night"))
            assert ("Before → after" in made.text) is agreed
