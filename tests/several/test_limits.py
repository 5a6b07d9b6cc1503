"""Limits that many members share hold for all processes together, and nobody has them alone for long."""

from __future__ import annotations

import asyncio
import itertools
import random
import threading
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, replace

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.blocklist import WordList
from bot.clock import DAY_MS
from bot.errors import OutOfCredits, OverBudget, OverCeiling, Refusal
from bot.generation.service import _accept, _touched
from bot.guild_settings.rules import Rules
from bot.guild_settings.store import EffectiveRules
from bot.models import ImageRequest, Job, Member, Model, NewJob, Place, Plan, ReplyToken
from bot.storage import Connection, Database, open_database
from bot.storage.pipeline import key_number
from bot.storage.triggers import BUCKET_MS
from tests.standins.wire import Wire
from tests.support.bot import until

START = 10_000 * DAY_MS
PRICE = 40_000
GUILD = 5
OPEN = Rules(daily_credits=None, user_jobs=100, member_ceiling=10**6, server_ceiling=10**6)
"""No limit is near."""
ONE_MORE = {
    "budget": replace(OPEN, daily_budget_microusd=PRICE),
    "pool": replace(OPEN, pool_credits=1),
    "ceiling": replace(OPEN, server_ceiling=1),
}
"""Of each limit that members share there is so much left as one picture takes."""
_codes = itertools.count(1)


def asking(member: int, guild: int | None = GUILD, count: int = 1, model: Model = Model.PRO, at: int = START) -> NewJob:
    """What a member asks for."""
    number = next(_codes)
    plan = Plan(ImageRequest("a kite", model=model, count=count), 2, ("bfl",), 1)
    place = Place(1000 + (guild or 0), guild)
    reply = ReplyToken(1, "t", at, number)
    return NewJob(f"c{number}", "w", Member(member, "m"), place, plan, reply, at, PRICE, 1, number)


def unchanged(rules: Rules) -> EffectiveRules:
    """The operator's, of a server that has set none."""
    return EffectiveRules(rules, WordList(()), 0)


async def accepted(database: Database, new: NewJob, rules: Rules) -> Job | None:
    """The job; None where the limit is reached."""
    try:
        job, _ = await database.write_on(_touched(new), _accept, new, unchanged(rules))
    except (OverBudget, OutOfCredits, OverCeiling):
        return None
    return job()


@pytest.fixture
async def processes(address: str) -> AsyncGenerator[Sequence[Database]]:
    """Three processes' connections to one server."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(open_database(address)) for _ in range(3)]


def rows(address: str, query: str, *values: object) -> list[tuple[int, ...]]:
    with psycopg.connect(address, autocommit=True) as connection:
        return connection.execute(query.encode(), values).fetchall()


# Nobody has them alone while anything is still looked at or worked out


@dataclass
class Slow:
    """An acceptance that has done everything but commit, and stays there."""

    here: threading.Event
    goes_on: threading.Event

    def __call__(self, connection: Connection, new: NewJob, rules: Rules) -> tuple[Callable[[], Job], float]:
        outcome = _accept(connection, new, unchanged(rules))
        self.here.set()
        self.goes_on.wait(20)
        return outcome


@pytest.fixture
def slow() -> Slow:
    return Slow(threading.Event(), threading.Event())


@pytest.mark.parametrize("rules", [replace(OPEN, pool_credits=9, daily_budget_microusd=9 * PRICE)])
async def test_an_acceptance_holds_up_nobody_else_in_its_server_before_it_is_committed(
    processes: Sequence[Database], slow: Slow, rules: Rules
) -> None:
    one, other = asking(1), asking(2)
    late = asyncio.create_task(processes[0].write_on(_touched(one), slow, one, rules))
    await asyncio.to_thread(slow.here.wait, 20)
    assert await accepted(processes[1], other, rules)
    slow.goes_on.set()
    job, _ = await late
    assert job().code == one.code


@pytest.mark.parametrize("limit", ONE_MORE)
async def test_of_two_acceptances_that_have_both_found_room_for_one_the_later_is_refused_and_leaves_nothing(
    processes: Sequence[Database], address: str, slow: Slow, limit: str
) -> None:
    one, other = asking(1), asking(2)
    late = asyncio.create_task(processes[0].write_on(_touched(one), slow, one, ONE_MORE[limit]))
    await asyncio.to_thread(slow.here.wait, 20)
    assert await accepted(processes[1], other, ONE_MORE[limit])
    slow.goes_on.set()
    with pytest.raises(Refusal) as refusal:
        await late
    assert type(refusal.value) is {"budget": OverBudget, "pool": OutOfCredits, "ceiling": OverCeiling}[limit]
    for table in ("jobs", "tasks", "ledger", "reply_tokens"):
        assert rows(address, f"SELECT count(*) FROM {table}") == [(1,)]


async def test_an_acceptance_takes_three_trips_and_is_alone_with_the_limits_in_the_last_alone(address: str) -> None:
    rules = replace(OPEN, pool_credits=9, daily_budget_microusd=9 * PRICE)
    async with Wire(address) as wire, open_database(wire.url) as database:
        await database.write(lambda _: None)  # by a connection that is there from now on
        wire.trips.clear()
        assert await accepted(database, asking(1, count=4), rules)
        assert [trip.count(b"pg_advisory_xact_lock(") for trip in wire.trips] == [1, 0, 2]  # the member's, then the two
        assert b"COMMIT" in wire.trips[-1]


# What is read when somebody is alone with them is true


@contextmanager
def held(address: str, key: tuple[str | int, ...]) -> Generator[None]:
    """Another process is alone with a limit."""
    with psycopg.connect(address) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [key_number(key)])
        yield


@pytest.mark.parametrize(("limit", "key"), [("budget", ("budget",)), ("pool", ("pool", GUILD))])
async def test_acceptances_of_different_buckets_take_turns_as_well(
    processes: Sequence[Database], address: str, limit: str, key: tuple[str | int, ...]
) -> None:
    """Each adds to a sum of its own, so nothing but the limit's lock keeps one from overlooking the other."""
    edge = START // BUCKET_MS * BUCKET_MS

    async def waiting() -> int:
        return (await asyncio.to_thread(rows, address, "SELECT count(*) FROM pg_locks WHERE NOT granted"))[0][0]

    with held(address, key):
        both = [
            asyncio.create_task(accepted(database, asking(member, at=at), ONE_MORE[limit]))
            for database, member, at in zip(processes, (1, 2), (edge - 1, edge), strict=False)
        ]
        await until(waiting, 2)
    assert sum(job is not None for job in await asyncio.gather(*both)) == 1


ASKED = st.builds(
    asking, st.integers(1, 6), st.sampled_from([1, 2, None]), st.integers(1, 4), st.sampled_from([Model.PRO, Model.MAX])
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])  # each has a day of its own
@given(
    asked=st.lists(ASKED, min_size=2, max_size=30, unique_by=lambda one: one.code),
    budget=st.integers(0, 60),
    pool=st.integers(0, 30),
    seed=st.integers(0, 2**32),
)
def test_however_many_race_no_limit_is_passed_and_nobody_is_refused_who_has_room(
    address: str, asked: list[NewJob], budget: int, pool: int, seed: int
) -> None:
    rules = replace(OPEN, pool_credits=pool, daily_budget_microusd=budget * PRICE)
    rng = random.Random(seed)
    day = START + next(_codes) * 10 * DAY_MS
    asked = [replace(one, created_at=day + rng.randrange(2 * BUCKET_MS)) for one in asked]

    async def race() -> list[Job | None]:
        async with AsyncExitStack() as stack:
            several = [await stack.enter_async_context(open_database(address)) for _ in range(3)]
            return await asyncio.gather(*(accepted(rng.choice(several), one, rules) for one in asked))

    outcomes = asyncio.run(race())
    taken = [one for one, job in zip(asked, outcomes, strict=True) if job is not None]
    spent = sum(one.plan.request.count for one in taken)
    pooled = {guild: sum(one.plan.credits for one in taken if one.place.guild_id == guild) for guild in (1, 2)}
    assert spent <= budget
    assert all(used <= pool for used in pooled.values())
    for one, job in zip(asked, outcomes, strict=True):
        if job is None:
            over_pool = one.place.guild_id and pooled[one.place.guild_id] + one.plan.credits > pool
            assert over_pool or spent + one.plan.request.count > budget
