"""Runs the migrations that an older database lacks."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from bot.errors import DatabaseTooNew


def migrate(connection: Connection) -> None:
    """Run what is missing, in the transaction of the connection. Raises ``DatabaseTooNew``."""
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
    before = _dangling(connection)
    command.upgrade(config, "head")
    if _dangling(connection) > before:
        raise AssertionError("a migration has left rows that refer to nothing")


def _dangling(connection: Connection) -> int:
    """How many rows refer to nothing, which SQLite is not kept from while it migrates; a server sees to it itself."""
    if connection.dialect.name != "sqlite":
        return 0
    return len(connection.exec_driver_sql("PRAGMA foreign_key_check").all())
