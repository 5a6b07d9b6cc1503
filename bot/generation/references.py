"""Brings the pictures that a job starts from: fetched, checked by decoding, made fit; once for all of a job's tasks."""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence

from bot.clock import Clock
from bot.errors import SourceGone
from bot.media.images import ImageProcessor
from bot.models import Job, Reference
from bot.providers.base import ReferenceImage

Fetch = Callable[[str], Awaitable[bytes]]
"""The bytes at an address of Discord's; raises ``SourceGone``."""
Refresh = Callable[[Sequence[Reference]], Awaitable[list[str | None]]]
"""Where Discord shows pictures now, each; None where its message cannot be read any more."""

_AT_ONCE = 8
_KEPT_JOBS = 8
_KEPT_BYTES = 64 * 1024 * 1024

Images = tuple[ReferenceImage, ...]


class ReferenceImages:
    """Prepares reference pictures; the tasks of one job share the work."""

    def __init__(self, fetch: Fetch, refresh: Refresh, processor: ImageProcessor, clock: Clock) -> None:
        self._fetch = fetch
        self._refresh = refresh
        self._processor = processor
        self._clock = clock
        self._kept: OrderedDict[int, asyncio.Task[Images]] = OrderedDict()

    async def of(self, job: Job) -> Images:
        """A job's reference pictures, ready to be sent. Raises a ``SourceError``."""
        if not job.request.references:
            return ()
        task = self._kept.get(job.id)
        if task is None:
            task = self._kept[job.id] = asyncio.create_task(self._bring(job.request.references))
            self._make_room()
        try:
            # Another task of the job may wait for the same work when this one is cancelled.
            return await asyncio.shield(task)
        except BaseException:
            if task.done():
                self._kept.pop(job.id, None)
            raise

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

    async def _bring(self, references: tuple[Reference, ...]) -> Images:
        return tuple([await self._one(reference) for reference in references])

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

    def _make_room(self) -> None:
        """Forget the oldest that are done: a job's tasks are sent within moments of each other."""
        done = [job_id for job_id, task in self._kept.items() if task.done()]
        while done and (len(self._kept) > _KEPT_JOBS or self._size() > _KEPT_BYTES):
            self._kept.pop(done.pop(0))

    def _size(self) -> int:
        return sum(
            len(image.data)
            for task in self._kept.values()
            if task.done() and not task.cancelled() and task.exception() is None
            for image in task.result()
        )


_EXPIRES = re.compile(r"[?&]ex=([0-9a-f]{1,16})(?:&|$)")
_MARGIN_SECONDS = 60


def expired(url: str, now: int) -> bool:
    """Whether a signed address of Discord's is, or is about to be, no longer good: ``ex`` is in hexadecimal seconds."""
    found = _EXPIRES.search(url)
    return found is not None and int(found[1], 16) <= now // 1000 + _MARGIN_SECONDS
