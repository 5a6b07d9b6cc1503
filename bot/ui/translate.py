"""Discord's objects into the house's values; nothing of Discord goes further down."""

from __future__ import annotations

from typing import Any, Protocol, cast

import discord

from bot.models import Member, Place, ReplyToken
from bot.studio import Studio

Interaction = discord.Interaction[Any]


class HasStudio(Protocol):
    """The client, as far as commands and buttons need it."""

    studio: Studio


def studio_of(interaction: Interaction) -> Studio:
    """The one door."""
    return cast(HasStudio, interaction.client).studio


def member_of(interaction: Interaction) -> Member:
    """Who asks, with the rights that Discord says they have in this channel."""
    user = interaction.user
    roles = tuple(role.id for role in user.roles) if isinstance(user, discord.Member) else ()
    moderator = interaction.guild_id is not None and interaction.permissions.moderate_members
    return Member(user.id, user.display_name, roles, moderator)


def place_of(interaction: Interaction) -> Place:
    """Where it will be answered."""
    return Place(
        channel_id=interaction.channel_id or 0,
        guild_id=interaction.guild_id,
        age_restricted=_age_restricted(interaction.channel),
        file_limit=interaction.filesize_limit,
    )


def reply_of(interaction: Interaction) -> ReplyToken:
    """The right to edit the answer; it counts from Discord's own time of the interaction."""
    issued_at = int(interaction.created_at.timestamp() * 1000)
    return ReplyToken(interaction.application_id, interaction.token, issued_at)


def _age_restricted(channel: object) -> bool:
    if isinstance(channel, discord.Thread):
        return channel.parent is not None and channel.parent.is_nsfw()
    asks = getattr(channel, "is_nsfw", None)
    return bool(asks()) if callable(asks) else False
