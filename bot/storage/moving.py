"""A database copied into another, of the same kind or not: all of it in one transaction, compared before it counts."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial
from hashlib import blake2b
from typing import Any, NamedTuple, cast

from sqlalchemy import (
    Connection,
    Engine,
    Select,
    Table,
    create_engine,
    event,
    func,
    insert,
    inspect,
    make_url,
    select,
    text,
)
from sqlalchemy.exc import SQLAlchemyError

from bot.errors import BackupFailed
from bot.storage import checkup, ledger, workers
from bot.storage.backup import NOT_SENT_AGAIN, file_of
from bot.storage.database import why
from bot.storage.pipeline import EVERYTHING
from bot.storage.tables import MOVED, kept_images, metadata, shards, watermarks
from bot.storage.tables import workers as leases
from bot.storage.triggers import create_triggers, drop_triggers

_AT_ONCE, _PICTURES_AT_ONCE = 1_000, 10
"""Rows in memory at a time."""
_PATIENCE_S = 10
"""For how long those who write now are waited for."""
_OF_PROCESSES = (leases, shards)
"""What processes say of themselves: of no use where none of them is."""
TABLES = [table for table in metadata.sorted_tables if table not in _OF_PROCESSES]


class Content(NamedTuple):
    """What a table holds: how many rows, and a digest that does not depend on their order."""

    rows: int
    digest: int


def move(source: str, target: str, now: int, tell: Callable[[str, int], None]) -> list[str] | None:
    """Copy all of a database into an empty one; both are open to nobody else meanwhile, and at this program's schema.

    The source is marked, so that no bot goes on with it: what waits in both would be ordered, and paid, twice.
    ``tell`` is told each table and its rows. Gives what does not add up in the ledger, as it was before; None where the
    target held all of it already. Raises ``BackupFailed``; then the target is as it was, unless it says otherwise.
    """
    if make_url(source) == make_url(target):
        raise BackupFailed(f"{_shown(source)} is to be copied into itself: name another database.")
    copied = False
    try:
        with _opened(source) as old:
            with _opened(target) as new:
                for connection, address in ((old, source), (new, target)):
                    _refuse_in_use(connection, address, now)
                faults = _bring(old, new, source, target, tell)
                checkup.mark_moved(new, None)
            copied = True
            checkup.mark_moved(old, now)
    except SQLAlchemyError as error:
        if copied:
            fault = f"{_shown(target)} holds all of it, but {_shown(source)} could not be marked: start no bot on it"
            raise BackupFailed(f"{fault} ({why(error)}).") from error
        raise BackupFailed(f"Nothing was copied ({why(error)}).") from error
    return faults


def _bring(
    old: Connection, new: Connection, source: str, target: str, tell: Callable[[str, int], None]
) -> list[str] | None:
    """Copy, and compare; None where all of it was there already."""
    there = any(new.execute(rows_of(table).limit(1)).first() for table in TABLES)
    if there and any(_content(old, table) != _content(new, table) for table in TABLES):
        raise BackupFailed(f"{_shown(target)} holds other data: name an empty database.")
    if checkup.moved_away(old) and (not there or checkup.moved_away(new)):
        raise BackupFailed(
            f"{_shown(source)} was copied into another database before: go on with that one, or reopen this one"
            " (atelier migrate --reopen)."
        )
    if there:
        return None
    _copy(old, new, tell)
    faults = ledger.faults(old)
    if ledger.faults(new) != faults:
        raise BackupFailed("The copy's ledger is not the same: nothing was kept.")
    return faults


def reopen(url: str, now: int) -> int:
    """Let a bot go on with a database though all of it was copied into another one; gives how many tasks waited.

    They are not sent any more: they may have been, from the other one. Raises ``BackupFailed``.
    """
    try:
        with _opened(url) as connection:
            _refuse_in_use(connection, url, now)
            if not checkup.moved_away(connection):
                raise BackupFailed(f"{_shown(url)} was not copied into another database: nothing is to be done.")
            checkup.mark_moved(connection, None)
            return connection.exec_driver_sql(NOT_SENT_AGAIN).rowcount
    except SQLAlchemyError as error:
        raise BackupFailed(f"Nothing was changed ({why(error)}).") from error


def rows_of(table: Table) -> Select[Any]:
    """What is copied of a table, and compared."""
    return select(table).where(watermarks.c.name != MOVED) if table is watermarks else select(table)


def refuse_others(url: str, now: int) -> None:
    """Raise ``BackupFailed`` where the bot works on a database, whatever its schema, or another program does."""
    if (file := file_of(url)) is not None and not file.exists():
        return
    try:
        with _opened(url) as connection:
            found = set(inspect(connection).get_table_names())
            if leases.name in found:
                _refuse_in_use(connection, url, now)
    except SQLAlchemyError as error:
        raise BackupFailed(f"Nothing was copied ({why(error)}).") from error
    if found and "alembic_version" not in found:
        raise BackupFailed(f"{_shown(url)} holds another program's tables: name a database of its own.")


def _refuse_in_use(connection: Connection, url: str, now: int) -> None:
    if checkup.in_use(connection, workers.time(connection, now)):
        raise BackupFailed(f"The bot works on {_shown(url)}: stop it first (after a crash, wait for ten seconds).")


def _copy(old: Connection, new: Connection, tell: Callable[[str, int], None]) -> None:
    drop_triggers(new)  # their sums are copied as well
    for table in TABLES:
        content = _content(old, table, partial(_put, new, table))
        if _content(new, table) != content:
            raise BackupFailed(f"The copy of {table.name} is not the same: nothing was kept.")
        tell(table.name, content.rows)
        if table.autoincrement_column is not None:
            _go_on_from(new, table, _last_number(old, table))
    create_triggers(new)


def _put(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    connection.execute(insert(table), rows)


def _content(
    connection: Connection, table: Table, each: Callable[[list[dict[str, Any]]], object] | None = None
) -> Content:
    """What a table holds; ``each`` is given its rows, some at a time and by their primary keys."""
    count, digest = 0, 0
    at_once = _PICTURES_AT_ONCE if table is kept_images else _AT_ONCE
    query = rows_of(table).order_by(*table.primary_key).execution_options(yield_per=at_once)
    names = [column.name for column in table.columns]
    for found in connection.execute(query).partitions():
        rows = [tuple(map(_plain, row)) for row in found]
        count += len(rows)
        for row in rows:
            digest ^= int.from_bytes(blake2b(repr(row).encode(), digest_size=8).digest())
        if each is not None:
            each([dict(zip(names, row, strict=True)) for row in rows])
    return Content(count, digest)


def _plain(value: Any) -> Any:
    """A value as both kinds keep it: PostgreSQL's text takes no NUL, and its driver gives views of bytes."""
    if isinstance(value, str):
        return value.replace("\0", "")
    return bytes(cast(Any, value)) if isinstance(value, memoryview) else value


def _last_number(connection: Connection, table: Table) -> int:
    """The highest number that a table ever gave out, as far as that is known."""
    column = table.autoincrement_column
    highest = cast(int, connection.execute(select(func.coalesce(func.max(column), 0))).scalar_one())
    if connection.dialect.name == "sqlite":
        query = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
        return max(highest, connection.execute(query, {"name": table.name}).scalar() or 0)
    query = text(f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {_sequence(connection, table)}")  # noqa: S608
    return max(highest, connection.execute(query).scalar_one())


def _go_on_from(connection: Connection, table: Table, last: int) -> None:
    """Let the next row get the next number."""
    if connection.dialect.name != "sqlite":
        if last:
            query = text("SELECT setval(CAST(:name AS regclass), :last)")
            connection.execute(query, {"name": _sequence(connection, table), "last": last})
    elif table.dialect_options["sqlite"]["autoincrement"]:
        values = {"name": table.name, "last": last}
        connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), values)
        connection.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)"), values)


def _sequence(connection: Connection, table: Table) -> str:
    query = text("SELECT pg_get_serial_sequence(:table, :column)")
    column = table.autoincrement_column
    assert column is not None  # noqa: S101 - asked about only where there is one
    return str(connection.execute(query, {"table": table.name, "column": column.name}).scalar_one())


@contextmanager
def _opened(url: str) -> Generator[Connection]:
    """A connection in one transaction, which is kept where nothing was raised."""
    engine = _engine(url)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def _engine(url: str) -> Engine:
    address = make_url(url)
    if address.get_backend_name() != "sqlite":
        server = create_engine(address.set(drivername="postgresql+psycopg"), isolation_level="REPEATABLE READ")
        event.listen(server, "connect", _alone)
        return server
    engine = create_engine(address.set(drivername="sqlite"))
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(driver: sqlite3.Connection, _record: object) -> None:
    driver.isolation_level = None  # the driver's own handling would begin too late


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _alone(driver: Any, _record: object) -> None:
    """Keep every bot from writing while the connection lasts; before the transaction, whose view would be older."""
    driver.execute(f"SET lock_timeout = '{_PATIENCE_S}s'")
    driver.execute(f"SELECT pg_advisory_lock({EVERYTHING})")
    driver.commit()


def _shown(url: str) -> str:
    return make_url(url).render_as_string(hide_password=True)
