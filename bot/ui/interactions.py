"""Converts Discord's objects into the models' values; no discord object goes below ``bot.ui``."""

from __future__ import annotations

from typing import Any, Protocol, cast

import discord
from discord.utils import DISCORD_EPOCH

from bot.admission.arrivals import Arrivals
from bot.generation.service import GenerationService
from bot.models import Language, Member, Place, Post, ReplyToken, language_of

Interaction = discord.Interaction[Any]


class HasGeneration(Protocol):
    """The client, as far as commands and buttons need it."""

    generation: GenerationService
    arrivals: Arrivals

    async def give_way(self, age_ms: int) -> None:
        """Let other processes answer first an interaction that is so old."""
        ...


def generation_of(interaction: Interaction) -> GenerationService:
    """What makes pictures."""
    return cast(HasGeneration, interaction.client).generation


def arrivals_of(interaction: Interaction) -> Arrivals:
    """What knows how old interactions are."""
    return cast(HasGeneration, interaction.client).arrivals


async def others_first(interaction: Interaction) -> None:
    """Let the processes answer that may hear the same, and may have accepted it."""
    age_ms = arrivals_of(interaction).age_ms(reply_of(interaction).issued_at)
    await cast(HasGeneration, interaction.client).give_way(age_ms)


def member_of(interaction: Interaction) -> Member:
    """Who asks, with the rights that Discord says they have in this channel."""
    user = interaction.user
    roles = tuple(role.id for role in user.roles) if isinstance(user, discord.Member) else ()
    moderator = interaction.guild_id is not None and interaction.permissions.moderate_members
    return Member(user.id, user.display_name, roles, moderator, _joined_at(user))


def member_as(who: discord.User | discord.Member) -> Member:
    """Somebody whom a command names, with their roles; who has left the server has none."""
    roles = tuple(role.id for role in who.roles) if isinstance(who, discord.Member) else ()
    return Member(who.id, who.display_name, roles)


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
        language=spoken_at(interaction),
    )


def spoken_at(interaction: Interaction) -> Language:
    """The language of public answers as far as Discord says it: the server's; without the bot in it the member's."""
    locale = interaction.guild_locale if interaction.is_guild_integration() else None
    return language_of(str(locale or interaction.locale))


def member_who_said(message: discord.Message) -> Member:
    """Who wrote a message."""
    author, channel = message.author, message.channel
    roles = tuple(role.id for role in author.roles) if isinstance(author, discord.Member) else ()
    moderator = (
        isinstance(author, discord.Member)
        and not isinstance(channel, discord.PartialMessageable | discord.DMChannel | discord.GroupChannel)
        and channel.permissions_for(author).moderate_members
    )
    return Member(author.id, author.display_name, roles, moderator, _joined_at(author))


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
        language=language_of(str(guild.preferred_locale)) if guild else None,
    )


def post_of(interaction: Interaction, message_id: int) -> Post:
    """A public message that the bot answered with."""
    channel_id, user_id = interaction.channel_id or 0, interaction.user.id
    return Post(message_id, channel_id, interaction.guild_id, user_id, interaction.application_id)


def reply_of(interaction: Interaction) -> ReplyToken:
    """The right to edit the answer; it counts from Discord's own time of the interaction."""
    issued_at = (interaction.id >> 22) + DISCORD_EPOCH
    return ReplyToken(interaction.application_id, interaction.token, issued_at, interaction.id)


def owner_of(info: discord.AppInfo) -> discord.User | discord.TeamMember:
    """Whom the bot belongs to; of a team its owner."""
    return (info.team.owner if info.team is not None else None) or info.owner


def _joined_at(who: discord.User | discord.Member) -> int | None:
    joined = who.joined_at if isinstance(who, discord.Member) else None
    return None if joined is None else int(joined.timestamp() * 1000)


def asked_by(interaction: Interaction) -> tuple[Member, Place, ReplyToken]:
    """Who asks, where, and how they are answered."""
    return member_of(interaction), place_of(interaction), reply_of(interaction)


def parent_of(channel: object) -> int | None:
    """The id of the channel that a thread belongs to."""
    return channel.parent_id if isinstance(channel, discord.Thread) else None


def age_restricted(channel: object) -> bool:
    """Whether a channel, or the one that a thread belongs to, is age-restricted."""
    if isinstance(channel, discord.Thread):
        return channel.parent is not None and channel.parent.is_nsfw()
    asks = getattr(channel, "is_nsfw", None)
    return bool(asks()) if callable(asks) else False
