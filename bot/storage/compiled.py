"""Statements of the hot paths, compiled once and then handed to the database's driver as they are.

SQLAlchemy looks each statement up, binds and wraps its rows anew each time: some 90 µs, where SQLite works for 10. What
every request runs cannot afford that, since it is time under the one write lock, and of the one interpreter. The Core
statement stays what is written, read and planned.

A server is told what it is asked ``later`` with the next statement, or with the commit: a round trip costs more than
all else.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, Connection, CursorResult, Dialect, Insert, Select, UpdateBase, literal
from sqlalchemy.engine import result_tuple
from sqlalchemy.exc import DBAPIError

from bot.storage.pipeline import Answer, Pipeline, pipeline_of

Values = Mapping[str, Any]
Rows = Sequence[Any]
"""Rows have their columns as attributes."""
Later = Callable[[], Rows]
Statement = Select[*tuple[Any, ...]] | UpdateBase


def either(values: Iterable[Any]) -> list[BindParameter[Any]]:
    """Values for ``in_`` that are always the same: without this, their number would be settled anew each time."""
    return [literal(value) for value in values]


class Compiled:
    """A statement with named parameters, which is always run with the same ones.

    Raises what SQLAlchemy raises; what is run later, perhaps only when its rows are looked at or the unit is committed.
    """

    def __init__(self, statement: Statement) -> None:
        self._statement = statement
        self._on_sqlite: _OnSqlite | None = None
        self._on_server: _OnServer | None = None

    def rows(self, connection: Connection, values: Values) -> Rows:
        """The rows that it gives."""
        if not _direct(connection):
            return self.rows_later(connection, values)()
        ready = self._on_sqlite or self._prepare(connection, values)
        return ready.rows(connection, values)

    def rows_later(self, connection: Connection, values: Values) -> Later:
        """The same, once they are asked for; none of it is new then, where the unit has gone on."""
        pipeline = _pipeline(connection)
        if pipeline is None:
            rows = self.rows(connection, values) if _direct(connection) else self._core(connection, values).all()
            return lambda: rows
        ready = self._on_server or self._prepare_for_server(connection, values)
        answer = ready.run(pipeline, values)
        return lambda: list(map(ready.row, answer.rows))

    def first(self, connection: Connection, values: Values) -> Any | None:
        """The first row, or None."""
        rows = self.rows(connection, values)
        return rows[0] if rows else None

    def run(self, connection: Connection, values: Values) -> int:
        """How many rows it changed."""
        if _direct(connection):
            ready = self._on_sqlite or self._prepare(connection, values)
            return ready.run(connection, values).rowcount
        pipeline = _pipeline(connection)
        if pipeline is None:
            return self._core(connection, values).rowcount
        on_server = self._on_server or self._prepare_for_server(connection, values)
        return on_server.run(pipeline, values).changed

    def run_later(self, connection: Connection, *values: Values) -> None:
        """The same with several values, one after the other; how many rows it changes is of no interest."""
        pipeline = _pipeline(connection)
        for one in values:
            if pipeline is None:
                self.run(connection, one)
            else:
                ready = self._on_server or self._prepare_for_server(connection, one)
                ready.run(pipeline, one)

    def _core(self, connection: Connection, values: Values) -> CursorResult[Any]:
        return connection.execute(self._statement, values)

    def _prepare(self, connection: Connection, values: Values) -> _OnSqlite:
        self._on_sqlite = _OnSqlite.of(self._statement, connection.dialect, list(values))
        return self._on_sqlite

    def _prepare_for_server(self, connection: Connection, values: Values) -> _OnServer:
        self._on_server = _OnServer.of(self._statement, connection.dialect, list(values))
        return self._on_server


def _direct(connection: Connection) -> bool:
    """Whether the driver may be given a statement: who listens to SQLAlchemy's statements is to hear of it."""
    return connection.dialect.name == "sqlite" and not connection.dispatch.before_cursor_execute


def _pipeline(connection: Connection) -> Pipeline | None:
    """The same of a server's driver; a pipeline listens too, so that what waits in it is sent first."""
    pipeline = pipeline_of(connection)
    return pipeline if pipeline is not None and len(connection.dispatch.before_cursor_execute) == 1 else None


@dataclass(frozen=True, slots=True)
class _OnSqlite:
    """A statement as SQLite's driver takes it."""

    sql: str
    names: tuple[str, ...]
    """Of its parameters, in their order."""
    fixed: dict[str, Any]
    """Parameters that are always the same."""
    row: Callable[[Sequence[Any]], Any]

    @classmethod
    def of(cls, statement: Statement, dialect: Dialect, names: list[str]) -> _OnSqlite:
        compiled = statement.compile(dialect=dialect, column_keys=names)
        fixed = {key: value for key, value in compiled.construct_params(_check=False).items() if key not in names}
        return cls(str(compiled), tuple(compiled.positiontup or ()), fixed, _row_of(statement, dialect))

    def run(self, connection: Connection, values: Values) -> sqlite3.Cursor:
        given = {**self.fixed, **values}
        driver: Any = connection.connection.dbapi_connection
        try:
            return driver.execute(self.sql, [given[name] for name in self.names])
        except sqlite3.Error as error:
            raise DBAPIError.instance(self.sql, None, error, sqlite3.Error, hide_parameters=True) from error

    def rows(self, connection: Connection, values: Values) -> Rows:
        return list(map(self.row, self.run(connection, values).fetchall()))


@dataclass(frozen=True, slots=True)
class _OnServer:
    """A statement as a server's driver takes it."""

    sql: str
    fixed: dict[str, Any]
    """Parameters that are always the same."""
    converted: tuple[tuple[str, Callable[[Any], Any]], ...]
    """Parameters that are not given as they are."""
    row: Callable[[Sequence[Any]], Any]

    @classmethod
    def of(cls, statement: Statement, dialect: Dialect, names: list[str]) -> _OnServer:
        if isinstance(statement, Insert) and not statement.exported_columns:
            statement = statement.inline()  # else SQLAlchemy would ask for the new row's id
        compiled = statement.compile(dialect=dialect, column_keys=names)
        fixed = {key: value for key, value in compiled.construct_params(_check=False).items() if key not in names}
        binds: dict[str, BindParameter[Any]] = getattr(compiled, "binds", {})
        converted = tuple(
            (name, convert)
            for name, bind in binds.items()
            if (convert := bind.type.dialect_impl(dialect).bind_processor(dialect)) is not None
        )
        return cls(str(compiled), fixed, converted, _named(statement))  # the driver knows the types of what it gives

    def run(self, pipeline: Pipeline, values: Values) -> Answer:
        given = {**self.fixed, **values}
        for name, convert in self.converted:
            given[name] = convert(given[name])
        return pipeline.later(self.sql, given)


def _named(statement: Statement) -> Callable[[Sequence[Any]], Any]:
    """Makes a row with its columns as attributes."""
    return result_tuple([name or "" for name, _ in statement.exported_columns.items()])


def _row_of(statement: Statement, dialect: Dialect) -> Callable[[Sequence[Any]], Any]:
    """Makes a row of what the driver gives; a value is converted where its type asks for that, as few do."""
    columns = statement.exported_columns.items()
    make = _named(statement)
    converted = [
        (position, convert)
        for position, (_, column) in enumerate(columns)
        if (convert := column.type.dialect_impl(dialect).result_processor(dialect, None)) is not None
    ]

    def row(values: Sequence[Any]) -> Any:
        cells = list(values)
        for position, convert in converted:
            cells[position] = convert(cells[position])
        return make(cells)

    return row if converted else make
