"""What the doctor finds in the database, and what it mends there."""

from __future__ import annotations

import shutil
from collections.abc import AsyncGenerator
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import delete

from bot.maintenance import checkup
from bot.models import Failure, Job, JobState
from bot.storage import Connection
from bot.storage import checkup as storage
from bot.storage.tables import ledger
from tests.support.generation import Generation, generation_on
from tests.support.storage import about_a_file, database_path

DAY = 24 * 60 * 60


@pytest.fixture
async def parts(tmp_path: Path) -> AsyncGenerator[Generation]:
    async with generation_on(tmp_path) as parts:
        yield parts


async def found(parts: Generation, tmp_path: Path) -> list[tuple[str, bool]]:
    troubles, _ = await checkup.examine(parts.database, database_path(tmp_path), parts.clock)
    return [(one.subject, one.mendable) for one in troubles]


def unbook(connection: Connection, job: Job, *kinds: str) -> None:
    connection.execute(delete(ledger).where(ledger.c.job_id == job.id, ledger.c.kind.in_(kinds)))


async def done(parts: Generation, **asked: object) -> Job:
    job = await parts.accept(**asked)  # pyright: ignore[reportArgumentType]
    await parts.delivered(await parts.made(job, 1))
    return job


async def test_a_database_in_order_has_no_trouble(parts: Generation, tmp_path: Path) -> None:
    await done(parts)
    await parts.accept()
    assert await found(parts, tmp_path) == []


async def test_a_database_that_was_copied_into_another_one_is_told(parts: Generation, tmp_path: Path) -> None:
    await parts.database.write(storage.mark_moved, parts.clock.now())
    assert await found(parts, tmp_path) == [("Database", False)]


async def test_a_job_that_should_have_ended_long_ago_is_ended_and_its_credits_come_back(
    parts: Generation, tmp_path: Path
) -> None:
    stuck = await parts.accept(count=2)
    await parts.sent(stuck, 1)
    parts.clock.advance(2 * DAY + 1)
    young = await parts.accept()
    assert await found(parts, tmp_path) == [("Job", True)]
    assert await checkup.mend(parts.database, parts.clock) == 1
    ended = await parts.job(stuck)
    assert (ended.state, ended.failure) == (JobState.FAILED, Failure.UNDELIVERABLE)
    assert [task.failure for task in ended.tasks] == [Failure.INTERRUPTED, Failure.UNDELIVERABLE]
    assert [task.cost_microusd > 0 for task in ended.tasks] == [True, False]
    assert parts.booked()[-1] == ("release", 2)
    assert (await parts.job(young)).state is JobState.QUEUED
    assert await found(parts, tmp_path) == []


async def test_a_job_that_was_never_settled_is_settled_by_what_was_delivered(parts: Generation, tmp_path: Path) -> None:
    job = await done(parts, count=2)
    await parts.database.write(unbook, job, "settle", "release")
    assert await found(parts, tmp_path) == [("Ledger", True)]
    assert await checkup.mend(parts.database, parts.clock) == 1
    assert parts.booked() == [("reserve", 2), ("settle", 1), ("release", 1)]


async def test_what_nobody_can_know_is_told_and_left_alone(parts: Generation, tmp_path: Path) -> None:
    job = await done(parts, count=2)
    await parts.database.write(unbook, job, "release")
    assert await found(parts, tmp_path) == [("Ledger", False)]
    assert await checkup.mend(parts.database, parts.clock) == 0


async def test_nothing_is_mended_under_a_running_bot(parts: Generation) -> None:
    await parts.worker().recovery.begin(1)
    assert await checkup.mend(parts.database, parts.clock) is None


async def test_jobs_of_processes_that_are_gone_wait_for_a_start(parts: Generation, tmp_path: Path) -> None:
    await parts.accept()
    assert (await checkup.examine(parts.database, None, parts.clock))[1] == 1


async def test_a_full_disk_is_told(parts: Generation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=100_000_000))
    assert await found(parts, tmp_path) == [("Disk", False)]


@about_a_file
async def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    async with generation_on(tmp_path) as parts:
        for _ in range(50):
            await parts.accept()
    file = database_path(tmp_path)
    with file.open("r+b") as opened:  # a page in the middle
        opened.seek(4096 * 12)
        opened.write(b"\xff" * 4096)
    async with generation_on(tmp_path) as parts:
        assert ("Database", False) in await found(parts, tmp_path)
