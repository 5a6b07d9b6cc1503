"""Brings the pictures that a job starts from: fetched, checked by decoding, made fit; once for all of a job's tasks."""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.clock import Clock
from bot.errors import SourceError, SourceGone
from bot.media.images import ImageProcessor
from bot.models import Job, Reference
from bot.providers.base import ReferenceImage

Fetch = Callable[[str], Awaitable[bytes]]
"""The bytes at an address of Discord's; raises ``SourceGone``."""
Refresh = Callable[[Sequence[Reference]], Awaitable[list[str | None]]]
"""Where Discord shows pictures now, each; None where its message cannot be read any more."""

_AT_ONCE = 8
_JOBS_AT_ONCE = 4
"""How many jobs' pictures are fetched and prepared at the same time."""
_KEPT_JOBS = 8
"""Jobs whose pictures are kept though none of their tasks is being sent."""
MOST_BYTES = 128 * 1024 * 1024
"""Prepared pictures of all jobs together; a job that brings more than is left waits until others are sent."""

Images = tuple[ReferenceImage, ...]


@dataclass(eq=False)
class _Kept:
    """A job's pictures. ``size``: bytes, once there is room for them; ``users``: tasks that are being sent."""

    bringing: asyncio.Task[Images]
    size: int = 0
    users: int = 0

    @property
    def idle(self) -> bool:
        return self.bringing.done() and not self.users


class ReferenceImages:
    """Prepares reference pictures; the tasks of one job share the work, and all jobs a bound on memory."""

    def __init__(
        self, fetch: Fetch, refresh: Refresh, processor: ImageProcessor, clock: Clock, most_bytes: int = MOST_BYTES
    ) -> None:
        self._fetch = fetch
        self._refresh = refresh
        self._processor = processor
        self._clock = clock
        self._most = most_bytes
        self._jobs = asyncio.Semaphore(_JOBS_AT_ONCE)
        self._freed = asyncio.Event()
        self._kept: OrderedDict[int, _Kept] = OrderedDict()

    @asynccontextmanager
    async def of(self, job: Job) -> AsyncGenerator[Images]:
        """A job's reference pictures, held in memory while its task is sent. Raises a ``SourceError``."""
        if not job.request.references:
            yield ()
            return
        kept = self._kept.get(job.id)
        if kept is None:
            kept = self._kept[job.id] = _Kept(asyncio.create_task(self._bring(job)))
        kept.users += 1
        try:
            # Another task of the job may wait for the same work when this one is cancelled.
            yield await asyncio.shield(kept.bringing)
        finally:
            kept.users -= 1
            self._forget_idle()

    async def images(self, references: Sequence[Reference]) -> list[bytes | None]:
        """Pictures' bytes as they are, from where they stand now; None for one that is gone."""
        gate = asyncio.Semaphore(_AT_ONCE)

        async def fetch(url: str | None) -> bytes | None:
            if url is None:
                return None
            async with gate:
                try:
                    return await self._fetch(url)
                except SourceGone:
                    return None

        return list(await asyncio.gather(*map(fetch, await self.addresses(references))))

    async def addresses(self, references: Sequence[Reference]) -> list[str | None]:
        """Where Discord shows pictures now; it is asked only about those whose address has expired."""
        now = self._clock.now()
        stale = [one for one in references if one.url is None or expired(one.url, now)]
        fresh = dict(zip(stale, await self._refresh(stale), strict=True)) if stale else {}
        return [fresh.get(one, one.url) for one in references]

    async def _bring(self, job: Job) -> Images:
        """All of a job's pictures, once there is room: a job that had room for some only could wait for ever."""
        async with self._jobs:
            images = tuple([await self._numbered(*one) for one in enumerate(job.request.references, 1)])
            size = sum(len(image.data) for image in images)
            while self._used and self._used + size > self._most:
                if not self._forget_oldest():
                    self._freed.clear()
                    await self._freed.wait()
            self._kept[job.id].size = size
            return images

    async def _numbered(self, number: int, reference: Reference) -> ReferenceImage:
        try:
            return await self._one(reference)
        except SourceError as error:
            error.number = number
            raise

    async def _one(self, reference: Reference) -> ReferenceImage:
        data, url = await self._read(reference)
        prepared = await self._processor.prepare(data)
        # A picture of our own making carries nothing of a member's.
        showable = prepared.untouched or reference.code is not None
        return ReferenceImage(prepared.data, prepared.width, prepared.height, url if showable else None)

    async def _read(self, reference: Reference) -> tuple[bytes, str]:
        """The bytes and the address they came from; an expired address is asked for anew."""
        if reference.url is not None and not (reference.message_id and expired(reference.url, self._clock.now())):
            try:
                return await self._fetch(reference.url), reference.url
            except SourceGone:
                if reference.message_id is None:
                    raise
        (fresh,) = await self._refresh([reference])
        if fresh is None:
            raise SourceGone("its message cannot be read any more")
        return await self._fetch(fresh), fresh

    @property
    def _used(self) -> int:
        return sum(kept.size for kept in self._kept.values())

    def _forget_idle(self) -> None:
        """Keep the newest jobs' pictures: a job's tasks are sent within moments of each other."""
        for job_id in [job_id for job_id, kept in self._kept.items() if kept.idle and not kept.size]:
            del self._kept[job_id]  # they could not be brought
        while sum(kept.idle for kept in self._kept.values()) > _KEPT_JOBS:
            self._forget_oldest()
        self._freed.set()

    def _forget_oldest(self) -> bool:
        """False where every job's pictures are in use."""
        oldest = next((job_id for job_id, kept in self._kept.items() if kept.idle), None)
        if oldest is not None:
            del self._kept[oldest]
        return oldest is not None


_EXPIRES = re.compile(r"[?&]ex=([0-9a-f]{1,16})(?:&|$)")
_MARGIN_SECONDS = 60


def expired(url: str, now: int) -> bool:
    """Whether a signed address of Discord's is, or is about to be, no longer good: ``ex`` is in hexadecimal seconds."""
    found = _EXPIRES.search(url)
    return found is not None and int(found[1], 16) <= now // 1000 + _MARGIN_SECONDS
