"""The statements of a unit on a server, in as few round trips as can be (PostgreSQL's pipeline mode).

A statement whose answer nobody looks at yet waits, and is sent with the next that somebody does, or with the commit.
So do the unit's beginning and its locks. What is locked last is then held for no round trip at all, and for no moment
in which this process waits for its processor: the server is told to commit in the same words.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from functools import cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

if TYPE_CHECKING:
    import psycopg

Key = tuple[str | int | None, ...]
"""What a unit touches, such as ``("member", guild_id, member_id)``: who names the same takes turns."""
OVERTAKEN = "22012"
"""A division by zero: what a unit has found free was taken before it was alone, so it is run again."""
EVERYTHING = 20261121
"""A server's advisory lock of all who write: shared by units that say what they touch, else held alone."""
_NAME = "pipeline"
_LEFT = (
    "set_config('lock_timeout', greatest(1, %(wait)s::integer"
    " - floor(extract(epoch FROM clock_timestamp() - statement_timestamp()) * 1000))::text, true)"
)
"""The server waits for each lock by itself: what those before it have taken is taken off."""


class AnswerLost(Exception):
    """The unit was kept, but what its last statements gave was lost together with the answer to its commit."""


class Answer:
    """What a statement gave; to look at it is to send it, where it still waits."""

    def __init__(self, pipeline: Pipeline, sql: str, values: Mapping[str, Any] | None, *, prepare: bool | None) -> None:
        self.sql = sql
        self._pipeline = pipeline
        self._values = values
        self._prepare = prepare
        self._cursor: psycopg.Cursor[tuple[Any, ...]] | None = None
        self._rows: list[tuple[Any, ...]] | None = None

    def send(self, driver: psycopg.Connection[tuple[Any, ...]]) -> None:
        """Hand it to the driver."""
        self._cursor = driver.execute(self.sql.encode(), self._values, prepare=self._prepare)

    @property
    def rows(self) -> list[tuple[Any, ...]]:
        """As the driver gives them."""
        if self._rows is None:
            try:
                self._rows = self._sent().fetchall()
            except self._pipeline.errors as error:
                raise AnswerLost from error
        return self._rows

    @property
    def changed(self) -> int:
        """How many rows."""
        return self._sent().rowcount

    @property
    def status(self) -> str:
        """What the server says that it did."""
        return self._sent().statusmessage or ""

    def _sent(self) -> psycopg.Cursor[tuple[Any, ...]]:
        if self._cursor is None:
            self._pipeline.send()
        if self._cursor is None:
            raise AssertionError("a statement of a unit that has ended is not sent any more")
        return self._cursor


class Pipeline:
    """A unit's statements; ``until`` (monotonic) its locks are waited for."""

    def __init__(self, connection: Connection, until: float) -> None:
        self._connection = connection
        self._until = until
        self._driver = cast("psycopg.Connection[tuple[Any, ...]]", connection.connection.driver_connection)
        self._waiting: list[Answer] = []
        self._number: Answer | None = None

    def begin(self, keys: Sequence[Key] | None) -> None:
        """Begin a transaction, alone with its keys; without any, alone altogether."""
        self.later("BEGIN ISOLATION LEVEL READ COMMITTED", prepare=False)
        numbers = _numbers(keys or ())
        everything = f"pg_advisory_xact_lock{'' if keys is None else '_shared'}({EVERYTHING})"
        sql = f"SELECT pg_current_xact_id()::text, {_locking(len(numbers), everything)}"
        self._number = self.later(sql, {"wait": self._left_ms(), **numbers})

    def lock(self, keys: Sequence[Key]) -> None:
        """Be alone with further keys from here on. Whoever names them here names none of them at the beginning."""
        if keys:
            numbers = _numbers(keys)
            self.later(f"SELECT {_locking(len(numbers))}", {"wait": self._left_ms(), **numbers})

    def later(self, sql: str, values: Mapping[str, Any] | None = None, *, prepare: bool | None = None) -> Answer:
        """A statement that need not be answered yet."""
        answer = Answer(self, sql, values, prepare=prepare)
        self._waiting.append(answer)
        return answer

    def send(self) -> None:
        """Send all that waits, and wait for the answers. Raises what SQLAlchemy raises."""
        waiting, self._waiting = self._waiting, []
        fault = None
        try:
            with self._driver.pipeline() if len(waiting) > 1 else nullcontext():
                try:
                    for one in waiting:
                        one.send(self._driver)
                except self.errors as error:  # kept: what the end of the pipeline says is only what follows from it
                    fault = error
        except self.errors as error:
            fault = fault or error
        if fault is not None:
            raise self._translated(fault, "; ".join(one.sql for one in waiting)) from fault

    def number(self) -> str:
        """The transaction's, by which a server knows what became of a commit whose answer was lost."""
        if self._number is None:
            raise AssertionError("it has not begun")
        return self._number.rows[0][0]

    def commit(self) -> None:
        """Commit, in one trip with what still waits."""
        done = self.later("COMMIT", prepare=False)
        if done.status != "COMMIT":  # but a rollback, since a statement had failed and nobody had minded
            raise AssertionError(f"the transaction was not committed: {done.status}")

    def _left_ms(self) -> int:
        return max(1, int((self._until - time.monotonic()) * 1000))

    @property
    def errors(self) -> type[Exception]:
        """All that the driver raises."""
        return self._connection.dialect.loaded_dbapi.Error

    def _translated(self, error: Exception, sql: str) -> DBAPIError:
        lost = self._driver.closed
        found = DBAPIError.instance(
            sql, None, error, self.errors, hide_parameters=True, connection_invalidated=lost, dialect=None
        )
        if lost:  # SQLAlchemy is to see it too: it then takes none of the connections that were there before
            with suppress(DBAPIError):
                self._connection.exec_driver_sql("SELECT 1")
        return cast(DBAPIError, found)


@contextmanager
def pipelined(connection: Connection, until: float) -> Generator[Pipeline]:
    """Let all that a unit does on a connection go through a pipeline."""
    info = connection.info
    pipeline = info[_NAME] = Pipeline(connection, until)
    try:
        yield pipeline
    finally:
        del info[_NAME]


def pipeline_of(connection: Connection) -> Pipeline | None:
    """That of the unit which a connection is in; None with SQLite."""
    return None if connection.dialect.name == "sqlite" else connection.info.get(_NAME)


def lock(connection: Connection, keys: Sequence[Key]) -> None:
    """Be alone with further keys from the next statement on; SQLite has one writer anyway."""
    pipeline = pipeline_of(connection)
    if pipeline is not None:
        pipeline.lock(keys)


def key_number(key: Key) -> int:
    """A key as the 64 bits of an advisory lock; two that meet only wait for each other."""
    return int.from_bytes(blake2b(repr(key).encode(), digest_size=8).digest(), signed=True)


def _numbers(keys: Sequence[Key]) -> dict[str, int]:
    return {f"key{position}": number for position, number in enumerate(sorted({key_number(key) for key in keys}))}


@cache
def _locking(keys: int, everything: str = "") -> str:
    """One statement for all of it, which PostgreSQL works through from left to right; each lock has what is left."""
    locks = [everything] if everything else []
    locks += [f"pg_advisory_xact_lock(%(key{position})s)" for position in range(keys)]
    return ", ".join(f"{_LEFT}, {lock}" for lock in locks)
