"""What a member may say about their own data: who may remix it, what is kept of it, and that it shall go."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from bot.clock import DAY_MS, Clock, WakeSignal
from bot.errors import Late, NotNow
from bot.models import Job
from bot.storage import Connection, Database, audit, erasure, jobs, members, reports, standing

_EXPORTED = 10_000
_SWEPT_AT_ONCE = 50


class PrivacyService:
    """One member's rights over their rows."""

    def __init__(self, database: Database, clock: Clock, thread_changed: WakeSignal) -> None:
        self._database = database
        self._clock = clock
        self._thread_changed = thread_changed
        self.wake = asyncio.Event()
        """Set when there is something to delete."""

    async def share(self, member_id: int, *, with_everyone: bool) -> None:
        """Keep who may remix a member's pictures: everyone, or only themselves."""
        await self._database.write(members.set_shares, member_id, with_everyone)

    async def shares(self, member_id: int) -> bool:
        """Whether everyone may."""
        return await self._database.read(members.shares, member_id)

    async def export(self, member_id: int) -> bytes:
        """All that is kept of a member, as JSON in UTF-8."""
        kept = await self._database.read(_kept_of, member_id)
        return json.dumps(kept, ensure_ascii=False, indent=2).encode()

    async def erase(self, member_id: int) -> int:
        """Take a member out of every row; gives how many messages of the bot will be deleted. Raises ``NotNow``.

        Credits that still count are kept until they no longer do, else erasing would refill a quota.
        """
        count = await self._database.write(_erase, member_id, self._clock.now())
        self.wake.set()
        return count

    async def messages_to_erase(self, application_id: int) -> list[tuple[int, int, int]]:
        """Some of an application's messages that erasures left to be deleted: job's id, channel's, message's."""
        return await self._database.read(erasure.messages_to_erase, application_id, _SWEPT_AT_ONCE)

    async def message_erased(self, job_id: int) -> None:
        """One of them is gone, or out of reach."""
        for thread_id in await self._database.write(jobs.forget_message, job_id):
            self._thread_changed.notify(thread_id)

    async def sweep(self) -> None:
        """Finish erasures whose credits no longer count."""
        await self._database.write(erasure.sweep, self._clock.now(), DAY_MS)


def _erase(connection: Connection, member_id: int, now: int) -> int:
    if erasure.unfinished(connection, member_id):
        raise NotNow(Late.IN_THE_MAKING)
    return erasure.erase(connection, member_id, now, DAY_MS)


def _kept_of(connection: Connection, member_id: int) -> dict[str, Any]:
    """All that is kept of a member, as a JSON object."""
    return {
        "member_id": str(member_id),
        "who_may_remix_my_pictures": "everyone" if members.shares(connection, member_id) else "only me",
        "requests": [_exported(job) for job in jobs.of_member(connection, member_id, _EXPORTED)],
        "credits": [
            {"kind": row.kind, "credits": row.credits, "server_id": str(row.guild_id or ""), "at_ms": row.at}
            for row in erasure.bookings(connection, member_id)
        ],
        "blocked_from_making_pictures": [
            {"server_id": str(guild_id), "until_ms": one.until, "reason": one.reason}
            for guild_id, one in standing.blocks_of(connection, member_id)
        ],
        "refusals_for_content": [
            {"server_id": str(guild_id), "at_ms": at} for guild_id, at in standing.strikes_of(connection, member_id)
        ],
        "what_moderators_did": [
            {"server_id": str(one.guild_id), "what": one.action, "at_ms": one.at, "reason": one.reason}
            for one in audit.about(connection, member_id)
        ],
        "reports_made": [
            {"server_id": str(one.guild_id), "at_ms": one.at, "reason": one.reason}
            for one in reports.reports_of(connection, member_id)
        ],
    }


def _exported(job: Job) -> dict[str, Any]:
    asked, place = job.request, job.place
    return {
        "code": job.code,
        "state": job.state.value,
        "failure": job.failure.value if job.failure else None,
        "name": job.member_name,
        "prompt": asked.prompt,
        "model": asked.model.value,
        "aspect_ratio": asked.aspect_ratio.value if asked.aspect_ratio else None,
        "count": asked.count,
        "seed": str(job.seed),
        "guidance": asked.guidance,
        "format": asked.format.value,
        "enhance": asked.enhance,
        "origin": asked.origin.value,
        "started_from": [one.code or "an uploaded picture" for one in asked.references],
        "asked_at_ms": job.created_at,
        "ended_at_ms": job.finished_at,
        "server_id": str(place.guild_id) if place.guild_id else None,
        "channel_id": str(place.channel_id),
        "message_id": str(job.message_id) if job.message_id else None,
        "pictures": [
            {"code": one.code, "seed": str(one.seed), "width": one.width, "height": one.height, "made_by": one.provider}
            for one in job.pictures
        ],
    }
