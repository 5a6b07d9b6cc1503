"""Opens the database that an address names."""

from __future__ import annotations

import importlib
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from hashlib import blake2b
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from bot.errors import CannotWrite, ConfigurationError
from bot.storage.database import Database, passes_at_start, why
from bot.storage.sqlite import SqliteDatabase


@asynccontextmanager
async def open_database(url: str) -> AsyncGenerator[Database]:
    """Open, creating a file's folder, and migrate to this program's schema.

    Raises ``ConfigurationError`` when there is no database to be opened, ``DatabaseTooNew`` when its schema is one that
    this program does not know, ``CannotWrite`` when the disk is full, somebody holds a lock or a server is away.
    """
    async with AsyncExitStack() as stack:
        try:
            database = _database(url)
            stack.push_async_callback(database.close)
            await database.start()
        except (OSError, SQLAlchemyError, sqlite3.Error) as error:  # the driver's own: while it prepares a connection
            if passes_at_start(error):
                raise CannotWrite(why(error)) from error
            fault = f"DATABASE_URL: the database cannot be opened ({why(error)})"
            raise ConfigurationError((fault,)) from error
        yield database


def folder_beside(url: str) -> Path:
    """Where to keep what a database does not take: beside its file, or in the working directory by a server's address.

    No two databases share one: what one of them waits for would be taken by another's bot.
    """
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        return Path(f"{address.database or 'atelier.db'}-results")
    place = f"{address.host}:{address.port or 5432}/{address.database}"
    return Path(f"atelier-{blake2b(place.encode(), digest_size=6).hexdigest()}-results")


def _database(url: str) -> Database:
    if make_url(url).get_backend_name() == "sqlite":
        return SqliteDatabase(url)
    try:  # the driver is an extra, and SQLite does without it
        server = importlib.import_module("bot.storage.server")
    except ImportError as error:
        fault = f"DATABASE_URL: the driver of PostgreSQL is missing ({error}): pip install 'psycopg[binary]'"
        raise ConfigurationError((fault,)) from error
    return server.ServerDatabase(url)
