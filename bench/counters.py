"""What the bot does beneath its own code: stalls of its event loop, trips to the database's threads, time under lock.

Everything is counted where the drivers are entered, so that it stays right however `bot.storage` is built.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sqlite3.dbapi2
import time
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

import aiosqlite.core

_TICK = 0.005


class Counters:
    """Counts between `begin` and `end`. Times are seconds."""

    def __init__(self) -> None:
        self.longest_stall = 0.0
        self.trips = 0
        """Functions handed to a database thread; each costs two wake-ups, there and back."""
        self.writes = 0
        """Write transactions that ended."""
        self.locked = 0.0
        """Time for which a write transaction was open, so that every other writer had to wait."""
        self.on = True
        self._ticker: asyncio.Task[None] | None = None

    def install(self) -> None:
        """Count from here on what this process does; needs a running loop, and comes before any database is opened."""
        aiosqlite.core.SimpleQueue = _counting_queue(self)  # pyright: ignore[reportPrivateImportUsage]
        sqlite3.connect = sqlite3.dbapi2.connect = _counting_connect(self)  # SQLAlchemy takes the latter
        self._ticker = asyncio.create_task(self._tick())

    def begin(self) -> None:
        """Begin anew."""
        self.longest_stall, self.trips, self.writes, self.locked = 0.0, 0, 0, 0.0

    def end(self) -> None:
        """Stop counting."""
        self.on = False
        if self._ticker is not None:
            self._ticker.cancel()

    def figures(self) -> dict[str, float]:
        """What was counted."""
        return {
            "stall": self.longest_stall,
            "trips": self.trips,
            "writes": self.writes,
            "locked": self.locked,
        }

    async def _tick(self) -> None:
        """Note by how much each short sleep was overslept."""
        while True:
            before = time.perf_counter()
            try:
                await asyncio.sleep(_TICK)
            finally:  # the end of the watch may come in the middle of a stall
                self.longest_stall = max(self.longest_stall, time.perf_counter() - before - _TICK)


def _counting_queue(counters: Counters) -> type[SimpleQueue[Any]]:
    """What aiosqlite hands its threads their work with: one item, one trip."""

    class CountingQueue(SimpleQueue[Any]):
        def put_nowait(self, item: Any) -> None:
            counters.trips += counters.on
            super().put_nowait(item)

    return CountingQueue


def _counting_connect(counters: Counters) -> Callable[..., sqlite3.Connection]:
    """`sqlite3.connect`, where a write transaction's time counts from its lock to the end of its commit."""
    connect = sqlite3.connect

    class CountingCursor(sqlite3.Cursor):
        def execute(self, sql: str, *parameters: Any) -> CountingCursor:
            if not sql.startswith(("BEGIN", "COMMIT", "ROLLBACK", "END")):
                super().execute(sql, *parameters)
                return self
            return self._of_transaction(sql, *parameters)

        def _of_transaction(self, sql: str, *parameters: Any) -> CountingCursor:
            connection = self.connection
            if not isinstance(connection, CountingConnection):
                raise TypeError("this cursor belongs to another kind of connection")
            super().execute(sql, *parameters)
            if sql.startswith("BEGIN"):
                connection.locked_at = time.perf_counter() if "IMMEDIATE" in sql or "EXCLUSIVE" in sql else None
            elif "TO" not in sql.split():  # ROLLBACK TO a savepoint ends nothing
                connection.unlocked()
            return self

    class CountingConnection(sqlite3.Connection):
        locked_at: float | None = None

        def cursor(self, factory: Any = CountingCursor) -> Any:
            return super().cursor(factory)

        def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
            return self.cursor().execute(sql, *parameters)

        def commit(self) -> None:
            super().commit()
            self.unlocked()

        def rollback(self) -> None:
            super().rollback()
            self.unlocked()

        def unlocked(self) -> None:
            if self.locked_at is not None and counters.on:
                counters.writes += 1
                counters.locked += time.perf_counter() - self.locked_at
            self.locked_at = None

    def counting(*arguments: Any, **options: Any) -> sqlite3.Connection:
        return connect(*arguments, **{"factory": CountingConnection, **options})

    return counting
