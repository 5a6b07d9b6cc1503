"""Who may change what, by what Discord says of them at this moment; the commands' own permissions do not count."""

from __future__ import annotations

import discord

from bot.models import Member
from bot.ui.interactions import Interaction, member_of
from bot.ui.markup import channel
from bot.ui.words import N_
from bot.ui.words.refusals import Declined


def manager_of(interaction: Interaction) -> tuple[discord.Guild, Member]:
    """The server and who asks, if they may manage it.

    Raises ``Declined``, also where the bot is not a member: there are no rules of ours there.
    """
    guild = _guild(interaction, N_("Rules are for servers that have installed me."))
    if not interaction.permissions.manage_guild:
        raise Declined(N_("Only members with *Manage Server* can see and change the rules."))
    return guild, member_of(interaction)


def moderator_of(interaction: Interaction) -> tuple[discord.Guild, Member]:
    """The same for what moderators do: *Moderate Members* is needed."""
    guild = _guild(interaction, N_("This is for servers that have installed me."))
    if not interaction.permissions.moderate_members:
        raise Declined(N_("Only members with *Moderate Members* can do this."))
    return guild, member_of(interaction)


def _guild(interaction: Interaction, otherwise: str) -> discord.Guild:
    if interaction.guild is None or not interaction.is_guild_integration():
        raise Declined(otherwise)
    return interaction.guild


def role_here(guild: discord.Guild, role_id: int) -> int:
    """A role's id, if the role can have credits of its own. Raises ``Declined``."""
    if guild.get_role(role_id) is None:
        raise Declined(N_("That role is gone."))
    if role_id == guild.id:
        raise Declined(N_("Everybody has that role: use `/settings quota` instead."))
    return role_id


def reachable_channel(guild: discord.Guild, channel_id: int, *, to_write: bool = False) -> int:
    """A channel's id, if the bot can see it (and write there). Raises ``Declined``."""
    found = guild.get_channel_or_thread(channel_id)
    if found is None:
        raise Declined(N_("That channel is gone, or I cannot see it."))
    mine = found.permissions_for(guild.me)
    if not mine.view_channel:
        raise Declined(N_("I cannot see {channel}. Let me view it first."), channel=channel(channel_id))
    may_write = mine.send_messages_in_threads if isinstance(found, discord.Thread) else mine.send_messages
    if to_write and not may_write:
        raise Declined(
            N_("I cannot write in {channel}. Let me send messages there first."), channel=channel(channel_id)
        )
    return channel_id
