"""Deletes the bot's messages that a member's erasure has marked, one after the other; a restart goes on with it."""

from __future__ import annotations

import asyncio

import discord
import structlog

from bot.clock import Clock
from bot.privacy import Privacy
from bot.ui.reply import LOST

_log = structlog.get_logger(__name__)

_HOUR_MS = 60 * 60 * 1000


class Erasure:
    """Works when it is rung for, and looks once an hour."""

    def __init__(self, client: discord.Client, privacy: Privacy, clock: Clock) -> None:
        self._client = client
        self._privacy = privacy
        self._clock = clock

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self._privacy.sweep()
                await self._delete_messages()
            except LOST as error:
                _log.warning("erasure paused", error=type(error).__name__)
            self._privacy.rung.clear()
            await self._clock.wait(self._privacy.rung, self._clock.now() + _HOUR_MS)

    async def _delete_messages(self) -> None:
        while messages := await self._privacy.messages_to_erase():
            for job_id, channel_id, message_id in messages:
                await self._delete(channel_id, message_id)
                await self._privacy.message_erased(job_id)
                await asyncio.sleep(0)  # others first: nobody waits for this

    async def _delete(self, channel_id: int, message_id: int) -> None:
        try:
            await self._client.get_partial_messageable(channel_id).get_partial_message(message_id).delete()
        except (discord.NotFound, discord.Forbidden) as error:
            _log.info("message out of reach", channel=channel_id, code=error.code)
