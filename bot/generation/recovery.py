"""This process's lease on the database, and what is taken over from processes that are gone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

import structlog

from bot.clock import DAY_MS, Clock, monotonic_of
from bot.errors import ConfigurationError
from bot.generation.events import JobEvents
from bot.generation.running import RunningTasks
from bot.generation.steps import Gone, Running, Step, TaskSteps
from bot.generation.task_queue import TaskQueue
from bot.models import Failure, OpenTask, TaskState
from bot.providers.base import Ticket
from bot.storage import Connection, Database, Key, checkup, tasks, workers

_log = structlog.get_logger(__name__)

LEASE_MS = 10_000
RENEW_MS = 3_000


@dataclass(frozen=True, slots=True)
class Orphans:
    """What dead processes left: tasks to go on with, and ids of jobs whose message waits to be edited."""

    tasks: tuple[OpenTask, ...] = ()
    deliveries: tuple[int, ...] = ()
    jobs: frozenset[int] = frozenset()
    """Ids of the jobs that are this process' now; of the others' jobs only tasks are."""
    processes: int = 0
    """How many were gone."""


class Lease:
    """While it is renewed, this process's jobs are its own.

    Processes are known by a random id: in containers neither a host's name nor a process' number tells two apart, so
    nothing but a lease that ran out proves that its holder is gone.
    """

    def __init__(self, database: Database, clock: Clock, worker: str) -> None:
        self._database = database
        self._clock = clock
        self._worker = worker
        self.application_id = 0
        """Whose jobs are taken over; known from ``begin`` on."""
        self.renew_at = 0
        """When it has to be renewed (monotonic ms)."""

    async def begin(self, application_id: int) -> Orphans:
        """Register, and take over what dead processes of this application left."""
        self.application_id = application_id
        return await self._database.write(_begin, self._worker, application_id, self._next())

    async def renew(self) -> Orphans:
        """Prolong the lease, and take over what was left meanwhile."""
        shared, now = self._database.shared, self._next()
        keys: list[Key] = [("leases",)]
        found = await self._database.write_on(keys, _renew, self._worker, self.application_id, now, shared)
        if found is not None:
            return found
        # Somebody is gone, and what is theirs touches any job.
        return await self._database.write(_adopt, self._worker, self.application_id, now)

    async def prolong(self) -> None:
        """Prolong the lease, and take over nothing."""
        await self._database.write_on([("leases",)], _prolong, self._worker, self._next())

    async def end(self) -> None:
        """Let go, so that the next start need not wait for the lease to run out."""
        await self._database.write(workers.leave, self._worker)

    def _next(self) -> int:
        self.renew_at = self._clock.monotonic() + RENEW_MS
        return self._clock.now()


def _begin(connection: Connection, worker: str, application_id: int, now: int) -> Orphans:
    _refuse_moved(connection)
    workers.own(connection, application_id)
    _prolong(connection, worker, now)
    return _adopt(connection, worker, application_id, now)


def _renew(connection: Connection, worker: str, application_id: int, now: int, shared: bool) -> Orphans | None:
    """None where others are gone, and that needs a transaction of its own."""
    workers.drop_old_sums(connection, workers.time(connection, now) - 2 * DAY_MS)
    if not _prolong(connection, worker, now):
        # What held us up (a lock, a clock that was set) may have held up the others: they are given time to renew.
        _refuse_moved(connection)
        return Orphans()
    if not shared:
        return _adopt(connection, worker, application_id, now)
    gone = workers.expire(connection, worker, application_id, workers.time(connection, now), LEASE_MS)
    return None if gone else Orphans()


def _refuse_moved(connection: Connection) -> None:
    """A lease keeps a database from being copied into another one; without one, that may have happened meanwhile."""
    if moved := checkup.moved_away(connection):
        raise ConfigurationError((moved,))


def _prolong(connection: Connection, worker: str, now: int) -> bool:
    return workers.renew(connection, worker, workers.time(connection, now), LEASE_MS)


def _adopt(connection: Connection, worker: str, application_id: int, now: int) -> Orphans:
    gone = workers.expire(connection, worker, application_id, workers.time(connection, now), LEASE_MS)
    if not gone:
        return Orphans()
    tasks.interrupt(connection, gone)
    open_tasks = tasks.active(connection, gone) + tasks.queued(connection, gone)
    deliveries = workers.deliveries(connection, gone)
    return Orphans(
        tuple(replace(one, worker=one.worker and worker) for one in sorted(open_tasks, key=lambda one: one.id)),
        tuple(deliveries),
        frozenset(workers.adopt(connection, worker, gone)),
        len(gone),
    )


class Recovery:
    """Keeps the lease, and goes on with what dead processes left and with what could not be written down."""

    def __init__(
        self,
        lease: Lease,
        steps: TaskSteps,
        queue: TaskQueue,
        running: RunningTasks,
        events: JobEvents,
        clock: Clock,
        *,
        ended: Callable[[OpenTask, Step], None],
        wake: Callable[[], None],
    ) -> None:
        """``ended`` is told of tasks that were given up; ``wake`` when there may be something to do."""
        self._lease = lease
        self._steps = steps
        self._queue = queue
        self._running = running
        self._events = events
        self._clock = clock
        self._ended = ended
        self._wake = wake
        self._unended: list[tuple[OpenTask, Failure]] = []
        self._stopping = False

    async def begin(self, application_id: int) -> None:
        """Register, take over the jobs of this application's dead workers, and enter each where its row stands."""
        await self._restore(application_id)  # before what was being sent is taken for interrupted
        await self._enter_all(await self._lease.begin(application_id))

    async def keep_lease(self) -> None:
        """Renew the lease until ``stop``; the worker does not depend on it, so jobs go on where a renewal breaks."""
        while True:
            await self._clock.wait(asyncio.Event(), self._lease.renew_at)
            if self._stopping:
                return
            await self._renew()

    def stop(self) -> None:
        """Take over nothing more; the lease is kept until ``leave``."""
        self._stopping = True

    async def leave(self) -> None:
        """Let go of the lease, once nothing of this process's jobs is under way."""
        await self._lease.end()

    async def give_up(self, task: OpenTask, failure: Failure) -> Step:
        """End a task; where not even that can be written down now, it is done as soon as it can."""
        try:
            return await self._steps.give_up(task, failure)
        except Exception as error:  # noqa: BLE001 - a task must not be forgotten, whatever broke
            _log.error("a task could not be ended", job=task.job_code, exc_info=error)
            self._unended.append((task, failure))
            return Gone()

    async def _renew(self) -> None:
        await self._restore(self._lease.application_id)
        await self._enter_all(await self._lease.renew())  # at once: nobody else takes them over any more
        unended, self._unended = self._unended, []
        for task, failure in unended:
            self._ended(task, await self.give_up(task, failure))
        self._wake()  # what could not be written down may be sent now

    async def _restore(self, application_id: int) -> None:
        for job_id in await self._steps.restore(application_id):
            self._events.ready_to_deliver.notify(job_id)

    async def _enter_all(self, orphans: Orphans) -> None:
        """Go on with what dead processes left."""
        for task in orphans.tasks:
            if task.job_id in orphans.jobs and task.state is not TaskState.CANCELLED:
                self._events.progress.taken_over(task, self._clock.monotonic(), self._clock.now())
            try:
                await self._enter(task)
            except Exception as error:  # noqa: BLE001 - the others must not be forgotten, whatever broke
                _log.error("a task could not be taken over", job=task.job_code, exc_info=error)
                self._unended.append((task, Failure.INTERNAL))
        for job_id in orphans.deliveries:
            self._events.ready_to_deliver.notify(job_id)
        if orphans.processes:
            _log.info(
                "took over from processes that are gone",
                processes=orphans.processes,
                tasks=len(orphans.tasks),
                deliveries=len(orphans.deliveries),
            )
        self._queue.look()
        self._wake()

    async def _enter(self, task: OpenTask) -> None:
        if task.state is TaskState.QUEUED and self._queue.knows_any(task.candidates):
            self._queue.put(task)
        elif task.provider is not None and self._steps.knows(task.provider) and task.remote_id is not None:
            ticket = Ticket(task.remote_id, task.polling_url)
            self._queue.hold(task, task.provider)
            began = monotonic_of(self._clock, task.submitted_at or task.created_at)
            running = Running(task, task.provider, ticket, began, cancelled=task.state is TaskState.CANCELLED)
            self._running.add(running, ask_now=True)
        else:  # its provider is no longer configured; what it was sent stays booked
            failure = Failure.UNAVAILABLE if task.state is TaskState.QUEUED else Failure.INTERRUPTED
            self._ended(task, await self.give_up(task, failure))
