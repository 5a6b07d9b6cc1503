"""Moves the cards of jobs that wait long: out of the queue, and when something of a picture is there.

Nobody would miss it: it goes by the interaction's token alone, which has a limit of its own, is tried once, and never
comes between delivery and the message.
"""

from __future__ import annotations

import asyncio
import heapq
import io

import discord
import structlog

from bot.clock import Clock
from bot.generation.outbox import Outbox
from bot.generation.progress import JobProgress, Progress
from bot.models import Job
from bot.observability.invalid_requests import InvalidRequests
from bot.ui.followups import TOKEN_MS
from bot.ui.reply import LOST, NOBODY
from bot.ui.views import jobs as render
from bot.ui.words import use_language

_log = structlog.get_logger(__name__)

PATIENCE_MS = 5_000
"""A job that is done sooner keeps its two calls: the answer and the result."""
_LONGEST_EDIT = 5.0
"""Seconds that an outcome waits for an edit that is under way."""


class WaitingCards:
    """Edits what members see while they wait."""

    def __init__(
        self, client: discord.Client, outbox: Outbox, progress: JobProgress, clock: Clock, requests: InvalidRequests
    ) -> None:
        self._client = client
        self._outbox = outbox
        self._progress = progress
        self._clock = clock
        self._requests = requests
        self._due: list[tuple[int, int]] = []  # (monotonic ms, job id)
        self.edits: dict[int, asyncio.Task[None]] = {}
        """What is under way, by the jobs' ids."""
        self._stopping = False

    async def run(self) -> None:
        """Until ``stop``."""
        while not self._stopping:
            now = self._clock.monotonic()
            for job_id in self._progress.changed.take():
                known = self._progress.of(job_id)
                if known is not None:
                    heapq.heappush(self._due, (max(now, known.accepted + PATIENCE_MS), job_id))
            while self._due and self._due[0][0] <= now:
                self._begin(heapq.heappop(self._due)[1])
            await self._clock.wait(self._progress.changed.event, self._due[0][0] if self._due else None)

    def stop(self) -> None:
        """Begin nothing more."""
        self._stopping = True
        self._progress.changed.notify()

    async def settled(self, job_id: int) -> None:
        """A job is about to be posted: return when no edit of its card is under way. Its row lets none begin."""
        edit = self.edits.get(job_id)
        if edit is not None:
            await asyncio.wait({edit}, timeout=_LONGEST_EDIT)
            edit.cancel()

    def _begin(self, job_id: int) -> None:
        known = self._progress.of(job_id)
        if known is None or known.stage <= known.shown or job_id in self.edits:
            return
        self.edits[job_id] = asyncio.create_task(self._move(job_id, known))

    async def _move(self, job_id: int, known: Progress) -> None:
        known.shown = known.stage
        try:
            # Asked for only now: once this job is to be posted, its row says so.
            job = await self._outbox.under_way(job_id)
            if job is not None and self._requests.optional_allowed:
                await self._edit(job, known)
        except LOST as error:
            _log.info("a waiting card stays as it is", job_id=job_id, error=type(error).__name__)
            self._progress.ended(job_id)
        except Exception as error:  # noqa: BLE001 - whatever broke, the picture comes all the same
            _log.error("a waiting card could not be moved", job_id=job_id, exc_info=error)
            self._progress.ended(job_id)
        finally:
            del self.edits[job_id]
            if known.stage > known.shown:
                self._progress.changed.notify(job_id)

    async def _edit(self, job: Job, known: Progress) -> None:
        reply = job.reply
        if reply is None or job.message_id is None or self._clock.now() - reply.issued_at >= TOKEN_MS:
            self._progress.ended(job.id)
            return
        hook = discord.Webhook.partial(reply.application_id, reply.token, client=self._client)
        with use_language(job.place.language):
            view = render.under_way(job, known)
        data = known.preview
        files = [] if data is None else [discord.File(io.BytesIO(data), render.PREVIEW)]
        await hook.edit_message(job.message_id, view=view, attachments=files, allowed_mentions=NOBODY)
