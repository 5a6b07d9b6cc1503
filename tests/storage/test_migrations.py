"""A database of version 0.3.0 comes along with everything that is in it."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, select, text

import bot.storage
from bench import grown
from bot.clock import DAY_MS
from bot.models import JobState, TaskState
from bot.storage import Connection, erasure, jobs, ledger, lineage, open_database, remix_threads, tasks, workers
from bot.storage.migrate import migrate
from bot.storage.schema import HEAD, create
from bot.storage.tables import metadata
from bot.storage.triggers import drop_triggers

NOW = int(time.time() * 1000)
HOUR = 60 * 60 * 1000
JOB: dict[str, Any] = {
    "worker": "old", "guild_id": 100, "channel_id": 200, "age_restricted": False, "file_limit": 10_000_000,
    "member_id": 7, "member_name": "alice", "prompt": "a kite", "model": "pro", "image_count": 2, "format": "jpeg",
    "enhance": False, "vary": False, "origin": "imagine", "tolerance": 2, "providers": "bfl", "seed": 5, "credits": 2,
    "sources": "[]", "erase_message": False,
}  # fmt: skip
REFERENCE = {"url": "https://x", "code": "aaaaa-2", "owner_id": 8, "channel_id": 200, "message_id": 300}


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without tables."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'a.db'}"
    address: str = request.getfixturevalue("address")
    return address.replace("postgresql", "postgresql+psycopg", 1)


def scripts_for(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(bot.storage.__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


@pytest.fixture
def old(empty: str) -> str:
    """A job that is done, one made from its second picture that runs, and a thread."""
    engine = create_engine(empty.replace("+aiosqlite", ""))
    with engine.begin() as connection:
        command.upgrade(scripts_for(connection), "0003")
        done = {"state": "done", "created_at": NOW - HOUR, "finished_at": NOW - HOUR, "message_id": 300}
        put(connection, "jobs", JOB | done | {"id": 1, "code": "aaaaa"})
        runs = {"state": "running", "created_at": NOW, "origin": "remix", "sources": json.dumps([REFERENCE])}
        put(connection, "jobs", JOB | runs | {"id": 2, "code": "bbbbb", "member_id": 9, "image_count": 1, "credits": 1})
        put(connection, "jobs", JOB | {"id": 3, "code": "ccccc", "state": "failed", "created_at": NOW - 3 * DAY_MS})
        for number in (0, 1):
            task = {"id": number + 1, "job_id": 1, "number": number, "state": "made", "seed": 5 + number, "tried": ""}
            put(connection, "tasks", task | {"cost_microusd": 40_000, "created_at": NOW - HOUR, "provider": "bfl"})
            picture = {"task_id": number + 1, "job_id": 1, "number": number, "seed": 5 + number, "width": 8}
            put(connection, "pictures", picture | {"height": 8, "format": "jpeg", "provider": "bfl", "size": 1})
        task = {"id": 3, "job_id": 2, "number": 0, "state": "running", "seed": 9, "tried": "", "remote_id": "r1"}
        put(connection, "tasks", task | {"cost_microusd": 50_000, "created_at": NOW, "provider": "bfl"})
        put(connection, "lineage", {"job_id": 2, "position": 0, "parent_job_id": 1, "parent_number": 2})
        put(connection, "rooms", {"thread_id": 400, "guild_id": 100, "root": "aaaaa-1", "code": "aaaaa-2"})
        for job, member, kind, credits, delta, at in (
            (1, 7, "reserve", 2, 2, NOW - HOUR),
            (1, 7, "settle", 2, 0, NOW - HOUR),
            (2, 9, "reserve", 1, 1, NOW),
            (3, 7, "reserve", 2, 2, NOW - 3 * DAY_MS),
            (3, 7, "release", 2, -2, NOW - 3 * DAY_MS),
        ):
            entry = {"job_id": job, "guild_id": 100, "member_id": member, "kind": kind, "credits": credits}
            put(connection, "ledger", entry | {"delta": delta, "counts_at": at, "at": at})
        if connection.dialect.name == "postgresql":
            for table in ("jobs", "tasks"):
                connection.execute(text(f"SELECT setval('{table}_id_seq', 100)"))
    engine.dispose()
    return empty


_SCHEMA = (
    "SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, column_default "
    "FROM information_schema.columns WHERE table_schema = 'public'",
    "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND indexname NOT LIKE '%\\_pk%'",
    "SELECT conrelid::regclass, pg_get_constraintdef(oid) FROM pg_constraint "
    "WHERE connamespace = 'public'::regnamespace",
    "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
)


def schema(connection: Connection) -> dict[str, list[str]]:
    """All that the database itself says of its tables, indexes and triggers."""
    if connection.dialect.name == "postgresql":
        return {query: sorted(map(str, connection.execute(text(query)))) for query in _SCHEMA}
    rows = connection.execute(text("SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"))
    tables = [row for row in rows if row.name != "alembic_version"]
    found = {row.name: [row.sql or ""] for row in tables if row.type != "table"}
    for row in (row for row in tables if row.type == "table"):
        columns = connection.execute(text(f"PRAGMA table_info({row.name})")).all()
        foreign = connection.execute(text(f"PRAGMA foreign_key_list({row.name})")).all()
        kept = connection.execute(text(f"SELECT wr FROM pragma_table_list('{row.name}')")).scalar_one()
        found[row.name] = sorted(str((one.name, one.type, one.notnull, one.pk)) for one in columns)
        found[row.name] += [*sorted(str(tuple(one)[2:5]) for one in foreign), f"without row ids: {kept}"]
    return found


async def test_a_new_database_and_a_migrated_one_are_alike(empty: str) -> None:
    engine = create_engine(empty.replace("+aiosqlite", ""))
    with engine.begin() as connection:
        migrate(connection)
        migrated = schema(connection)
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        drop_triggers(connection)
        metadata.drop_all(connection)
        connection.execute(text("DROP TABLE alembic_version"))
        create(connection)
        assert schema(connection) == migrated
    engine.dispose()


def test_the_newest_migration_is_the_one_that_new_databases_are_at() -> None:
    scripts = ScriptDirectory(str(Path(bot.storage.__file__).parent / "migrations"))
    assert scripts.get_current_head() == HEAD


def put(connection: Connection, table: str, values: dict[str, Any]) -> None:
    names = ", ".join(values)
    marks = ", ".join(f":{name}" for name in values)
    connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({marks})"), values)


async def test_a_database_of_0_3_0_keeps_everything(old: str) -> None:
    async with open_database(old) as database:
        done, running = await database.read(jobs.get, 1), await database.read(jobs.get, 2)
        assert done is not None
        assert running is not None
        assert [picture.code for picture in done.pictures] == ["aaaaa-1", "aaaaa-2"]
        assert [(task.number, task.seed, task.state) for task in done.tasks] == [
            (1, 5, TaskState.MADE),
            (2, 6, TaskState.MADE),
        ]
        assert running.request.references[0].owner_id == 8
        assert await database.read(lineage.edges, [2]) == [(2, 1, 2)]
        thread = await database.read(remix_threads.get, 400)
        assert thread is not None
        assert (thread.root, thread.code) == ("aaaaa-1", "aaaaa-2")
        assert await database.read(ledger.faults) == []


async def test_the_sums_of_an_old_database_are_right_and_go_on(old: str) -> None:
    async with open_database(old) as database:
        assert await database.read(tasks.spend_since, NOW - DAY_MS) == 130_000
        assert await database.read(tasks.spend_since, NOW - HOUR) == 50_000
        assert (await database.read(ledger.totals, 100, 7, NOW - DAY_MS)).together == 3
        assert await database.write(tasks.end, 3, 2, failure=None, cost=70_000)
        assert await database.read(tasks.spend_since, NOW - DAY_MS) == 150_000


async def test_what_ran_in_an_old_database_is_taken_over_and_what_ended_is_not(old: str) -> None:
    async with open_database(old) as database:
        assert await database.write(workers.expire, "me", 5, NOW, 10_000) == []
        await database.write(workers.own, 5)
        assert await database.write(workers.expire, "me", 5, NOW, 10_000) == ["old"]
        (task,) = await database.read(tasks.active, ["old"])
        assert (task.id, task.number, task.remote_id, task.has_references) == (3, 1, "r1", True)
        failed = await database.read(jobs.get, 3)
        assert failed is not None
        assert failed.state is JobState.FAILED
        assert failed.finished_at is not None


async def test_an_owner_of_an_old_source_is_erased_from_it(old: str) -> None:
    async with open_database(old) as database:
        await database.write(erasure.begin, 8, NOW)
        assert (await database.write(erasure.erase_some, 100, 8)).more
        job = await database.read(jobs.get, 2)
        assert job is not None
        assert (job.request.references[0].owner_id, job.request.references[0].url) == (None, None)


def rows_of(connection: Connection) -> dict[str, list[str]]:
    return {table.name: sorted(map(str, connection.execute(select(table)))) for table in metadata.tables.values()}


def test_what_a_migration_made_leaner_comes_back_and_goes_again(empty: str) -> None:
    engine = create_engine(empty.replace("+aiosqlite", ""))
    with engine.begin() as connection:
        migrate(connection)
        command.downgrade(scripts_for(connection), "0011")
        before = schema(connection)
        command.upgrade(scripts_for(connection), "head")
        after = schema(connection)
        grown.grow(connection, 300)
        content = rows_of(connection)
        command.downgrade(scripts_for(connection), "0011")
        assert schema(connection) == before
        whole = "guild_id IS NOT NULL AND member_id IS NOT NULL AND counts_at IS NOT NULL AND at IS NOT NULL"
        assert connection.execute(text(f"SELECT count(*) FROM ledger WHERE NOT ({whole})")).scalar() == 0
        odd = "SELECT count(*) FROM ledger JOIN jobs ON jobs.id = job_id WHERE jobs.member_id <> ledger.member_id"
        assert connection.execute(text(odd)).scalar() == 0
        command.upgrade(scripts_for(connection), "head")
        assert schema(connection) == after
        assert rows_of(connection) == content
        assert ledger.faults(connection) == []
        if connection.dialect.name == "sqlite":
            assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
    engine.dispose()
