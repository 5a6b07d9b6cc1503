"""Finished jobs that wait for their message to be edited, and how that went."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import structlog

from bot.admission.standing import Standing, Strike
from bot.clock import Clock
from bot.credits import account
from bot.generation.events import JobEvents
from bot.generation.service import failure_of, moves_on
from bot.generation.surroundings import around
from bot.models import UNDER_WAY_STATES, Failure, Job, JobState, Post, Surroundings
from bot.storage import (
    AnswerLost,
    Connection,
    Database,
    Key,
    jobs,
    pictures,
    posts,
    remix_threads,
    wanted_mentions,
    workers,
)

_log = structlog.get_logger(__name__)

_LONG_MS = 60_000
"""From then on a requester who asked for it is mentioned."""


@dataclass(frozen=True, slots=True)
class PendingDelivery:
    """A job whose message is to be edited, with the pictures' bytes by their number, and what it tells beside them."""

    job: Job
    images: Mapping[int, bytes]
    around: Surroundings


@dataclass(frozen=True, slots=True)
class PostedMessage:
    """The message that shows a job, and where Discord keeps its pictures: attachment id and address by number."""

    message_id: int
    channel_id: int
    attachments: Mapping[int, tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Aftermath:
    """Whom a posted outcome leaves to be told something more."""

    mention: bool = False
    """Whether the requester is to be mentioned: they asked for it, and it took long."""
    strike: Strike = field(default_factory=Strike)
    """What the outcome is to the requester by the strike rule."""


class Outbox:
    """What delivery takes from, and reports to."""

    def __init__(self, database: Database, standing: Standing, events: JobEvents, clock: Clock, worker: str) -> None:
        """``worker`` is this process: of several on one database each posts what it has accepted or taken over."""
        self._database = database
        self._worker = worker
        self._standing = standing
        self._events = events
        self._clock = clock

    def watch(self, oldest: Callable[[], float]) -> None:
        """Show among the metrics for how many seconds the oldest outcome has waited."""
        self._events.metrics.watch_delivery_age(oldest)

    def accepted_at(self, job_id: int) -> int | None:
        """When this process accepted a job (monotonic ms); None where another did."""
        return self._events.accepted.get(job_id)

    async def pending(self, job_id: int) -> PendingDelivery | None:
        """A job that waits for its message to be edited; None when it was ended in the meantime."""
        worker = self._worker if self._database.shared else None
        return await self._database.read(_pending, job_id, worker, self._clock.now())

    async def under_way(self, job_id: int) -> Job | None:
        """A job that is still waited for; None once its outcome is to be posted."""
        job = await self._database.read(jobs.get, job_id)
        return job if job is not None and job.state in UNDER_WAY_STATES else None

    async def waiting(self) -> list[int]:
        """Ids of the jobs that this process has to post, where another may have ended them."""
        return await self._database.read(workers.deliveries, [self._worker]) if self._database.shared else []

    async def delivered(self, job: Job, posted: PostedMessage, *, way: str, lag_ms: int | None = None) -> Aftermath:
        """The message is edited: settle what was made, release the rest, drop the kept bytes.

        ``way`` is counted, and how long after the job's last task it was.
        """
        self._events.metrics.delivered(way, lag_ms)
        state = JobState.DONE if job.pictures else JobState.FAILED
        return await self._close(job, JobState.CANCELLED if job.cancelled else state, failure_of(job), posted)

    async def mentioned(self, job: Job, post: Post) -> None:
        """The requester was mentioned, in a message that goes when they have their data deleted."""
        await self._database.write(posts.add, post, [job.id])

    async def undeliverable(self, job: Job) -> None:
        """Nobody can be shown the outcome: every credit goes back, unless the job was cancelled."""
        await self._close(job, JobState.CANCELLED if job.cancelled else JobState.FAILED, Failure.UNDELIVERABLE, None)

    async def _close(
        self, job: Job, state: JobState, failure: Failure | None, posted: PostedMessage | None
    ) -> Aftermath:
        closed = await self._database.write_on(_touched(job), _close, job, state, failure, posted, self._clock.now())
        self._events.accepted.pop(job.id, None)
        self._events.progress.ended(job.id)
        if closed is None:
            return Aftermath()
        if closed.thread_changed:
            self._events.thread_changed.notify(job.place.channel_id)
        self._events.metrics.ended(job, state)
        waited = self._clock.now() - job.created_at
        _log.info(
            "ended",
            job=job.code,
            event_id=job.event_id,
            server=job.place.guild_id,
            member=job.member_id,
            origin=job.request.origin,
            model=job.request.model,
            state=state,
            failure=failure,
            pictures=closed.pictures,
            seconds=round(waited / 1000, 1),
        )
        long = waited > _LONG_MS
        try:
            mention = closed.mention() and long and closed.pictures > 0
        except AnswerLost:  # the job has ended all the same
            mention = False
        return Aftermath(mention, await self._standing.ended(job, failure))


@dataclass(frozen=True, slots=True)
class _Closed:
    pictures: int
    """How many were delivered."""
    thread_changed: bool
    mention: Callable[[], bool]
    """Whether the requester asked to be mentioned."""


def _touched(job: Job) -> list[Key]:
    """A finished job may move its thread on."""
    return [("job", job.id), *([("thread", job.place.channel_id)] if job.place.in_thread else [])]


def _pending(connection: Connection, job_id: int, worker: str | None, now: int) -> PendingDelivery | None:
    job = jobs.get(connection, job_id)
    if job is None or job.state is not JobState.DELIVERING or worker not in (None, job.worker):
        return None
    beside = around(connection, job, now)
    if beside.current is not None and job.pictures and moves_on(job):
        beside = replace(beside, current=job.pictures[0].code)  # as it will be when it is posted
    return PendingDelivery(job, pictures.kept(connection, job_id), beside)


def _close(
    connection: Connection, job: Job, state: JobState, failure: Failure | None, posted: PostedMessage | None, now: int
) -> _Closed | None:
    """End a job; None if somebody else did meanwhile."""
    if not jobs.finish(connection, job.id, JobState.DELIVERING, state, failure, now):
        return None
    made = 0
    if posted is not None:
        made = len(job.pictures)
        if (posted.message_id, posted.channel_id) != (job.message_id, job.message_channel_id):
            jobs.moved(connection, job.id, posted.message_id, posted.channel_id)
        pictures.posted(connection, job.id, posted.attachments)
    pictures.drop_kept(connection, job.id)
    spent = job.ordered if job.cancelled else made
    account.settle(connection, job, spent * job.request.model.credits, now)
    mention = wanted_mentions.take(connection, job.id)
    return _Closed(made, bool(made) and _move_thread(connection, job), mention)


def _move_thread(connection: Connection, job: Job) -> bool:
    """Whether the job's channel is a thread whose header has to follow."""
    if moves_on(job):
        return remix_threads.move(connection, job.place.channel_id, job.pictures[0].code)
    return job.place.in_thread and remix_threads.touch(connection, job.place.channel_id)
