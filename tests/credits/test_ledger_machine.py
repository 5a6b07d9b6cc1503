"""The ledger against a plain model: random rules, requests, endings, restarts and jumps of the clock.

What is driven is the real house on a real file, with a worker that never runs; what the worker would write of a job is
written here step by step. After every step the books must say exactly what the model says.
"""

from __future__ import annotations

import asyncio
import copy
import itertools
import random
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import text

from bot.app import App, assemble
from bot.clock import DAY_MS
from bot.config import load
from bot.credits import account
from bot.credits.account import CreditUsage
from bot.errors import NotNow, NotYours, OutOfCredits, OverBudget, OverCeiling, Refusal, TooManyJobs
from bot.generation.outbox import PostedMessage
from bot.generation.service import Receipt
from bot.guild_settings.rules import Rule
from bot.models import (
    Failure,
    ImageFormat,
    ImageRequest,
    Job,
    JobState,
    Member,
    Model,
    OpenTask,
    Picture,
    Place,
    TaskState,
)
from bot.models import ReplyToken as Token
from bot.storage import Connection, Database, erasure, jobs, ledger, open_database, pictures, tasks
from tests.support.bot import patient
from tests.support.clocks import START, StillClock
from tests.support.storage import database_url, drop_databases

T = TypeVar("T")

MINUTE_MS = 60_000
PRICES = {Model.PRO: 40_000, Model.MAX: 80_000}
MEMBERS = (1, 2, 3)
GUILDS = (100, 101)
PLACES: tuple[int | None, ...] = (*GUILDS, None)
ROLES = (7, 8, 9)
MODERATOR = 99
UNFINISHED = (TaskState.QUEUED, TaskState.SUBMITTING, TaskState.RUNNING)


class Stutter(random.Random):
    """Draws codes that are taken already, every now and then: such a transaction is void and is done again."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.drawn: list[list[Any]] = []
        self.repeated = False

    def choices(self, *args: Any, **kwargs: Any) -> list[Any]:
        self.repeated = bool(self.drawn) and not self.repeated and self.random() < 0.4
        if self.repeated:
            return self.drawn[self.randrange(len(self.drawn))]
        self.drawn.append(super().choices(*args, **kwargs))
        return self.drawn[-1]


# The plain model


@dataclass(frozen=True)
class Ask:
    """A request, or a second try of a job that failed."""

    member: int
    guild: int | None
    model: Model
    count: int
    retry_of: str | None = None

    @property
    def credits(self) -> int:
        return self.count * (2 if self.model is Model.MAX else 1)


@dataclass(frozen=True)
class Stop:
    """A click on `Cancel`."""

    member: int
    code: str


@dataclass(frozen=True)
class Said:
    """A refusal: its kind, and data that it must carry."""

    kind: type[Refusal]
    data: str = ""

    def by(self, outcome: object) -> bool:
        return type(outcome) is self.kind and self.data in str(outcome)


@dataclass
class Call:
    """One call to a provider: what it cost, or probably will."""

    cost: int
    state: TaskState = TaskState.QUEUED
    sent: bool = False
    """Whether a provider had been asked when it was cancelled."""


@dataclass
class Booked:
    """A job as the model knows it."""

    code: str
    ask: Ask
    at: int
    calls: list[Call]
    drawn: int = 0
    """What of its reservation was paid from grants."""
    state: JobState = JobState.QUEUED
    erased: bool = False

    @property
    def active(self) -> bool:
        return self.state in (JobState.QUEUED, JobState.DELIVERING)

    @property
    def made(self) -> int:
        return sum(call.state is TaskState.MADE for call in self.calls)

    @property
    def cancelled(self) -> bool:
        return any(call.state is TaskState.CANCELLED for call in self.calls)

    @property
    def counts(self) -> int:
        """Credits that it still takes from its member."""
        if self.active:
            return self.ask.credits
        spent = {JobState.DONE: self.made, JobState.CANCELLED: self.made + sum(call.sent for call in self.calls)}
        return spent.get(self.state, 0) * self.ask.credits // self.ask.count

    @property
    def beside(self) -> int:
        """What of that is paid from grants: the limit gets its part back first."""
        return min(self.drawn, self.counts)

    def look(self) -> None:
        """With no call left open it goes on to delivery."""
        if self.state is JobState.QUEUED and not any(call.state in UNFINISHED for call in self.calls):
            self.state = JobState.DELIVERING


@dataclass(frozen=True)
class Grant:
    member: int
    guild: int
    credits: int
    at: int


@dataclass
class LedgerModel:
    """The rules as plain values, and all that was ever booked."""

    daily: int = 20
    user_jobs: int = 3
    budget: int | None = None
    ceilings: tuple[int, int] = (1000, 1000)
    """The operator's: of a member everywhere, of a server."""
    own: dict[int, dict[str, Any]] = field(default_factory=lambda: {guild: {} for guild in GUILDS})
    roles: dict[int, tuple[int, ...]] = field(default_factory=lambda: dict.fromkeys(MEMBERS, ()))
    jobs: dict[str, Booked] = field(default_factory=dict)
    grants: list[Grant] = field(default_factory=list)

    def rules(self, guild: int | None) -> dict[str, Any]:
        return {} if guild is None else self.own[guild]

    def limit(self, member: int, guild: int | None) -> int | None:
        rules = self.rules(guild)
        theirs = [limit for role, limit in rules.get("role_credits", {}).items() if role in self.roles[member]]
        if theirs:
            return None if None in theirs else max(theirs)
        return rules.get("daily_credits", self.daily)

    def of(self, member: int, guild: int | None, now: int) -> list[Booked]:
        """A member's jobs that count in a place."""
        return [job for job in self.at(guild, now) if job.ask.member == member]

    def at(self, guild: int | None, now: int) -> list[Booked]:
        return [job for job in self.jobs.values() if job.ask.guild == guild and job.at > now - DAY_MS]

    def granted(self, member: int, guild: int | None, now: int) -> int:
        """What is still open of a member's grants; each job takes from the oldest that was open when it was asked."""
        theirs: list[list[Any]] = [
            [one, one.credits] for one in self.grants if (one.member, one.guild) == (member, guild)
        ]
        for job in self.jobs.values():
            wanted = job.beside if (job.ask.member, job.ask.guild) == (member, guild) else 0
            for each in theirs:
                part = min(wanted, each[1]) if each[0].at <= job.at < each[0].at + DAY_MS else 0
                each[1] -= part
                wanted -= part
        return sum(left for one, left in theirs if now < one.at + DAY_MS)

    def within(self, member: int, guild: int | None, now: int) -> int:
        """Credits that count against a member's limit."""
        return sum(job.counts - job.beside for job in self.of(member, guild, now))

    def room(self, member: int, guild: int | None, now: int) -> int:
        """What may be spent where there is a limit."""
        within = self.within(member, guild, now)
        return max(0, (self.limit(member, guild) or 0) - within) + self.granted(member, guild, now)

    def next_return(self, member: int, guild: int | None, now: int) -> tuple[int, int] | None:
        """When the next credits come back, and how many."""
        theirs = [job for job in self.of(member, guild, now) if job.counts > job.beside]
        first = min((job.at for job in theirs), default=0)
        return (first + DAY_MS, sum(job.counts - job.beside for job in theirs if job.at == first)) if theirs else None

    def known(self) -> set[tuple[int, int]]:
        """Server and member, of whomever anything is booked."""
        return {(one.guild or 0, one.member) for one in (*(job.ask for job in self.jobs.values()), *self.grants)}

    def spent(self, now: int) -> int:
        return sum(call.cost for job in self.jobs.values() if job.at > now - DAY_MS for call in job.calls)

    def refusal(self, ask: Ask, now: int) -> Said | None:
        """What must be answered to a request; None where it must be accepted."""
        tried = None if ask.retry_of is None else self.jobs[ask.retry_of]
        if tried is not None and tried.erased:  # its words are gone
            return Said(NotNow, "THINNED")
        if tried is not None and ask.member != tried.ask.member:
            return Said(NotYours)
        if sum(job.active and job.ask.member == ask.member for job in self.jobs.values()) >= self.user_jobs:
            return Said(TooManyJobs)
        return self._no_credits(ask, now) or self._over_ceiling(ask, now) or self._no_money(ask, now)

    def below(self, member: int, guild: int | None, now: int) -> list[tuple[int, int | None]]:
        """What the operator's ceilings leave a member and a server, and when the next credits come back."""
        recent = [job for job in self.jobs.values() if job.at > now - DAY_MS and job.counts]
        found = [(self.ceilings[0], [job for job in recent if job.ask.member == member])]
        if guild is not None:
            found.append((self.ceilings[1], [job for job in recent if job.ask.guild == guild]))
        return [
            (max(0, most - sum(job.counts for job in theirs)), min((job.at + DAY_MS for job in theirs), default=None))
            for most, theirs in found
        ]

    def _over_ceiling(self, ask: Ask, now: int) -> Said | None:
        for (left, back), code in zip(self.below(ask.member, ask.guild, now), ("MEMBER", "SERVER"), strict=False):
            if ask.credits > left:
                return Said(OverCeiling, f"Ceiling.{code}") if back is None else Said(OverCeiling, f"back_at={back}")
        return None

    def _no_credits(self, ask: Ask, now: int) -> Said | None:
        limit, pool = self.limit(ask.member, ask.guild), self.rules(ask.guild).get("pool_credits")
        if limit == 0:
            return Said(OutOfCredits, "left=0, limit=0, shared=False")
        room = self.room(ask.member, ask.guild, now)
        if limit is not None and ask.credits > room:
            whole = limit + self.granted(ask.member, ask.guild, now)
            return Said(OutOfCredits, f"left={room}, limit={whole}, shared=False")
        if pool == 0:
            return Said(OutOfCredits, "limit=0, shared=True")
        room = (pool or 0) - sum(job.counts for job in self.at(ask.guild, now))
        if pool is not None and ask.credits > room:
            return Said(OutOfCredits, f"left={max(0, room)}, limit={pool}, shared=True")
        return None

    def _no_money(self, ask: Ask, now: int) -> Said | None:
        if self.budget is not None and self.spent(now) + ask.count * PRICES[ask.model] > self.budget:
            return Said(OverBudget)
        if ask.retry_of is not None and any(job.ask.retry_of == ask.retry_of for job in self.jobs.values()):
            return Said(NotNow, "RETRIED")
        return None

    def accept(self, ask: Ask, code: str, now: int) -> None:
        limit = self.limit(ask.member, ask.guild)
        own = ask.credits if limit is None else max(0, limit - self.within(ask.member, ask.guild, now))
        calls = [Call(PRICES[ask.model]) for _ in range(ask.count)]
        self.jobs[code] = Booked(code, ask, now, calls, drawn=max(0, ask.credits - own))

    def cancel(self, stop: Stop) -> Said | None:
        job = self.jobs[stop.code]
        if stop.member != MODERATOR and (stop.member != job.ask.member or job.erased):
            return Said(NotYours)
        if job.state is JobState.QUEUED:
            for call in job.calls:
                if call.state in UNFINISHED:
                    call.sent = call.state is not TaskState.QUEUED
                    call.cost = call.cost if call.sent else 0
                    call.state = TaskState.CANCELLED
            job.look()
        return None if job.cancelled else Said(NotNow)

    def restart(self) -> None:
        """Calls that were being sent are given up, and may be billed."""
        for job in self.jobs.values():
            for call in job.calls:
                if job.state is JobState.QUEUED and call.state is TaskState.SUBMITTING:
                    call.state = TaskState.FAILED
            job.look()

    def after(self, deeds: Sequence[tuple[Ask | Stop, object]], now: int) -> bool:
        """Do these in this order; whether each ends as it did in truth."""
        for deed, outcome in deeds:
            # Of two clicks at once the second may be told that it is too late.
            late = len(deeds) > 1 and isinstance(deed, Stop) and self.jobs[deed.code].cancelled
            said = self.cancel(deed) if isinstance(deed, Stop) else self.refusal(deed, now)
            if said is not None:
                if not said.by(outcome):
                    return False
            elif isinstance(deed, Stop):
                if not isinstance(outcome, Job | NotNow if late else Job):
                    return False
            elif isinstance(outcome, Receipt):
                self.accept(deed, outcome.job.code, now)
            else:
                return False
        return True


# The real one


def place_of(member: int, guild: int | None) -> Place:
    return Place(1000 + member) if guild is None else Place(guild + 500, guild)


class Real:
    """The assembled bot on a file of its own, which never logs in, and a second door to its database."""

    def __init__(self, folder: Path) -> None:
        self.url = database_url(folder)
        self.clock = StillClock()
        self.rng = Stutter(1)
        self.stack = AsyncExitStack()
        self.ids: dict[str, int] = {}
        self.remote = itertools.count()
        self.app: App
        self.database: Database

    async def open(self, ledger_model: LedgerModel) -> None:
        budget = None if ledger_model.budget is None else ledger_model.budget / 1_000_000
        values = {
            "database_url": self.url,
            "discord_token": "none",
            "providers": "bfl,vtrix",
            "bfl_api_key": "none",
            "vtrix_api_key": "none",
            "daily_credits": ledger_model.daily,
            "user_jobs": ledger_model.user_jobs,
            "daily_budget_usd": 1_000_000 if budget is None else budget,
            "member_daily_credits": ledger_model.ceilings[0],
            "server_daily_credits": ledger_model.ceilings[1],
        }
        self.app = await self.stack.enter_async_context(
            assemble(load(None, **values), clock=self.clock, rng=self.rng, arrivals=patient())
        )
        self.database = await self.stack.enter_async_context(open_database(self.url))
        await self.app.worker.recovery.begin(1)

    async def close(self) -> None:
        await self.app.worker.stop(0)
        await self.app.worker.recovery.leave()
        await self.stack.aclose()

    def member(self, ledger_model: LedgerModel, member: int) -> Member:
        return Member(member, f"m{member}", ledger_model.roles.get(member, ()), moderator=member == MODERATOR)

    async def do(self, ledger_model: LedgerModel, deed: Ask | Stop) -> Receipt | Job:
        """A request or a cancel as the commands make it."""
        generation, who = self.app.client.generation, self.member(ledger_model, deed.member)
        if isinstance(deed, Stop):
            ask = ledger_model.jobs[deed.code].ask
            return await generation.cancel(deed.code, who, place_of(ask.member, ask.guild))
        place, token = place_of(deed.member, deed.guild), Token(1, "t", self.clock.now())
        if deed.retry_of is not None:
            receipt = await generation.retry(deed.retry_of, who, place, token)
        else:
            receipt = await generation.submit(ImageRequest("a kite", deed.model, count=deed.count), who, place, token)
        self.ids[receipt.job.code] = receipt.job.id
        return receipt

    async def together(
        self, ledger_model: LedgerModel, deeds: Iterable[Ask | Stop]
    ) -> list[Receipt | Job | BaseException]:
        return await asyncio.gather(*(self.do(ledger_model, deed) for deed in deeds), return_exceptions=True)

    async def send(self, code: str, index: int, cost: int | None, *, answered: bool) -> None:
        """A provider is asked for a picture, and has or has not said yes."""
        task = next(one for one in await self._open_tasks(code) if one.number == index + 1)
        assert await self.database.write(tasks.claim, task, "bfl", self.app.worker.id, self.clock.now())
        if answered:
            assert await self.database.write(tasks.accepted, task, f"r{next(self.remote)}", None, cost)

    async def end(self, code: str, index: int, failure: Failure | None, cost: int | None) -> None:
        """A picture is made, or is not."""

        def end(connection: Connection) -> None:
            job = jobs.get(connection, self.ids[code])
            assert job is not None
            task = job.tasks[index]
            assert tasks.end(connection, task.id, job.id, failure=failure, cost=cost)
            if failure is None:
                one = Picture("", job.id, task.number, task.seed, 8, 8, ImageFormat.JPEG, "bfl", 1)
                pictures.keep(connection, task.id, one, b"x")

        await self.database.write(end)

    async def moderate(self, code: str, index: int) -> None:
        """A provider refuses the content: nobody else is asked."""

        def moderate(connection: Connection) -> None:
            job = jobs.get(connection, self.ids[code])
            assert job is not None
            task_id, why = job.tasks[index].id, Failure.MODERATED
            assert tasks.end(connection, task_id, job.id, failure=why, cost=0)
            tasks.fail_queued(connection, job.id, why)

        await self.database.write(moderate)

    async def deliver(self, code: str, *, reached: bool) -> None:
        """Its message is edited, or cannot be; it is said twice at once, and must be booked once."""
        outbox = self.app.outbox
        pending = await outbox.pending(self.ids[code])
        assert pending is not None
        job = pending.job
        if reached:
            posted = PostedMessage(job.id, job.place.channel_id, {})
            ends = [outbox.delivered(job, posted, way="token") for _ in range(2)]
        else:
            ends = [outbox.undeliverable(job) for _ in range(2)]
        await asyncio.gather(*ends)

    async def _open_tasks(self, code: str) -> list[OpenTask]:
        mine = [self.app.worker.id]
        found = await self.database.read(tasks.queued, mine) + await self.database.read(tasks.active, mine)
        return [one for one in found if one.job_id == self.ids[code] and one.state is not TaskState.CANCELLED]

    async def check(self, ledger_model: LedgerModel) -> None:
        """The books say what the model says."""
        now = self.clock.now()
        rules = {guild: await self.app.client.guild_settings.of(guild) for guild in PLACES}

        def check(connection: Connection) -> None:
            assert ledger.faults(connection) == []
            assert tasks.spend_since(connection, now - DAY_MS) == ledger_model.spent(now)
            self._check_states(connection, ledger_model)
            known = ledger_model.known() | {(guild or 0, erasure.NOBODY) for guild in PLACES}
            booked = connection.execute(text("SELECT DISTINCT guild_id, member_id FROM ledger WHERE kind <> 'settle'"))
            assert {tuple(row) for row in booked} <= known
            for guild in PLACES:
                for member in MEMBERS:
                    if (guild or 0, member) not in known and member != MEMBERS[0]:
                        continue  # nothing was ever booked for them: one such is as good as another
                    who, place = self.member(ledger_model, member), place_of(member, guild)
                    usage = account.usage(connection, who, place, rules[guild], now)
                    compare(usage, ledger_model, member, guild, now)

        await self.database.read(check)

    def _check_states(self, connection: Connection, ledger_model: LedgerModel) -> None:
        for job in jobs.several(connection, self.ids.values()):
            expected = ledger_model.jobs[job.code].state
            assert job.state is expected or (expected is JobState.QUEUED and job.state in UNFINISHED_JOBS)

    async def check_limits(self, ledger_model: LedgerModel, job: Booked) -> None:
        """Right after a request was accepted nobody is above anything."""
        member, guild, now = job.ask.member, job.ask.guild, self.clock.now()
        usage = await self.app.client.credits.usage(self.member(ledger_model, member), place_of(member, guild))
        if usage.limit.credits is not None and job.drawn < job.ask.credits:
            assert ledger_model.within(member, guild, now) <= usage.limit.credits
        if usage.pool is not None:
            assert usage.pool_used <= usage.pool
        if ledger_model.budget is not None:
            spent = await self.database.read(tasks.spend_since, self.clock.now() - DAY_MS)
            assert spent <= ledger_model.budget


UNFINISHED_JOBS = (JobState.QUEUED, JobState.SUBMITTING, JobState.RUNNING)


def compare(usage: CreditUsage, ledger_model: LedgerModel, member: int, guild: int | None, now: int) -> None:
    """What a member is told of their credits is what the model says."""
    theirs, limit = ledger_model.of(member, guild, now), ledger_model.limit(member, guild)
    pool = ledger_model.rules(guild).get("pool_credits")
    back = ledger_model.next_return(member, guild, now)
    assert usage.limit.credits == limit
    assert [(one.left, one.back_at) for one in usage.ceilings] == ledger_model.below(member, guild, now)
    assert usage.granted == ledger_model.granted(member, guild, now)
    assert (usage.next_return_at, usage.next_return) == (back or (None, 0))
    assert usage.pool == pool
    assert usage.pool_used == (0 if pool is None else sum(job.counts for job in ledger_model.at(guild, now)))
    assert usage.left == (None if limit is None else 0 if limit == 0 else ledger_model.room(member, guild, now))
    assert usage.reserved == sum(job.counts for job in theirs if job.active)
    assert usage.used == sum(job.counts for job in theirs if not job.active)


limits = st.none() | st.integers(0, 3) | st.integers(0, 12)
guilds = st.sampled_from([GUILDS[0], *GUILDS])
members = st.sampled_from(MEMBERS)
asks = st.builds(Ask, members, st.sampled_from([GUILDS[0], *PLACES]), st.sampled_from(Model), st.integers(1, 4))
costs = st.none() | st.sampled_from([0, 25_000, 90_000])
RULES: dict[str, st.SearchStrategy[Any]] = {
    "daily_credits": limits,
    "pool_credits": st.none() | st.integers(0, 15),
    "role_credits": st.dictionaries(st.sampled_from(ROLES), limits, max_size=3),
}
OF_FIELD = {"daily_credits": Rule.QUOTA, "pool_credits": Rule.SERVER_QUOTA, "role_credits": Rule.ROLE_QUOTA}
several_roles = st.lists(st.sampled_from(ROLES), unique=True).map(tuple)


@dataclass(frozen=True)
class Push:
    """How a job goes on: which one, and by how much."""

    pick: int
    how: str
    made: int
    cost: int | None
    answered: bool
    reached: bool | None


picks = st.integers(0, 1000)
pushes = st.builds(
    Push,
    picks,
    st.sampled_from(["make", "make", "moderate", "send"]),
    st.integers(0, 4),
    costs,
    st.booleans(),
    st.sampled_from([True, True, False, None]),
)


@dataclass(frozen=True)
class Flurry:
    """Requests at the same time, one of them perhaps several times; and what becomes of some jobs then."""

    ask: Ask
    times: int
    others: list[Ask]
    then: list[Push]


flurries = st.builds(Flurry, asks, st.integers(1, 4), st.lists(asks, max_size=2), st.lists(pushes, max_size=2))


class Ledger(RuleBasedStateMachine):
    """Random days of three members in two servers and in direct messages.

    Few rules that do much: those that are left out of a run must not take all the others' work away. What is drawn
    never depends on what came of it, because of several requests at once it is chance which is accepted.
    """

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.ledger_model = LedgerModel()
        self.real = Real(Path(self.folder.name))

    def run(self, work: Awaitable[T]) -> T:
        async def whole() -> T:
            return await work

        return self.runner.run(whole())

    @initialize(
        daily=st.sampled_from([2, 6, 20]),
        user_jobs=st.sampled_from([2, 100]),
        budget=st.sampled_from([None, 400_000, 1_000_000]),
        ceilings=st.sampled_from([(1000, 1000), (8, 12), (6, 1000)]),
        rules=st.fixed_dictionaries({}, optional=RULES),
        roles=several_roles,
    )
    def begin(
        self,
        daily: int,
        user_jobs: int,
        budget: int | None,
        ceilings: tuple[int, int],
        rules: dict[str, Any],
        roles: tuple[int, ...],
    ) -> None:
        self.ledger_model.ceilings = ceilings
        self.ledger_model.daily, self.ledger_model.user_jobs, self.ledger_model.budget = daily, user_jobs, budget
        self.run(self.real.open(self.ledger_model))
        self.ledger_model.roles[MEMBERS[0]] = roles
        if rules:
            self.change(GUILDS[0], rules)

    def teardown(self) -> None:
        if hasattr(self.real, "app"):
            self.run(self.real.close())
        self.runner.close()
        self.folder.cleanup()
        drop_databases()

    @invariant()
    def the_books_are_right(self) -> None:
        self.run(self.real.check(self.ledger_model))

    # The operator and the moderators

    @rule(
        daily=st.sampled_from([0, 2, 6, 20]),
        user_jobs=st.sampled_from([1, 3, 100]),
        budget=st.sampled_from([None, 0, 400_000, 1_000_000]),
    )
    def restart(self, daily: int, user_jobs: int, budget: int | None) -> None:
        self.run(self.real.close())
        self.ledger_model.restart()
        self.ledger_model.daily, self.ledger_model.user_jobs, self.ledger_model.budget = daily, user_jobs, budget
        self.run(self.real.open(self.ledger_model))

    @rule(guild=guilds, values=st.one_of(st.fixed_dictionaries({name: RULES[name]}) for name in RULES))
    def set_rule(self, guild: int, values: dict[str, Any]) -> None:
        self.change(guild, values)

    @rule(guild=guilds, name=st.sampled_from(list(RULES)))
    def take_back_rule(self, guild: int, name: str) -> None:
        self.run(self.real.app.client.guild_settings.reset(guild, MODERATOR, OF_FIELD[name]))
        self.ledger_model.own[guild].pop(name, None)

    def change(self, guild: int, values: dict[str, Any]) -> None:
        self.run(self.real.app.client.guild_settings.change(guild, MODERATOR, lambda _: values))
        self.ledger_model.own[guild].update(values)

    @rule(guild=guilds, member=members, amount=st.integers(1, 12), roles=several_roles)
    def favour(self, guild: int, member: int, amount: int, roles: tuple[int, ...]) -> None:
        """A member gets credits, and other roles."""
        self.run(self.real.app.client.moderation.grant(guild, MODERATOR, member, amount, ""))
        self.ledger_model.grants.append(Grant(member, guild, amount, self.real.clock.now()))
        self.ledger_model.roles[member] = roles

    # The members

    @rule(flurry=flurries)
    def ask(self, flurry: Flurry) -> None:
        self.at_once([flurry.ask] * flurry.times + flurry.others[: 4 - flurry.times])
        self.work(flurry.then)

    @rule(
        pick=picks,
        retry=st.sampled_from([True, True, False]),
        by=st.sampled_from(["them", *MEMBERS]),
        others=st.lists(asks, max_size=2),
        times=st.integers(1, 2),
    )
    def click(self, pick: int, retry: bool, by: str | int, others: list[Ask], times: int) -> None:
        """`Retry` or `Cancel`: perhaps twice, perhaps while others ask."""
        failed = [job for job in self.ledger_model.jobs.values() if retry and job.state is JobState.FAILED]
        found = failed or list(self.ledger_model.jobs.values())
        if found:
            job = found[pick % len(found)]
            member = by if isinstance(by, int) and job.ask.guild is not None else job.ask.member
            deed: Ask | Stop = Stop(MODERATOR if pick % 4 == 0 else member, job.code)
            if failed:
                deed = Ask(member, job.ask.guild, job.ask.model, job.ask.count, job.code)
            self.at_once([deed] * times + others)

    @rule(member=members)
    def vanish(self, member: int) -> None:
        theirs = [job for job in self.ledger_model.jobs.values() if job.ask.member == member]
        try:
            self.run(self.real.app.client.privacy.erase(member))
        except NotNow:
            assert any(job.active for job in theirs)
        else:
            assert not any(job.active for job in theirs)
            for job in theirs:
                job.erased = True

    def at_once(self, deeds: Sequence[Ask | Stop]) -> None:
        """All at the same time: what comes of it must be what some order of them would give."""
        now = self.real.clock.now()
        outcomes = self.run(self.real.together(self.ledger_model, deeds))
        note(f"{outcomes}")
        for order in itertools.permutations(zip(deeds, outcomes, strict=True)):
            accepted = [outcome.job.id for _, outcome in order if isinstance(outcome, Receipt)]
            trial = copy.deepcopy(self.ledger_model)
            if accepted == sorted(accepted) and trial.after(order, now):
                self.ledger_model = trial
                break
        else:
            raise AssertionError(f"no order of {deeds} explains {outcomes}")
        for deed, outcome in zip(deeds, outcomes, strict=True):
            if isinstance(outcome, Receipt) and isinstance(deed, Ask):
                self.run(self.real.check_limits(self.ledger_model, self.ledger_model.jobs[outcome.job.code]))

    # The providers and Discord

    @rule(pushes=st.lists(pushes, min_size=1, max_size=3))
    def work(self, pushes: list[Push]) -> None:
        for push in pushes:
            theirs = [job for job in self.ledger_model.jobs.values() if job.active]
            if theirs:
                self.go_on(theirs[push.pick % len(theirs)], push)
                self.the_books_are_right()

    def go_on(self, job: Booked, push: Push) -> None:
        numbers = [number for number, call in enumerate(job.calls) if call.state in UNFINISHED]
        if not numbers:
            self.hand_over(job, push.reached is not False)
            return
        if push.how == "send":
            self.send(job, numbers[-1], push.cost, push.answered)
        elif push.how == "moderate":
            self.moderate(job, numbers[-1])
        else:
            self.make(job, numbers, push.cost, push.made)
        if job.state is JobState.DELIVERING and push.reached is not None:
            self.hand_over(job, push.reached)

    def send(self, job: Booked, number: int, cost: int | None, answered: bool) -> None:
        call = job.calls[number]
        if call.state is TaskState.QUEUED:
            self.run(self.real.send(job.code, number, cost, answered=answered))
            call.state = TaskState.RUNNING if answered else TaskState.SUBMITTING
            call.cost = cost if answered and cost is not None else call.cost

    def make(self, job: Booked, numbers: list[int], cost: int | None, made: int) -> None:
        for at, number in enumerate(numbers):
            self.run(self.real.end(job.code, number, None if at < made else Failure.TIMED_OUT, cost))
            call = job.calls[number]
            call.state = TaskState.MADE if at < made else TaskState.FAILED
            call.cost = call.cost if cost is None else cost
        job.look()

    def moderate(self, job: Booked, number: int) -> None:
        self.run(self.real.moderate(job.code, number))
        for at, call in enumerate(job.calls):
            if at == number or call.state is TaskState.QUEUED:
                call.state, call.cost = TaskState.FAILED, 0
        job.look()

    def hand_over(self, job: Booked, reached: bool) -> None:
        self.run(self.real.deliver(job.code, reached=reached))
        state = JobState.DONE if reached and job.made else JobState.FAILED
        job.state = JobState.CANCELLED if job.cancelled else state

    # The clock

    @rule(minutes=st.integers(1, 30 * 60))
    def wait(self, minutes: int) -> None:
        self.real.clock.time += minutes * MINUTE_MS

    @rule(pick=picks, off=st.integers(-1, 1))
    def wait_to_the_edge(self, pick: int, off: int) -> None:
        """Exactly until something leaves the window, or a moment before or after."""
        now = self.real.clock.now()
        booked = {one.at + DAY_MS for one in (*self.ledger_model.jobs.values(), *self.ledger_model.grants)}
        edges = sorted(at for at in booked if at >= now)
        if edges:
            self.real.clock.time = max(now, edges[pick % len(edges)] + off)


Ledger.TestCase.settings = settings(
    max_examples=22,
    stateful_step_count=30,
    deadline=None,
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.too_slow],
)
TestLedger = Ledger.TestCase


# What the machine found, and what it cannot see


@pytest.fixture
async def real(tmp_path: Path) -> AsyncGenerator[Real]:
    found = Real(tmp_path)
    await found.open(LedgerModel(daily=6))
    yield found
    await found.close()


ONE, OTHER = Ask(1, 100, Model.PRO, 4), Ask(2, 100, Model.PRO, 4)


async def asked(real: Real, ask: Ask) -> str:
    """A request that is accepted; gives its job's code."""
    receipt = await real.do(LedgerModel(), ask)
    assert isinstance(receipt, Receipt)
    return receipt.job.code


async def refused(real: Real, ask: Ask) -> OutOfCredits:
    """Why a request is not accepted."""
    with pytest.raises(OutOfCredits) as caught:
        await real.do(LedgerModel(), ask)
    return caught.value


async def test_of_two_clicks_on_retry_at_once_one_counts(real: Real) -> None:
    code = await asked(real, ONE)
    for number in range(4):
        await real.end(code, number, Failure.TIMED_OUT, None)
    await real.deliver(code, reached=True)
    again = Ask(1, 100, Model.PRO, 1, code)
    kinds = [type(one) for one in await real.together(LedgerModel(), [again, replace(again, member=MODERATOR)])]
    assert sorted(kind.__name__ for kind in kinds) == ["NotNow", "Receipt"]


async def test_a_budget_counts_every_picture_of_a_request(tmp_path: Path) -> None:
    real = Real(tmp_path)
    await real.open(LedgerModel(budget=3 * PRICES[Model.PRO]))
    with pytest.raises(OverBudget):
        await real.do(LedgerModel(), ONE)
    await asked(real, replace(ONE, count=3))
    await real.close()


async def test_a_grant_and_what_is_used_count_for_a_day_to_the_millisecond(real: Real) -> None:
    await real.app.client.moderation.grant(100, MODERATOR, 1, 2, "")
    await asked(real, ONE)
    for left_over, granted, left in ((1, 2, 4), (0, 0, 6)):
        real.clock.time = START + DAY_MS - left_over
        usage = await real.app.client.credits.usage(Member(1, "m"), place_of(1, 100))
        assert (usage.granted, usage.next_return, usage.left) == (granted, 4 if left_over else 0, left)


async def test_a_request_that_waits_for_more_than_a_day_no_longer_counts(real: Real) -> None:
    await asked(real, ONE)
    real.clock.time += DAY_MS
    usage = await real.app.client.credits.usage(Member(1, "m"), place_of(1, 100))
    assert (usage.used, usage.reserved, usage.left) == (0, 0, 6)


async def test_what_is_used_is_not_hidden_by_a_request_that_waits_for_more_than_a_day(real: Real) -> None:
    await asked(real, ONE)
    real.clock.time += DAY_MS
    code = await asked(real, ONE)
    for number in range(4):
        await real.end(code, number, None, None)
    await real.deliver(code, reached=True)
    usage = await real.app.client.credits.usage(Member(1, "m"), place_of(1, 100))
    assert (usage.used, usage.reserved, usage.left) == (4, 0, 2)


async def test_a_full_pool_names_the_time_when_something_comes_back(real: Real) -> None:
    await real.app.client.guild_settings.change(100, MODERATOR, lambda _: {"pool_credits": 4})
    code = await asked(real, ONE)
    await real.app.client.generation.cancel(code, Member(1, "m"), place_of(1, 100))
    await real.deliver(code, reached=True)
    real.clock.time += 60 * MINUTE_MS
    await asked(real, ONE)
    assert (await refused(real, OTHER)).back_at == real.clock.time + DAY_MS


async def test_a_refusal_counts_what_was_granted_in_the_whole(real: Real) -> None:
    await real.app.client.moderation.grant(100, MODERATOR, 1, 1, "")
    await asked(real, Ask(1, 100, Model.PRO, 1))
    refusal = await refused(real, Ask(1, 100, Model.MAX, 4))
    assert (refusal.left, refusal.limit) == (6, 7)


async def test_a_request_that_a_grant_has_room_for_is_told_when_to_come_back(real: Real) -> None:
    await real.app.client.moderation.grant(100, MODERATOR, 1, 2, "")
    await asked(real, ONE)
    assert (await refused(real, Ask(1, 100, Model.MAX, 4))).back_at == real.clock.time + DAY_MS


@pytest.mark.parametrize(("made", "granted", "left"), [(4, 2, 2), (3, 2, 3), (2, 2, 4), (1, 3, 5), (0, 4, 6)])
async def test_what_is_not_made_goes_back_to_the_limit_first_and_then_to_the_grant(
    real: Real, made: int, granted: int, left: int
) -> None:
    """Four credits of a limit of six are gone: of the next four the limit pays two, the grant two."""
    await real.app.client.moderation.grant(100, MODERATOR, 1, 4, "")
    await asked(real, ONE)
    code = await asked(real, ONE)
    for number in range(4):
        await real.end(code, number, None if number < made else Failure.TIMED_OUT, None)
    await real.deliver(code, reached=True)
    usage = await real.app.client.credits.usage(Member(1, "m"), place_of(1, 100))
    assert (usage.granted, usage.left) == (granted, left)


async def test_a_lowered_limit_takes_nothing_from_a_grant(real: Real) -> None:
    await asked(real, ONE)
    await real.app.client.guild_settings.change(100, MODERATOR, lambda _: {"daily_credits": 1})
    await real.app.client.moderation.grant(100, MODERATOR, 1, 4, "")
    await asked(real, ONE)
    usage = await real.app.client.credits.usage(Member(1, "m"), place_of(1, 100))
    assert (usage.granted, usage.left) == (0, 0)


async def test_what_was_drawn_from_an_old_grant_is_never_taken_from_a_younger_one(real: Real) -> None:
    ledger_model, hour = LedgerModel(daily=6), 60 * MINUTE_MS
    await real.app.client.guild_settings.change(100, MODERATOR, lambda _: {"daily_credits": 1})
    for granted_at, asked_at in ((0, 23), (20, 43)):
        real.clock.time = max(real.clock.time, START + granted_at * hour)
        await real.app.client.moderation.grant(100, MODERATOR, 1, 4, "")
        real.clock.time = START + asked_at * hour
        await real.do(ledger_model, ONE)
    await real.app.client.moderation.grant(100, MODERATOR, 1, 4, "")
    real.clock.time = START + 49 * hour
    usage = await real.app.client.credits.usage(Member(1, "m"), place_of(1, 100))
    assert (usage.granted, usage.left) == (4, 5)
