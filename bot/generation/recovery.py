"""This process's lease on the database, and what is taken over from processes that are gone."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from dataclasses import dataclass

from bot.clock import DAY_MS, Clock
from bot.models import OpenTask
from bot.storage import Connection, Database, tasks, workers

LEASE_MS = 15_000
RENEW_MS = 5_000


@dataclass(frozen=True, slots=True)
class Orphans:
    """What dead processes left: tasks to go on with, and ids of jobs whose message waits to be edited."""

    tasks: tuple[OpenTask, ...] = ()
    deliveries: tuple[int, ...] = ()


class Lease:
    """While it is renewed, this process's jobs are its own."""

    def __init__(self, database: Database, clock: Clock, worker: str) -> None:
        self._database = database
        self._clock = clock
        self._worker = worker
        self.renew_at = 0
        """When it has to be renewed (epoch ms)."""

    async def begin(self) -> Orphans:
        """Register, and take over what dead processes left: at the start that is everything unfinished."""
        return await self._hold(_begin)

    async def renew(self) -> Orphans:
        """Prolong the lease, and take over what was left meanwhile."""
        return await self._hold(_renew)

    async def end(self) -> None:
        """Let go, so that the next start need not wait for the lease to run out."""
        await self._database.write(workers.leave, self._worker)

    async def _hold(self, how: Callable[[Connection, str, int], Orphans]) -> Orphans:
        now = self._clock.now()
        self.renew_at = now + RENEW_MS
        return await self._database.write(how, self._worker, now)


def _begin(connection: Connection, worker: str, now: int) -> Orphans:
    workers.register(connection, worker, socket.gethostname(), os.getpid(), now + LEASE_MS)
    return _adopt(connection, worker, now)


def _renew(connection: Connection, worker: str, now: int) -> Orphans:
    if not workers.renew(connection, worker, now + LEASE_MS):
        workers.register(connection, worker, socket.gethostname(), os.getpid(), now + LEASE_MS)
    return _adopt(connection, worker, now)


def _adopt(connection: Connection, worker: str, now: int) -> Orphans:
    workers.drop_old_sums(connection, now - 2 * DAY_MS)
    gone = workers.expire(connection, worker, socket.gethostname(), now)
    if not gone:
        return Orphans()
    tasks.interrupt(connection, gone)
    found = Orphans(tuple(tasks.unfinished(connection, gone)), tuple(workers.deliveries(connection, gone)))
    workers.adopt(connection, worker, gone)
    return found
