"""What moderators and owners do, as the unmodified discord.py hears of it: roles, channels, the application's owner."""

from __future__ import annotations

import asyncio
from typing import Any

import discord as library
import pytest
from discord import app_commands

from playground import LoopbackDiscord
from playground.commands import CommandError
from playground.permissions import Permission
from playground.world import Overwrite
from tests.support.tiny_bot import TinyBot

Heard = asyncio.Queue[tuple[str, Any]]
EVENTS = (
    "guild_role_create",
    "guild_role_update",
    "guild_role_delete",
    "member_update",
    "guild_channel_create",
    "guild_channel_update",
    "guild_channel_delete",
)


@pytest.fixture
def heard(bot: TinyBot) -> Heard:
    """What the bot hears of roles, members and channels, with what it is told."""
    queue: Heard = asyncio.Queue()

    def listening(name: str) -> Any:
        async def listen(*told: Any) -> None:
            queue.put_nowait((name, told[-1]))

        return listen

    for name in EVENTS:
        setattr(bot, f"on_{name}", listening(name))
    return queue


async def test_a_role_is_made_changed_given_taken_and_deleted(
    discord: LoopbackDiscord, bot: TinyBot, heard: Heard
) -> None:
    role = discord.create_role("Painters", Permission.MANAGE_MESSAGES)
    name, told = await heard.get()
    assert (name, told.id, told.name) == ("guild_role_create", role.id, "Painters")
    assert told.permissions.manage_messages
    assert told.position > max(one.position for one in discord.guild.roles.values() if one is not role)
    discord.edit_role(role, name="Editors")
    assert (await heard.get())[1].name == "Editors"

    discord.give_role(discord.world.bot, role)
    name, told = await heard.get()
    assert (name, told.id) == ("member_update", bot.user.id)
    assert told.get_role(role.id) is not None
    discord.take_role(discord.world.bot, role)
    assert (await heard.get())[1].get_role(role.id) is None
    discord.delete_role(role)
    name, told = await heard.get()
    assert (name, told.id) == ("guild_role_delete", role.id)
    assert bot.get_guild(discord.guild.id).get_role(role.id) is None


async def test_a_members_roles_are_told_with_what_they_ask(discord: LoopbackDiscord, bot: TinyBot) -> None:
    role, alice = discord.create_role("Painters", "manage_guild"), discord.person(discord.alice)
    discord.give_role(discord.alice, role)
    await (await alice.command("whisper")).reply()
    assert role.id in {one.id for one in bot.asked[0].user.roles}
    assert bot.asked[0].permissions.manage_guild
    discord.delete_role(role)
    await (await alice.command("whisper")).reply()
    assert role.id not in {one.id for one in bot.asked[1].user.roles}
    assert not bot.asked[1].permissions.manage_guild


async def test_a_role_opens_a_command_to_its_members(discord: LoopbackDiscord, bot: TinyBot) -> None:
    gated = app_commands.Command(name="moderate", description="For some", callback=bot.whisper)
    bot.tree.add_command(app_commands.default_permissions(manage_guild=True)(gated))
    await bot.tree.sync()
    alice, role = discord.person(discord.alice), discord.create_role("Helpers", Permission.MANAGE_GUILD)
    discord.give_role(discord.alice, role)
    await (await alice.command("moderate")).reply()
    discord.take_role(discord.alice, role)
    with pytest.raises(CommandError, match="permission"):
        await alice.command("moderate")


async def test_of_others_roles_a_bot_hears_only_with_the_privileged_intent(
    discord: LoopbackDiscord, bot: TinyBot, heard: Heard
) -> None:
    role = discord.create_role("Painters")
    discord.give_role(discord.alice, role)
    discord.edit_role(role, name="Editors")
    assert [(await heard.get())[0] for _ in range(2)] == ["guild_role_create", "guild_role_update"]
    [session] = discord.gateway.sessions.values()
    session.intents |= library.Intents.members.flag
    [alice] = await bot.get_guild(discord.guild.id).query_members(user_ids=[discord.alice.id], cache=True)
    assert alice.get_role(role.id) is not None
    discord.take_role(discord.alice, role)
    name, told = await heard.get()
    assert (name, told.id, told.get_role(role.id)) == ("member_update", discord.alice.id, None)


async def test_a_deleted_role_is_gone_from_members_and_channels(discord: LoopbackDiscord) -> None:
    role = discord.create_role("Painters")
    discord.give_role(discord.bob, role)
    discord.channel.overwrites[role.id] = Overwrite(0, deny=int(Permission.SEND_MESSAGES))
    discord.delete_role(role)
    assert role.id not in discord.channel.overwrites
    assert discord.guild.members[discord.bob.id].roles == set()


async def test_a_bot_that_may_manages_roles_itself(discord: LoopbackDiscord, bot: TinyBot, heard: Heard) -> None:
    guild = bot.get_guild(discord.guild.id)
    with pytest.raises(library.Forbidden):
        await guild.create_role(name="Painters")
    discord.give_role(discord.world.bot, discord.create_role("Keeper", Permission.MANAGE_ROLES))
    role = await guild.create_role(
        name="Painters", permissions=library.Permissions(manage_messages=True), color=0x123456
    )
    await role.edit(name="Editors")
    kept = discord.guild.roles[role.id]
    assert (kept.name, kept.color, kept.permissions) == ("Editors", 0x123456, int(Permission.MANAGE_MESSAGES))
    alice = await guild.fetch_member(discord.alice.id)
    await alice.add_roles(role)
    assert discord.guild.members[discord.alice.id].roles == {role.id}
    await alice.remove_roles(role)
    assert discord.guild.members[discord.alice.id].roles == set()
    await role.delete()
    assert role.id not in discord.guild.roles
    with pytest.raises(library.HTTPException, match="Invalid Role"):
        await guild.default_role.delete()
    with pytest.raises(library.NotFound):
        await role.delete()


async def test_a_channel_is_restricted_renamed_and_deleted(
    discord: LoopbackDiscord, bot: TinyBot, heard: Heard
) -> None:
    channel = discord.create_channel("new")
    name, told = await heard.get()
    assert (name, told.id) == ("guild_channel_create", channel.id)
    thread = discord.world.add_thread(channel, "a thread", discord.bob)
    discord.edit_channel(channel, nsfw=True)
    name, told = await heard.get()
    assert (name, told.name, told.nsfw, thread.nsfw) == ("guild_channel_update", "new", True, True)
    discord.edit_channel(channel, name="old", nsfw=False)
    told = (await heard.get())[1]
    assert (told.name, told.nsfw) == ("old", False)
    discord.delete_channel(channel)
    name, told = await heard.get()
    assert (name, told.id) == ("guild_channel_delete", channel.id)
    with pytest.raises(library.NotFound):
        await bot.fetch_channel(thread.id)


async def test_a_bot_changes_a_channel_only_if_it_may(discord: LoopbackDiscord, bot: TinyBot, heard: Heard) -> None:
    channel = bot.get_channel(discord.channel.id)
    with pytest.raises(library.Forbidden):
        await channel.edit(nsfw=True)
    discord.give_role(discord.world.bot, discord.create_role("Keeper", Permission.MANAGE_CHANNELS))
    await channel.edit(nsfw=True, name="paintings")
    assert (discord.channel.nsfw, discord.channel.name) == (True, "paintings")
    await channel.delete()
    assert discord.channel.id not in discord.world.channels


async def test_the_applications_owner_is_known_and_reached_by_a_direct_message(
    discord: LoopbackDiscord, bot: TinyBot
) -> None:
    info = await bot.application_info()
    assert (info.owner.id, info.team) == (discord.mod.id, None)
    await (await bot.fetch_user(info.owner.id)).send("a new report")
    assert [one.text for one in discord.messages(discord.dm(discord.mod))] == ["a new report"]
    data = await bot.http.request(library.http.Route("GET", "/applications/@me"))
    assert data["owner"]["id"] == str(discord.mod.id)
    discord.application_owner = discord.bob
    assert (await bot.application_info()).owner.id == discord.bob.id


async def test_an_application_may_belong_to_a_team(discord: LoopbackDiscord, bot: TinyBot) -> None:
    discord.application_team = (discord.bob, discord.mod)
    info = await bot.application_info()
    assert info.team.owner_id == discord.bob.id
    assert [one.id for one in info.team.members] == [discord.bob.id, discord.mod.id]
    assert info.team.members[1].membership_state is library.TeamMembershipState.accepted
