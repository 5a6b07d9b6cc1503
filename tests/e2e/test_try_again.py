"""`Try again`: whose it is, whose the words are, and where it helps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.standins import BflStandIn, Fault
from tests.support import photographs
from tests.support.bot import running_bot, until
from tests.support.remixing import by_form, imagine
from tests.support.rules import setting
from tests.support.vendors import using


async def test_it_is_the_requesters_and_the_moderators_alone(tmp_path: Path) -> None:
    async with BflStandIn(seconds=0.05) as vendor, running_bot(tmp_path, **using("bfl", vendor)) as home:
        vendor.next_submit(Fault.status(400))
        failed = await imagine(home)
        asking = await home.discord.person(home.discord.bob).click(failed, "Try again")
        assert "and the moderators can try this again" in (await asking.reply()).text
        assert asking.ephemeral
        assert await home.count("jobs") == 1
        await (await home.discord.person(home.discord.moderator).click(failed, "Try again")).acknowledged()
        await home.discord.until(lambda: failed.pictures)


async def test_a_strike_is_that_of_whoever_wrote_the_words(tmp_path: Path) -> None:
    async with BflStandIn(seconds=0.05) as vendor, running_bot(tmp_path, **using("bfl", vendor)) as home:
        server = home.discord
        await setting(home, "safety", strikes=3)
        vendor.next_submit(Fault.status(400))
        failed = await imagine(home)
        vendor.next_submit(Fault.moderated("request"))
        await (await server.person(server.moderator).click(failed, "Try again")).acknowledged()
        await until(lambda: home.count("strikes"), 1)
        assert home.rows.ask("SELECT member_id FROM strikes") == [(server.alice.id,)]


async def test_blocked_words_that_a_moderator_tries_again_are_no_strike_of_theirs(tmp_path: Path) -> None:
    async with BflStandIn(seconds=0.05) as vendor, running_bot(tmp_path, **using("bfl", vendor)) as home:
        server = home.discord
        vendor.next_submit(Fault.status(400))
        failed = await imagine(home)
        await setting(home, "safety", strikes=3)
        await setting(home, "words", add="kite")
        asking = await server.person(server.moderator).click(failed, "Try again")
        assert "do not want pictures of this" in (await asking.reply()).text
        assert home.rows.ask("SELECT member_id FROM strikes") == []


async def test_after_a_refusal_for_content_other_words_are_asked_for(tmp_path: Path) -> None:
    async with BflStandIn(seconds=0.05) as vendor, running_bot(tmp_path, **using("bfl", vendor)) as home:
        server = home.discord
        vendor.next_submit(Fault.moderated("request"))
        failed = await imagine(home, prompt="a rude kite", aspect_ratio="3:2")
        asking = await server.person(server.alice).click(failed, "Try again")
        await asking.acknowledged()
        assert asking.interaction.modal is not None
        assert "a rude kite" in str(asking.interaction.modal.payload())
        assert await by_form(home, asking, server.alice, prompt="a polite kite") is failed
        assert len(failed.pictures) == 1
        assert "a polite kite" in failed.text
        sent: Any = vendor.submits[-1].body
        assert (sent["prompt"], sent["aspect_ratio"]) == ("a polite kite", "3:2")
        assert await home.books() == []


async def test_words_that_a_moderator_wrote_into_the_form_are_their_own(tmp_path: Path) -> None:
    async with BflStandIn(seconds=0.05) as vendor, running_bot(tmp_path, **using("bfl", vendor)) as home:
        server = home.discord
        vendor.next_submit(Fault.moderated("request"))
        failed = await imagine(home)
        await setting(home, "safety", strikes=3)
        tries = (("a red kite", server.alice), ("a rude kite", server.moderator))
        for number, (words, who) in enumerate(tries, start=1):
            vendor.next_submit(Fault.moderated("request"))
            asking = await server.person(server.moderator).click(failed, "Try again")
            await by_form(home, asking, server.moderator, prompt=words)
            await until(lambda: home.count("strikes"), number)
            assert home.rows.ask("SELECT member_id FROM strikes ORDER BY id DESC LIMIT 1") == [(who.id,)]


async def test_after_a_broken_file_it_is_absent(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        alice = home.discord.person(home.discord.alice)
        asking = await alice.command("edit", image=photographs.truncated(), prompt="at night")
        assert "broken" in (await asking.private()).text
        assert (await asking.private()).buttons == []
