"""Two hundred members at once: how long they wait for an answer and for their pictures, and what each job costs."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from math import nan
from pathlib import Path
from statistics import median

from bench.harness import Name, Program, bfl, program
from bench.rows.row import Row, ms, paint_all
from playground.interactions import ACKNOWLEDGE_SECONDS
from tests.standins import BflStandIn

MEMBERS = 200
SLOTS = 24
PICTURE_SECONDS = 0.05
_TURNS = 3
_WARM = 3
"""Jobs before the crowd comes: connections are open, code is loaded, and the vendor's pace has been seen."""
_REST = 0.5
"""Seconds in which the last rows are written."""
_PATIENCE = 120.0


@dataclass(frozen=True)
class _Crowd:
    """What one program's crowd met. Times are seconds, costs are those of a delivered job.

    What a program does not tell is not a number, and meets no goal.
    """

    p50: float
    p99: float
    """Who got no answer in time has waited for as long as Discord waits."""
    unanswered: int
    delivered: int
    all_delivered: float
    cpu: float
    polls: float
    trips: float
    """To the database's threads."""
    locked: float
    """Seconds under the write lock."""


async def crowd() -> list[Row]:
    """Without Discord's rate limits, for the times; and with them, which may cost no answer."""
    ours, floor = await _by_turns()
    counted = await _run("ours")
    limited, floor_limited = await _run("ours", limits=True, BENCH_COUNTERS="off"), await _run("floor", limits=True)
    aiohttp = await _run("floor", FLOOR_HTTP="aiohttp")
    who = f"{MEMBERS} members at once"
    delivered = _time(f"{who}: everything delivered", ours.all_delivered, floor.all_delivered, 1.5)
    if ours.delivered < MEMBERS:
        delivered = replace(delivered, ours=f"{ours.delivered} of {MEMBERS} in {ms(ours.all_delivered)}", met=False)
    return [
        _time(f"{who}: answered, p50", ours.p50, floor.p50, None),
        _time(f"{who}: answered, p99", ours.p99, floor.p99, 1.5),
        _unanswered(f"{who}: unanswered after {ACKNOWLEDGE_SECONDS:.0f} s", ours, floor),
        _unanswered(f"{who}: the same under Discord's rate limits", limited, floor_limited),
        delivered,
        _time(f"{who}: processor a job", ours.cpu, floor.cpu, 2),
        _count(f"{who}: polls a job", ours.polls, f"{floor.polls:.1f}"),
        _count(f"{who}: database trips a job", counted.trips, "–", most=15),
        Row(
            f"{who}: write lock held a job",
            "≤ 5 ms",
            ms(counted.locked),
            "–",
            counted.locked <= 0.005,
            {"ours": counted.locked},
        ),
        _other_floor("the floor on aiohttp: answered, p99", aiohttp.p99),
        _other_floor("the floor on aiohttp: everything delivered", aiohttp.all_delivered),
        _other_floor("the floor on aiohttp: processor a job", aiohttp.cpu),
    ]


async def _by_turns() -> tuple[_Crowd, _Crowd]:
    """Ours and the floor, several times by turns: a single crowd's times differ by a half from one to the next."""
    turns = [(await _run("ours", BENCH_COUNTERS="off"), await _run("floor")) for _ in range(_TURNS)]
    ours, floor = (_median(runs) for runs in zip(*turns, strict=True))
    return ours, floor


def _median(runs: Sequence[_Crowd]) -> _Crowd:
    """Each figure's; of the unanswered the most."""
    figures = {each.name: median(getattr(run, each.name) for run in runs) for each in fields(_Crowd)}
    worst = max(run.unanswered for run in runs)
    return _Crowd(**figures | {"unanswered": worst, "delivered": min(run.delivered for run in runs)})


def _other_floor(figure: str, seconds: float) -> Row:
    """What the bare program would need with the faster of the two HTTP libraries; no goal, but good to know."""
    return Row(figure, "", "–", ms(seconds), None, {"floor": seconds})


def _time(figure: str, ours: float, floor: float, most: float | None) -> Row:
    """A time beside the floor's, which it may exceed so many times."""
    goal, met = ("", None) if most is None else (f"≤ {most:g} × floor", ours <= most * floor)
    return Row(figure, goal, f"{ms(ours)} ({ours / floor:.1f} ×)", ms(floor), met, {"ours": ours, "floor": floor})


def _unanswered(figure: str, ours: _Crowd, floor: _Crowd) -> Row:
    numbers = {"ours": ours.unanswered, "floor": floor.unanswered, "ours_p99": ours.p99, "floor_p99": floor.p99}
    words, floor_words = (f"{one.unanswered}, p99 {ms(one.p99)}" for one in (ours, floor))
    return Row(figure, f"0 of {MEMBERS}", words, floor_words, not ours.unanswered, numbers)


def _count(figure: str, ours: float, floor: str, most: float | None = None) -> Row:
    goal, met = ("", None) if most is None else (f"≤ {most:g}", ours <= most)
    return Row(figure, goal, f"{ours:.1f}", floor, met, {"ours": ours})


async def _run(name: Name, *, limits: bool = False, **environment: str) -> _Crowd:
    paint_all(256)
    with tempfile.TemporaryDirectory() as folder:
        async with BflStandIn(seconds=PICTURE_SECONDS, slots=SLOTS) as vendor:
            settings = {**bfl(vendor), "FLOOR_SLOTS": str(SLOTS), "FLOOR_PICTURE_SECONDS": str(PICTURE_SECONDS)}
            async with program(name, Path(folder), settings | environment, limits=limits) as one:
                await one.jobs(_WARM)
                await asyncio.sleep(_REST)
                met = await _measure(one, vendor)
    trips, locked = one.printed.get("trips", nan), one.printed.get("locked", nan)
    return replace(met, trips=trips / met.delivered, locked=locked / met.delivered)


async def _measure(one: Program, vendor: BflStandIn) -> _Crowd:
    members = one.new_members(MEMBERS)
    answers, pictures, polls, cpu = len(one.acknowledged), len(one.delivered), len(vendor.polls), one.cpu
    one.watch()
    began = time.monotonic()
    asked = [(await one.ask(number, user)).interaction.id for number, user in enumerate(members)]
    await _until(one, lambda: len(one.acknowledged) >= answers + MEMBERS, ACKNOWLEDGE_SECONDS + 1)
    coming = pictures + sum(each in one.acknowledged and each not in one.refused for each in asked)
    await _until(one, lambda: len(one.delivered) >= coming, _PATIENCE)
    await asyncio.sleep(_REST)
    one.watched()
    delivered = len(one.delivered) - pictures
    if not delivered:
        raise RuntimeError("no picture was delivered")
    known = sorted(one.acknowledged[each] - one.asked[each] for each in asked if each in one.acknowledged)
    waits = [min(wait, ACKNOWLEDGE_SECONDS) for wait in known] + [ACKNOWLEDGE_SECONDS] * (MEMBERS - len(known))
    return _Crowd(
        p50=waits[MEMBERS // 2 - 1],
        p99=waits[MEMBERS * 99 // 100 - 1],
        unanswered=sum(wait >= ACKNOWLEDGE_SECONDS for wait in waits),
        delivered=delivered,
        all_delivered=one.delivered[-1] - began,
        cpu=(one.cpu - cpu) / delivered,
        polls=(len(vendor.polls) - polls) / delivered,
        trips=nan,
        locked=nan,
    )


async def _until(one: Program, condition: Callable[[], bool], seconds: float) -> None:
    """Wait, but not for ever: what has not come by then is missing from the figures, and so shows."""
    with suppress(TimeoutError):
        await one.discord.until(condition, seconds)
