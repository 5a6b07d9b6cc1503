"""The database's doors: one writer at a time, readers beside it, migrations at the start."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection as SyncConnection
from sqlalchemy import event, make_url, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.errors import ConfigurationError, DatabaseTooNew

Connection = AsyncConnection

_ONE_WRITER = text("SELECT pg_advisory_xact_lock(20261121)")
_PATIENCE_MS = 600_000
"""How long a start waits while another process brings the schema up to date."""

_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=5000",
    "PRAGMA temp_store=MEMORY",
)


class Database:
    """An open database. Use ``async with Database.open(url)``."""

    def __init__(self, engine: AsyncEngine, readers: AsyncEngine) -> None:
        self._engine = engine
        self._readers = readers
        self._write_lock = asyncio.Lock()
        self._writer: AsyncConnection | None = None

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str) -> AsyncGenerator[Database]:
        """Open, creating the file's folder and migrating to this program's schema.

        Raises ``ConfigurationError`` when there is no database to be opened, ``DatabaseTooNew`` when its schema is one
        this program does not know.
        """
        database: Database | None = None
        try:
            try:
                engine, readers = _engines(url)
                database = cls(engine, readers)
                await _migrated(engine)
            except (OSError, SQLAlchemyError) as error:
                fault = f"DATABASE_URL: the database cannot be opened ({_why(error)})"
                raise ConfigurationError((fault,)) from error
            yield database
        finally:
            if database is not None:
                await database.close()

    async def close(self) -> None:
        """Wait for the write under way, then close every connection."""
        async with self._write_lock:
            if self._writer is not None:
                await self._writer.close()
                self._writer = None
            await self._readers.dispose()
            await self._engine.dispose()

    @asynccontextmanager
    async def write(self) -> AsyncGenerator[Connection]:
        """One immediate write transaction, committed at the end; never hold it across a network call."""
        async with self._write_lock:
            if self._writer is None:
                self._writer = await self._engine.connect()
                self._writer = await self._writer.execution_options(atelier_write=True)
            async with self._writer.begin():
                if self._writer.dialect.name != "sqlite":
                    # One writer at a time among all processes: what a transaction has read, it may rely on.
                    await self._writer.execute(_ONE_WRITER)
                yield self._writer

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[Connection]:
        """A connection for reading; each statement sees what was committed last."""
        async with self._readers.connect() as connection:
            yield connection


def _engines(url: str) -> tuple[AsyncEngine, AsyncEngine]:
    """One for writing, in transactions; one for reading, without: every trip to the driver's thread costs."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        engine = create_async_engine(parsed)
        return engine, engine.execution_options(isolation_level="AUTOCOMMIT")
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(parsed, pool_size=1, max_overflow=2)
    # Its connections never begin a transaction, so there is nothing to roll back when they return to the pool.
    readers = create_async_engine(parsed, pool_size=4, max_overflow=4, skip_autocommit_rollback=True)

    for one in (engine, readers):
        event.listen(one.sync_engine, "connect", _prepare)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine, readers


def _prepare(dbapi_connection: Any, _record: object) -> None:
    # The driver's own transaction handling would begin too late and never "immediate".
    dbapi_connection.isolation_level = None
    cursor = dbapi_connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin(connection: SyncConnection) -> None:
    write = connection.get_execution_options().get("atelier_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _why(error: Exception) -> str:
    """The driver's own words, on one line and without the statement."""
    return str(getattr(error, "orig", None) or error).partition("\n")[0]


async def _migrated(engine: AsyncEngine) -> None:
    """Bring the schema up to date; of several processes that start at once, one does and the others wait."""
    async with engine.connect() as plain:
        connection = await plain.execution_options(atelier_write=True)
        sqlite = connection.dialect.name == "sqlite"
        if sqlite:
            await connection.exec_driver_sql(f"PRAGMA busy_timeout={_PATIENCE_MS}")
            await connection.rollback()
        async with connection.begin():
            if not sqlite:
                await connection.execute(_ONE_WRITER)
            await connection.run_sync(_migrate)
        if sqlite:
            await connection.exec_driver_sql("PRAGMA busy_timeout=5000")


def _migrate(connection: SyncConnection) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    scripts = ScriptDirectory.from_config(config)
    current = MigrationContext.configure(connection).get_current_revision()
    if current == scripts.get_current_head():
        return
    if current is not None and current not in {script.revision for script in scripts.walk_revisions()}:
        raise DatabaseTooNew(
            f"The database was written by a newer Atelier (schema {current}). Update the bot, or name another "
            "DATABASE_URL."
        )
    command.upgrade(config, "head")
