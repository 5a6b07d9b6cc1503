"""The parts that make pictures, on a real database and a clock that a test moves; no Discord, and no vendor."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.admission.arrivals import Arrivals
from bot.admission.standing import Standing
from bot.audit.moderator_log import ModeratorLog
from bot.audit.operator_alerts import OperatorAlerts
from bot.credits import account
from bot.errors import SourceGone
from bot.generation.events import JobEvents
from bot.generation.outbox import Outbox, PostedMessage
from bot.generation.references import ReferenceImages
from bot.generation.results import PaidResults
from bot.generation.steps import TaskSteps
from bot.generation.worker import Worker
from bot.guild_settings.rules import Rules
from bot.guild_settings.store import GuildSettings
from bot.media.images import ImageProcessor
from bot.models import (
    Failure,
    ImageFormat,
    ImageRequest,
    Job,
    Member,
    NewJob,
    OpenTask,
    Picture,
    Place,
    Plan,
    Reference,
    ReplyToken,
    Task,
)
from bot.observability.metrics import Metrics
from bot.providers.base import Webhook
from bot.storage import Connection, Database, jobs, ledger, pictures, tasks
from tests.support.clocks import StillClock
from tests.support.rows import Rows
from tests.support.scripted import ESTIMATE, PATIENCE, PICTURE, ScriptedProvider
from tests.support.storage import database_in, database_url

ALICE, BOB = Member(7, "alice"), Member(8, "bob")
PLACE = Place(200, 100)
APPLICATION = 1
"""Whose jobs these are."""
TIMEOUT = 60.0
"""Seconds that a picture is waited for."""
WEBHOOK = Webhook("https://bot.example/webhooks/bfl", "a secret")


class Files:
    """Discord's file store, as far as references need it."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes | Exception] = {}
        self.fetched: list[str] = []
        self.open = asyncio.Event()
        """Nothing is handed out while this is not set."""
        self.open.set()
        self.asked = asyncio.Event()

    async def fetch(self, url: str) -> bytes:
        self.fetched.append(url)
        self.asked.set()
        await self.open.wait()
        found = self.kept.get(url, SourceGone("not there"))
        if isinstance(found, Exception):
            raise found
        return found

    async def refresh(self, references: Sequence[Reference]) -> list[str | None]:
        """No message can be read."""
        return [None] * len(references)


@dataclass
class Generation:
    """What works on jobs, and what a test asks of it."""

    database: Database
    rows: Rows
    clock: StillClock
    processor: ImageProcessor
    providers: dict[str, ScriptedProvider]
    files: Files
    events: JobEvents
    steps: TaskSteps
    outbox: Outbox
    arrivals: Arrivals = field(init=False)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.arrivals = Arrivals(lambda: self.clock.monotonic() / 1000)

    def worker(self, *names: str) -> Worker:
        """A worker that knows these providers, or all."""
        offers = {name: self.providers[name].capabilities for name in names or self.providers}
        rng = random.Random(next(self._numbers))
        parts = self.database, self.steps, offers, self.events, self.clock, rng, self.arrivals
        return Worker(*parts, timeout_seconds=TIMEOUT)

    async def accept(
        self,
        request: ImageRequest | None = None,
        *,
        member: Member = ALICE,
        place: Place = PLACE,
        providers: Sequence[str] | None = None,
        worker: str = "gone",
        reply: ReplyToken | None = None,
        application_id: int = APPLICATION,
        event_id: int | None = None,
        **asked: Any,
    ) -> Job:
        """A job that was just accepted, its credits reserved; ``asked`` are a request's fields. Seeds tell jobs apart:
        the first has 100 and on, the second 200 and on.
        """
        number = next(self._numbers)
        request = request or ImageRequest("a red kite", **asked)
        plan = Plan(request, 2, tuple(providers or self.providers), 100 * number)
        code = "".join("23456789"[int(digit)] for digit in f"{number:05o}")
        owner = application_id if reply is None else reply.application_id
        new = NewJob(code, worker, member, place, plan, reply, self.clock.now(), ESTIMATE, owner, event_id)
        return await self.database.write(_accept, new)

    async def give(self, worker: Worker, **what: Any) -> Job:
        """A job that was just accepted, given to a worker."""
        job = await self.accept(worker=worker.id, **what)
        worker.enqueue(job)
        return job

    async def job(self, job: Job) -> Job:
        """A job as it stands now."""
        found = await self.database.read(jobs.get, job.id)
        assert found is not None
        return found

    async def task(self, job: Job, number: int = 1) -> Task:
        """A task as it stands now."""
        return (await self.job(job)).tasks[number - 1]

    async def sent(self, job: Job, number: int = 1, provider: str = "a", worker: str = "") -> None:
        """A provider is asked for a picture, and nobody knows more."""
        by = worker or job.worker
        await self.database.write(tasks.claim, opened(job, number), provider, by, self.clock.now())

    async def taken(
        self, job: Job, number: int = 1, provider: str = "a", remote_id: str = "", worker: str = ""
    ) -> None:
        """A provider has taken a task, from another ``worker`` than its job's where one is named."""
        await self.sent(job, number, provider, worker)
        remote_id = remote_id or f"{provider}-{job.code}-{number}"
        await self.database.write(tasks.accepted, opened(job, number), remote_id, None, None)

    async def made(self, job: Job, *numbers: int, data: bytes = PICTURE) -> Job:
        """These pictures of a job are made, the others failed: it waits for its delivery."""
        return await self.database.write(_made, job, numbers, data)

    async def delivered(self, job: Job) -> None:
        """A job's message was edited."""
        await self.outbox.delivered(job, PostedMessage(job.id, job.place.channel_id, {}), way="token")

    async def cancel(self, job: Job) -> None:
        """A member cancels: what the rows then say."""
        await self.database.write(_cancel, job)

    async def ready(self) -> list[int]:
        """Wait until delivery is told of jobs; gives their ids."""
        async with asyncio.timeout(PATIENCE):
            await self.events.ready_to_deliver.event.wait()
        return self.events.ready_to_deliver.take()

    def booked(self) -> list[tuple[str, int]]:
        """The ledger: kinds and credits, oldest first."""
        return [(kind, credits) for kind, credits in self.rows.ask("SELECT kind, credits FROM ledger ORDER BY id")]

    async def faults(self) -> list[str]:
        """What does not add up; empty when the ledger is exact."""
        return await self.database.read(ledger.faults)


@asynccontextmanager
async def generation_on(folder: Path, *providers: ScriptedProvider) -> AsyncGenerator[Generation]:
    """The parts on a database of their own, with these providers, or with two called a and b."""
    known = {one.name: one for one in providers or (ScriptedProvider("a"), ScriptedProvider("b"))}
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(database_in(folder))
        processor = await stack.enter_async_context(ImageProcessor())
        clock, files = StillClock(), Files()
        events = JobEvents(OperatorAlerts(database, clock), ModeratorLog(), Metrics())
        references = ReferenceImages(files.fetch, files.refresh, processor, clock)
        results = PaidResults(database, folder / "results", pauses=(0, 0), long_pauses=(0, 0))
        steps = TaskSteps(
            database, known, processor, clock, references, results, timeout_seconds=TIMEOUT, webhook=WEBHOOK
        )
        guild_settings = GuildSettings(database, Rules(), clock, events.moderator_log)
        standing = Standing(database, guild_settings, clock, events.moderator_log)
        outbox = Outbox(database, standing, events, clock, "gone")
        yield Generation(database, Rows(database_url(folder)), clock, processor, known, files, events, steps, outbox)


@dataclass
class Working:
    """A worker at work."""

    parts: Generation
    worker: Worker
    loops: Sequence[asyncio.Task[None]]
    """What goes on as long as the worker does."""

    async def at_rest(self) -> None:
        """Wait until only time, or a test, can change anything: every step that was begun has ended."""
        async with asyncio.timeout(PATIENCE):
            while True:
                await self.parts.clock.asleep(len(self.loops))
                steps = asyncio.all_tasks() - {asyncio.current_task(), *self.loops}
                if not steps:
                    return
                await asyncio.wait(steps)

    async def ended(self, *jobs: Job) -> None:
        """Wait until delivery was told that all of these jobs has ended; time goes on whenever nothing else does."""
        left = {job.id for job in jobs}
        async with asyncio.timeout(20):  # a loop that goes on without coming further
            while left:
                await self.at_rest()
                told = set(self.parts.events.ready_to_deliver.take())
                left -= {one for one in told if self.parts.rows.count("jobs", f"id={one} AND state='delivering'")}
                if left:
                    assert self.parts.clock.due is not None
                    self.parts.clock.time = self.parts.clock.due


@asynccontextmanager
async def working(parts: Generation, worker: Worker) -> AsyncGenerator[Working]:
    """A worker at work; leaving cuts off what is under way."""
    await worker.recovery.begin(APPLICATION)
    parts_of_it = [worker.run(), worker.recovery.keep_lease(), *([worker.queue.run()] if parts.database.shared else [])]
    loops = [asyncio.create_task(one) for one in parts_of_it]
    try:
        yield Working(parts, worker, loops)
    finally:
        await worker.stop(0)
        await loops[0]
        for loop in loops:
            loop.cancel()


def opened(job: Job, number: int = 1) -> OpenTask:
    """A task of a job that was just accepted, as the queue holds it."""
    return OpenTask.of(job, job.tasks[number - 1])


def _accept(connection: Connection, new: NewJob) -> Job:
    job = jobs.add(connection, new)
    account.reserve(connection, job.id, new.member, new.place, new.plan, 0, new.created_at)
    return job


def _made(connection: Connection, job: Job, numbers: Sequence[int], data: bytes) -> Job:
    for task in job.tasks:
        failure = None if task.number in numbers else Failure.NOT_MADE
        tasks.end(connection, task.id, job.id, failure=failure)
        if failure is None:
            picture = Picture("", job.id, task.number, task.seed, 64, 48, ImageFormat.PNG, "a", len(data))
            pictures.keep(connection, task.id, picture, data)
    found = jobs.get(connection, job.id)
    assert found is not None
    return found


def _cancel(connection: Connection, job: Job) -> None:
    assert tasks.cancel(connection, job.id)
    pictures.forget_all(connection, job.id)
