"""What a vendor was paid for survives a database that cannot be written: in memory, in a file, over a restart."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Generator, MutableMapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from structlog.testing import capture_logs

from bot.generation.results import PaidResults, Result
from bot.generation.steps import Ended, Running, Step
from bot.models import Failure, ImageFormat, Job, OpenTask, Picture, TaskState
from bot.providers.base import Accepted, Finished, Ticket
from bot.storage import Connection
from tests.support import photographs
from tests.support.bot import until
from tests.support.database_faults import failing, locked
from tests.support.generation import Generation, opened, working
from tests.support.scripted import ESTIMATE, Held
from tests.support.storage import database_url

LARGE = photographs.encoded(Image.frombytes("RGB", (256, 256), random.Random(1).randbytes(256 * 256 * 3)), "PNG")
"""It does not fit into what a database of few rows has left."""
MADE = Finished(data=LARGE, cost_microusd=39_000)


class Trouble:
    """What keeps the database from being written; it can be ended."""

    def __init__(self, parts: Generation, url: str) -> None:
        self._parts = parts
        self._url = url
        self._held = ExitStack()

    async def fill(self) -> None:
        """There is no room for a large picture; what is small fits."""
        if self._url.startswith("sqlite"):
            await self._parts.database.write(_limit_pages)
        else:
            self._held.enter_context(failing(self._url, "INSERT ON kept_images", "53100"))

    async def lock(self) -> None:
        """Another program holds the write lock; nobody waits for it as long as usual."""
        if self._url.startswith("sqlite"):
            await self._parts.database.write(lambda one: one.exec_driver_sql("PRAGMA busy_timeout=200"))
        self._held.enter_context(locked(self._url))

    async def end(self) -> None:
        self._held.close()
        if self._url.startswith("sqlite"):
            await self._parts.database.write(lambda one: one.exec_driver_sql("PRAGMA max_page_count=1000000"))


def _limit_pages(connection: Connection) -> None:
    pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")


@pytest.fixture
def trouble(parts: Generation, tmp_path: Path) -> Trouble:
    return Trouble(parts, database_url(tmp_path))


@contextmanager
def no_room(folder: Path) -> Generator[None]:
    """Where the files should go there is something else."""
    place = folder / "results"
    place.write_text("no folder")
    yield
    place.unlink()


async def paid(
    parts: Generation, trouble: Trouble, how: str, answer: Accepted | Finished = MADE
) -> tuple[Job, asyncio.Task[Step]]:
    """A vendor says yes, and when it has that cannot be written down any more: the job, and what becomes of it."""
    job, held = await parts.accept(providers=["a"]), Held(answer)
    parts.providers["a"].on_submit.next(held)
    saving = asyncio.create_task(parts.steps.submit(opened(job), "a", job.worker))
    await held.reached.wait()
    await (trouble.fill() if how == "full" else trouble.lock())
    held.let_go.set()
    return job, saving


async def tried(logs: Sequence[MutableMapping[str, Any]]) -> None:
    """Wait until the first try has failed."""

    async def failed() -> bool:
        return any(line["event"] == "result not written down" for line in logs)

    await until(failed, True)


async def state_of(parts: Generation, job: Job) -> tuple[TaskState, Failure | None, int]:
    task = await parts.task(job)
    return task.state, task.failure, task.cost_microusd


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "results").glob("*"))


@pytest.mark.parametrize("how", ["full", "locked"])
async def test_a_paid_picture_outlives_the_trouble_of_the_database(
    parts: Generation, trouble: Trouble, tmp_path: Path, how: str
) -> None:
    job, saving = await paid(parts, trouble, how)
    await saving
    assert files(tmp_path) == [f"{job.tasks[0].id}-picture.result"]
    assert (await parts.task(job)).state is TaskState.SUBMITTING
    await trouble.end()
    assert await parts.steps.restore(1) == [job.id]
    assert await state_of(parts, job) == (TaskState.MADE, None, 39_000)
    pending = await parts.outbox.pending(job.id)
    assert pending is not None
    assert pending.images == {1: LARGE}
    assert files(tmp_path) == []


async def test_a_paid_picture_outlives_a_kill_amid_the_trouble(parts: Generation, trouble: Trouble) -> None:
    job, saving = await paid(parts, trouble, "full")
    await saving
    await trouble.end()
    async with working(parts, parts.worker()):  # a start: what is being sent is taken for interrupted
        assert job.id in await parts.ready()
    assert await state_of(parts, job) == (TaskState.MADE, None, 39_000)


async def test_a_paid_picture_is_written_down_when_the_trouble_ends_in_time(
    parts: Generation, trouble: Trouble, tmp_path: Path
) -> None:
    job, saving = await paid(parts, trouble, "locked")
    with no_room(tmp_path), capture_logs() as logs:
        await tried(logs)
        await trouble.end()
        assert await saving == Ended(None)
    assert await state_of(parts, job) == (TaskState.MADE, None, 39_000)


async def test_a_picture_that_can_be_kept_nowhere_is_lost_and_stays_booked(
    parts: Generation, trouble: Trouble, tmp_path: Path
) -> None:
    job, saving = await paid(parts, trouble, "full")
    with no_room(tmp_path):
        assert await saving == Ended(Failure.INTERNAL)
    assert await state_of(parts, job) == (TaskState.FAILED, Failure.INTERNAL, ESTIMATE)


async def test_a_task_that_was_taken_can_be_asked_about_after_a_kill_amid_the_trouble(
    parts: Generation, trouble: Trouble
) -> None:
    job, saving = await paid(parts, trouble, "locked", Accepted(Ticket("r1"), cost_microusd=41_000))
    assert isinstance(await saving, Running)  # this process goes on asking
    await trouble.end()
    async with working(parts, parts.worker()) as work:
        await work.ended(job)
    assert await state_of(parts, job) == (TaskState.MADE, None, 41_000)
    assert [ticket.remote_id for ticket in parts.providers["a"].polls] == ["r1"]


async def test_a_stop_amid_the_trouble_leaves_a_file(parts: Generation, trouble: Trouble, tmp_path: Path) -> None:
    job, saving = await paid(parts, trouble, "locked")
    with capture_logs() as logs:
        await tried(logs)
    saving.cancel()
    await asyncio.gather(saving, return_exceptions=True)
    assert files(tmp_path) == [f"{job.tasks[0].id}-picture.result"]
    await trouble.end()


async def test_another_applications_result_is_left_to_it(parts: Generation, trouble: Trouble, tmp_path: Path) -> None:
    job, saving = await paid(parts, trouble, "full")
    await saving
    await trouble.end()
    assert await parts.steps.restore(2) == []
    assert (await parts.task(job)).state is TaskState.SUBMITTING
    assert len(files(tmp_path)) == 1


async def test_what_cannot_be_read_is_put_aside(parts: Generation, tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "7-picture.result").write_bytes(b"{}\n")
    assert await parts.steps.restore(1) == []
    assert files(tmp_path) == ["7-picture.broken"]


def made(task: OpenTask) -> Result:
    picture = Picture("", task.job_id, task.number, task.seed, 256, 256, ImageFormat.PNG, "a", len(LARGE))
    return Result(task, 39_000, picture=picture)


async def test_failing_a_file_is_no_reason_to_stop_trying(parts: Generation, tmp_path: Path) -> None:
    job = await parts.accept()
    results = PaidResults(parts.database, tmp_path / "results", pauses=(), long_pauses=(0,))
    with no_room(tmp_path):
        assert await results.save(made(opened(job)), LARGE)


async def test_a_neighbours_file_that_goes_meanwhile_is_no_obstacle(
    parts: Generation, trouble: Trouble, tmp_path: Path
) -> None:
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "gone").symlink_to("nowhere")  # listed, but not there when it is looked at
    _, saving = await paid(parts, trouble, "full")
    await saving
    assert len(list((tmp_path / "results").glob("*.result"))) == 1
