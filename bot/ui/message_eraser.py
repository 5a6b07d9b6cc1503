"""Deletes the bot's messages that an erasure or a removal has marked, one after the other; resumes after a restart."""

from __future__ import annotations

import discord
import structlog

from bot.clock import Clock
from bot.privacy.service import PrivacyService
from bot.ui.messages import delete
from bot.ui.reply import LOST

_log = structlog.get_logger(__name__)

_HOUR_MS = 60 * 60 * 1000
_AGAIN_MS = 30 * 1000


class MessageEraser:
    """Works when ``privacy.wake`` is set, and once an hour."""

    def __init__(self, client: discord.Client, privacy: PrivacyService, clock: Clock) -> None:
        self._client = client
        self._privacy = privacy
        self._clock = clock
        self._stopping = False

    async def run(self) -> None:
        """Until ``stop``."""
        while not self._stopping:
            self._privacy.wake.clear()  # before the work, so that a request that comes meanwhile is not missed
            await self._privacy.sweep()
            pause = _HOUR_MS if await self._delete_messages() else _AGAIN_MS
            await self._clock.wait(self._privacy.wake, self._clock.monotonic() + pause)

    def stop(self) -> None:
        """Delete nothing more; the next start resumes."""
        self._stopping = True
        self._privacy.wake.set()

    async def _delete_messages(self) -> bool:
        """Delete what is marked; False where Discord failed and a retry soon is worthwhile."""
        while messages := await self._privacy.messages_to_erase(self._client.application_id or 0):
            for job_id, channel_id, message_id in messages:  # no job: a tree, or a line in a thread
                if self._stopping:
                    return True
                try:
                    await delete(self._client, channel_id, message_id)
                except LOST as error:
                    _log.warning("erasure paused", error=type(error).__name__)
                    return False
                await self._privacy.message_erased(job_id, message_id)
        return True
