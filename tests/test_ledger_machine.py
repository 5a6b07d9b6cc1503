"""The ledger against a plain model, under random submissions, endings and jumps of the clock."""

from __future__ import annotations

import asyncio
import itertools
import tempfile
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bot import credits
from bot.clock import DAY_MS
from bot.errors import OutOfCredits
from bot.models import ImageRequest, Job, JobState, Member, Model, Place, Plan, ReplyToken, Rules
from bot.storage import Database, jobs, ledger
from bot.storage.jobs import NewJob

MEMBERS = [Member(1, "one"), Member(2, "two")]
PLACES = [Place(10, 100), Place(11, 101), Place(12)]


@dataclass
class Booked:
    """A job in the model: what it still counts."""

    job: Job
    counts: int
    open: bool = True


@dataclass
class Expected:
    """The plain model."""

    jobs: list[Booked] = field(default_factory=list)

    def used(self, member: int, guild: int | None, now: int) -> int:
        return sum(
            one.counts
            for one in self.jobs
            if one.job.member_id == member and one.job.place.guild_id == guild and one.job.created_at > now - DAY_MS
        )


class Ledger(RuleBasedStateMachine):
    """Random days of two members in two servers and a direct conversation."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        folder = self.stack.enter_context(tempfile.TemporaryDirectory())
        opening = self.stack.enter_async_context(Database.open(f"sqlite+aiosqlite:///{folder}/a.db"))
        self.database: Database = self.runner.run(opening)
        self.now, self.model, self.numbers = 1_800_000_000_000, Expected(), itertools.count()

    def teardown(self) -> None:
        self.runner.run(self.stack.aclose())
        self.runner.close()

    @rule(
        member=st.sampled_from(MEMBERS),
        place=st.sampled_from(PLACES),
        count=st.integers(1, 4),
        model=st.sampled_from(Model),
        limit=st.none() | st.integers(0, 12),
    )
    def submit(self, member: Member, place: Place, count: int, model: Model, limit: int | None) -> None:
        self.now += 1
        plan = Plan(ImageRequest("x", model, count=count), 2, ("sandbox",), 1)
        used = self.model.used(member.id, place.guild_id, self.now)
        fits = limit is None or used + plan.credits <= limit
        try:
            job = self.runner.run(self._submit(member, place, plan, Rules(daily_credits=limit, user_jobs=10_000)))
        except OutOfCredits:
            assert not fits
        else:
            assert fits
            self.model.jobs.append(Booked(job, plan.credits))

    async def _submit(self, member: Member, place: Place, plan: Plan, rules: Rules) -> Job:
        code = f"c{next(self.numbers):06d}"
        new = NewJob(code, "w", member, place, plan, ReplyToken(1, "t", self.now), self.now, 0)
        async with self.database.write() as connection:
            await credits.check(connection, member, place, plan, rules, self.now)
            job_id, _ = await jobs.add(connection, new)
            await credits.reserve(connection, job_id, member, place, plan, self.now)
        async with self.database.read() as connection:
            job = await jobs.get(connection, job_id)
        assert job is not None
        return job

    @precondition(lambda self: any(one.open for one in self.model.jobs))
    @rule(data=st.data())
    def end(self, data: st.DataObject) -> None:
        one = data.draw(st.sampled_from([each for each in self.model.jobs if each.open]))
        made = data.draw(st.integers(0, one.job.request.count))
        self.runner.run(self._end(one.job, made * one.job.request.model.credits))
        one.open, one.counts = False, made * one.job.request.model.credits

    async def _end(self, job: Job, spent: int) -> None:
        async with self.database.write() as connection:
            leaves = (JobState.QUEUED,)
            assert await jobs.finish(connection, job.id, leaves, JobState.DONE, None, self.now)
            await credits.settle(connection, job, spent, self.now)

    @rule(hours=st.integers(1, 20))
    def wait(self, hours: int) -> None:
        self.now += hours * 3_600_000

    @invariant()
    def the_books_are_right(self) -> None:
        self.runner.run(self._check())

    async def _check(self) -> Any:
        async with self.database.read() as connection:
            assert await ledger.faults(connection) == []
            for member, place in itertools.product(MEMBERS, PLACES):
                usage = await credits.usage(connection, member, place, Rules(daily_credits=None), self.now)
                used = self.model.used(member.id, place.guild_id, self.now)
                since = self.now - DAY_MS
                assert await ledger.used_since(connection, place.guild_id, member.id, since) == used
                if used:
                    assert usage.next_return_at is not None
                    assert usage.next_return_at > self.now


Ledger.TestCase.settings = settings(max_examples=15, stateful_step_count=15, deadline=None)
TestLedger = Ledger.TestCase
