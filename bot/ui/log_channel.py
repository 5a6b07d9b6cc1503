"""Tells each server's log channel what its moderators should hear of: grouped, and never more often than they read."""

from __future__ import annotations

import asyncio

import discord
import structlog

from bot.audit.moderator_log import LogNotice, ModeratorLog
from bot.clock import Clock
from bot.guild_settings.store import GuildSettings
from bot.observability.invalid_requests import InvalidRequests
from bot.ui import languages
from bot.ui.reply import LOST, NOBODY
from bot.ui.views import moderation as moderating
from bot.ui.words import use_language

_log = structlog.get_logger(__name__)

_GATHER_MS = 2_000
PAUSE_MS = 15_000
"""Between two messages to one server; what happens meanwhile goes into the next."""
_WAITING_MAX = 200
_AT_ONCE = 8
_SECONDS = 10.0
"""A channel that takes no message within this time must not keep those of others waiting."""


class LogChannelPoster:
    """Gathers, then posts. What cannot be posted is left out: the audit has what matters."""

    def __init__(
        self,
        client: discord.Client,
        guild_settings: GuildSettings,
        moderator_log: ModeratorLog,
        clock: Clock,
        invalid_requests: InvalidRequests,
    ) -> None:
        self._invalid_requests = invalid_requests
        self._client = client
        self._guild_settings = guild_settings
        self._moderator_log = moderator_log
        self._clock = clock
        self._waiting: dict[int, list[LogNotice]] = {}
        self._not_before: dict[int, int] = {}
        self._at_once = asyncio.Semaphore(_AT_ONCE)
        self._stopping = False

    async def run(self) -> None:
        """Until ``stop``."""
        while not self._stopping:
            await self._gather()
            now = self._clock.monotonic()
            due = [one for one in self._waiting if self._not_before.get(one, 0) <= now]
            self._not_before |= dict.fromkeys(due, now + PAUSE_MS)
            await asyncio.gather(*(self._post(channel_id, self._waiting.pop(channel_id)) for channel_id in due))
            self._not_before = {one: at for one, at in self._not_before.items() if at > now or one in self._waiting}
            await self._clock.wait(self._moderator_log.event, min(map(self._due, self._waiting), default=None))

    def stop(self) -> None:
        """Tell what is known already, then nothing more."""
        self._stopping = True
        self._moderator_log.event.set()

    async def flush(self) -> None:
        """Post all that waits: at the end of the process there is no later."""
        await self._gather()
        waiting, self._waiting = self._waiting, {}
        await asyncio.gather(*(self._post(channel_id, notices) for channel_id, notices in waiting.items()))

    async def _gather(self) -> None:
        """Take the new notices, each for the server's present log channel."""
        now = self._clock.monotonic()
        for notice in self._moderator_log.take():
            channel_id = notice.log_channel_id or (await self._guild_settings.of(notice.guild_id)).log_channel
            if channel_id is None:
                continue
            if channel_id not in self._waiting:
                soonest = self._not_before.get(channel_id, 0)
                self._not_before[channel_id] = max(soonest, now + _GATHER_MS)
            waiting = self._waiting.setdefault(channel_id, [])
            if len(waiting) < _WAITING_MAX:
                waiting.append(notice)

    def _due(self, channel_id: int) -> int:
        return self._not_before.get(channel_id, 0)

    async def _post(self, channel_id: int, notices: list[LogNotice]) -> None:
        if not self._invalid_requests.optional_allowed:
            _log.warning("log channel not told", channel=channel_id, notices=len(notices), error="too many refusals")
            return
        try:
            guild_id = notices[0].guild_id
            channel = self._client.get_partial_messageable(channel_id, guild_id=guild_id)
            rules = await self._guild_settings.of(guild_id)
            async with self._at_once, asyncio.timeout(_SECONDS):
                with use_language(await languages.of_server(self._client, rules, guild_id)):
                    await channel.send(view=moderating.log(notices), allowed_mentions=NOBODY, silent=True)
        except (*LOST, TimeoutError) as error:
            _log.warning("log channel not told", channel=channel_id, notices=len(notices), error=type(error).__name__)
        except Exception as error:  # noqa: BLE001 - one server's trouble must not silence the others
            _log.error("log channel broke", channel=channel_id, exc_info=error)
