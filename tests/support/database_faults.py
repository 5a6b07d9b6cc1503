"""What goes wrong with a database, SQLite's file or a server's, done behind the bot's back."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, closing, contextmanager
from typing import Any

import psycopg

from bot.storage import Connection, Database
from bot.storage.tables import metadata

_REFUSE = """CREATE OR REPLACE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$"""


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
def no_room_for(url: str, what: str) -> Generator[None]:
    """Changes of a kind, such as ``INSERT ON jobs``, find the disk full."""
    if _file(url) is not None:
        change(url, f"CREATE TRIGGER no_room BEFORE {what} BEGIN SELECT RAISE(ABORT, 'disk full'); END")
        yield
        change(url, "DROP TRIGGER no_room")
        return
    change(url, _REFUSE)
    change(url, f"CREATE TRIGGER no_room BEFORE {what} FOR EACH STATEMENT EXECUTE FUNCTION no_room()")
    yield
    change(url, "DROP FUNCTION no_room CASCADE")


@asynccontextmanager
async def full(database: Database, url: str) -> AsyncGenerator[None]:
    """The disk is full, and the database has nothing free in it."""
    if _file(url) is None:
        change(url, _REFUSE)
        for table in metadata.tables:
            change(
                url,
                f"CREATE TRIGGER no_room BEFORE INSERT OR UPDATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION no_room()",
            )
        yield
        await asyncio.to_thread(change, url, "DROP FUNCTION no_room CASCADE")
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
