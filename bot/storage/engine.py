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
from sqlalchemy import event, make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.errors import DatabaseTooNew

Connection = AsyncConnection

_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=5000",
    "PRAGMA temp_store=MEMORY",
)


class Database:
    """An open database. Use ``async with Database.open(url)``."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        # A statement of its own needs no transaction: that saves two trips to the driver's thread each time.
        self._readers = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._write_lock = asyncio.Lock()
        self._writer: AsyncConnection | None = None

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str) -> AsyncGenerator[Database]:
        """Open, creating the file's folder and migrating to this program's schema.

        Raises ``DatabaseTooNew`` when the schema is one this program does not know.
        """
        engine = _engine(url)
        database = cls(engine)
        try:
            async with engine.begin() as connection:
                await connection.run_sync(_migrate)
            yield database
        finally:
            await database.close()

    async def close(self) -> None:
        """Wait for the write under way, then close every connection."""
        async with self._write_lock:
            if self._writer is not None:
                await self._writer.close()
                self._writer = None
            await self._engine.dispose()

    @asynccontextmanager
    async def write(self) -> AsyncGenerator[Connection]:
        """One immediate write transaction, committed at the end; never hold it across a network call."""
        async with self._write_lock:
            if self._writer is None:
                self._writer = await self._engine.connect()
                self._writer = await self._writer.execution_options(atelier_write=True)
            async with self._writer.begin():
                yield self._writer

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[Connection]:
        """A connection for reading; each statement sees what was committed last."""
        async with self._readers.connect() as connection:
            yield connection


def _engine(url: str) -> AsyncEngine:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_async_engine(parsed)
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(parsed, pool_size=4, max_overflow=4)

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(dbapi_connection: Any, _record: object) -> None:  # pyright: ignore[reportUnusedFunction]
        # The driver's own transaction handling would begin too late and never "immediate".
        dbapi_connection.isolation_level = None
        cursor = dbapi_connection.cursor()
        for pragma in _PRAGMAS:
            cursor.execute(pragma)
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: SyncConnection) -> None:  # pyright: ignore[reportUnusedFunction]
        options = connection.get_execution_options()
        if options.get("isolation_level") == "AUTOCOMMIT":
            return
        write = options.get("atelier_write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


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
