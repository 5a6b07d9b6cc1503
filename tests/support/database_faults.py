"""What goes wrong with a database, SQLite's file or a server's, done behind the bot's back."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, closing, contextmanager
from typing import Any

import psycopg

from bot.storage import Connection, Database
from bot.storage.tables import metadata

_DISK_FULL = "53100"


def _file(url: str) -> str | None:
    """SQLite's file; None where a server is named."""
    return url.partition(":///")[2] if url.startswith("sqlite") else None


def change(url: str, statement: str) -> list[Any]:
    """Run a statement; gives its rows."""
    file = _file(url)
    if file is not None:
        with closing(sqlite3.connect(file)) as database, database:
            return database.execute(statement).fetchall()
    with psycopg.connect(url, autocommit=True) as server:
        cursor = server.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


@contextmanager
def locked(url: str) -> Generator[None]:
    """Another process holds the write lock."""
    file = _file(url)
    if file is not None:
        with closing(sqlite3.connect(file, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
        return
    with psycopg.connect(url) as server:
        server.execute("SELECT pg_advisory_xact_lock(20261121)")
        yield
        server.rollback()


@contextmanager
def failing(url: str, what: str, sqlstate: str = "P0001") -> Generator[None]:
    """Changes of a kind, such as ``INSERT ON jobs``, fail in an unforeseen way; a server's with a code of its own."""
    if _file(url) is not None:
        change(url, f"CREATE TRIGGER failing BEFORE {what} BEGIN SELECT RAISE(ABORT, 'failing'); END")
        yield
        change(url, "DROP TRIGGER failing")
        return
    change(
        url,
        "CREATE FUNCTION failing() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION 'failing' USING ERRCODE = '{sqlstate}'; END $$",
    )
    for kind in what.split(";"):
        change(url, f"CREATE TRIGGER failing BEFORE {kind} FOR EACH STATEMENT EXECUTE FUNCTION failing()")
    yield
    change(url, "DROP FUNCTION failing CASCADE")


@asynccontextmanager
async def full(database: Database, url: str) -> AsyncGenerator[None]:
    """The disk is full, and the database has nothing free in it."""
    if _file(url) is None:
        everything = ";".join(f"INSERT OR UPDATE ON {table}" for table in metadata.tables)
        with failing(url, everything, _DISK_FULL):
            yield
        return
    await database.write(_limit, 1)  # as many as there are
    with contextlib.suppress(Exception):
        while True:
            await database.write(_fill)
    yield
    with contextlib.suppress(sqlite3.ProgrammingError):  # it was closed meanwhile
        await database.write(_limit, 1_000_000)


def _limit(connection: Connection, pages: int) -> None:
    connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")


def _fill(connection: Connection) -> None:
    connection.exec_driver_sql("INSERT INTO secrets (name, value) VALUES (hex(randomblob(8)), hex(zeroblob(900)))")
