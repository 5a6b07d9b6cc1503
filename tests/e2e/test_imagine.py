"""`/imagine`, `/quota`, `/help` and the buttons on the loopback Discord."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from playground.messages import Message
from tests.support.bot import RunningBot, restarted, running_bot
from tests.support.remixing import by_more, card_of


async def refused(home: RunningBot, **options: object) -> str:
    alice = home.discord.person(home.discord.alice)
    asking = await alice.command("imagine", **options)
    message = await asking.reply()
    assert asking.ephemeral
    return message.text


async def made(home: RunningBot, prompt: str = "a red kite", **options: object) -> Message:
    alice = home.discord.person(home.discord.alice)
    message = await (await alice.command("imagine", prompt=prompt, **options)).reply()
    return await home.finished(message)


async def test_a_blank_prompt_is_refused_privately_and_costs_nothing(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        assert "the prompt is empty" in await refused(home, prompt="   ")
        assert await home.count("jobs") == 0
        assert await home.count("ledger") == 0


async def test_the_line_under_a_picture_says_in_two_words_what_it_is(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        message = await made(home)
        assert f"-# AI-generated · <@{home.discord.alice.id}>" in message.text


async def test_more_than_is_left_is_refused_with_what_is_left(tmp_path: Path) -> None:
    async with running_bot(tmp_path, daily_credits=3) as home:
        await made(home, count=2)
        text = await refused(home, prompt="a kite", count=2)
        assert "1 of 3 left" in text
        assert "<t:" in text


async def test_thirty_commands_at_once_against_five_credits_accept_exactly_five(tmp_path: Path) -> None:
    async with running_bot(tmp_path, daily_credits=5) as home:
        alice = home.discord.person(home.discord.alice)
        asked = [await alice.command("imagine", prompt=f"kite {number}") for number in range(30)]
        replies = [await one.reply() for one in asked]
        assert sum(not one.ephemeral for one in replies) == 5
        await asyncio.gather(*(home.finished(one) for one in replies if not one.ephemeral))
        await home.at_rest()
        assert await home.count("ledger", "kind='settle'") == 5
        assert await home.books() == []


async def test_too_many_jobs_at_once_are_refused(tmp_path: Path) -> None:
    async with running_bot(tmp_path, user_jobs=1) as home:
        alice = home.discord.person(home.discord.alice)
        first = await (await alice.command("imagine", prompt="[slow] kite")).reply()
        assert "already have a request" in await refused(home, prompt="another")
        await alice.click(first, "Cancel")
        await home.at_rest()


@pytest.mark.parametrize(
    ("prompt", "words"), [("[moderated] kite", "safety check refused"), ("[error] kite", "could not make")]
)
async def test_a_failure_of_the_sandbox_is_told(tmp_path: Path, prompt: str, words: str) -> None:
    async with running_bot(tmp_path) as home:
        message = await made(home, prompt)
        assert words in message.text
        assert message.buttons == ["Try again", "Delete"]


async def test_cancel_ends_a_job_for_its_requester_alone(tmp_path: Path) -> None:
    async with running_bot(tmp_path, sandbox_seconds=60) as home:
        alice, bob = home.discord.person(home.discord.alice), home.discord.person(home.discord.bob)
        message = await (await alice.command("imagine", prompt="a kite")).reply()
        stranger = await bob.click(message, "Cancel")
        assert "and the moderators can cancel" in (await stranger.reply()).text
        await alice.click(message, "Cancel")
        await home.discord.until(lambda: "Cancelled" in message.text)
        assert message.buttons == ["Delete"]
        await home.at_rest()
        assert await home.books() == []


async def test_a_moderator_may_cancel_and_delete_what_others_made(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        moderator, bob = home.discord.person(home.discord.moderator), home.discord.person(home.discord.bob)
        message = await made(home)
        await home.at_rest()
        assert "Delete" not in (await card_of(bob, message)).buttons
        question = await (await by_more(moderator, message, "Delete")).reply()
        assert not message.deleted
        await moderator.click(question, "Delete")
        await home.discord.until(lambda: message.deleted)


async def test_details_show_the_recipe_to_the_caller_alone(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        message = await made(home, seed=41, aspect_ratio="3:2", count=2)
        bob = home.discord.person(home.discord.bob)
        asking = await by_more(bob, message, "Details")
        text = (await asking.reply()).text
        assert asking.ephemeral
        assert "seed\u00a0`41`" in text
        assert "seed\u00a0`42`" in text
        assert text.count("made by the sandbox") == 1
        assert "3:2" in text


async def test_buttons_of_an_earlier_process_still_work(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        message = await made(home)
        async with restarted(home) as later:
            alice = later.discord.person(later.discord.alice)
            reply = await (await alice.click(message, "Reroll")).reply()
            await later.finished(reply)
            assert len(reply.pictures) == 1


async def test_a_prompt_cannot_ping_or_draw_a_message_of_its_own(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        bob = home.discord.bob
        message = await made(home, f"@everyone {bob.mention}\n# Big\n**bold** [x](https://evil.example)")
        assert not message.pings.everyone
        assert message.pings.users == ()
        assert "\n# Big" not in message.text
        assert "\\*\\*bold" in message.text


async def test_the_longest_prompt_fits_its_message(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        message = await made(home, "*" * 4000)
        assert len(message.pictures) == 1
        assert len(message.text) <= 4000


async def test_pictures_have_alt_text_that_says_what_was_asked(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        message = await made(home, "a kite over dunes", count=2)
        gallery = next(one for one in message.components[0]["components"] if one["type"] == 12)
        assert gallery["items"][1]["description"] == "a kite over dunes (picture 2 of 2)"


async def test_it_works_in_direct_messages(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        alice, dm = home.discord.person(home.discord.alice), home.discord.dm(home.discord.alice)
        message = await (await alice.command("imagine", channel=dm, prompt="a kite")).reply()
        await home.finished(message)
        again = await (await alice.click(message, "Reroll")).reply()
        await home.finished(again)
        assert len(again.pictures) == 1


async def test_a_picture_of_another_server_is_not_known_here(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        message = await made(home)
        dm = home.discord.dm(home.discord.alice)
        message.channel = dm
        dm.messages[message.id] = message
        alice = home.discord.person(home.discord.alice)
        asking = await alice.click(message, "More")
        assert "do not know this picture here" in (await asking.reply()).text


async def test_quota_and_help_answer_the_caller_alone(tmp_path: Path) -> None:
    async with running_bot(tmp_path, daily_credits=20) as home:
        await made(home, model="max", count=2)
        await home.at_rest()
        alice = home.discord.person(home.discord.alice)
        quota = await alice.command("quota")
        text = (await quota.reply()).text
        assert quota.ephemeral
        assert "16 of 20 credits left" in text
        assert "**4** back" in text
        help_ = await alice.command("help")
        assert "/imagine" in (await help_.reply()).text
        assert help_.ephemeral
