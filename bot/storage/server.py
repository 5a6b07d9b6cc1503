"""A database server (PostgreSQL): each unit of work is a transaction of its own, in a thread of a small pool.

The driver blocks, so a unit goes to a thread as a whole, as with SQLite: one hop, however many statements it has.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

import psycopg
import structlog
from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.event import listen
from sqlalchemy.exc import DBAPIError

from bot.storage.database import Database, Key, Work, connection_lost, sqlstate
from bot.storage.notices import CHANNEL, MISSED, Notice, read
from bot.storage.pipeline import OVERTAKEN, pipeline_of, pipelined
from bot.storage.schema import bring_up_to_date

_log = structlog.get_logger(__name__)

_T = TypeVar("_T")

_WRITERS = 6
_READERS = 4
"""Threads of their own, since writers may all wait for a lock."""
_OUTCOME_PATIENCE_S = 30.0
"""How long it is asked what became of a commit whose answer was lost."""
_PAUSE_S = 0.25
_RECONNECT_S = 1.0
_RERUNS = 2
"""After a fault; what is cut off is run again for as long as it may wait."""
_RERUN_PAUSE_S = 0.005
_CONFLICTS = {"40001", "40P01", OVERTAKEN}
"""Serialisation failure, deadlock, a limit that others have reached: the same unit may well succeed."""
_CONNECT: dict[str, Any] = {
    "connect_timeout": 2,  # seconds, the least that libpq takes
    "application_name": "atelier",
    # A machine that is gone says nothing: what waits for its answer is told after some ten seconds, ...
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 5_000,  # ... and what is being sent to it after five.
}
_OPTIONS = "-c idle_in_transaction_session_timeout=5s -c statement_timeout=60s"
_STATUS = text("SELECT pg_xact_status(CAST(:number AS xid8))")
_IN_THE_FUTURE = "22023"
"""A transaction's number that a server does not know any more since it crashed."""


class ServerDatabase(Database):
    """One database of a server, which several processes share."""

    shared = True

    def __init__(self, url: str) -> None:
        address = make_url(url).set(drivername="postgresql+psycopg")
        own = {name: value for name, value in _CONNECT.items() if name not in address.query}
        own["options"] = f"{_OPTIONS} {address.query.get('options', '')}"
        # No ping before each unit: one that finds its connection dead is run again on a new one, at no further trip.
        self._engine = create_engine(
            address,
            connect_args=own,
            pool_size=_WRITERS + _READERS,
            max_overflow=0,
            use_native_hstore=False,
            isolation_level="AUTOCOMMIT",  # a unit's pipeline begins and commits
        )
        listen(self._engine, "before_cursor_execute", _send_what_waits)
        self._address: dict[str, Any] = {**self._engine.dialect.create_connect_args(address)[1], **own}
        self._writers = ThreadPoolExecutor(_WRITERS, "database writer")
        self._readers = ThreadPoolExecutor(_READERS, "database reader")
        self._closing = threading.Event()

    async def start(self) -> None:
        """Connect and migrate."""
        await self._write(_migrate, None)

    async def close(self) -> None:
        """Let everything under way end, then close the pool."""
        self._closing.set()
        for threads in (self._writers, self._readers):
            await asyncio.to_thread(threads.shutdown)
        await asyncio.to_thread(self._engine.dispose)

    async def listen(self) -> AsyncGenerator[Notice]:
        """What the processes on this database tell each other, for good; ``MISSED`` after each (new) connection."""
        while True:
            try:
                connection = await psycopg.AsyncConnection.connect(**self._address, autocommit=True)
                try:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    yield MISSED
                    async for notice in connection.notifies():
                        yield read(notice.payload)
                finally:  # its own `async with` may leave it open where it is cancelled
                    await connection.close()
            except psycopg.OperationalError as error:
                _log.debug("no notices of other processes: connecting again", fault=str(error).partition("\n")[0])
            await asyncio.sleep(_RECONNECT_S)

    async def _write(self, work: Work[_T], keys: Sequence[Key] | None) -> _T:
        return await _in_thread(self._writers, partial(self._transact, work, keys), self.patience_s)

    async def _read(self, work: Work[_T]) -> _T:
        return await _in_thread(self._readers, partial(self._look, work), self.patience_s)

    def _transact(self, work: Work[_T], keys: Sequence[Key] | None, until: float) -> _T:
        done: tuple[_T, str] | None = None
        try:
            with self._engine.connect() as connection, connection.begin(), pipelined(connection, until) as pipeline:
                pipeline.begin(keys)
                outcome = work(connection)
                done = (outcome, pipeline.number())
                pipeline.commit()
        except DBAPIError as error:
            if done is None or not self._committed(done[1], error):
                raise
        return done[0]

    def _look(self, work: Work[_T], until: float) -> _T:
        with self._engine.connect() as connection, pipelined(connection, until):
            try:
                return work(connection)
            except DBAPIError:  # a statement that was to be prepared may not have been: the driver does not know
                connection.invalidate()
                raise

    def _committed(self, number: str, error: DBAPIError) -> bool:
        """What became of a transaction whose commit failed here: it may be only the answer that was lost.

        Raises ``TimeoutError`` where the server does not come back to tell: then it must not be run again.
        """
        until = time.monotonic() + _OUTCOME_PATIENCE_S
        while time.monotonic() < until:
            try:
                with self._engine.connect() as connection:
                    status = connection.execute(_STATUS, {"number": number}).scalar()
            except DBAPIError as fault:
                if sqlstate(fault) == _IN_THE_FUTURE:
                    return False
            else:
                if status != "in progress":
                    return status == "committed"
            if self._closing.wait(_PAUSE_S):
                break
        raise TimeoutError("nobody tells whether it was committed") from error


async def _in_thread(threads: ThreadPoolExecutor, unit: Callable[[float], _T], patience_s: float) -> _T:
    """Run a unit in a thread, and again where nothing of it was kept; it is told until when (monotonic) to wait.

    Raises ``TimeoutError`` where no thread has begun it by then.
    """
    running = threads.submit(_again, unit, time.monotonic() + patience_s)
    patience = asyncio.get_running_loop().call_later(patience_s, running.cancel)  # in vain once it has begun
    try:
        return await asyncio.wrap_future(running)
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        raise TimeoutError("all connections are in use") from None
    finally:
        patience.cancel()


def _again(unit: Callable[[float], _T], until: float) -> _T:
    faults = 0
    while True:
        try:
            return unit(until)
        except DBAPIError as error:
            # What was cut off is no fault yet: where the server has gone as well, the next attempt is one.
            faults += not error.connection_invalidated
            passing = connection_lost(error) or sqlstate(error) in _CONFLICTS
            if faults > _RERUNS or not passing or time.monotonic() > until:
                raise
            time.sleep(_RERUN_PAUSE_S)


def _send_what_waits(connection: Connection, *_: object) -> None:
    """Before SQLAlchemy sends a statement by itself."""
    pipeline = pipeline_of(connection)
    if pipeline is not None:
        pipeline.send()


def _migrate(connection: Connection) -> None:
    connection.execute(text("SET LOCAL statement_timeout = 0"))
    bring_up_to_date(connection)
