"""A database server (PostgreSQL): each unit of work is a transaction of its own on a pooled connection."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from bot.storage.database import Database, Work
from bot.storage.schema import bring_up_to_date

_T = TypeVar("_T")

_ONE_WRITER = text("SELECT pg_advisory_xact_lock(20261121)")
"""One writer at a time among all processes: what a transaction has read, it may rely on."""


class ServerDatabase(Database):
    """The same units of work, run through the asynchronous driver."""

    def __init__(self, url: str) -> None:
        self._engine = create_async_engine(url)
        self._readers = self._engine.execution_options(isolation_level="AUTOCOMMIT")

    async def start(self) -> None:
        """Connect and migrate."""
        await self._write(bring_up_to_date)

    async def close(self) -> None:
        """Close the pool."""
        await self._engine.dispose()

    async def _write(self, work: Work[_T]) -> _T:
        async with self._engine.begin() as connection:
            await connection.execute(_ONE_WRITER)
            return await connection.run_sync(work)

    async def _read(self, work: Work[_T]) -> _T:
        async with self._readers.connect() as connection:
            return await connection.run_sync(work)
