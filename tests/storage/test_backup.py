"""Copies of the database: consistent while the bot writes, checked, and never a reason to pay twice."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from bot.errors import BackupFailed
from bot.models import Failure
from bot.storage import Connection, backup, checkup, open_database
from bot.storage.tables import secrets
from tests.support.generation import generation_on, working
from tests.support.scripted import ESTIMATE, ScriptedProvider
from tests.support.storage import about_a_file, database_url

NOW = 1_800_000_000_000


def put(connection: Connection, name: str, value: str = "x") -> None:
    connection.execute(insert(secrets).values(name=name, value=value))


def names(connection: Connection) -> list[str]:
    return list(connection.execute(select(secrets.c.name).order_by(secrets.c.name)).scalars())


def address(file: Path) -> str:
    return f"sqlite+aiosqlite:///{file}"


async def kept_in(file: Path) -> list[str]:
    async with open_database(address(file)) as database:
        return await database.read(names)


async def some_database(file: Path, *found: str) -> Path:
    async with open_database(address(file)) as database:
        for name in found:
            await database.write(put, name)
    return file


def mode(file: Path) -> int:
    return file.stat().st_mode & 0o777


def files_in(folder: Path) -> set[str]:
    return {one.name for one in folder.iterdir()}


def run(file: Path, statement: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(file) as connection:
        return connection.execute(statement).fetchall()


async def test_a_copy_made_while_the_bot_writes_is_whole(tmp_path: Path) -> None:
    """Each transaction writes a pair; a copy that holds half of one is not consistent."""
    file, copy = tmp_path / "a.db", tmp_path / "copy.db"

    def put_pair(connection: Connection, number: int) -> None:
        put(connection, f"{number:04}a")
        put(connection, f"{number:04}b")

    async with open_database(address(file)) as database:
        stop, at_it = asyncio.Event(), asyncio.Event()

        async def write() -> None:
            number = 0
            while not stop.is_set():
                await database.write(put_pair, number := number + 1)
                if number == 10:
                    at_it.set()

        writing = asyncio.create_task(write())
        await at_it.wait()
        size = await asyncio.to_thread(backup.back_up, file, copy)
        stop.set()
        await writing
    found = [name for (name,) in run(copy, "SELECT name FROM secrets ORDER BY name")]
    assert size == copy.stat().st_size
    assert len(found) >= 20
    assert [str(name)[:4] for name in found[::2]] == [str(name)[:4] for name in found[1::2]]


async def test_a_copy_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    file = await some_database(tmp_path / "a.db")
    backup.back_up(file, tmp_path / "copy.db")
    assert mode(tmp_path / "copy.db") == 0o600


async def test_nothing_is_overwritten_by_a_copy(tmp_path: Path) -> None:
    file = await some_database(tmp_path / "a.db")
    (tmp_path / "copy.db").write_text("precious")
    with pytest.raises(BackupFailed, match="exists already"):
        backup.back_up(file, tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_text() == "precious"


async def test_a_copy_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    file = await some_database(tmp_path / "a.db")
    with pytest.raises(BackupFailed):
        backup.back_up(file, tmp_path / "nowhere" / "copy.db")
    with pytest.raises(BackupFailed, match="no database"):
        backup.back_up(tmp_path / "other.db", tmp_path / "copy.db")
    assert files_in(tmp_path) <= {"a.db", "a.db-wal", "a.db-shm"}


async def test_a_restored_copy_is_the_database_again_and_the_former_one_is_kept(tmp_path: Path) -> None:
    file, copy = await some_database(tmp_path / "a.db", "early"), tmp_path / "copy.db"
    backup.back_up(file, copy)
    await some_database(file, "late")
    former = backup.restore(copy, file, NOW)
    assert await kept_in(file) == ["early"]
    assert former is not None
    assert await kept_in(former) == ["early", "late"]
    assert copy.exists()


async def test_a_copy_of_what_was_copied_into_another_database_can_be_gone_on_with(tmp_path: Path) -> None:
    file, copy = await some_database(tmp_path / "a.db"), tmp_path / "copy.db"
    async with open_database(address(file)) as database:
        await database.write(checkup.mark_moved, NOW)
    backup.back_up(file, copy)
    backup.restore(copy, file, NOW)
    async with open_database(address(file)) as database:
        assert await database.read(checkup.moved_away) is None


async def test_a_copy_is_restored_where_there_is_nothing_yet(tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    backup.back_up(await some_database(tmp_path / "a.db", "one"), copy)
    assert backup.restore(copy, tmp_path / "new" / "b.db", NOW) is None
    assert await kept_in(tmp_path / "new" / "b.db") == ["one"]


@pytest.mark.parametrize("damage", ["not a database", "another program's", "cut off"])
async def test_what_is_no_whole_copy_is_refused_and_the_database_stays(tmp_path: Path, damage: str) -> None:
    file, copy = await some_database(tmp_path / "a.db", "mine"), tmp_path / "copy.db"
    if damage == "not a database":
        copy.write_text("hello " * 1000)
    elif damage == "another program's":
        run(copy, "CREATE TABLE other (x)")
    else:
        backup.back_up(file, copy)
        whole = copy.read_bytes()
        copy.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BackupFailed):
        backup.restore(copy, file, NOW)
    assert await kept_in(file) == ["mine"]
    assert files_in(tmp_path) == {"a.db", "copy.db"}


async def test_a_place_that_cannot_be_written_is_told_in_one_line(tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    backup.back_up(await some_database(tmp_path / "a.db"), copy)
    with pytest.raises(BackupFailed, match="cannot be restored"):
        backup.restore(copy, Path("/proc/atelier/a.db"), NOW)


async def test_a_new_database_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    file = await some_database(tmp_path / "a.db")
    assert mode(file) == 0o600


async def test_nothing_is_restored_under_a_running_bot(tmp_path: Path) -> None:
    file, copy = await some_database(tmp_path / "a.db"), tmp_path / "copy.db"
    backup.back_up(file, copy)
    run(file, f"INSERT INTO workers (id, lease_until) VALUES ('bot', {NOW + 1})")
    with pytest.raises(BackupFailed, match="stop it first"):
        backup.restore(copy, file, NOW)
    assert backup.restore(copy, file, NOW + 2) is not None


def test_a_server_is_copied_by_its_own_tools(tmp_path: Path) -> None:
    server = backup.file_of("postgresql+asyncpg://me@localhost/atelier")
    with pytest.raises(BackupFailed, match="pg_dump"):
        backup.back_up(server, tmp_path / "copy.db")
    assert backup.file_of("sqlite+aiosqlite:///data/atelier.db") == Path("data/atelier.db")


@about_a_file
async def test_what_waited_when_the_copy_was_made_is_not_ordered_after_a_restore(tmp_path: Path) -> None:
    """It may have been ordered, and paid, between the copy and the restore."""
    vendor, copy = ScriptedProvider("a"), tmp_path / "copy.db"
    async with generation_on(tmp_path, vendor) as parts:
        job = await parts.accept()
    file = backup.file_of(database_url(tmp_path))
    backup.back_up(file, copy)
    backup.restore(copy, file, NOW)
    async with generation_on(tmp_path, vendor) as parts, working(parts, parts.worker()) as at_work:
        await at_work.ended(job)
        task = await parts.task(job)
    assert (task.failure, task.cost_microusd) == (Failure.INTERRUPTED, ESTIMATE)
    assert not vendor.submits
