"""Where members stand with their credits."""

from __future__ import annotations

from bot.clock import Clock
from bot.credits.account import CreditUsage, usage
from bot.guild_settings.store import GuildSettings
from bot.models import Member, Place
from bot.storage import Database


class CreditService:
    """Answers questions; credits are booked in the transactions that accept and end jobs."""

    def __init__(self, database: Database, guild_settings: GuildSettings, clock: Clock) -> None:
        self._database = database
        self._guild_settings = guild_settings
        self._clock = clock

    async def usage(self, member: Member, place: Place) -> CreditUsage:
        """A member's credits at a place, under the rules that hold there."""
        rules = await self._guild_settings.of(place.guild_id)
        return await self._database.read(usage, member, place, rules, self._clock.now())
