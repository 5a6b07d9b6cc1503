"""`/moderate`, reports and the log channel."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from bot.ui import log_channel as logbook
from playground.components import walk
from playground.messages import Message
from playground.model import User
from tests.support.bot import RunningBot, running_bot
from tests.support.remixing import code_of, head_of, imagine, thread_under


async def moderate(home: RunningBot, name: str, **options: Any) -> Message:
    asking = await home.discord.person(home.discord.moderator).use(f"moderate {name}", options)
    message = await asking.reply()
    await home.discord.until(lambda: not message.loading)
    assert asking.ephemeral
    return message


async def log_channel(home: RunningBot, **options: Any) -> None:
    moderator = home.discord.person(home.discord.moderator)
    await (await moderator.use("settings log-channel", {"channel": home.discord.other_channel, **options})).reply()


def covered(message: Message) -> list[bool]:
    """Which pictures of a message's galleries are covered."""
    return [item["spoiler"] for one in walk(message.components) if one["type"] == 12 for item in one["items"]]


async def logged(home: RunningBot, words: str) -> Message:
    def found() -> Message | None:
        posted = home.discord.messages(home.discord.other_channel)
        return next((one for one in posted if words in one.text), None)

    message: Message = await home.discord.until(found)
    return message


async def ask(home: RunningBot, **options: Any) -> str:
    asking = await home.discord.person(home.discord.alice).command("imagine", prompt="a kite", **options)
    return (await asking.reply()).text


async def test_usage_shows_numbers_and_a_chart(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        await imagine(home, count=2)
        await imagine(home, server.bob)
        whole = await moderate(home, "usage")
        assert "**3 pictures" in whole.text
        assert f"1. <@{server.alice.id}> · 2 pictures" in whole.text
        assert whole.pictures
        of_bob = await moderate(home, "usage", member=server.bob, days=1)
        assert "**1 picture" in of_bob.text
        assert "**1** of **1,000** credits" in of_bob.text
        nobody = await moderate(home, "usage", member=server.moderator)
        assert "**0 pictures" in nobody.text


async def test_a_blocked_member_is_refused_until_it_is_lifted(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        await log_channel(home)
        await moderate(home, "block", member=server.alice, duration=24, reason="please calm down")
        refused = await ask(home)
        assert "A moderator has blocked you" in refused
        assert "please calm down" in refused
        assert f"<@{server.alice.id}> until <t:" in (await moderate(home, "blocks")).text
        await moderate(home, "unblock", member=server.alice)
        await imagine(home)
        record = await moderate(home, "audit", member=server.alice)
        assert "blocked" in record.text
        assert "unblocked" in record.text
        await logged(home, "blocked")


async def test_a_granted_credit_can_be_spent(tmp_path: Path) -> None:
    async with running_bot(tmp_path, daily_credits=1) as home:
        await imagine(home)
        assert "you have 0 of 1 left" in await ask(home)
        await moderate(home, "grant", member=home.discord.alice, credits=2)
        await imagine(home, count=2)
        assert await home.books() == []


async def test_a_reported_picture_is_removed_everywhere(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        await log_channel(home)
        made = await imagine(home)
        bob = server.person(server.bob)
        form = await bob.context_menu("Report image", made)
        answer = await (await bob.submit(form, reason="that is not nice")).reply()
        await server.until(lambda: "Thank you" in answer.text)
        card = await logged(home, "A picture was reported")
        assert "that is not nice" in card.text
        assert covered(card) == [True]
        assert "a red kite" not in card.text  # the rule for quoting is off
        await (await server.person(server.moderator).click(card, "Remove")).acknowledged()
        await server.until(lambda: made.deleted and "Removed** by" in card.text)
        assert covered(card) == []
        again = await bob.context_menu("Report image", made)
        assert "Only pictures that I made" in (await again.reply()).text
        assert f"'s `{code_of(made).partition('-')[0]}`" in (await moderate(home, "audit")).text


async def test_a_report_quotes_the_prompt_where_the_rules_allow_it(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        await log_channel(home, prompts=True)
        made = await imagine(home, prompt="a red kite")
        bob = home.discord.person(home.discord.bob)
        await (await bob.submit(await bob.context_menu("Report image", made), reason="")).acknowledged()
        card = await logged(home, "A picture was reported")
        assert "> a red kite" in card.text


async def test_the_record_is_told_in_short_lines_with_the_particulars_below(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        alice, moderator = home.discord.alice.id, home.discord.moderator.id
        await moderate(home, "block", member=home.discord.alice, duration=24, reason="please calm down")
        await moderate(home, "unblock", member=home.discord.alice)
        lines = (await moderate(home, "audit")).text.splitlines()
        assert lines[1] == f"<@{moderator}> unblocked <@{alice}>"
        assert lines[3] == f"<@{moderator}> blocked <@{alice}>"
        assert re.fullmatch(r"-# until <t:\d+:f> · please calm down · <t:\d+:R>", lines[4])


async def test_blocks_and_dismissals_of_reports_are_the_moderators_alone_and_happen_once(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        moderator, bob = server.person(server.moderator), server.person(server.bob)
        await log_channel(home)
        for number, button in enumerate(("Dismiss", "Block")):
            made = await imagine(home, prompt=f"kite {number}")
            form = await bob.context_menu("Report image", made)
            await (await bob.submit(form, reason="")).acknowledged()
            card: Message = await logged(home, f"[`{code_of(made).partition('-')[0]}`]")
            refused = await bob.click(card, button)
            assert "Moderate Members" in (await refused.reply()).text
            asking = await moderator.click(card, button)
            await asking.acknowledged()
            if button == "Block":
                assert "A moderator has blocked you" not in await ask(home)
                await (await moderator.submit(asking, hours="2", reason="rude")).acknowledged()
                await server.until(lambda card=card: "maker was blocked" in card.text)
                assert "rude" in await ask(home)
            else:
                await server.until(lambda card=card: "Dismissed** by" in card.text)
            assert card.buttons == (["Remove"] if button == "Block" else [])
            assert not made.deleted
            await home.at_rest()


async def test_reporters_cannot_flood_the_moderators(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        bob = server.person(server.bob)
        made = await imagine(home)
        closed = await bob.context_menu("Report image", made)
        assert "take no reports here" in (await closed.reply()).text
        await log_channel(home)

        async def report(message: Message) -> str:
            form = await bob.context_menu("Report image", message)
            answer = await (await bob.submit(form, reason="bad")).reply()
            await server.until(lambda: not answer.loading)
            return answer.text

        assert "Thank you" in await report(made)
        assert "reported this already" in await report(made)
        for number in range(4):
            assert "Thank you" in await report(await imagine(home, prompt=f"kite {number}"))
        assert "reported a lot" in await report(await imagine(home, prompt="one more"))
        assert await home.count("reports") == 5


async def test_reports_of_one_picture_are_one_card_that_counts_up_and_are_answered_together(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        await log_channel(home)
        made = await imagine(home)
        members = [server.world.add_user(f"reporter{number}", f"Reporter {number}") for number in range(10)]
        for member in members:
            server.world.add_member(server.guild, member)
        forms = [await server.person(member).context_menu("Report image", made) for member in members]
        for form in forms:
            await form.acknowledged()
        for member, form in zip(members, forms, strict=True):
            await server.person(member).submit(form, reason=f"bad *for* {member.id}")
        await server.until(lambda: any("9 other members" in one.text for one in server.messages(server.other_channel)))
        [card] = [one for one in server.messages(server.other_channel) if "A picture was reported" in one.text]
        await (await server.person(server.moderator).click(card, "Dismiss")).acknowledged()
        await server.until(lambda: "Dismissed** by" in card.text)
        assert await home.count("reports", "state='dismissed'") == 10
        dismissed = f"dismissed a report about <@{server.alice.id}>'s `{code_of(made).partition('-')[0]}`"
        assert dismissed in (await moderate(home, "audit")).text  # of a moderator's work, whose picture it was
        told = [one for one in members if f"<@{one.id}>: bad \\*for\\* {one.id}" in card.text]
        assert len(told) == 5  # beside the first, whose reason stands above
        assert "and 4 more" in card.text


async def test_a_report_that_cannot_be_posted_can_be_made_again(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        bob = server.person(server.bob)
        made = await imagine(home)
        await log_channel(home)
        server.revoke_permission(server.other_channel, "send_messages")
        form = await bob.context_menu("Report image", made)
        answer = await (await bob.submit(form, reason="bad")).reply()
        await server.until(lambda: "cannot reach the moderators" in answer.text)
        assert await home.count("reports") == 0


async def report(home: RunningBot, who: User, made: Message) -> Message:
    person = home.discord.person(who)
    return await (await person.submit(await person.context_menu("Report image", made), reason="bad")).reply()


async def test_a_report_made_while_anothers_card_fails_gets_a_card_of_its_own(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        await log_channel(home)
        made = await imagine(home)
        server.faults.next("POST", "/channels/{channel_id}/messages", stall=2, status=503)
        first = await report(home, server.moderator, made)
        await server.until(lambda: not server.faults.script)
        second = await report(home, server.bob, made)
        await server.until(lambda: "cannot reach the moderators" in first.text)
        await server.until(lambda: "Thank you" in second.text)
        assert f"<@{server.bob.id}>" in (await logged(home, "A picture was reported")).text
        assert await home.count("reports") == 1


async def test_a_report_after_its_card_was_deleted_gets_a_card_of_its_own(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        await log_channel(home)
        made = await imagine(home)
        await report(home, server.moderator, made)
        server.delete_message(await logged(home, "A picture was reported"))
        await report(home, server.bob, made)
        assert "1 other member" in (await logged(home, "A picture was reported")).text


async def test_a_moderator_cancels_what_waits_and_what_runs(tmp_path: Path) -> None:
    async with running_bot(tmp_path, sandbox_seconds=30) as home:
        server = home.discord
        alice = server.person(server.alice)
        waiting = [await (await alice.command("imagine", prompt=f"kite {n}", count=4)).reply() for n in range(4)]
        await server.until(lambda: "In the queue" in waiting[-1].text)
        assert "number " in waiting[-1].text
        first = waiting[0]
        link = f"https://discord.com/channels/{server.guild.id}/{server.channel.id}/{first.id}"
        one = await moderate(home, "cancel", code=link)
        assert one.text.count("`") == 2
        await server.until(lambda: "Cancelled" in first.text)
        rest = await moderate(home, "cancel", member=server.alice)
        assert rest.text.count("`") == 6
        await server.until(lambda: all("Cancelled" in one.text for one in waiting))
        await home.at_rest()
        assert "They have nothing" in (await moderate(home, "cancel", member=server.alice)).text
        assert "cannot find that request" in (await moderate(home, "cancel", code="zzzzz")).text
        assert await home.count("ledger", "kind='settle'") == 2  # eight of sixteen had been ordered
        assert await home.books() == []


async def test_a_removed_picture_is_gone_from_thread_history_and_tree(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        made = await imagine(home)
        thread = await thread_under(home, made)
        done = await moderate(home, "remove", image=code_of(made), reason="against the rules")
        assert "is removed" in done.text
        assert made.deleted
        await server.until(lambda: head_of(thread) is None)
        listed = await (await server.person(server.alice).command("history")).reply()
        await server.until(lambda: not listed.loading)
        assert "none here" in listed.text
        refused = await moderate(home, "remove", image="zzzzz")
        assert "cannot find that picture" in refused.text


async def test_only_moderators_moderate(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        server.loosen_command_permissions = True
        for name, options in (
            ("usage", {}),
            ("block", {"member": server.bob}),
            ("unblock", {"member": server.bob}),
            ("blocks", {}),
            ("grant", {"member": server.alice, "credits": 100}),
            ("cancel", {"member": server.bob}),
            ("remove", {"image": "k7m2q"}),
            ("audit", {}),
        ):
            asking = await server.person(server.alice).use(f"moderate {name}", options)
            assert "Moderate Members" in (await asking.reply()).text
            assert asking.ephemeral
        assert await home.count("audit") == 0


async def test_the_log_takes_together_what_happens_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logbook, "PAUSE_MS", 3_000)
    async with running_bot(tmp_path) as home:
        server = home.discord
        await log_channel(home)
        await logged(home, "log channel: none")
        moderator = server.person(server.moderator)
        await (await moderator.use("settings words", {"add": "gore"})).reply()
        for _ in range(3):
            await (await server.person(server.alice).command("imagine", prompt="some gore")).reply()
        told = await logged(home, "matched the blocked entry `gore`")
        assert "(×3)" in told.text
        assert "some gore" not in told.text


async def test_pages_and_filters_of_the_record(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        for credits in range(1, 13):
            await moderate(home, "grant", member=server.alice, credits=credits)
        await moderate(home, "block", member=server.bob)
        first = await moderate(home, "audit")
        assert "blocked" in first.text
        assert first.buttons == ["Older"]
        await (await server.person(server.moderator).click(first, "Older")).acknowledged()
        await server.until(lambda: "-# 1 credit for 24 h" in first.text and first.buttons == [])
        of_bob = await moderate(home, "audit", member=server.bob)
        assert "gave" not in of_bob.text
        only = await moderate(home, "audit", action="grant")
        assert "blocked" not in only.text
