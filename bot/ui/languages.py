"""Who reads what: private answers are in the member's language, public messages in the server's.

A server's language is its rule, else what Discord says of it. In direct messages, and where only a member has
installed the bot, the member's own counts.
"""

from __future__ import annotations

from typing import Protocol, cast

import discord

from bot.guild_settings.rules import Rules
from bot.guild_settings.store import GuildSettings
from bot.models import Language, language_of
from bot.ui.interactions import Interaction, place_of_message, spoken_at
from bot.ui.reply import LOST
from bot.ui.words import speak


class _HasSettings(Protocol):
    guild_settings: GuildSettings


def greet(interaction: Interaction) -> None:
    """Answer this interaction in its member's language, unless an answer is public."""
    speak(language_of(str(interaction.locale)))


async def public(interaction: Interaction) -> str | None:
    """The language of a public answer to an interaction."""
    settings = cast(_HasSettings, interaction.client).guild_settings
    return (await settings.of(interaction.guild_id)).spoken(spoken_at(interaction))


async def under(message: discord.Message, settings: GuildSettings) -> str | None:
    """The language of a public answer to a message."""
    place = place_of_message(message)
    return (await settings.of(place.guild_id)).spoken(place.language)


async def of_server(client: discord.Client, rules: Rules, guild_id: int) -> str:
    """A server's language, where no interaction says it; a process without shards asks Discord for its locale."""
    if rules.language is not Language.AUTOMATIC:
        return rules.language
    guild = client.get_guild(guild_id)
    if guild is None:
        try:
            guild = await client.fetch_guild(guild_id, with_counts=False)
        except LOST:
            return Language.ENGLISH
    return language_of(str(guild.preferred_locale))
