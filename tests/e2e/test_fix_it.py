"""`Fix it`: a form that was refused for what is in it opens again, as it was filled in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from playground.messages import Message
from playground.people import Asking, Person
from tests.standins import BflStandIn, Fault
from tests.support import photographs
from tests.support.bot import RunningBot, restarted, running_bot
from tests.support.remixing import by_form, finished, imagine
from tests.support.rules import panel, setting
from tests.support.vendors import using


async def opened(asking: Asking) -> dict[str, Any]:
    """The fields of the form that opened."""
    await asking.acknowledged()
    assert asking.interaction.modal is not None
    return asking.interaction.modal.fields


async def refused(who: Person, form: Asking, **values: Any) -> Message:
    """A form that is sent and refused, privately and with the way back."""
    sent = await who.submit(form, **values)
    answer = await sent.reply()
    assert sent.ephemeral
    return answer


def one_with(messages: list[Message], button: str) -> Message | None:
    """A message that has a button."""
    return next((one for one in messages if button in one.buttons), None)


async def rule_form(home: RunningBot, rule: str) -> Asking:
    """A rule's form, which a manager opens on the panel."""
    return await home.discord.person(home.discord.moderator).choose(await panel(home), "Change a rule …", rule)


async def test_a_rule_is_mended_and_shown_on_the_panel(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        moderator = home.discord.person(home.discord.moderator)
        answer = await refused(moderator, await rule_form(home, "quota"), daily_credits="many")
        assert "Credits are a number" in answer.text
        assert answer.buttons == ["Fix it"]
        again = await moderator.click(answer, "Fix it")
        assert [one["value"] for one in (await opened(again)).values()] == ["many"]
        await moderator.submit(again, daily_credits="12")
        await home.discord.until(lambda: "The rules of this server" in answer.text)
        assert "**12**" in answer.text


async def test_a_list_of_blocked_words_is_not_lost_for_one_wrong_entry(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        moderator = home.discord.person(home.discord.moderator)
        answer = await refused(moderator, await rule_form(home, "words"), words="blood\n/(/\ngore")
        again = await moderator.click(answer, "Fix it")
        assert (await opened(again))["words"]["value"] == "blood\n/(/\ngore"
        answer = await refused(moderator, again, words="blood\n/[/\ngore")  # still wrong: it goes on
        again = await moderator.click(answer, "Fix it")
        assert (await opened(again))["words"]["value"] == "blood\n/[/\ngore"
        await moderator.submit(again, words="blood\ngore")
        await home.discord.until(lambda: "2 entries" in answer.text)


async def test_a_mended_form_that_shows_older_rules_is_still_refused(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        moderator = home.discord.person(home.discord.moderator)
        answer = await refused(moderator, await rule_form(home, "quota"), daily_credits="many")
        await setting(home, "quota", credits=7)
        sent = await moderator.submit(await moderator.click(answer, "Fix it"), daily_credits="12")
        refusal = await sent.reply()
        assert "Somebody changed the rules in the meantime" in refusal.text
        assert refusal.buttons == []


async def test_the_words_of_a_remix_and_its_choices_are_kept(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        first, bob = await imagine(home, count=2), server.person(server.bob)
        await setting(home, "words", add="blood")
        form = await bob.click(first, "Remix")
        answer = await refused(bob, form, prompt="with blood", pictures=["2"], model="max")
        assert "do not want pictures of this" in answer.text
        again = await bob.click(answer, "Fix it")
        fields = await opened(again)
        assert fields["prompt"]["value"] == "with blood"
        chosen = {
            name: [one["value"] for one in field["options"] if one.get("default")]
            for name, field in fields.items()
            if "options" in field
        }
        assert chosen == {"pictures": ["2"], "model": ["max"]}
        made = await by_form(home, again, server.bob, prompt="with juice")
        assert "with juice" in made.text
        assert not made.ephemeral


@pytest.mark.parametrize("name", ["Edit image", "Remix image"])
async def test_a_wrong_file_does_not_cost_the_words_and_has_to_be_attached_again(tmp_path: Path, name: str) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        bob = server.person(server.bob)
        posted = server.person(server.alice).say("look", files=[photographs.png()])
        form = await bob.context_menu(name, posted)
        answer = await refused(bob, form, prompt="in snow", extra=[photographs.text()])
        assert "not a picture that I can start from" in answer.text
        again = await bob.click(answer, "Fix it")
        assert (await opened(again))["prompt"]["value"] == "in snow"
        assert again.interaction.modal is not None
        assert "Please attach it again" in str(again.interaction.modal.components)
        assert (await by_form(home, again, server.bob, extra=[photographs.png()])).pictures


async def test_other_words_for_a_refused_picture_are_mended_and_end_in_its_own_message(tmp_path: Path) -> None:
    async with BflStandIn(seconds=0.05) as vendor, running_bot(tmp_path, **using("bfl", vendor)) as home:
        server = home.discord
        alice = server.person(server.alice)
        vendor.next_submit(Fault.moderated("request"))
        failed = await imagine(home)
        await setting(home, "words", add="blood")
        answer = await refused(alice, await alice.click(failed, "Try again"), prompt="a kite with blood")
        again = await alice.click(answer, "Fix it")
        assert (await opened(again))["prompt"]["value"] == "a kite with blood"
        await alice.submit(again, prompt="a polite kite")
        await server.until(lambda: failed.pictures)
        assert "a polite kite" in failed.text
        await server.until(lambda: "being tried again" in answer.text)
        await home.at_rest()
        assert await home.books() == []


async def test_where_only_the_member_has_the_bot_the_mended_words_get_a_new_message(tmp_path: Path) -> None:
    async with BflStandIn(seconds=0.05) as vendor, running_bot(tmp_path, **using("bfl", vendor)) as home:
        server = home.discord
        alice = server.person(server.alice)
        vendor.next_submit(Fault.moderated("request"))
        failed = await imagine(home, channel=server.elsewhere_channel)
        answer = await refused(alice, await alice.click(failed, "Try again"), prompt="\u200b")
        made = await finished(home, await alice.submit(await alice.click(answer, "Fix it"), prompt="a polite kite"))
        assert made.pictures
        assert await home.books() == []


async def test_hours_of_a_block_are_mended_and_the_report_shows_it(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        await setting(home, "log-channel", channel=server.other_channel)
        bob, moderator = server.person(server.bob), server.person(server.moderator)
        form = await bob.context_menu("Report image", await imagine(home))
        await bob.submit(form, reason="rude")
        report = await server.until(lambda: one_with(server.messages(server.other_channel), "Block"))
        answer = await refused(moderator, await moderator.click(report, "Block"), hours="long", reason="rude")
        again = await moderator.click(answer, "Fix it")
        assert {name: one["value"] for name, one in (await opened(again)).items()} == {
            "hours": "long",
            "reason": "rude",
        }
        await moderator.submit(again, hours="2")
        await server.until(lambda: "Block" not in report.buttons)
        await server.until(lambda: "That is done" in answer.text)


async def test_after_a_restart_it_says_kindly_that_it_is_too_late(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        moderator = home.discord.person(home.discord.moderator)
        answer = await refused(moderator, await rule_form(home, "quota"), daily_credits="many")
        async with restarted(home) as later:
            asking = await later.discord.person(later.discord.moderator).click(answer, "Fix it")
            assert "no longer have what you typed" in (await asking.reply()).text
            assert asking.ephemeral


async def test_what_somebody_typed_is_nobody_elses(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        answer = await refused(server.person(server.moderator), await rule_form(home, "quota"), daily_credits="many")
        asking = await server.person(server.bob).click(answer, "Fix it")
        assert "no longer have what you typed" in (await asking.reply()).text


async def test_a_refusal_that_no_other_words_would_change_has_no_such_button(tmp_path: Path) -> None:
    async with running_bot(tmp_path, daily_credits=1) as home:
        server = home.discord
        form = await server.person(server.alice).click(await imagine(home), "Remix")
        answer = await refused(server.person(server.alice), form, prompt="at night")
        assert "This costs 1 credit" in answer.text
        assert answer.buttons == []
