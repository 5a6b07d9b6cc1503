"""What a member may say about their own data: who may remix it, what is kept of it, and that it shall go."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Set
from typing import Any, cast

from bot.clock import DAY_MS, Clock, WakeSignal
from bot.errors import Late, NotNow
from bot.models import Job
from bot.storage import Connection, Database, audit, departures, erasure, jobs, members, posts, reports, standing
from bot.storage.slices import Slices

_PAGE = 1000
_FORGOTTEN_AFTER_MS = 30 * DAY_MS
"""So long after a server has removed the bot, what belongs to the server is deleted."""
_SWEPT_AT_ONCE = 50
_ERASED_AT_ONCE = 100
"""Rows of a slice at most."""


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

    async def export(self, member_id: int, limit: int) -> list[bytes]:
        """All that is kept of a member, as JSON in UTF-8: one file, or several of at most ``limit`` bytes each."""
        kept, requests = await self._database.read(_kept_of, member_id), list[dict[str, Any]]()
        page = await self._database.read(jobs.of_member, member_id, _PAGE)
        while page:
            requests += map(_exported, page)
            page = await self._database.read(jobs.of_member, member_id, _PAGE, page[-1].id)
        return await asyncio.to_thread(lambda: list(_in_parts(kept | {"requests": requests}, limit)))

    async def erase(self, member_id: int) -> int:
        """Take a member out of every row; gives how many messages of the bot will be deleted. Raises ``NotNow``.

        Credits that still count are kept until they no longer do, else erasing would refill a quota.
        """
        return await self.begin_erasure(member_id) + await self.finish_erasure(member_id)

    async def begin_erasure(self, member_id: int) -> int:
        """Note that a member is to be erased, so that a restart goes on with it. Raises ``NotNow``."""
        return await self._database.write(_begin_erasure, member_id, self._clock.now())

    async def finish_erasure(self, member_id: int) -> int:
        """Take them out of every row, in slices: others' requests go in between. Gives as ``erase`` does."""
        count, more, slices = 0, True, Slices(_ERASED_AT_ONCE)
        while more:
            erased = await self._database.write(slices.take, erasure.erase_some, member_id)
            count, more = count + erased.messages, erased.more
            for thread_id in erased.threads:
                self._thread_changed.notify(thread_id)
        self.wake.set()
        return count

    async def messages_to_erase(self, application_id: int) -> list[tuple[int | None, int, int]]:
        """Some of an application's messages that are left to be deleted: id of the job, if any, channel, message."""
        return await self._database.read(_to_erase, application_id)

    async def message_erased(self, job_id: int | None, message_id: int) -> None:
        """One of them is gone, or out of reach."""
        if job_id is None:
            await self._database.write(posts.forget, message_id)
            return
        for thread_id in await self._database.write(jobs.forget_message, job_id):
            self._thread_changed.notify(thread_id)

    async def sweep(self) -> None:
        """Finish erasures whose credits no longer count, and forget the servers that removed the bot long ago."""
        now = self._clock.now()
        for member_id in await self._database.read(erasure.begun):
            await self.finish_erasure(member_id)
        slices = Slices(_ERASED_AT_ONCE)
        while await self._database.write(slices.take, erasure.sweep, now, DAY_MS):
            pass
        for guild_id in await self._database.read(departures.due, now - _FORGOTTEN_AFTER_MS):
            while await self._database.write(slices.take, departures.forget_some, guild_id):
                pass

    async def left(self, guild_id: int) -> None:
        """A server has removed the bot."""
        await self._database.write(departures.left, (guild_id,), self._clock.now())

    async def returned(self, guild_id: int) -> None:
        """A server has the bot (again)."""
        await self._database.write(departures.returned, (guild_id,))

    async def seen_in(self, present: Set[int], mine: Callable[[int], bool]) -> None:
        """After a start: servers with rules that the bot is no longer in have removed it meanwhile.

        ``mine`` says which servers this process would see if it were in them.
        """
        missing = {one for one in await self._database.read(departures.with_rules) if mine(one)} - present
        await self._database.write(_seen_in, present, missing, self._clock.now())


def _seen_in(connection: Connection, present: Set[int], missing: Set[int], now: int) -> None:
    departures.returned(connection, present)
    departures.left(connection, missing, now)


def _to_erase(connection: Connection, application_id: int) -> list[tuple[int | None, int, int]]:
    shown = posts.to_erase(connection, application_id, _SWEPT_AT_ONCE)
    return [*erasure.messages_to_erase(connection, application_id, _SWEPT_AT_ONCE), *((None, *one) for one in shown)]


def _begin_erasure(connection: Connection, member_id: int, now: int) -> int:
    if erasure.unfinished(connection, member_id):
        raise NotNow(Late.IN_THE_MAKING)
    return erasure.begin(connection, member_id, now)


def _kept_of(connection: Connection, member_id: int) -> dict[str, Any]:
    """All that is kept of a member but their requests, as a JSON object."""
    return {
        "member_id": str(member_id),
        "who_may_remix_my_pictures": "everyone" if members.shares(connection, member_id) else "only me",
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


def _in_parts(kept: dict[str, Any], limit: int) -> Iterator[bytes]:
    """One JSON object, or where that is too large several, of which each holds some entries of the lists."""
    lists = {name: cast(list[Any], value) for name, value in kept.items() if isinstance(value, list)}
    empty: dict[str, Any] = kept | dict.fromkeys(lists, ())
    base = len(_json(empty)) + 100
    part, size, number = json.loads(json.dumps(empty)), base, 1
    for name, entries in lists.items():
        for entry in entries:
            shown = json.dumps(entry, ensure_ascii=False, indent=2)
            length = len(shown.encode()) + 4 * shown.count("\n") + 6  # it stands further in
            if size + length > limit and size > base:
                yield _json(part | {"part": number})
                part, size, number = json.loads(json.dumps(empty)), base, number + 1
            part[name].append(entry)
            size += length
    yield _json(part if number == 1 else part | {"part": number})


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=2).encode()


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
