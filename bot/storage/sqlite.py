"""SQLite: one thread that writes, a few that read; whole units of work run there.

A statement that is awaited one by one waits for its turn in a busy event loop each time, and holds the write lock
meanwhile. So a unit of work goes to the driver's thread as a whole; units that wait while another commits are committed
together (group commit): one ``BEGIN IMMEDIATE`` and one fsync for all of them.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

import aiosqlite
from sqlalchemy import Connection, Engine, Transaction, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from bot.storage.database import Database, Key, Work
from bot.storage.schema import bring_up_to_date

_T = TypeVar("_T")

_READERS = 3
_TOGETHER = 64
"""Units of work that are committed together at most: the first of them waits for the last."""
_TOLD = 6
"""So many callers go on in one turn of the event loop: what they begin, such as a connection, goes on between turns."""
_PATIENCE_MS = 2_000
"""How long another process may hold the lock: whoever asked on Discord is to be answered within three seconds."""
_MIGRATION_PATIENCE_MS = 600_000
"""How long a start waits while another process brings the schema up to date."""

_BEGIN = "BEGIN IMMEDIATE"
_PRAGMAS = (
    # Of a new file, before anything is written: pages that thinning frees can then be given back a few at a time.
    "PRAGMA auto_vacuum=INCREMENTAL",
    "PRAGMA journal_mode=WAL",
    # What was answered survives a power cut: a task that was sent must never be found as not sent.
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    f"PRAGMA busy_timeout={_PATIENCE_MS}",
    "PRAGMA temp_store=MEMORY",
)


class _Thread(aiosqlite.Connection):
    """The driver's thread with a connection of SQLAlchemy's on its own ``sqlite3`` connection."""

    def __init__(self, url: str, *, writes: bool) -> None:
        engine = create_engine(make_url(url).set(drivername="sqlite"), poolclass=StaticPool)
        event.listen(engine, "connect", _prepare)
        if writes:
            event.listen(engine, "begin", _begin_immediate)
        super().__init__(partial(self._connect_here, engine), iter_chunk_size=64)
        self._unclosed: Connection | None = None
        self.queued = 0

    async def connect(self) -> None:
        """Start the thread and connect there; where that fails, the thread has ended when this raises."""
        try:
            await self
        except BaseException:
            await asyncio.to_thread(self._thread.join)
            raise

    async def run(self, work: Work[_T]) -> _T:
        """Run a function in the thread, in one trip."""
        self.queued += 1
        try:
            return cast(_T, await self._execute(work, self._unclosed))  # pyright: ignore[reportUnknownMemberType]
        finally:
            self.queued -= 1

    async def close(self) -> None:
        """Let what is queued end, then close the connection and end the thread."""
        if self._unclosed is not None:
            await self.run(Connection.close)
            self._unclosed = None
        await super().close()

    def _connect_here(self, engine: Engine) -> sqlite3.Connection:
        self._unclosed = engine.connect()
        return raw(self._unclosed)


@dataclass(slots=True)
class _Unit:
    """A unit of work that waits for its transaction."""

    work: Work[Any]
    future: asyncio.Future[Any] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


@dataclass(frozen=True, slots=True)
class _Raised:
    """What a unit raised, as a value: its neighbours in the transaction go on."""

    error: Exception


class SqliteDatabase(Database):
    """One file; several processes may share it."""

    def __init__(self, url: str) -> None:
        path = make_url(url).database
        if path and path != ":memory:":
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            if not Path(path).exists():
                with contextlib.suppress(OSError):  # opening it will say so
                    Path(path).touch(mode=0o600)  # it holds what members asked for
        self._url = url
        self._writer: _Thread | None = None
        self._readers: list[_Thread] = []
        self._waiting: deque[_Unit] = deque()
        self._writing: asyncio.Task[None] | None = None
        self._callers = _Callers()

    async def start(self) -> None:
        """Open the file and migrate it."""
        self._writer = _Thread(self._url, writes=True)
        await self._writer.connect()
        await self._writer.run(_migrate)
        for _ in range(_READERS):
            reader = _Thread(self._url, writes=False)
            self._readers.append(reader)
            await reader.connect()

    async def close(self) -> None:
        """Let everything under way end, then end the threads."""
        while self._writing is not None:
            await asyncio.wait([self._writing])
        for reader in self._readers:
            await reader.close()
        self._readers.clear()
        if self._writer is not None:
            await self._writer.close()
            self._writer = None

    async def _read(self, work: Work[_T]) -> _T:
        return await min(self._readers, key=lambda one: one.queued).run(work)

    async def _write(self, work: Work[_T], keys: Sequence[Key] | None) -> _T:  # noqa: ARG002 - one writer anyway
        if self._writer is None:
            raise sqlite3.ProgrammingError("the database is closed")
        unit = _Unit(work)
        self._waiting.append(unit)
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_waiting(self._writer))
        return cast(_T, await unit.future)

    async def _write_waiting(self, writer: _Thread) -> None:
        """Commit what waits, until nothing waits any more."""
        settle = partial(asyncio.get_running_loop().call_soon_threadsafe, self._callers.tell)
        try:
            while self._waiting:
                await writer.run(partial(_commit_waiting, waiting=self._waiting, settle=settle))
        finally:
            self._writing = None


def raw(connection: Connection) -> sqlite3.Connection:
    """The driver's own connection."""
    return cast(sqlite3.Connection, connection.connection.dbapi_connection)


def _prepare(dbapi_connection: sqlite3.Connection, _record: object) -> None:
    # The driver's own transaction handling would begin too late and never "immediate".
    dbapi_connection.isolation_level = None
    for pragma in _PRAGMAS:
        dbapi_connection.execute(pragma)


def _begin_immediate(connection: Connection) -> None:
    """By the driver itself: SQLAlchemy would take longer for this than for the rest of a unit's transaction."""
    driver = raw(connection)
    try:
        if driver.in_transaction:  # a commit failed and left it open, which SQLAlchemy does not take back
            driver.rollback()
        driver.execute(_BEGIN)
    except sqlite3.Error as error:
        raise DBAPIError.instance(_BEGIN, None, error, sqlite3.Error) from error


def _migrate(connection: Connection) -> None:
    driver = raw(connection)
    driver.execute(f"PRAGMA busy_timeout={_MIGRATION_PATIENCE_MS}")
    # A migration replaces tables that others refer to, which has to be allowed before its transaction begins.
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        with connection.begin():
            bring_up_to_date(connection)
    finally:
        driver.execute("PRAGMA foreign_keys=ON")
    driver.execute(f"PRAGMA busy_timeout={_PATIENCE_MS}")


def _commit_waiting(connection: Connection, waiting: deque[_Unit], settle: Callable[..., object]) -> None:
    """Commit what waits, some together each time; what comes meanwhile is taken here too.

    The event loop of a crowd has a long queue: if each batch waited for its turn there, the thread would be idle for
    half of the time. The lock is waited for by all of them together: where it does not come, none is kept longer.
    """
    while waiting:
        try:
            begun = connection.begin()
        except DBAPIError as error:
            units = _taken(waiting, len(waiting))
            settle(units, [_Raised(error)] * len(units))
        else:
            units = _taken(waiting, _TOGETHER)
            settle(units, _commit(connection, begun, [unit.work for unit in units]))


def _taken(waiting: deque[_Unit], most: int) -> list[_Unit]:
    units = [waiting.popleft() for _ in range(min(most, len(waiting)))]
    return [unit for unit in units if not unit.future.done()]  # else its caller was cancelled


class _Callers:
    """Tells each caller what became of its unit: in the order of the commits, a few in each turn of the event loop."""

    def __init__(self) -> None:
        self._untold: deque[tuple[_Unit, Any]] = deque()
        self._told_this_turn = False

    def tell(self, units: Sequence[_Unit], outcomes: Sequence[Any]) -> None:
        """Begin with these when those before them have been told."""
        self._untold.extend(zip(units, outcomes, strict=True))
        if not self._told_this_turn:
            self._tell_some()

    def _tell_some(self) -> None:
        for unit, outcome in [self._untold.popleft() for _ in range(min(_TOLD, len(self._untold)))]:
            if unit.future.done():
                continue
            if isinstance(outcome, _Raised):
                unit.future.set_exception(outcome.error)
            else:
                unit.future.set_result(outcome)
        self._told_this_turn = True
        asyncio.get_running_loop().call_soon(self._next_turn)

    def _next_turn(self) -> None:
        self._told_this_turn = False
        if self._untold:
            self._tell_some()


def _commit(connection: Connection, begun: Transaction, works: Sequence[Work[Any]]) -> list[Any]:
    """Run units of work in one transaction; gives their outcomes, in order.

    A unit that raises before it has changed anything (a refusal, mostly) leaves nothing to be undone. One that raises
    later voids the transaction: then each unit gets a transaction of its own.
    """
    try:
        return _together(connection, begun, works)
    except Exception as error:  # noqa: BLE001 - told to each unit, or to the one that it belongs to
        return [_Raised(error)] if len(works) == 1 else [_alone(connection, work) for work in works]


def _together(connection: Connection, begun: Transaction, works: Sequence[Work[Any]]) -> list[Any]:
    outcomes: list[Any] = []
    driver = raw(connection)
    with begun:
        for work in works:
            changes = driver.total_changes
            try:
                outcomes.append(work(connection))
            except Exception as error:
                if driver.total_changes != changes or not driver.in_transaction:
                    raise
                outcomes.append(_Raised(error))
    return outcomes


def _alone(connection: Connection, work: Work[Any]) -> Any:
    try:
        with connection.begin():
            return work(connection)
    except Exception as error:  # noqa: BLE001 - told to the unit that it belongs to
        return _Raised(error)
