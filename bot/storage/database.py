"""What an open database can do: run units of work.

A unit of work is an ordinary function ``work(connection, …)`` over a synchronous connection. It cannot await, so no
transaction can be held across a network call; it runs as a whole, away from the event loop, in one trip. It may be run
again when the transaction that it shared with others failed, so it does nothing but read and write rows.
"""

from __future__ import annotations

import sqlite3
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import Concatenate, ParamSpec, TypeVar

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, OperationalError

from bot.errors import CannotWrite
from bot.storage.notices import Notice
from bot.storage.pipeline import OVERTAKEN, Key

_log = structlog.get_logger(__name__)

__all__ = ["Connection", "Database", "Key", "Work"]

_P = ParamSpec("_P")
_T = TypeVar("_T")
Work = Callable[[Connection], _T]


class Database(ABC):
    """An open database; ``open_database`` gives one."""

    shared = False
    """Whether several processes, on several machines, may work on it."""
    writable = True
    """Whether the last transaction could be written down; every change of it is logged."""
    patience_s = 2.0
    """How long a unit waits for a server's connection and locks: who asked on Discord is answered within three."""
    wrote: Callable[[float], None] | None = None
    """Is told after each transaction how many seconds it took, its wait for others included."""

    async def write(self, work: Callable[Concatenate[Connection, _P], _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Run a unit of work in a transaction; it is committed durably when this returns.

        Writers take turns, so what the unit has read is still true when it writes. Raises what the unit raises, or
        ``CannotWrite``; then nothing of it is kept.
        """
        return await self._timed(self._write(lambda connection: work(connection, *args, **kwargs), None))

    async def write_on(
        self,
        keys: Sequence[Key],
        work: Callable[Concatenate[Connection, _P], _T],
        *args: _P.args,
        **kwargs: _P.kwargs,
    ) -> _T:
        """The same for a unit that says what it touches: on a server it waits only for those who name the same keys,
        and for ``write``. Whatever else it reads may change before it has ended. SQLite has one writer anyway.
        """
        return await self._timed(self._write(lambda connection: work(connection, *args, **kwargs), keys))

    async def _timed(self, writing: Awaitable[_T]) -> _T:
        began = time.perf_counter()
        try:
            outcome = await self._told(writing)
        finally:
            if self.wrote is not None:
                self.wrote(time.perf_counter() - began)
        self._note(writable=True)
        return outcome

    async def _told(self, unit: Awaitable[_T]) -> _T:
        """What a unit gives; where the disk, a lock or the connection fails, that is noted and ``CannotWrite``."""
        try:
            return await unit
        except (DBAPIError, OSError) as error:
            if not _passing(error):
                raise
            if sqlstate(error) != OVERTAKEN:  # too many at once, which says nothing of the database
                self._note(writable=False, fault=why(error))
            raise CannotWrite(why(error)) from error

    async def takes_writes(self) -> bool:
        """Whether a transaction can be begun now, and the last one could be written down."""
        try:
            await self._write(lambda _: None, None)
        except (DBAPIError, OSError):
            return False
        return self.writable

    def _note(self, *, writable: bool, fault: str = "") -> None:
        if writable and not self.writable:
            _log.info("database can be written again")
        elif self.writable and not writable:
            _log.error("database cannot be written: new requests are refused until it can", fault=fault)
        self.writable = writable

    async def read(self, work: Callable[Concatenate[Connection, _P], _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Run a unit that only reads; it never waits for a writer, and each statement sees what was committed last.

        Raises what the unit raises, or ``CannotWrite`` where the database is not there.
        """
        return await self._told(self._read(lambda connection: work(connection, *args, **kwargs)))

    async def listen(self) -> AsyncGenerator[Notice]:
        """What other processes on this database tell (``notices.send``); ends at once where there is no server."""
        return
        yield

    @abstractmethod
    async def start(self) -> None:
        """Connect and migrate."""

    @abstractmethod
    async def close(self) -> None:
        """Wait for everything under way, then close every connection."""

    @abstractmethod
    async def _write(self, work: Work[_T], keys: Sequence[Key] | None) -> _T: ...

    @abstractmethod
    async def _read(self, work: Work[_T]) -> _T: ...


BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL}
"""SQLite's codes for what passes without anybody's doing, or once there is room on the disk."""
_PASSING = BUSY | {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN}
_SERVER_PASSING = ("08", "25006", "25P03", "40", "53", "55P03", "57", "58", OVERTAKEN)
"""The same of a server, codes and classes of SQLSTATE: connection, read-only (a standby), idle too long, conflict,
resources, a lock, shutdown or timeout, the system (PostgreSQL's documentation, appendix A)."""
_REFUSED = ("authentication failed", "no password", "does not exist", "pg_hba.conf", "permission denied")
"""In what a server says that will not let this program in."""


def sqlite_code(error: Exception) -> int:
    """SQLite's primary result code; 0 where the error is not SQLite's."""
    return getattr(getattr(error, "orig", error), "sqlite_errorcode", 0) & 0xFF


def sqlstate(error: Exception) -> str:
    """A server's code of five letters; empty where the error is not a server's."""
    return getattr(getattr(error, "orig", error), "sqlstate", None) or ""


def connection_lost(error: Exception) -> bool:
    """Whether the connection to a server has gone, or could not be made."""
    if not isinstance(error, DBAPIError):
        return False
    no_code = isinstance(error, OperationalError) and getattr(error.orig, "sqlstate", "") is None
    return error.connection_invalidated or no_code


def why(error: Exception) -> str:
    """The driver's own words, on one line and without the statement."""
    return str(getattr(error, "orig", None) or error).partition("\n")[0]


def passes_at_start(error: Exception) -> bool:
    """Whether a database that cannot be opened may be opened later, with the same settings."""
    if sqlite_code(error) in BUSY or isinstance(error, TimeoutError) or sqlstate(error).startswith(_SERVER_PASSING):
        return True
    return connection_lost(error) and not any(words in why(error) for words in _REFUSED)


def _passing(error: DBAPIError | OSError) -> bool:
    """Whether it is the disk, a lock or the connection that failed, and not the statement."""
    if isinstance(error, OSError) or sqlite_code(error) in _PASSING:
        return True
    return connection_lost(error) or sqlstate(error).startswith(_SERVER_PASSING)
