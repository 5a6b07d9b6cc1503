"""`/privacy`: a member's rights over what is kept of them."""

from __future__ import annotations

import json
from pathlib import Path

from playground.messages import Message
from tests.support import photographs
from tests.support.bot import RunningBot, running_bot, until
from tests.support.remixing import by_more, card_of, code_of, finished, imagine, remix, thread_under


async def test_consent_is_shown_and_kept(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        alice = home.discord.person(home.discord.alice)
        for options, words in (({}, "Everyone"), ({"remix": "only_me"}, "only you"), ({}, "only you")):
            asking = await alice.command("privacy consent", **options)
            assert words in (await asking.reply()).text
            assert asking.ephemeral


async def test_the_export_holds_requests_pictures_and_credits_of_the_caller_alone(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        first = await imagine(home, prompt="a ‘red’ kite")
        await imagine(home, server.bob, prompt="of Bob's")
        asking = await server.person(server.alice).command("privacy export")
        message = await asking.reply()
        await server.until(lambda: message.files)
        assert asking.ephemeral
        body = json.loads(message.files[0].data)
        assert [one["prompt"] for one in body["requests"]] == ["a ‘red’ kite"]
        assert body["requests"][0]["pictures"][0]["code"] == code_of(first)
        booked = {(one["kind"], one["server_id"], one["at_ms"] > 0) for one in body["credits"]}
        assert booked == {(kind, str(server.guild.id), True) for kind in ("reserve", "settle")}
        assert "Bob" not in str(body)


async def erase(home: RunningBot) -> Message:
    alice = home.discord.person(home.discord.alice)
    asking = await alice.command("privacy delete")
    question = await asking.reply()
    assert asking.ephemeral
    await (await alice.click(question, "Delete my data")).acknowledged()
    return question


async def test_deleting_takes_the_member_out_of_every_row_and_their_messages_away(tmp_path: Path) -> None:
    async with running_bot(tmp_path, daily_credits=5) as home:
        server = home.discord
        first = await imagine(home, prompt="a secret kite")
        second = await remix(home, server.bob, "of Bob's", source=code_of(first))
        answer = await erase(home)
        await server.until(lambda: first.deleted)
        await until(lambda: home.count("jobs", "erase_message"), 0)
        assert "Done" in answer.text
        me = server.alice.id
        assert await home.count("jobs", f"member_id={me} OR prompt LIKE '%secret%' OR member_name='Alice'") == 0
        assert await home.count("jobs", f"sources LIKE '%{me}%'") == 0
        assert not second.deleted
        assert await home.books() == []
        quota = await (await server.person(server.alice).command("quota")).reply()
        assert "4 of 5 credits left" in quota.text  # erasing refills nothing
        tree = await (await server.person(server.bob).command("lineage", source=code_of(second))).reply()
        await server.until(lambda: tree.pictures)
        assert "somebody: 1 picture" in tree.text


async def test_a_retried_job_is_its_new_owners(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        alice, moderator = server.person(server.alice), server.person(server.moderator)
        message = await home.finished(await (await alice.command("imagine", prompt="[error]")).reply())
        await home.at_rest()
        await (await moderator.click(message, "Try again")).acknowledged()
        await server.until(lambda: "Try again" in message.buttons and server.moderator.mention in message.text)
        await home.at_rest()
        await erase(home)
        await until(lambda: home.count("jobs", "erase_message"), 0)
        assert not message.deleted


async def test_nobody_else_can_press_the_button(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        await imagine(home)
        question = await (await server.person(server.alice).command("privacy delete")).reply()
        answer = await (await server.person(server.bob).click(question, "Delete my data")).reply()
        assert "Only you" in answer.text
        assert await home.count("jobs", f"member_id={server.alice.id}") == 1


async def test_with_a_picture_in_the_making_it_asks_to_wait(tmp_path: Path) -> None:
    async with running_bot(tmp_path, sandbox_seconds=30) as home:
        server = home.discord
        alice = server.person(server.alice)
        waiting = await (await alice.command("imagine", prompt="a kite")).reply()
        question = await (await alice.command("privacy delete")).reply()
        answer = await (await alice.click(question, "Delete my data")).reply()
        assert "in progress" in answer.text
        await (await alice.click(waiting, "Cancel")).acknowledged()
        await home.at_rest()


async def test_a_message_in_an_archived_thread_is_deleted_and_an_unreachable_one_blocks_nothing(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        unreachable = await imagine(home, channel=server.other_channel)
        base = await imagine(home)
        thread = await thread_under(home, base)
        inside = await remix(home, server.alice, channel=thread)
        server.archive_thread(thread)
        server.revoke_permission(server.other_channel, "view_channel")
        await erase(home)
        await server.until(lambda: inside.deleted and base.deleted)
        await until(lambda: home.count("jobs", "erase_message"), 0)
        assert not unreachable.deleted


async def test_a_file_that_somebody_brought_stays_theirs_when_others_press_reroll(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        alice, bob = server.person(server.alice), server.person(server.bob)
        made = await finished(home, await alice.command("edit", prompt="a secret", image=photographs.png()))
        again = await finished(home, await bob.click(made, "Reroll"))
        assert "Compare" not in (await (await by_more(bob, again, "Details")).reply()).buttons
        await (await alice.command("privacy consent", remix="only_me")).reply()
        moderator = server.person(server.moderator)
        card = await card_of(moderator, made)
        for message, button in ((made, "Reroll"), (card, "Max")):
            refused = await moderator.click(message, button)
            assert "keeps their pictures to themselves" in (await refused.reply()).text
        await erase(home)
        assert "Compare" not in (await card_of(bob, again)).buttons
