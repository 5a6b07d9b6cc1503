"""Discord's objects into values of ours; nothing of Discord goes further down."""

from __future__ import annotations

from typing import Any, Protocol, cast

import discord

from bot.errors import BadInput, NotYours
from bot.generation.service import GenerationService
from bot.models import Member, Place, ReplyToken

Interaction = discord.Interaction[Any]


class HasGeneration(Protocol):
    """The client, as far as commands and buttons need it."""

    generation: GenerationService


def generation_of(interaction: Interaction) -> GenerationService:
    """What makes pictures."""
    return cast(HasGeneration, interaction.client).generation


def member_of(interaction: Interaction) -> Member:
    """Who asks, with the rights that Discord says they have in this channel."""
    user = interaction.user
    roles = tuple(role.id for role in user.roles) if isinstance(user, discord.Member) else ()
    moderator = interaction.guild_id is not None and interaction.permissions.moderate_members
    return Member(user.id, user.display_name, roles, moderator)


def member_as(who: discord.User | discord.Member) -> Member:
    """Somebody whom a command names, with their roles; who has left the server has none."""
    roles = tuple(role.id for role in who.roles) if isinstance(who, discord.Member) else ()
    return Member(who.id, who.display_name, roles)


def manager_of(interaction: Interaction) -> tuple[discord.Guild, Member]:
    """The server and who asks, if Discord says that they may manage it now; the commands' own permissions do not count.

    Raises ``NotYours``, also where the bot is not a member: there are no rules of ours there.
    """
    guild = interaction.guild
    if guild is None or not interaction.is_guild_integration():
        raise NotYours("Rules are for servers that have installed me.")
    if not interaction.permissions.manage_guild:
        raise NotYours("Only members with *Manage Server* can see and change the rules.")
    return guild, member_of(interaction)


def moderator_of(interaction: Interaction) -> tuple[discord.Guild, Member]:
    """The same for what moderators do: *Moderate Members* is needed."""
    guild = interaction.guild
    if guild is None or not interaction.is_guild_integration():
        raise NotYours("This is for servers that have installed me.")
    if not interaction.permissions.moderate_members:
        raise NotYours("Only members with *Moderate Members* can do this.")
    return guild, member_of(interaction)


def role_here(interaction: Interaction, role_id: int) -> int:
    """A role's id, if the role can have credits of its own. Raises ``BadInput``."""
    guild = interaction.guild
    if guild is None or guild.get_role(role_id) is None:
        raise BadInput("That role is gone.")
    if role_id == guild.id:
        raise BadInput("Everybody has that role: use `/settings quota` for it.")
    return role_id


def reachable_channel(interaction: Interaction, channel_id: int, *, to_write: bool = False) -> int:
    """A channel's id, if the bot can see it (and write there). Raises ``BadInput``."""
    guild = interaction.guild
    channel = guild.get_channel_or_thread(channel_id) if guild is not None else None
    if guild is None or channel is None:
        raise BadInput("That channel is gone, or I cannot see it.")
    mine = channel.permissions_for(guild.me)
    if not mine.view_channel:
        raise BadInput(f"I cannot see <#{channel_id}>. Let me view it first.")
    may_write = mine.send_messages_in_threads if isinstance(channel, discord.Thread) else mine.send_messages
    if to_write and not may_write:
        raise BadInput(f"I cannot write in <#{channel_id}>. Let me send messages there first.")
    return channel_id


def place_of(interaction: Interaction) -> Place:
    """Where it will be answered."""
    return Place(
        channel_id=interaction.channel_id or 0,
        guild_id=interaction.guild_id,
        age_restricted=age_restricted(interaction.channel),
        file_limit=interaction.filesize_limit,
        reachable=interaction.is_guild_integration() or interaction.context.dm_channel is True,
        in_thread=isinstance(interaction.channel, discord.Thread),
        parent_id=parent_of(interaction.channel),
    )


def member_who_said(message: discord.Message) -> Member:
    """Who wrote a message."""
    author, channel = message.author, message.channel
    roles = tuple(role.id for role in author.roles) if isinstance(author, discord.Member) else ()
    moderator = (
        isinstance(author, discord.Member)
        and not isinstance(channel, discord.PartialMessageable | discord.DMChannel | discord.GroupChannel)
        and channel.permissions_for(author).moderate_members
    )
    return Member(author.id, author.display_name, roles, moderator)


def place_of_message(message: discord.Message) -> Place:
    """Where a message stands, which is where it is answered."""
    guild = message.guild
    return Place(
        channel_id=message.channel.id,
        guild_id=guild.id if guild else None,
        age_restricted=age_restricted(message.channel),
        file_limit=guild.filesize_limit if guild else Place(0).file_limit,
        in_thread=isinstance(message.channel, discord.Thread),
        parent_id=parent_of(message.channel),
    )


def reply_of(interaction: Interaction) -> ReplyToken:
    """The right to edit the answer; it counts from Discord's own time of the interaction."""
    issued_at = int(interaction.created_at.timestamp() * 1000)
    return ReplyToken(interaction.application_id, interaction.token, issued_at)


def parent_of(channel: object) -> int | None:
    """The id of the channel that a thread belongs to."""
    return channel.parent_id if isinstance(channel, discord.Thread) else None


def age_restricted(channel: object) -> bool:
    """Whether a channel, or the one that a thread belongs to, is age-restricted."""
    if isinstance(channel, discord.Thread):
        return channel.parent is not None and channel.parent.is_nsfw()
    asks = getattr(channel, "is_nsfw", None)
    return bool(asks()) if callable(asks) else False
