"""`atelier migrate --from … --to …`: everything comes along, once, and nothing else is touched."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import func, insert, select, text, update

from bench import grown
from bot.clock import DAY_MS, SystemClock
from bot.errors import BackupFailed, ConfigurationError
from bot.generation.recovery import Lease
from bot.models import Failure, ImageRequest, Member, NewJob, Place, Plan
from bot.storage import Connection, checkup, jobs, ledger, moving, open_database, reports, tasks
from bot.storage.pipeline import EVERYTHING
from bot.storage.tables import kept_images, spend_buckets, workers
from bot.storage.tables import ledger as bookings
from bot.storage.tables import reports as report_rows
from bot.storage.tables import tasks as task_rows

NOW = grown.NOW


def told(_: str, __: int) -> None:
    """Nobody listens."""


@pytest.fixture
def file(tmp_path: Path) -> str:
    """A database of five hundred jobs."""
    path = tmp_path / "old.db"
    grown.build(path, 500)
    return f"sqlite+aiosqlite:///{path}"


async def prepared(source: str, target: str) -> None:
    """Both can be opened; a picture waits to be posted, and the newest report was withdrawn."""
    async with open_database(source) as database:
        await database.write(add_more)
    async with open_database(target):
        pass


def add_more(connection: Connection) -> None:
    task = connection.execute(select(task_rows.c.id, task_rows.c.job_id).limit(1)).one()
    connection.execute(insert(kept_images).values(task_id=task.id, job_id=task.job_id, data=bytes(range(256)) * 50))
    for reporter in (1, 2):
        reports.add(connection, 100, 1, reporter, NOW, "rude")
    connection.execute(report_rows.delete().where(report_rows.c.reporter_id == 2))


def everything(connection: Connection) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for table in moving.TABLES:
        rows = connection.execute(moving.rows_of(table)).all()
        found[table.name] = sorted(str([bytes(x) if isinstance(x, memoryview) else x for x in row]) for row in rows)
    return found


async def content(url: str) -> dict[str, list[str]]:
    async with open_database(url) as database:
        return await database.read(everything)


def next_job(connection: Connection) -> int:
    plan = Plan(ImageRequest("a kite"), 2, ("a",), 5)
    new = NewJob("later", "me", Member(7, "m"), Place(200, 100), plan, None, NOW, 40_000, application_id=1)
    return jobs.add(connection, new).id


async def test_all_of_a_file_comes_into_a_server_and_back_into_a_file(tmp_path: Path, file: str, address: str) -> None:
    back = f"sqlite+aiosqlite:///{tmp_path / 'back.db'}"
    await prepared(file, address)
    await content(back)
    before = await content(file)
    assert moving.move(file, address, NOW, told) == []
    assert await content(address) == before
    assert moving.move(address, back, NOW, told) == []
    assert await content(back) == before
    for url in (address, back):
        async with open_database(url) as database:
            assert await database.read(ledger.faults) == []
            assert await database.write(next_job) == 501
            report = await database.write(reports.add, 100, 2, 3, NOW, "")
            assert report == 3, "a card may still carry the number of the one that was withdrawn"


async def test_sums_are_copied_and_not_added_up_again(file: str, address: str) -> None:
    async def sums(url: str) -> list[Any]:
        async with open_database(url) as database:
            return sorted(map(tuple, await database.read(lambda one: one.execute(select(spend_buckets)).all())))

    await prepared(file, address)
    moving.move(file, address, NOW, told)
    assert await sums(address) == await sums(file) != []
    async with open_database(address) as database:  # and go on by themselves
        before = await database.read(tasks.spend_since, NOW - DAY_MS)
        await database.write(next_job)
        assert await database.read(tasks.spend_since, NOW - DAY_MS) == before + 40_000


async def test_a_second_time_changes_nothing(file: str, address: str) -> None:
    await prepared(file, address)
    moving.move(file, address, NOW, told)
    before = await content(address)
    assert moving.move(file, address, NOW, told) is None
    assert await content(address) == before


async def moved(url: str) -> bool:
    async with open_database(url) as database:
        return await database.read(checkup.moved_away) is not None


async def test_what_was_copied_is_marked_until_it_is_copied_back(tmp_path: Path, file: str, address: str) -> None:
    await prepared(file, address)
    for _ in range(2):
        moving.move(file, address, NOW, told)
        assert (await moved(file), await moved(address)) == (True, False)
    with pytest.raises(BackupFailed, match="copied into another database before"):
        moving.move(file, f"sqlite+aiosqlite:///{await empty(tmp_path / 'third.db')}", NOW, told)
    third = f"sqlite+aiosqlite:///{tmp_path / 'third.db'}"
    moving.move(address, third, NOW, told)
    with pytest.raises(BackupFailed, match="copied into another database before"):
        moving.move(file, address, NOW, told)  # which is not the one to go on with any more
    moving.move(third, address, NOW, told)
    assert moving.move(address, file, NOW, told) is None  # nothing has changed meanwhile
    assert (await moved(file), await moved(address)) == (False, True)


async def test_a_source_that_cannot_be_marked_is_told(tmp_path: Path, file: str, address: str) -> None:
    await prepared(file, address)
    with closing(sqlite3.connect(tmp_path / "old.db")) as connection:
        connection.execute(
            "CREATE TRIGGER no BEFORE INSERT ON watermarks BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
        )
    with pytest.raises(BackupFailed, match="could not be marked: start no bot on it"):
        moving.move(file, address, NOW, told)
    assert await content(address) == await content(file)


async def test_what_was_copied_can_be_reopened_and_sends_nothing_again(file: str, address: str) -> None:
    await prepared(file, address)
    with pytest.raises(BackupFailed, match="nothing is to be done"):
        moving.reopen(file, NOW)
    async with open_database(file) as database:
        await database.write(next_job)
    moving.move(file, address, NOW, told)
    assert moving.reopen(file, NOW) == 1
    assert not await moved(file)
    async with open_database(file) as database:
        orphans = await Lease(database, SystemClock(), "new").begin(1)  # the application whose job that is
        assert orphans.tasks == ()
        assert len(orphans.deliveries) == 1
        assert await database.read(interrupted) == 1


def interrupted(connection: Connection) -> int:
    query = select(func.count()).where(task_rows.c.failure == Failure.INTERRUPTED)
    return connection.execute(query).scalar_one()


async def empty(path: Path) -> Path:
    async with open_database(f"sqlite+aiosqlite:///{path}"):
        return path


async def test_a_bot_that_was_starting_meanwhile_does_not_go_on(file: str, address: str) -> None:
    await prepared(file, address)
    async with open_database(file) as database:
        mine = Lease(database, SystemClock(), "me")
        await mine.begin(grown.APPLICATION)
        await mine.end()
        moving.move(file, address, NOW, told)
        for entering in (mine.begin(grown.APPLICATION), mine.renew()):
            with pytest.raises(ConfigurationError):
                await entering
        assert await database.read(lambda one: one.execute(select(workers)).all()) == []


async def test_a_copy_that_is_cut_off_marks_nothing(file: str, address: str) -> None:
    await prepared(file, address)
    with pytest.raises(Cut):
        moving.move(file, address, NOW, cut)
    assert (await moved(file), await moved(address)) == (False, False)


class Cut(Exception):
    """The operator pressed Ctrl-C."""


def cut(table: str, _: int) -> None:
    if table == "tasks":
        raise Cut


async def test_a_copy_that_is_cut_off_leaves_an_empty_database_and_is_made_again(file: str, address: str) -> None:
    await prepared(file, address)
    empty = await content(address)
    with pytest.raises(Cut):
        moving.move(file, address, NOW, cut)
    assert await content(address) == empty
    assert moving.move(file, address, NOW, told) == []
    assert await content(address) == await content(file)


async def test_a_database_that_holds_other_data_is_left_alone(file: str, address: str) -> None:
    await prepared(file, address)
    async with open_database(address) as database:
        await database.write(next_job)
    before = await content(address)
    with pytest.raises(BackupFailed, match="other data"):
        moving.move(file, address, NOW, told)
    assert await content(address) == before
    with pytest.raises(BackupFailed, match="itself"):
        moving.move(file, file, NOW, told)


async def test_a_database_that_a_bot_works_on_is_neither_copied_nor_written(file: str, address: str) -> None:
    await prepared(file, address)
    for url in (file, address):
        async with open_database(url) as database:
            await database.write(
                lambda one: one.execute(insert(workers).values(id="bot", lease_until=9_000_000_000_000)).rowcount
            )
        with pytest.raises(BackupFailed, match="stop it first"):
            moving.move(file, address, NOW, told)
        async with open_database(url) as database:
            await database.write(lambda one: one.execute(workers.delete()).rowcount)


async def test_no_bot_begins_to_write_while_all_is_copied(file: str, address: str) -> None:
    await prepared(file, address)
    path, refused = file.partition(":///")[2], list[str]()

    def write(table: str, _: int) -> None:
        if table != "jobs":
            return
        with closing(sqlite3.connect(path, timeout=0)) as other:
            try:
                other.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                refused.append(str(error))
        with psycopg.connect(address) as other:
            taken = other.execute(f"SELECT pg_try_advisory_lock_shared({EVERYTHING})").fetchone()
            refused.append(f"taken: {taken and taken[0]}")

    moving.move(file, address, NOW, write)
    assert refused == ["database is locked", "taken: False"]
    with psycopg.connect(address) as other:  # and afterwards everybody may
        assert other.execute(f"SELECT pg_try_advisory_lock_shared({EVERYTHING})").fetchone() == (True,)


async def test_what_a_server_does_not_take_is_told_in_one_line_and_nothing_is_kept(file: str, address: str) -> None:
    await prepared(file, address)
    async with open_database(file) as database:
        await database.write(lambda one: one.execute(update(bookings).values(kind="x" * 50)).rowcount)
    with pytest.raises(BackupFailed, match="too long"):
        moving.move(file, address, NOW, told)
    async with open_database(address) as database:
        assert await database.read(lambda one: one.execute(select(bookings)).first()) is None


def atelier(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    command, env = [sys.executable, "-m", "bot", *arguments], os.environ | settings
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=60)


def test_the_command_tells_what_it_did(file: str, address: str) -> None:
    done = atelier("migrate", "--from", file, "--to", address)
    assert "500 jobs" in done.stdout, done.stderr
    with psycopg.connect(address) as connection:
        assert connection.execute("SELECT count(*) FROM jobs").fetchone() == (500,)
    assert "holds all of it already" in atelier("migrate", "--from", file, "--to", address).stdout
    refused = atelier("migrate", "--from", file, "--to", file)
    assert (refused.returncode, "itself" in refused.stderr) == (1, True)


def test_no_bot_goes_on_with_what_was_copied(file: str, address: str) -> None:
    assert atelier("migrate", "--from", file, "--to", address).returncode == 0
    names = {"DATABASE_URL": file, "DISCORD_TOKEN": "aa.bb.cc", "DISCORD_API_URL": "http://127.0.0.1:9"}
    started = atelier("run", **names)
    assert (started.returncode, "copied into another one" in started.stderr) == (2, True)
    assert "Traceback" not in started.stderr
    reopened = atelier("migrate", "--reopen", DATABASE_URL=file)
    assert (reopened.returncode, "is not sent again" in reopened.stdout) == (0, True), reopened.stderr


async def test_the_schema_of_a_database_that_a_bot_works_on_stays_as_it_is(file: str, address: str) -> None:
    async with open_database(file) as database:
        lease = insert(workers).values(id="bot", lease_until=9_000_000_000_000)
        await database.write(lambda one: one.execute(lease).rowcount)
        await database.write(lambda one: one.execute(text("UPDATE alembic_version SET version_num = '0005'")).rowcount)
    refused = atelier("migrate", "--from", file, "--to", address)
    assert (refused.returncode, "stop it first" in refused.stderr) == (1, True)
    path = file.partition(":///")[2]
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT version_num FROM alembic_version").fetchall() == [("0005",)]


def test_what_is_no_database_of_ours_is_refused_in_one_line(file: str, address: str, tmp_path: Path) -> None:
    missing = f"sqlite+aiosqlite:///{tmp_path / 'typo.db'}"
    for source, target, status, words in (
        (missing, address, 1, "There is no database at"),
        (str(tmp_path / "old.db"), address, 2, "--from has to be sqlite+aiosqlite:///"),
        (file, "mysql://a@b/c", 2, "--to has to be sqlite+aiosqlite:///"),
    ):
        refused = atelier("migrate", "--from", source, "--to", target)
        assert (refused.returncode, words in refused.stderr, "Traceback" in refused.stderr) == (status, True, False)
    assert not (tmp_path / "typo.db").exists()
    with psycopg.connect(address) as connection:
        connection.execute("CREATE TABLE invoices (id int)")
    assert "another program's tables" in atelier("migrate", "--from", file, "--to", address).stderr
