"""Storage: units of work in one transaction each, committed together; the migrations; nothing newer is opened."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from bot.errors import CannotWrite, ConfigurationError, DatabaseTooNew
from bot.storage import Connection, Database, folder_beside, open_database, sqlite, workers
from bot.storage.tables import secrets


def address(folder: Path) -> str:
    return f"sqlite+aiosqlite:///{folder / 'deep' / 'a.db'}"


def put(connection: Connection, name: str) -> None:
    connection.execute(insert(secrets).values(name=name, value="x"))


def put_and_fail(connection: Connection, name: str) -> None:
    put(connection, name)
    raise RuntimeError(name)


def refuse(_: Connection) -> None:
    raise LookupError


def names(connection: Connection) -> list[str]:
    return list(connection.execute(select(secrets.c.name).order_by(secrets.c.name)).scalars())


async def test_what_was_written_is_there_after_reopening(tmp_path: Path) -> None:
    async with open_database(address(tmp_path)) as database:
        assert await database.write(workers.secret, "webhooks", "first") == "first"
    async with open_database(address(tmp_path)) as database:
        assert await database.write(workers.secret, "webhooks", "second") == "first"


async def test_a_newer_database_is_refused(tmp_path: Path) -> None:
    newer = text("UPDATE alembic_version SET version_num='9999'")
    async with open_database(address(tmp_path)) as database:
        await database.write(lambda connection: connection.execute(newer).rowcount)
    with pytest.raises(DatabaseTooNew, match="newer"):
        async with open_database(address(tmp_path)):
            pass


async def test_a_failed_unit_of_work_leaves_nothing(tmp_path: Path) -> None:
    async with open_database(address(tmp_path)) as database:
        with pytest.raises(RuntimeError):
            await database.write(put_and_fail, "lost")
        assert await database.read(names) == []


async def test_units_that_wait_together_are_committed_together_and_answered_each_for_itself(tmp_path: Path) -> None:
    async with open_database(address(tmp_path)) as database:
        outcomes = await asyncio.gather(
            database.write(put, "a"), database.write(refuse), database.write(put, "b"), return_exceptions=True
        )
        assert isinstance(outcomes[1], LookupError)
        assert [outcomes[0], outcomes[2]] == [None, None]
        assert await database.read(names) == ["a", "b"]


async def test_of_many_that_were_committed_together_a_few_go_on_at_a_time(tmp_path: Path) -> None:
    turn, went_on = 0, list[tuple[int, int]]()

    async def write(database: Database, number: int) -> None:
        await database.write(put, str(number))
        went_on.append((number, turn))

    async with open_database(address(tmp_path)) as database:
        blocking = threading.Event()
        first = asyncio.create_task(database.write(lambda _: blocking.wait(10)))
        await asyncio.sleep(0)
        many = [asyncio.create_task(write(database, number)) for number in range(200)]
        await asyncio.sleep(0)
        blocking.set()
        while not all(one.done() for one in many):
            await asyncio.sleep(0)
            turn += 1
        await first
        assert [number for number, _ in went_on] == list(range(200))
        turns = Counter(turn for _, turn in went_on)
        assert max(turns.values()) <= 6  # what each begins, such as a connection, goes on between turns
        assert len(await database.read(names)) == 200


async def test_those_of_the_next_commit_go_on_after_those_of_the_one_before() -> None:
    callers, units = sqlite._Callers(), [sqlite._Unit(lambda _: None) for _ in range(18)]
    for first in (0, 9):
        callers.tell(units[first : first + 9], [None] * 9)
    gone_on: list[list[bool]] = []
    while not gone_on or not all(gone_on[-1]):
        gone_on.append([unit.future.done() for unit in units])
        await asyncio.sleep(0)
    assert gone_on == [[True] * number + [False] * (18 - number) for number in (6, 12, 18)]


async def test_a_commit_that_ends_in_the_turn_in_which_the_last_were_told_waits_for_the_next() -> None:
    callers, units = sqlite._Callers(), [sqlite._Unit(lambda _: None) for _ in range(18)]
    callers.tell(units[:9], [None] * 9)
    await asyncio.sleep(0)  # the last three of them
    callers.tell(units[9:], [None] * 9)
    gone_on = [sum(unit.future.done() for unit in units)]
    while gone_on[-1] < 18:
        await asyncio.sleep(0)
        gone_on.append(sum(unit.future.done() for unit in units))
    assert gone_on == [9, 15, 18]


async def test_one_that_fails_after_it_has_written_takes_no_other_with_it(tmp_path: Path) -> None:
    async with open_database(address(tmp_path)) as database:
        outcomes = await asyncio.gather(
            *(database.write(put, name) for name in "abc"),
            database.write(put_and_fail, "lost"),
            *(database.write(put, name) for name in "de"),
            return_exceptions=True,
        )
        assert [isinstance(one, RuntimeError) for one in outcomes] == [False, False, False, True, False, False]
        assert await database.read(names) == list("abcde")


async def test_a_unit_whose_caller_has_gone_before_it_began_is_not_done(tmp_path: Path) -> None:
    async with open_database(address(tmp_path)) as database:
        blocking = threading.Event()
        first = asyncio.create_task(database.write(lambda _: blocking.wait(10)))
        await asyncio.sleep(0)
        gone, stays = (asyncio.create_task(database.write(put, name)) for name in ("gone", "stays"))
        await asyncio.sleep(0)
        gone.cancel()
        blocking.set()
        await asyncio.gather(first, stays)
        assert gone.cancelled()
        assert await database.read(names) == ["stays"]


async def test_a_reader_does_not_wait_for_the_writer(tmp_path: Path) -> None:
    async with open_database(address(tmp_path)) as database:
        blocking = threading.Event()
        writing = asyncio.create_task(database.write(lambda _: blocking.wait(10)))
        await asyncio.sleep(0)
        assert await asyncio.wait_for(database.read(names), 5) == []
        blocking.set()
        await writing


async def test_a_commit_that_failed_hinders_none_after_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # As where a file system has no shared memory: SQLite then keeps the journal in which readers hinder a commit.
    monkeypatch.setattr(sqlite, "_PRAGMAS", ("PRAGMA journal_mode=DELETE", "PRAGMA busy_timeout=10"))
    async with open_database(address(tmp_path)) as database:
        with closing(sqlite3.connect(tmp_path / "deep" / "a.db", isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT * FROM secrets").fetchall()
            with pytest.raises(CannotWrite):
                await database.write(put, "lost")
            reader.execute("COMMIT")
        await database.write(put, "kept")
        assert await database.read(names) == ["kept"]


async def test_closing_waits_for_what_is_under_way(tmp_path: Path) -> None:
    async with open_database(address(tmp_path)) as database:
        writes = [asyncio.create_task(database.write(put, f"n{number}")) for number in range(100)]
        await asyncio.sleep(0)
    await asyncio.gather(*writes)
    async with open_database(address(tmp_path)) as database:
        assert len(await database.read(names)) == 100


async def test_a_commit_survives_a_power_cut(tmp_path: Path) -> None:
    async with open_database(address(tmp_path)) as database:
        settings = await database.write(
            lambda connection: [
                connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("synchronous", "journal_mode")
            ]
        )
    assert settings == [2, "wal"]  # 2 is FULL


@pytest.mark.parametrize("kind", ["folder", "no database"])
async def test_what_is_no_database_is_one_line_that_names_its_variable(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "atelier.db"
    if kind == "folder":
        path.mkdir()
    else:
        path.write_text("a shopping list, long enough to be read as a page of something " * 40)
    with pytest.raises(ConfigurationError, match="DATABASE_URL: the database cannot be opened"):
        async with open_database(f"sqlite+aiosqlite:///{path}"):
            pass


# Faults of our own machine


async def patience(database: Database, milliseconds: int) -> None:
    await database.write(lambda connection: connection.exec_driver_sql(f"PRAGMA busy_timeout={milliseconds}") and None)


@asynccontextmanager
async def locked(folder: Path) -> AsyncGenerator[None]:
    """Another process holds the write lock."""
    with closing(sqlite3.connect(folder / "deep" / "a.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


async def test_while_another_process_holds_the_lock_all_who_write_are_told_in_time(tmp_path: Path) -> None:
    async with open_database(address(tmp_path)) as database:
        async with locked(tmp_path):
            async with asyncio.timeout(3):  # Discord waits three seconds for an answer
                outcomes = await asyncio.gather(*(database.write(put, one) for one in "abcdef"), return_exceptions=True)
            assert [type(one) for one in outcomes] == [CannotWrite] * 6
            assert not database.writable
        await database.write(put, "after")
        assert database.writable
        assert await database.read(names) == ["after"]


async def test_a_full_disk_is_told_and_what_fits_later_is_written(tmp_path: Path) -> None:
    def limit(connection: Connection, pages: int) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")

    def much(connection: Connection) -> None:
        connection.execute(insert(secrets).values(name="much", value="x" * 200_000))

    async with open_database(address(tmp_path)) as database:
        await database.write(limit, 1)  # as many as there are
        with pytest.raises(CannotWrite):
            await database.write(much)
        assert not database.writable
        assert not await database.takes_writes()
        await database.write(limit, 1_000_000)
        await database.write(much)
        assert await database.takes_writes()


async def test_trouble_with_the_database_is_said_once_and_once_when_it_is_over(tmp_path: Path) -> None:
    async with open_database(address(tmp_path)) as database:
        await patience(database, 1)
        with capture_logs() as logs:
            async with locked(tmp_path):
                for _ in range(3):
                    with pytest.raises(CannotWrite):
                        await database.write(put, "x")
                assert not await database.takes_writes()
            await database.write(put, "x")
            await database.write(put, "y")
    assert [(one["event"], one.get("fault")) for one in logs] == [
        ("database cannot be written: new requests are refused until it can", "database is locked"),
        ("database can be written again", None),
    ]


async def test_a_faulty_statement_is_no_trouble_of_the_database(tmp_path: Path) -> None:
    async with open_database(address(tmp_path)) as database:
        with pytest.raises(OperationalError, match="no such table"):
            await database.write(lambda connection: connection.exec_driver_sql("DELETE FROM mislaid") and None)
        assert database.writable


@pytest.mark.parametrize("folder", ["/proc/nowhere", "/proc/self/mem/deeper", "/sys"])
async def test_a_folder_that_cannot_be_written_is_a_fault_of_the_settings(folder: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        async with open_database(f"sqlite+aiosqlite:///{folder}/a.db"):
            pass
    [fault] = caught.value.faults
    assert fault.startswith("DATABASE_URL: the database cannot be opened (")
    assert "\n" not in fault


def test_what_a_database_does_not_take_waits_in_a_folder_that_no_other_database_uses() -> None:
    assert folder_beside("sqlite+aiosqlite:///data/a.db") == Path("data/a.db-results")
    servers = ("postgresql://me@one/atelier", "postgresql://me@two/atelier", "postgresql://me@one/other")
    assert len({folder_beside(url) for url in servers}) == 3
    assert folder_beside("postgresql+psycopg://you:secret@one:5432/atelier") == folder_beside(servers[0])
