"""Opens the database that an address names."""

from __future__ import annotations

import importlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from bot.errors import ConfigurationError
from bot.storage.database import Database
from bot.storage.sqlite import SqliteDatabase


@asynccontextmanager
async def open_database(url: str) -> AsyncGenerator[Database]:
    """Open, creating a file's folder, and migrate to this program's schema.

    Raises ``ConfigurationError`` when there is no database to be opened, ``DatabaseTooNew`` when its schema is one that
    this program does not know.
    """
    database = _database(url)
    try:
        try:
            await database.start()
        except (OSError, SQLAlchemyError) as error:
            fault = f"DATABASE_URL: the database cannot be opened ({_why(error)})"
            raise ConfigurationError((fault,)) from error
        yield database
    finally:
        await database.close()


def folder_beside(url: str) -> Path:
    """Where to keep what a database does not take: beside its file, or with a server's in the working directory."""
    path = make_url(url).database if make_url(url).get_backend_name() == "sqlite" else None
    return Path(f"{path or 'atelier.db'}-results")


def _database(url: str) -> Database:
    if make_url(url).get_backend_name() == "sqlite":
        return SqliteDatabase(url)
    # Loaded where it is used only: the asynchronous half of SQLAlchemy takes twelve megabytes.
    return importlib.import_module("bot.storage.server").ServerDatabase(url)


def _why(error: Exception) -> str:
    """The driver's own words, on one line and without the statement."""
    return str(getattr(error, "orig", None) or error).partition("\n")[0]
