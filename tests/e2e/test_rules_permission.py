"""Who may not manage a server can neither see nor change its rules: not by commands, panels or forms of others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.guild_settings.rules import Rule
from playground import LoopbackDiscord
from playground.commands import CommandError
from playground.people import Asking
from playground.permissions import Permission
from playground.world import Channel
from tests.support.bot import RunningBot, bot_on, running_bot, settings_for
from tests.support.remixing import imagine
from tests.support.rules import GIVEN, Given, each_rule, moderators, opened, panel, recorded, setting

NOT_YOURS = "Only members with *Manage Server* can see and change the rules."
NOT_HERE = "Rules are for servers that have installed me."
MODERATE_MEMBERS = int(Permission.MODERATE_MEMBERS | Permission.MANAGE_MESSAGES)


async def unchanged(home: RunningBot) -> None:
    """Nothing is stored, and nothing recorded."""
    assert await home.count("servers") == 0
    assert recorded(home) == []


async def refused(home: RunningBot, asking: Asking, words: str = NOT_YOURS) -> None:
    """The answer says so, to whoever tried alone, and no form opened."""
    message = await asking.reply()
    assert message.text == words
    assert asking.ephemeral
    assert asking.interaction.modal is None


async def test_discord_hides_the_commands_from_members(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        command = server.commands.find(server.guild.id, "settings")
        assert int(command["default_member_permissions"]) == Permission.MANAGE_GUILD
        with pytest.raises(CommandError, match="permission"):
            await server.person(server.alice).command("settings show")


@each_rule
async def test_no_command_changes_a_rule_for_a_member_even_where_discord_lets_them_use_it(
    tmp_path: Path, given: Given
) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        server.loosen_command_permissions = True
        name, options = given.typed
        for who in (server.alice, server.bob):
            for values in (options(server), {}):
                await refused(home, await server.person(who).use(f"settings {name}", values))
                # What moderates members does not manage the server.
                server.give_role(server.bob, server.create_role("Helpers", MODERATE_MEMBERS))
        await refused(home, await server.person(server.alice).use("settings reset", {"rule": given.rule.value}))
        await refused(home, await server.person(server.alice).command("settings show"))
        await unchanged(home)


async def test_a_member_reads_no_rule_that_is_set(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        await setting(home, "words", add="blood")
        server.loosen_command_permissions = True
        alice = server.person(server.alice)
        for name in ("show", "words", "quota", "channels", "safety", "providers", "models", "log-channel"):
            await refused(home, await alice.command(f"settings {name}"))
        await refused(home, await alice.use("settings reset", {"rule": "everything"}))
        assert (await home.app.client.guild_settings.of(server.guild.id)).words == ("blood",)
        question = await (await server.person(server.moderator).use("settings reset", {"rule": "everything"})).reply()
        await refused(home, await alice.click(question, "Reset everything"))
        assert (await home.app.client.guild_settings.of(server.guild.id)).words == ("blood",)
        assert len(recorded(home)) == 1


@each_rule
async def test_a_moderators_panel_and_form_are_of_no_use_to_a_member(tmp_path: Path, given: Given) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        shown = await panel(home)
        before = shown.text
        alice = server.person(server.alice)
        await refused(home, await alice.choose(shown, "atelier:rule", given.rule.value))
        await refused(home, await alice.click(shown, "Refresh"))
        form = await opened(home, given.rule, shown)
        await refused(home, await alice.submit(form, **given.filled(server)))
        assert shown.text == before
        await unchanged(home)


def role_taken(server: LoopbackDiscord) -> None:
    server.take_role(server.moderator, moderators(server))


def right_taken(server: LoopbackDiscord) -> None:
    server.edit_role(moderators(server), permissions=MODERATE_MEMBERS)


def role_deleted(server: LoopbackDiscord) -> None:
    server.delete_role(moderators(server))


@pytest.mark.parametrize("lost", [role_taken, right_taken, role_deleted], ids=lambda one: one.__name__)
async def test_who_has_lost_the_permission_can_do_nothing_with_what_they_have_open(
    tmp_path: Path, lost: Callable[[LoopbackDiscord], None]
) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        shown = await panel(home)
        question = await (await server.person(server.moderator).use("settings reset", {"rule": "everything"})).reply()
        forms = [(given, await opened(home, given.rule, shown)) for given in GIVEN if given.rule is not Rule.ROLE_QUOTA]
        # (That one's form names the very role that is about to go.)
        lost(server)
        moderator = server.person(server.moderator)
        for given, form in forms:
            await refused(home, await moderator.submit(form, **given.filled(server)))
        await refused(home, await moderator.choose(shown, "atelier:rule", "words"))
        await refused(home, await moderator.click(shown, "Refresh"))
        await refused(home, await moderator.click(question, "Reset everything"))
        server.loosen_command_permissions = True
        await refused(home, await moderator.use("settings quota", {"credits": 1}))
        await refused(home, await moderator.use("settings reset", {"rule": "everything"}))
        await unchanged(home)
        await imagine(home)


async def test_who_has_gained_the_permission_can_use_it_at_once(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        server.give_role(server.bob, server.create_role("Admins", Permission.ADMINISTRATOR))
        assert "**1,000** → **3**" in await setting(home, "quota", server.bob, credits=3)
        owner = server.world.users[server.guild.owner_id]
        assert "**3** → **4**" in await setting(home, "quota", owner, credits=4)
        assert [row[0] for row in recorded(home)] == [server.bob.id, owner.id]


def conversation(server: LoopbackDiscord) -> Channel:
    return server.dm(server.alice)


def of_two(server: LoopbackDiscord) -> Channel:
    return server.private_channel


def installed_by_a_member(server: LoopbackDiscord) -> Channel:
    return server.elsewhere_channel


@pytest.mark.parametrize("where", [conversation, of_two, installed_by_a_member], ids=lambda one: one.__name__)
async def test_there_are_no_rules_where_no_server_has_the_bot(
    tmp_path: Path, where: Callable[[LoopbackDiscord], Channel]
) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        place = where(server)
        if place.guild is not None:  # she may manage that server, and the bot is not in it
            place.guild.roles[place.guild.id].permissions |= int(Permission.MANAGE_GUILD)
        server.loosen_command_permissions = True
        alice = server.person(server.alice)
        for name, options in (
            ("show", {}),
            ("quota", {"credits": 1}),
            ("words", {"add": "blood"}),
            ("words", {}),
            ("providers", {"order": "sandbox"}),
            ("safety", {"tolerance": 1, "strikes": 1}),
            ("reset", {"rule": "everything"}),
        ):
            await refused(home, await alice.use(f"settings {name}", options, place), NOT_HERE)
        await unchanged(home)


@pytest.mark.parametrize(("name", "kind"), [("settings", 1), ("moderate", 1), ("Report image", 3)])
async def test_discord_is_told_that_moderators_commands_belong_into_servers(
    tmp_path: Path, name: str, kind: int
) -> None:
    async with running_bot(tmp_path) as home:
        assert home.discord.commands.find(home.discord.guild.id, name, kind)["contexts"] == [0]


async def test_a_moderator_of_one_server_rules_that_one_alone(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        server.loosen_command_permissions = True
        moderator = server.person(server.moderator)  # of the first; a member like others in the second
        await refused(home, await moderator.use("settings quota", {"credits": 0}, server.second_channel))
        await setting(home, "quota", credits=0)
        assert (await home.app.client.guild_settings.of(server.second_guild.id)).own == frozenset()
        await imagine(home, channel=server.second_channel)


async def test_a_form_of_before_a_restart_is_of_no_use_to_who_has_lost_the_permission(tmp_path: Path) -> None:
    async with LoopbackDiscord(limits=False) as server:
        settings: Any = settings_for(tmp_path, server)
        async with bot_on(server, settings) as app:
            home = RunningBot(server, app, settings)
            shown = await panel(home)
            form = await opened(home, Rule.QUOTA, shown)
        role_taken(server)
        async with bot_on(server, settings) as app:
            home = RunningBot(server, app, settings)
            moderator = server.person(server.moderator)
            await refused(home, await moderator.submit(form, daily_credits="0"))
            await refused(home, await moderator.click(shown, "Refresh"))
            await unchanged(home)
