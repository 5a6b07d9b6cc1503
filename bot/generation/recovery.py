"""This process's lease on the database, and what is taken over from processes that are gone."""

from __future__ import annotations

from dataclasses import dataclass

from bot.clock import DAY_MS, Clock
from bot.models import OpenTask
from bot.storage import Connection, Database, tasks, workers

LEASE_MS = 10_000
RENEW_MS = 3_000


@dataclass(frozen=True, slots=True)
class Orphans:
    """What dead processes left: tasks to go on with, and ids of jobs whose message waits to be edited."""

    tasks: tuple[OpenTask, ...] = ()
    deliveries: tuple[int, ...] = ()


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
        return await self._database.write(_renew, self._worker, self.application_id, self._next())

    async def prolong(self) -> None:
        """Prolong the lease, and take over nothing."""
        await self._database.write(_prolong, self._worker, self._next())

    async def end(self) -> None:
        """Let go, so that the next start need not wait for the lease to run out."""
        await self._database.write(workers.leave, self._worker)

    def _next(self) -> int:
        self.renew_at = self._clock.monotonic() + RENEW_MS
        return self._clock.now()


def _begin(connection: Connection, worker: str, application_id: int, now: int) -> Orphans:
    workers.own(connection, application_id)
    _prolong(connection, worker, now)
    return _adopt(connection, worker, application_id, workers.time(connection, now))


def _renew(connection: Connection, worker: str, application_id: int, now: int) -> Orphans:
    workers.drop_old_sums(connection, now - 2 * DAY_MS)
    if not _prolong(connection, worker, now):
        # What held us up (a lock, a clock that was set) may have held up the others: they are given time to renew.
        return Orphans()
    return _adopt(connection, worker, application_id, workers.time(connection, now))


def _prolong(connection: Connection, worker: str, now: int) -> bool:
    return workers.renew(connection, worker, workers.time(connection, now), LEASE_MS)


def _adopt(connection: Connection, worker: str, application_id: int, now: int) -> Orphans:
    gone = workers.expire(connection, worker, application_id, now, LEASE_MS)
    if not gone:
        return Orphans()
    tasks.interrupt(connection, gone)
    found = Orphans(tuple(tasks.unfinished(connection, gone)), tuple(workers.deliveries(connection, gone)))
    workers.adopt(connection, worker, gone)
    return found
