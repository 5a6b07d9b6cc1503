"""Statements of the hot paths, compiled once and then handed to SQLite's driver as they are.

SQLAlchemy looks each statement up, binds and wraps its rows anew each time: some 90 µs, where SQLite works for 10. What
every request runs cannot afford that, since it is time under the one write lock, and of the one interpreter. The Core
statement stays what is written, read and planned; a server, where a round trip takes longer, gets it as ever.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, Connection, Dialect, Select, UpdateBase, literal
from sqlalchemy.engine import result_tuple
from sqlalchemy.exc import DBAPIError

Values = Mapping[str, Any]
Rows = Sequence[Any]
"""Rows have their columns as attributes."""
Statement = Select[*tuple[Any, ...]] | UpdateBase


def either(values: Iterable[Any]) -> list[BindParameter[Any]]:
    """Values for ``in_`` that are always the same: without this, their number would be settled anew each time."""
    return [literal(value) for value in values]


class Compiled:
    """A statement with named parameters, which is always run with the same ones.

    Raises what SQLAlchemy raises.
    """

    def __init__(self, statement: Statement) -> None:
        self._statement = statement
        self._on_sqlite: _OnSqlite | None = None

    def rows(self, connection: Connection, values: Values) -> Rows:
        """The rows that it gives."""
        if not _direct(connection):
            return connection.execute(self._statement, values).all()
        ready = self._on_sqlite or self._prepare(connection, values)
        return ready.rows(connection, values)

    def first(self, connection: Connection, values: Values) -> Any | None:
        """The first row, or None."""
        rows = self.rows(connection, values)
        return rows[0] if rows else None

    def run(self, connection: Connection, values: Values) -> int:
        """How many rows it changed."""
        if not _direct(connection):
            return connection.execute(self._statement, values).rowcount
        ready = self._on_sqlite or self._prepare(connection, values)
        return ready.run(connection, values).rowcount

    def run_each(self, connection: Connection, values: Sequence[Values]) -> None:
        """The same with several values, one after the other."""
        if not _direct(connection):
            connection.execute(self._statement, values)
            return
        for one in values:
            self.run(connection, one)

    def rows_of_each(self, connection: Connection, values: Sequence[Values]) -> Rows:
        """The rows that it gives with several values; in any order."""
        if not _direct(connection):
            return connection.execute(self._statement, values).all()
        return [row for one in values for row in self.rows(connection, one)]

    def _prepare(self, connection: Connection, values: Values) -> _OnSqlite:
        self._on_sqlite = _OnSqlite.of(self._statement, connection.dialect, list(values))
        return self._on_sqlite


def _direct(connection: Connection) -> bool:
    """Whether the driver may be given a statement: who listens to SQLAlchemy's statements is to hear of it."""
    return connection.dialect.name == "sqlite" and not connection.dispatch.before_cursor_execute


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


def _row_of(statement: Statement, dialect: Dialect) -> Callable[[Sequence[Any]], Any]:
    """Makes a row of what the driver gives; a value is converted where its type asks for that, as few do."""
    columns = statement.exported_columns.items()
    make = result_tuple([name or "" for name, _ in columns])
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
