"""Deletes the bot's messages that a member's erasure has marked, one after the other; a restart goes on with it."""

from __future__ import annotations

import contextlib

import discord
import structlog

from bot.clock import Clock
from bot.privacy import Privacy
from bot.ui.reply import LOST

_log = structlog.get_logger(__name__)

_HOUR_MS = 60 * 60 * 1000
_AGAIN_MS = 30 * 1000
_ARCHIVED = 50083


class Erasure:
    """Works when it is rung for, and looks once an hour."""

    def __init__(self, client: discord.Client, privacy: Privacy, clock: Clock) -> None:
        self._client = client
        self._privacy = privacy
        self._clock = clock
        self._stopping = False

    async def run(self) -> None:
        """Until ``stop``."""
        while not self._stopping:
            self._privacy.rung.clear()  # before the work: what is rung for meanwhile is not to be missed
            await self._privacy.sweep()
            pause = _HOUR_MS if await self._delete_messages() else _AGAIN_MS
            await self._clock.wait(self._privacy.rung, self._clock.now() + pause)

    def stop(self) -> None:
        """Delete nothing more; the next start goes on."""
        self._stopping = True
        self._privacy.rung.set()

    async def _delete_messages(self) -> bool:
        """Delete what is marked; False where Discord was in the way and it is worth asking again soon."""
        while messages := await self._privacy.messages_to_erase():
            for job_id, channel_id, message_id in messages:
                if self._stopping:
                    return True
                try:
                    await self._delete(channel_id, message_id)
                except LOST as error:
                    _log.warning("erasure paused", error=type(error).__name__)
                    return False
                await self._privacy.message_erased(job_id)
        return True

    async def _delete(self, channel_id: int, message_id: int) -> None:
        """Delete a message; one that cannot be reached any more counts as deleted."""
        message = self._client.get_partial_messageable(channel_id).get_partial_message(message_id)
        try:
            await message.delete()
        except discord.HTTPException as error:
            if error.status == 429 or error.status >= 500:
                raise
            if error.code != _ARCHIVED or not await self._woken(channel_id):
                _log.info("message out of reach", channel=channel_id, code=error.code)
                return
            with contextlib.suppress(discord.NotFound, discord.Forbidden):
                await message.delete()

    async def _woken(self, thread_id: int) -> bool:
        """Wake an archived thread; a locked one stays as its moderators want it."""
        try:
            thread = await self._client.fetch_channel(thread_id)
            if not isinstance(thread, discord.Thread) or thread.locked:
                return False
            await thread.edit(archived=False)
        except (discord.NotFound, discord.Forbidden):
            return False
        return True
