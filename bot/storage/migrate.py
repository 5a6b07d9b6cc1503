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
    command.upgrade(config, "head")
