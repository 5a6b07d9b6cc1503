"""What a million jobs cost: every statement that runs often, an erasure, thinning, and bytes on the disk."""

from __future__ import annotations

import gc
import random
import statistics
import tempfile
from collections import deque
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

from sqlalchemy import func, select

from bench import grown
from bench.grown import APPLICATION, FRESH_DAYS, NOW, WORKER, Grown
from bench.lives import STEPS, Life
from bench.rows.row import Row
from bot.clock import DAY_MS, SystemClock, WakeSignal
from bot.maintenance.retention import Retention
from bot.models import Member
from bot.privacy.service import PrivacyService
from bot.storage import (
    Connection,
    Database,
    checkup,
    erasure,
    jobs,
    ledger,
    lineage,
    open_database,
    tables,
    tasks,
    workers,
)

MILLION, SMALL = 1_000_000, 1_000
LIVES = 10_000
_TIMES, _WARM = 150, 20
_OPEN_AT_ONCE = 20
"""Jobs that are under way at the same time, as in a busy minute: rows shrink when others stand behind them already."""
_MIB = 1024 * 1024
_Unit = Callable[[Connection], Any]


class _At(SystemClock):
    """A wall clock that stands still."""

    def __init__(self, now: int) -> None:
        self._now = now

    def now(self) -> int:
        return self._now


async def growth(count: int = MILLION, lives: int = LIVES, times: int = _TIMES) -> list[Row]:
    """Build both databases, and measure them against each other."""
    with tempfile.TemporaryDirectory() as folder:
        paths = Path(folder) / "small.db", Path(folder) / "large.db"
        small, large = grown.build(paths[0], min(SMALL, count)), grown.build(paths[1], count)
        rows = await hot(paths[0], small, paths[1], large, times)
        rows += await erasures(paths[1], large)
        rows += await thinning(paths[1], large)
        rows += [await size(Path(folder), lives, single=single) for single in (True, False)]
    return rows


async def hot(small_path: Path, small: Grown, large_path: Path, large: Grown, times: int = _TIMES) -> list[Row]:
    """Each statement by turns in both; medians of the time within the transaction."""
    async with open_database(_url(small_path)) as one, open_database(_url(large_path)) as other:
        figures: dict[str, tuple[list[float], list[float]]] = {}
        for turn in range(_WARM + times):
            for side, (database, built) in enumerate(((one, small), (other, large))):
                gc.disable()
                for name, seconds in (await _turn(database, built, turn)).items():
                    if turn >= _WARM:
                        figures.setdefault(name, ([], []))[side].append(seconds)
                gc.enable()
    return [_compared(name, small, large, *waits) for name, waits in figures.items()]


async def _turn(database: Database, built: Grown, turn: int) -> dict[str, float]:
    """One life, and one of each question; seconds by name."""
    rng = random.Random(turn)
    number = 100_000_000 + turn
    member, place = built.member(rng.randrange(1 << 30)), built.place(rng.randrange(1 << 30))
    life = Life(number, Member(member, "somebody"), place, built.request(rng, built.jobs - turn), NOW + turn)
    for step in STEPS:
        await database.write(partial(step, life))
    for name, unit in _questions(built, rng, member, NOW + turn).items():
        run = database.write if name in _WRITES else database.read
        life.seconds[name] = await run(_timed, unit)
    return life.seconds


_WRITES = {"the lease, and who is gone", "the sweep of erasures"}


def _questions(built: Grown, rng: random.Random, member: int, now: int) -> dict[str, _Unit]:
    place, since, some_job = built.place(rng.randrange(1 << 30)), now - DAY_MS, rng.randrange(1, built.jobs - 100)
    return {
        "the lease, and who is gone": lambda one: _lease(one, now),
        "what is unfinished": lambda one: (
            tasks.active(one, [WORKER]),
            tasks.queued(one, [WORKER]),
            workers.deliveries(one, [WORKER]),
        ),
        "/quota": lambda one: (
            ledger.used_since(one, place.guild_id, member, since),
            ledger.reserved_by(one, place.guild_id, member, since),
            ledger.beside_limit(one, place.guild_id, member, now - 30 * DAY_MS),
            ledger.next_return(one, place.guild_id, member, since),
            ledger.totals(one, place.guild_id, member, since),
        ),
        "/history of a member": lambda one: jobs.search(one, member_id=member, guild_id=place.guild_id, limit=10),
        "/history, with words": lambda one: jobs.search(one, member_id=member, limit=10, words="lighthouse gulls"),
        "/history of a channel": lambda one: jobs.search(one, channel_id=place.channel_id, limit=10),
        "the budget": lambda one: tasks.spend_since(one, since),
        "the server's pool": lambda one: ledger.totals(one, place.guild_id, member, since),
        "a picture by its code": lambda one: jobs.by_code(one, grown.code_of(some_job)),
        "/lineage": lambda one: lineage.related(one, some_job, 50),
        "what is to be erased": lambda one: erasure.messages_to_erase(one, APPLICATION, 50),
        "the sweep of erasures": lambda one: erasure.sweep(one, 100, now, DAY_MS),
        "who has left jobs behind": lambda one: checkup.left_behind(one, now),
    }


def _lease(connection: Connection, now: int) -> None:
    workers.renew(connection, WORKER, now, 10_000)
    workers.expire(connection, WORKER, APPLICATION, now, 10_000)


def _timed(connection: Connection, unit: _Unit) -> float:
    began = perf_counter()
    unit(connection)
    return perf_counter() - began


def _compared(name: str, small: Grown, large: Grown, few: list[float], many: list[float]) -> Row:
    before, now = statistics.median(few), statistics.median(many)
    slow = sorted(many)[len(many) * 95 // 100]
    return Row(
        f"{name}: {large.jobs:,} jobs against {small.jobs:,}",
        "≤ 2 ×",
        f"{now / before:.2f} × ({now * 1000:.2f} ms, p95 {slow * 1000:.2f} ms)",
        "–",
        now <= 2 * before,
        {"ratio": now / before, "seconds": now, "p95": slow, "small": before},
    )


async def erasures(path: Path, built: Grown) -> list[Row]:
    """``/privacy delete`` of an ordinary member and of the heaviest: in all, and its longest transaction."""
    rows: list[Row] = []
    for name, member in (("an ordinary member", built.member(17)), ("the heaviest", built.heavy)):
        async with open_database(_url(path)) as database:
            count = await database.read(_count_of, member)
            service, waits = PrivacyService(database, _At(NOW + DAY_MS), WakeSignal()), list[float]()
            _freeze()
            database.wrote = waits.append
            began = perf_counter()
            await service.erase(member)
            took = perf_counter() - began
        rows.append(_held(f"/privacy delete of {name}, {count:,} of {built.jobs:,} jobs", waits, took))
    return rows


def _freeze() -> None:
    """As the bot does at its start: to collect what was loaded until now takes 50 ms, perhaps in a transaction."""
    gc.collect()
    gc.freeze()


def _count_of(connection: Connection, member_id: int) -> int:
    return connection.execute(select(func.count()).where(tables.jobs.c.member_id == member_id)).scalar_one()


async def thinning(path: Path, built: Grown) -> list[Row]:
    """A day's jobs lose their addresses, and ten days' their words."""
    async with open_database(_url(path)) as database:
        waits = list[float]()
        _freeze()
        database.wrote = waits.append
        began = perf_counter()
        await Retention(database, _At(NOW + 10 * DAY_MS), 400, lambda _: None).sweep()
        return [_held(f"thinning after ten days, {built.jobs:,} jobs", waits, perf_counter() - began)]


def _held(name: str, waits: list[float], took: float) -> Row:
    longest = max(waits)
    return Row(
        f"{name}: longest transaction",
        "≤ 25 ms",
        f"{longest * 1000:.0f} ms, half of them {statistics.median(waits) * 1000:.0f}, {took:.2f} s in all",
        "–",
        longest <= 0.025,
        {"longest": longest, "seconds": took, "transactions": len(waits)},
    )


async def size(folder: Path, count: int, *, single: bool) -> Row:
    """Bytes that finished jobs take when their addresses have expired; ``single``: of one picture, from words alone.

    What an empty database takes is left out.
    """
    path = folder / f"lives-{single}.db"
    async with open_database(_url(path)):
        pass
    empty = path.stat().st_size
    async with open_database(_url(path)) as database:
        await database.write(_live, count, single)
        now = NOW + (FRESH_DAYS + 3) * DAY_MS
        await database.write(workers.drop_old_sums, now - 2 * DAY_MS)  # as each renewal of a lease does
        await Retention(database, _At(now), 400, lambda _: None).sweep()
    each = (path.stat().st_size - empty) / count
    kind = "one picture from words" if single else "pictures and remixes mixed"
    mib = each * 100_000 / _MIB
    return Row(f"size of 100,000 jobs, {kind}", "≤ 60 MiB", f"{mib:.0f} MiB", "–", mib <= 60, {"bytes_a_job": each})


def _live(connection: Connection, count: int, single: bool) -> None:
    """So many jobs, some dozens at a time, evenly over two days."""
    built, rng, under_way = Grown(count), random.Random(7), deque[Life]()
    for number in range(1, count + 1):
        request = built.request(rng, 1 if single else number)
        while single and request.count > 1:
            request = built.request(rng, 1)
        member = Member(built.member(rng.randrange(1 << 30)), "somebody")
        at = NOW + number * (FRESH_DAYS * DAY_MS // count)
        life = Life(number, member, built.place(rng.randrange(1 << 30)), request, at)
        under_way.append(life)
        for step in STEPS[:4]:
            step(life, connection)
        if len(under_way) > _OPEN_AT_ONCE or number == count:
            for ended in [under_way.popleft() for _ in range(len(under_way) if number == count else 1)]:
                for step in STEPS[4:]:
                    step(ended, connection)


def _url(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"
