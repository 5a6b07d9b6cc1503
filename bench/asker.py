"""One process of ``bench.throughput``: accepts jobs, has a vendor that answers at once make their pictures, ends them.

Everything from the service to the outbox is the bot's own. What is left out is Discord: its place is taken by who asks
here, and by who takes each ended job from the outbox and says where it was posted.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from bot.admission.arrivals import Arrivals
from bot.admission.checks import Admission
from bot.admission.standing import Standing
from bot.audit.moderator_log import ModeratorLog
from bot.audit.operator_alerts import OperatorAlerts
from bot.clock import SystemClock
from bot.errors import CannotWrite, Refusal
from bot.generation.events import JobEvents
from bot.generation.outbox import Outbox, PostedMessage
from bot.generation.references import ReferenceImages
from bot.generation.results import PaidResults
from bot.generation.service import GenerationService
from bot.generation.steps import TaskSteps
from bot.generation.worker import Worker
from bot.guild_settings.rules import Rules
from bot.guild_settings.store import GuildSettings
from bot.media.images import ImageProcessor
from bot.models import ImageRequest, Job, Member, Model, Place, ReplyToken
from bot.observability.metrics import Metrics
from bot.providers.base import Balance, Capabilities, Finished, NotYet, TaskRequest, Ticket
from bot.storage import open_database
from tests.standins.pictures import paint

APPLICATION = 1
SERVERS, MEMBERS = 1_000, 50
BUDGET_MICROUSD, POOL = 10**12, 100_000
_VENDOR = "instant"
_PAUSE_S = 0.5
"""After a refusal."""


class InstantVendor:
    """Has every picture made when it is asked for it."""

    name = _VENDOR
    capabilities = Capabilities(
        models=frozenset(Model),
        text_tolerance=range(7),
        edit_tolerance=range(3),
        slots=dict.fromkeys(Model, 1_000),
        prices=dict.fromkeys(Model, 40_000),
    )

    def __init__(self) -> None:
        self._picture = paint("1:1", "png", 3, edge=64)

    async def submit(self, request: TaskRequest, *, timeout: float) -> Finished:  # noqa: ARG002 - as for all vendors
        return Finished(data=self._picture)

    async def poll(self, ticket: Ticket) -> NotYet | Finished:  # noqa: ARG002 - as for all vendors
        raise AssertionError("nothing of it goes on running")

    async def fetch(self, finished: Finished) -> bytes:
        return finished.data or b""

    async def balance(self) -> Balance | None:
        return None


@dataclass
class Asker:
    """The parts of a process, and what was seen of them."""

    service: GenerationService
    outbox: Outbox
    events: JobEvents
    rng: random.Random
    under_way: dict[int, asyncio.Event] = field(default_factory=dict[int, asyncio.Event])
    accepted: list[float] = field(default_factory=list[float])
    """How long each acceptance took (s)."""
    finished: int = 0
    refused: Counter[str] = field(default_factory=Counter[str])

    async def ask(self, member: Member, place: Place) -> Job | None:
        """One request; None where it was refused."""
        began = time.perf_counter()
        event = self.rng.getrandbits(62)
        reply = ReplyToken(APPLICATION, f"{event:0220x}", int(time.time() * 1000), event)
        try:
            job = (await self.service.submit(ImageRequest("a lighthouse in a storm"), member, place, reply)).job
        except (Refusal, CannotWrite) as refusal:
            self.refused[type(refusal).__name__] += 1
            return None
        finally:
            self.accepted.append(time.perf_counter() - began)
        return job

    async def whole(self) -> None:
        """A request of one of many members, to its end."""
        server = self.rng.randrange(SERVERS)
        member = Member(server * MEMBERS + self.rng.randrange(MEMBERS) + 1, "member")
        job = await self.ask(member, Place(10_000 + server, 1 + server))
        if job is None:
            await asyncio.sleep(_PAUSE_S)
        else:
            ended = self.under_way[job.id] = asyncio.Event()
            await self.service.placed(job.id, job.id, job.place.channel_id)
            self.events.ready_to_deliver.notify(job.id)  # it may have ended before it was known here
            await ended.wait()
            self.finished += 1

    async def keep_asking(self, until: float) -> None:
        while time.perf_counter() < until:
            await self.whole()

    async def post(self) -> None:
        """In the place of delivery: each ended job is posted at once."""
        signal = self.events.ready_to_deliver
        async with asyncio.TaskGroup() as group:
            while True:
                await signal.event.wait()
                for job_id in set(signal.take()) & self.under_way.keys():
                    group.create_task(self._post(job_id))

    async def _post(self, job_id: int) -> None:
        pending = await self.outbox.pending(job_id)
        if pending is not None and pending.job.message_id is not None and job_id in self.under_way:
            shown = {one.number: (job_id, f"https://cdn.example/{job_id}") for one in pending.job.pictures}
            posted = PostedMessage(job_id, pending.job.place.channel_id, shown)
            ended = self.under_way.pop(job_id)
            await self.outbox.delivered(pending.job, posted, way="token")
            ended.set()


@asynccontextmanager
async def asker(address: str, seed: int) -> AsyncGenerator[Asker]:
    """A process' parts, at work."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        database = await stack.enter_async_context(open_database(address))
        images = await stack.enter_async_context(ImageProcessor())
        clock, rng, vendor = SystemClock(), random.Random(seed), InstantVendor()
        offers = {_VENDOR: vendor.capabilities}
        events = JobEvents(OperatorAlerts(database, clock), ModeratorLog(), Metrics())
        rules = Rules(pool_credits=POOL, daily_budget_microusd=BUDGET_MICROUSD, daily_credits=None, user_jobs=100)
        settings = GuildSettings(database, rules, clock, events.moderator_log)
        standing = Standing(database, settings, clock, events.moderator_log)
        references = ReferenceImages(_no_file, _no_addresses, images, clock)
        results = PaidResults(database, folder / "results")
        steps = TaskSteps(database, {_VENDOR: vendor}, images, clock, references, results, timeout_seconds=60)
        worker = Worker(database, steps, offers, events, clock, rng, Arrivals(), timeout_seconds=60)
        admission = Admission(database, settings, standing, events.moderator_log, offers, clock, rng)
        service = GenerationService(database, admission, worker, events, offers, clock, rng, Arrivals())
        one = Asker(service, Outbox(database, standing, events, clock, worker.id), events, rng)
        await worker.recovery.begin(APPLICATION)
        parts = (worker.run(), worker.queue.run(), worker.hear(), worker.recovery.keep_lease(), one.post())
        loops = [asyncio.create_task(part) for part in parts]
        yield one
        await worker.stop(5)
        for loop in loops:
            loop.cancel()
        await asyncio.gather(*loops, return_exceptions=True)


async def _no_file(url: str) -> bytes:
    raise AssertionError(url)


async def _no_addresses(_: Any) -> list[str | None]:
    raise AssertionError


async def main(address: str, seed: int, at_once: int, seconds: float) -> None:
    """Print a line when ready, wait for one, do what it says, print what was seen."""
    quiet = structlog.make_filtering_bound_logger(logging.WARNING)
    structlog.configure(wrapper_class=quiet, logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    async with asker(address, seed) as one:
        print("ready", flush=True)
        if await asyncio.to_thread(sys.stdin.readline) == "burst\n":
            members = [Member(900_000 + seed * 1_000 + number, "member") for number in range(at_once)]
            await asyncio.gather(*(one.ask(member, Place(77, 77)) for member in members))
        else:
            until = time.perf_counter() + seconds
            await asyncio.gather(*(one.keep_asking(until) for _ in range(at_once)))
        print(json.dumps({"waits": one.accepted, "finished": one.finished, "refused": one.refused}), flush=True)
        await asyncio.to_thread(sys.stdin.readline)  # its costs are read meanwhile


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])))
