"""The database: the only place that knows SQL. Queries take a connection and give frozen values."""

from bot.storage.engine import Connection, Database

__all__ = ["Connection", "Database"]
