"""Brings the schema up to date; of several processes that start at once, one does it and the others wait."""

from __future__ import annotations

import importlib

from sqlalchemy import Connection, inspect, text

from bot.storage.tables import metadata
from bot.storage.triggers import create_triggers

HEAD = "0015"
"""The newest migration."""


def bring_up_to_date(connection: Connection) -> None:
    """Create the schema, or migrate it, in the transaction of the connection. Raises ``DatabaseTooNew``.

    A new database is made as the tables are now, and a current one is left alone: neither needs Alembic, which takes
    eleven megabytes and a third of a second to load.
    """
    if not inspect(connection).has_table("alembic_version"):
        create(connection)
    elif connection.execute(text("SELECT version_num FROM alembic_version")).scalar() != HEAD:
        importlib.import_module("bot.storage.migrate").migrate(connection)


def create(connection: Connection) -> None:
    """Make every table, and note that no migration is missing."""
    metadata.create_all(connection)
    create_triggers(connection)
    connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
    connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": HEAD})
