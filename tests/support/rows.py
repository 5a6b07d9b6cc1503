"""Reading the database of a running bot: one read-only connection beside the bot's own."""

from __future__ import annotations

import sqlite3
import weakref
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg.types.numeric import IntLoader


class Rows:
    """Opens at the first question and is closed with whoever holds it; a read takes some 50 microseconds."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._connection: sqlite3.Connection | psycopg.Connection | None = None

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """The rows that a query gives, as of the last commit."""
        if self._connection is None:
            self._connection = self._connect()
            weakref.finalize(self, self._connection.close)
        if isinstance(self._connection, sqlite3.Connection):
            return self._connection.execute(query).fetchall()
        try:
            return self._connection.execute(query.encode()).fetchall()
        except psycopg.OperationalError:  # a test has cut it off, with the bot's own
            self._connection = None
            return self.ask(query)

    def count(self, table: str, where: str = "1=1") -> int:
        """How many rows there are."""
        return self.ask(f"SELECT count(*) FROM {table} WHERE {where}")[0][0]

    def _connect(self) -> sqlite3.Connection | psycopg.Connection:
        if self._url.startswith("postgresql"):
            connection = psycopg.connect(self._url, autocommit=True)
            connection.adapters.register_loader("numeric", IntLoader)  # sums, which SQLite gives as integers
            return connection
        uri = f"file:{quote(self._url.partition(':///')[2])}?mode=ro"
        # A collection may run, and close it, in another thread.
        return sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
