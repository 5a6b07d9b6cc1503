"""`/settings`: every rule set, seen, recorded and reset, by commands and the panel; two moderators; a restart.

What the rules do to members is in `test_rules_enforced`, what moderators may not set in `test_rules_refused`.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from bot.guild_settings.rules import FIELDS, Rule
from bot.ui.rules import DECLARED
from playground import LoopbackDiscord
from playground.world import User
from tests.support.bot import RunningBot, bot_on, running_bot, settings_for, until
from tests.support.remixing import imagine
from tests.support.rules import (
    GIVEN,
    Given,
    each_rule,
    moderators,
    opened,
    panel,
    recorded,
    refused,
    second_moderator,
    sent,
    setting,
)

Json = dict[str, Any]
SAID = 4
"""The type of an answer with a message of its own; a form that is accepted changes the panel."""


def test_every_rule_is_among_those_that_are_tried_here() -> None:
    assert [one.rule for one in GIVEN] == list(Rule)
    assert all(set(FIELDS[one.rule]) >= set(one.changes(LoopbackDiscord())) for one in GIVEN)


def titled(rule: Rule, seen: str, *, own: bool) -> str:
    """How a rule stands on the panel."""
    return f"**{'●' if own else '○'} {DECLARED[rule].title}**\n{seen}"


def rows(actor: User, changes: dict[str, tuple[Any, Any]], *, back: bool = False) -> list[tuple[int, str, Any, Any]]:
    return [(actor.id, name, *booked(name, *(pair[::-1] if back else pair))) for name, pair in changes.items()]


def booked(name: str, before: Any, after: Any) -> tuple[Any, Any]:
    """How a change stands in the record; of the words, which came and which went."""
    if name != "words":
        return before, after
    gone, new = [one for one in before if one not in after], [one for one in after if one not in before]
    return {"entries": len(before), "gone": gone}, {"entries": len(after), "new": new}


async def reset_again(home: RunningBot, given: Given, before: str) -> None:
    """Take a rule back: as it was, recorded, and nothing the second time."""
    server, changes = home.discord, given.changes(home.discord)
    done = await setting(home, "reset", rule=given.rule.value)
    assert "**Changed**" in done
    assert (await panel(home)).text == before
    assert recorded(home) == [
        *rows(server.moderator, changes),
        *rows(server.moderator, changes, back=True),
    ]
    assert "Nothing changed" in await setting(home, "reset", rule=given.rule.value)
    assert len(recorded(home)) == 2 * len(changes)


@each_rule
async def test_a_rule_is_set_by_a_command_seen_recorded_and_reset(tmp_path: Path, given: Given) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        name, options = given.typed
        before, seen = (await panel(home)).text, given.seen(server)
        said = await setting(home, name, **options(server))
        assert "**Changed**" in said
        assert seen in said
        assert titled(given.rule, seen, own=True) in (await panel(home)).text
        if given.rule is not Rule.WORDS:
            assert seen in await setting(home, name)  # without options it says what holds
        assert "**Changed**" not in await setting(home, name, **options(server))  # once more is no change
        assert recorded(home) == rows(server.moderator, given.changes(server))
        await reset_again(home, given, before)


@each_rule
async def test_a_rule_is_set_by_its_form_seen_recorded_and_reset(tmp_path: Path, given: Given) -> None:
    async with running_bot(tmp_path) as home:
        server, seen = home.discord, given.seen(home.discord)
        shown = await panel(home)
        before = shown.text
        await sent(home, await opened(home, given.rule, shown), **given.filled(server))
        await server.until(lambda: titled(given.rule, seen, own=True) in shown.text)
        assert recorded(home) == rows(server.moderator, given.changes(server))
        # The next form is filled in with what holds now: sent as it is, it changes nothing.
        if given.rule is not Rule.ROLE_QUOTA:
            await sent(home, await opened(home, given.rule, shown))
            assert len(recorded(home)) == len(given.changes(server))
        await reset_again(home, given, before)


async def test_the_panel_shows_every_rule_and_changes_it(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        shown = await panel(home)
        assert [one.title for one in DECLARED.values() if f"**○ {one.title}**" not in shown.text] == []
        assert "●" not in shown.text.partition("\n**")[2]
        assert "`sandbox` is sent 2" in shown.text
        await sent(home, await opened(home, Rule.QUOTA, shown), daily_credits="3")
        await home.discord.until(lambda: "**3** in any 24 hours" in shown.text)
        await imagine(home, count=3)
        assert "0 of 3 left" in await refused(home)


async def test_a_typed_rule_is_confirmed_with_its_effect(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        assert "**1,000** → **2**" in await setting(home, "quota", credits=2)
        assert "**2** in any 24 hours" in await setting(home, "quota")
        assert "**2** → **1,000**" in await setting(home, "reset", rule="quota")


async def test_everything_is_set_survives_a_restart_and_is_reset_at_once(tmp_path: Path) -> None:
    async with LoopbackDiscord(limits=False) as server:
        settings = settings_for(tmp_path, server)
        async with bot_on(server, settings) as app:
            home = RunningBot(server, app, settings)
            usual = (await panel(home)).text
            for given in GIVEN:
                await setting(home, given.typed[0], **given.typed[1](server))
            before, rules = (await panel(home)).text, await app.client.guild_settings.of(server.guild.id)
            assert before.count("**●") == len(Rule)
        async with bot_on(server, settings) as app:
            home = RunningBot(server, app, settings)
            assert await app.client.guild_settings.of(server.guild.id) == rules
            assert (await panel(home)).text == before
            home.discord.guild.members[home.discord.alice.id].joined_at -= 49 * 3600
            # In force again, before anybody has looked at them.
            assert "moderators do not want pictures of this" in await refused(home, "a blade, and b l o o d")
            assert "No pictures are made in this channel" in await refused(home, channel=server.other_channel)
            assert "only the model `pro`" in await refused(home, model="max")
            await imagine(home, count=4)
            assert "3 of 7 left" in await refused(home, count=4)
            assert await home.books() == []
        async with bot_on(server, settings) as app:
            home = RunningBot(server, app, settings)
            asking = await server.person(server.moderator).use("settings reset", {"rule": "everything"})
            question = await asking.reply()
            assert asking.ephemeral
            assert await app.client.guild_settings.of(server.guild.id) == rules  # it asks before it does that
            await (await server.person(server.moderator).click(question, "Reset everything")).acknowledged()
            await server.until(lambda: question.text == usual)
            assert (await panel(home)).text == usual
            assert await app.client.guild_settings.of(server.guild.id) == app.client.guild_settings.defaults
            changes = {field: pair for given in GIVEN for field, pair in given.changes(server).items()}
            deeds = recorded(home)
            assert deeds[: len(changes)] == rows(server.moderator, changes)
            assert sorted(deeds[len(changes) :], key=str) == sorted(rows(server.moderator, changes, back=True), key=str)


# What options and fields mean


async def test_unlimited_is_a_number_too(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server, guild_id = home.discord, home.discord.guild.id
        await setting(home, "quota", unlimited=True)
        await setting(home, "role-quota", role=moderators(server), unlimited=True)
        await sent(home, await opened(home, Rule.SERVER_QUOTA), pool_credits="1,000,000")
        rules = await home.app.client.guild_settings.of(guild_id)
        assert (rules.daily_credits, rules.role_credits) == (None, {moderators(server).id: None})
        assert rules.pool_credits == 1_000_000
        shown = await panel(home)
        assert "as many pictures as they like" in shown.text
        assert f"<@&{moderators(server).id}> unlimited" in shown.text
        await sent(home, await opened(home, Rule.SERVER_QUOTA), pool_credits=" Unlimited ")
        await sent(home, await opened(home, Rule.QUOTA), daily_credits="0")
        rules = await home.app.client.guild_settings.of(guild_id)
        assert (rules.daily_credits, rules.pool_credits) == (0, None)


async def test_a_role_is_forgotten_by_the_command_and_by_an_empty_field(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        patrons, guests = server.create_role("Patrons"), server.create_role("Guests")
        await sent(home, await opened(home, Rule.ROLE_QUOTA), roles=[patrons, guests], credits="9")
        assert "Nothing" not in await setting(home, "role-quota", role=patrons, remove=True)
        assert (await home.app.client.guild_settings.of(server.guild.id)).role_credits == {guests.id: 9}
        form = await opened(home, Rule.ROLE_QUOTA)
        assert form.interaction.modal is not None
        assert f"Now: <@&{guests.id}> 9. " in str(form.interaction.modal.components)
        await sent(home, form, roles=[guests])
        assert (await home.app.client.guild_settings.of(server.guild.id)).role_credits == {}
        assert "No role has credits of its own." in (await panel(home)).text


async def test_a_channel_stands_on_one_list_until_it_is_forgotten(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        guild_settings, here = home.app.client.guild_settings, server.other_channel
        await setting(home, "channels", allow=here)
        await setting(home, "channels", deny=here)
        rules = await guild_settings.of(server.guild.id)
        assert (rules.allowed_channels, rules.denied_channels) == ((), (here.id,))
        assert "Pictures may be made everywhere" in await setting(home, "channels", forget=here)


async def test_what_is_deleted_is_off_the_rules_and_that_is_on_record(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server, guild_settings = home.discord, home.app.client.guild_settings
        role, channel, log = (
            server.create_role("Patrons"),
            server.create_channel("studio"),
            server.create_channel("log"),
        )
        await setting(home, "role-quota", role=role, credits=9)
        await setting(home, "channels", deny=channel)
        await setting(home, "log-channel", channel=log)
        before = len(recorded(home))
        server.delete_role(role)
        server.delete_channel(channel)
        server.delete_channel(log)
        await until(lambda: home.count("audit", "actor_id = 0"), 3)
        rules = await guild_settings.of(server.guild.id)
        assert (rules.role_credits, rules.denied_channels, rules.log_channel) == ({}, (), None)
        changes = {
            "role_credits": ({str(role.id): 9}, {}),
            "denied_channels": ([channel.id], []),
            "log_channel": (log.id, None),
        }
        deeds = sorted(recorded(home)[before:], key=str)
        assert deeds == sorted(((0, name, *pair) for name, pair in changes.items()), key=str)
        await imagine(home)


async def test_the_last_channel_that_was_allowed_does_not_open_all_others_when_it_is_deleted(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        first, last = server.create_channel("first"), server.create_channel("last")
        for one in (first, last):
            await setting(home, "channels", allow=one)
        server.delete_channel(first)
        await until(lambda: home.count("audit", "actor_id = 0"), 1)
        server.delete_channel(last)
        await refused(home)
        assert f"Pictures may be made in <#{last.id}> (gone)." in (await panel(home)).text
        await sent(home, await opened(home, Rule.CHANNELS), allowed_channels=[server.channel])
        assert (await home.app.client.guild_settings.of(server.guild.id)).allowed_channels == (server.channel.id,)
        await imagine(home)


async def test_what_is_deleted_while_the_bot_is_away_is_marked_and_disturbs_nothing(tmp_path: Path) -> None:
    async with LoopbackDiscord(limits=False) as server:
        settings = settings_for(tmp_path, server)
        role, channel, log = (
            server.create_role("Patrons"),
            server.create_channel("studio"),
            server.create_channel("log"),
        )
        async with bot_on(server, settings) as app:
            home = RunningBot(server, app, settings)
            await setting(home, "role-quota", role=role, credits=9)
            await setting(home, "channels", deny=channel)
            await setting(home, "log-channel", channel=log)
        server.delete_role(role)
        server.delete_channel(channel)
        server.delete_channel(log)
        async with bot_on(server, settings) as app:
            home = RunningBot(server, app, settings)
            shown = (await panel(home)).text
            assert f"<@&{role.id}> 9 (gone)" in shown
            assert f"<#{channel.id}> (gone)." in shown
            assert f"<#{log.id}>, without quoting what members wrote. (gone)" in shown
            await imagine(home)
            await sent(home, await opened(home, Rule.CHANNELS), denied_channels=[server.other_channel])
            assert (await app.client.guild_settings.of(server.guild.id)).denied_channels == (server.other_channel.id,)


async def test_words_are_added_taken_away_and_shown_to_the_moderator_alone(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        assert "No words are blocked." in await setting(home, "words")
        assert "1 entry" in await setting(home, "words", add="blood")
        assert "1 entry → 3 entries (+`gore*`, +`/kni(fe|ves)/`)" in await setting(
            home, "words", add="BLOOD, gore*\n/kni(fe|ves)/,"
        )
        assert "`blood`, `gore*`, `/kni(fe|ves)/`" in await setting(home, "words")
        [shown] = [one for one in home.discord.messages() if one.files]
        assert shown.private_to is home.discord.moderator
        assert shown.files[0].data.decode().splitlines() == ["blood", "gore*", "/kni(fe|ves)/"]
        assert "→ 1 entry\n" in await setting(home, "words", remove="Gore*, /kni(fe|ves)/")
        assert "is not on the list" in await setting(home, "words", remove="nothing like it")
        assert (await home.app.client.guild_settings.of(home.discord.guild.id)).words == ("blood",)


async def test_a_list_that_is_too_long_for_a_field_is_added_to_and_taken_from(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        entries = [f"something unwanted number {number}" for number in range(150)]
        for start in (0, 75):
            await setting(home, "words", add=", ".join(entries[start : start + 75]))
        shown = await panel(home)
        form = await opened(home, Rule.WORDS, shown)
        await sent(home, form, add="blood", remove=entries[7])
        await home.discord.until(lambda: "150 entries" in shown.text)
        words = (await home.app.client.guild_settings.of(home.discord.guild.id)).words
        assert set(words) == {*entries, "blood"} - {entries[7]}
        assert "…" in await setting(home, "words")


async def test_patterns_that_differ_in_the_case_of_a_class_are_two_entries(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        for one in (r"/gore\w/", r"/gore\W/"):
            await setting(home, "words", add=one)
        assert (await home.app.client.guild_settings.of(home.discord.guild.id)).words == (r"/gore\w/", r"/gore\W/")


async def test_a_server_without_settings_follows_the_operator_and_no_other_server(tmp_path: Path) -> None:
    async with LoopbackDiscord(limits=False) as server:
        async with bot_on(server, settings_for(tmp_path, server)) as app:
            home = RunningBot(server, app, settings_for(tmp_path, server))
            await setting(home, "quota", credits=0)
            await imagine(home, channel=server.second_channel)
            await imagine(home, channel=server.dm(server.alice))
            await imagine(home, channel=server.elsewhere_channel)
            await refused(home)
        settings = settings_for(tmp_path, server, daily_credits=1)
        async with bot_on(server, settings) as app:
            home = RunningBot(server, app, settings)
            assert "0 of 1 left" in await refused(home, channel=server.second_channel)
            assert "switched off" in await refused(home)
            await setting(home, "quota", credits=2)
            await imagine(home)


# Two moderators


async def test_different_rules_set_at_the_same_moment_are_all_kept(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        both = (server.moderator, second_moderator(server))
        await asyncio.gather(
            *(
                setting(home, given.typed[0], both[number % 2], **given.typed[1](server))
                for number, given in enumerate(GIVEN)
            )
        )
        assert (await panel(home)).text.count("**●") == len(Rule)
        expected = [row for number, given in enumerate(GIVEN) for row in rows(both[number % 2], given.changes(server))]
        assert sorted(recorded(home), key=str) == sorted(expected, key=str)


async def test_forms_for_different_rules_that_were_opened_together_do_not_undo_each_other(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        both = (server.moderator, second_moderator(server))
        forms = [await opened(home, given.rule, who=both[number % 2]) for number, given in enumerate(GIVEN)]
        asked = await asyncio.gather(
            *(
                sent(home, form, both[number % 2], **given.filled(server))
                for number, (form, given) in enumerate(zip(forms, GIVEN, strict=True))
            )
        )
        told = [given for one, given in zip(asked, GIVEN, strict=True) if one.interaction.acknowledged == SAID]
        assert len(told) < len(GIVEN)
        for given in told:  # they were told so, and do it again
            await sent(home, await opened(home, given.rule), **given.filled(server))
        assert (await panel(home)).text.count("**●") == len(Rule)
        assert len(recorded(home)) == sum(len(given.changes(server)) for given in GIVEN)


async def test_words_added_by_two_moderators_at_the_same_moment_are_all_kept(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        both = (home.discord.moderator, second_moderator(home.discord))
        await setting(home, "words", add="first, second")
        await asyncio.gather(
            setting(home, "words", both[0], remove="first"),
            *(setting(home, "words", both[number % 2], add=f"word {number}") for number in range(10)),
        )
        words = (await home.app.client.guild_settings.of(home.discord.guild.id)).words
        assert sorted(words) == sorted(["second", *(f"word {number}" for number in range(10))])
        await refused(home, "the word 7 and the SECOND of it")


async def test_channels_and_roles_set_by_two_moderators_at_the_same_moment_are_all_kept(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        both = (server.moderator, second_moderator(server))
        channels = [server.create_channel(f"room-{number}") for number in range(6)]
        roles = [server.create_role(f"role {number}") for number in range(6)]
        await asyncio.gather(
            *(setting(home, "channels", both[n % 2], allow=one) for n, one in enumerate(channels)),
            *(setting(home, "role-quota", both[n % 2], role=one, credits=n) for n, one in enumerate(roles)),
        )
        rules = await home.app.client.guild_settings.of(server.guild.id)
        assert set(rules.allowed_channels) == {one.id for one in channels}
        assert rules.role_credits == {one.id: n for n, one in enumerate(roles)}


async def filled_in_together(home: RunningBot, rule: Rule, first: Json, second: Json) -> str:
    """Two moderators open the same form, and both send it; gives what the second one reads, if they are refused."""
    server = home.discord
    both = (server.moderator, second_moderator(server))
    forms = [await opened(home, rule, who=who) for who in both]
    await sent(home, forms[0], both[0], **first)
    asking = await sent(home, forms[1], both[1], **second)
    return (await asking.reply()).text if asking.interaction.acknowledged == SAID else ""


async def test_a_word_list_that_two_moderators_have_open_loses_nothing(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        await setting(home, "words", add="first")
        told = await filled_in_together(home, Rule.WORDS, {"words": "first\nblood"}, {"words": "first\ngore"})
        words = (await home.app.client.guild_settings.of(home.discord.guild.id)).words
        assert set(words) == {"first", "blood", "gore"} or (told and "blood" in words)


async def test_channels_that_two_moderators_have_open_are_not_forgotten(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        told = await filled_in_together(
            home,
            Rule.CHANNELS,
            {"denied_channels": [server.other_channel]},
            {"allowed_channels": [server.channel]},
        )
        rules = await home.app.client.guild_settings.of(server.guild.id)
        assert rules.denied_channels == (server.other_channel.id,)
        assert told or rules.allowed_channels == (server.channel.id,)


async def test_refresh_shows_what_another_moderator_has_set(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        shown = await panel(home)
        await setting(home, "quota", second_moderator(server), credits=4)
        assert "**4** in any" not in shown.text
        await (await server.person(server.moderator).click(shown, "Refresh")).acknowledged()
        await server.until(lambda: "**4** in any 24 hours" in shown.text)


async def test_a_panel_and_a_form_of_before_a_restart_still_work(tmp_path: Path) -> None:
    async with LoopbackDiscord(limits=False) as server:
        settings = settings_for(tmp_path, server)
        async with bot_on(server, settings) as app:
            home = RunningBot(server, app, settings)
            shown = await panel(home)
            form = await opened(home, Rule.QUOTA, shown)
        async with bot_on(server, settings) as app:
            home = RunningBot(server, app, settings)
            await sent(home, form, daily_credits="4")
            await server.until(lambda: "**4** in any 24 hours" in shown.text)
            await sent(home, await opened(home, Rule.MODELS, shown), models=["max"])
            await server.until(lambda: "`max` may be used." in shown.text)
