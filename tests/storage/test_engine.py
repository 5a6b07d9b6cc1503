"""Storage: the migrations make the tables that the program knows, and nothing newer is opened."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from bot.errors import ConfigurationError, DatabaseTooNew
from bot.storage import Database, workers
from bot.storage.tables import metadata


def address(folder: Path) -> str:
    return f"sqlite+aiosqlite:///{folder / 'deep' / 'a.db'}"


async def test_the_migrations_make_exactly_the_tables_of_the_program(tmp_path: Path) -> None:
    async with Database.open(address(tmp_path)) as database, database.read() as connection:

        def differences(sync: Any) -> list[Any]:
            return compare_metadata(MigrationContext.configure(sync), metadata)

        assert await connection.run_sync(differences) == []


async def test_what_was_written_is_there_after_reopening(tmp_path: Path) -> None:
    async with Database.open(address(tmp_path)) as database, database.write() as connection:
        assert await workers.secret(connection, "webhooks", "first") == "first"
    async with Database.open(address(tmp_path)) as database, database.write() as connection:
        assert await workers.secret(connection, "webhooks", "second") == "first"


async def test_a_newer_database_is_refused(tmp_path: Path) -> None:
    async with Database.open(address(tmp_path)) as database, database.write() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num='9999'"))
    with pytest.raises(DatabaseTooNew, match="newer"):
        async with Database.open(address(tmp_path)):
            pass


async def test_a_failed_transaction_leaves_nothing(tmp_path: Path) -> None:
    async with Database.open(address(tmp_path)) as database:
        with pytest.raises(RuntimeError):
            await _write_and_fail(database)
        async with database.write() as connection:
            assert await workers.secret(connection, "a", "new") == "new"


async def _write_and_fail(database: Database) -> None:
    async with database.write() as connection:
        await workers.secret(connection, "a", "lost")
        raise RuntimeError


async def test_a_dead_worker_on_this_host_is_buried_at_once_and_a_living_one_keeps_its_lease(tmp_path: Path) -> None:
    async with Database.open(address(tmp_path)) as database, database.write() as connection:
        await workers.register(connection, "dead", "here", 2**22 + 1, 10_000)
        await workers.register(connection, "elsewhere", "there", 2**22 + 1, 10_000)
        await workers.register(connection, "late", "there", 1, 400)
        await workers.register(connection, "me", "here", 1, 10_000)
        assert await workers.bury(connection, "me", "here", 500) == ["dead", "late"]
        assert not await workers.renew(connection, "late", 1)
        assert await workers.renew(connection, "elsewhere", 20_000)


@pytest.mark.parametrize("kind", ["folder", "no database"])
async def test_what_is_no_database_is_one_line_that_names_its_variable(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "atelier.db"
    if kind == "folder":
        path.mkdir()
    else:
        path.write_text("a shopping list, long enough to be read as a page of something " * 40)
    with pytest.raises(ConfigurationError, match="DATABASE_URL: the database cannot be opened"):
        async with Database.open(f"sqlite+aiosqlite:///{path}"):
            pass
