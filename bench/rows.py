"""The rows of the table: each measures one thing, ours and where it makes sense the floor's."""

from __future__ import annotations

import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import gate, photos
from bench.crowd import fill
from bench.family import GENERATIONS, age, grow
from bench.stage import CALLBACK, PATCH, Program, program
from tests.standins import AimlapiStandIn, BflStandIn
from tests.standins.pictures import COLOURS, paint


@dataclass(frozen=True)
class Row:
    """One line of the table. ``met`` is None where there is no goal."""

    figure: str
    goal: str
    ours: str
    floor: str
    met: bool | None
    numbers: dict[str, float]


def ms(seconds: float) -> str:
    """Milliseconds, readable."""
    return f"{seconds * 1000:,.1f} ms"


def aimlapi(vendor: AimlapiStandIn) -> dict[str, str]:
    """The environment that points at the synchronous stand-in."""
    return {"PROVIDERS": "aimlapi", "AIMLAPI_KEY": vendor.key, "AIMLAPI_URL": vendor.url}


def bfl(vendor: BflStandIn) -> dict[str, str]:
    """The environment that points at the polled stand-in."""
    return {"PROVIDERS": "bfl", "BFL_API_KEY": vendor.key, "BFL_API_URL": vendor.url}


async def both(measure: Callable[[Program, Any], Awaitable[float]], **vendor: Any) -> tuple[float, float]:
    """The same measurement on ours and on the floor, each with a fresh vendor."""
    results: list[float] = []
    for seed in range(COLOURS):  # the stand-in paints each once: neither program shall wait for its brush
        paint("1:1", "jpeg", seed, vendor.get("edge", 256))
    for name in ("ours", "floor"):
        with tempfile.TemporaryDirectory() as folder:
            async with AimlapiStandIn(**vendor) as stand_in, program(name, Path(folder), **aimlapi(stand_in)) as one:
                results.append(await measure(one, stand_in))
    return results[0], results[1]


async def calls_a_job() -> list[Row]:
    async def measure(one: Program, _: Any) -> float:
        await one.jobs(20)
        made = [call for call in one.discord.calls if call.template in {CALLBACK, PATCH} or "channels" in call.template]
        return len(made) / 20

    ours, floor = await both(measure, seconds=0.1)
    numbers = {"ours": ours, "floor": floor}
    return [Row("Discord REST calls a job", "2", f"{ours:.2f}", f"{floor:.2f}", ours <= 2, numbers)]


async def sync_lag() -> list[Row]:
    async def measure(one: Program, vendor: Any) -> float:
        await one.jobs(25, one_by_one=True)
        ends = sorted(task.started + task.seconds for task in vendor.tasks.values())
        return statistics.median(got - end for got, end in zip(sorted(one.delivered), ends, strict=True))

    ours, floor = await both(measure, seconds=0.2, edge=1024)
    row = Row(
        "provider done → picture at Discord, synchronous",
        "≤ floor + 10 ms",
        ms(ours),
        ms(floor),
        ours - floor <= 0.010,
        {"ours": ours, "floor": floor},
    )
    return [row]


async def polled_lag() -> list[Row]:
    return [await _polled(True), await _polled(False)]


async def _polled(progress: bool) -> Row:
    rng, count = random.Random(7), 24
    with tempfile.TemporaryDirectory() as folder:
        async with BflStandIn(seconds=lambda _: rng.uniform(4, 12), progress=progress) as vendor:
            async with program("ours", Path(folder), **bfl(vendor)) as one:
                await one.jobs(count)
            ends = {task.seed: task.started + task.seconds for task in vendor.tasks.values()}
            # Jobs end in another order than they began, but none is delivered before it is done.
            lags = [got - end for got, end in zip(sorted(one.delivered), sorted(ends.values()), strict=True)]
            lag, polls = statistics.median(lags), len(vendor.polls) / count
    kind = "progress reported" if progress else "no progress reported, nothing learned"
    numbers = {"median_lag": lag, "polls": polls}
    met = lag <= 0.150 and polls <= 6
    return Row(
        f"polled, jobs of 4–12 s, {kind}", "≤ 150 ms, ≤ 6 polls", f"{ms(lag)}, {polls:.1f} polls", "–", met, numbers
    )


async def four_slots() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        async with (
            AimlapiStandIn(seconds=1.5, slots=4) as vendor,
            program("ours", Path(folder), BENCH_SLOTS="4", **aimlapi(vendor)) as one,
        ):
            await one.jobs(4)  # connections open, code loaded: the figure is of a bot at work
            began = time.monotonic()
            for number in range(8):
                await one.ask(number)
            await one.discord.until(lambda: len(one.delivered) >= 12, 60)
            wall = max(one.delivered) - began
    return [Row("8 jobs of 1.5 s on 4 slots", "≤ 3.1 s", f"{wall:.3f} s", "3.0 s (ideal)", wall <= 3.1, {"ours": wall})]


async def burst() -> list[Row]:
    async def measure(one: Program, _: Any) -> float:
        for number in range(200):
            await one.ask(number)
        await one.discord.until(lambda: len(one.acknowledged) == 200, 60)
        waits = sorted(one.acknowledged[each] - one.asked[each] for each in one.asked)
        return waits[197]

    ours, floor = await both(measure, seconds=30)
    goal, met = "p99 ≤ 1.5 × floor and ≤ 1 s", ours <= 1.5 * floor and ours <= 1
    return [Row("200 commands at once: answered", goal, ms(ours), ms(floor), met, {"ours": ours, "floor": floor})]


async def processor() -> list[Row]:
    async def measure(one: Program, _: Any) -> float:
        await one.jobs(10)
        before, delivered = one.cpu, len(one.delivered)
        for number in range(60):
            await one.ask(number)
        await one.discord.until(lambda: len(one.delivered) >= delivered + 60, 60)
        return (one.cpu - before) / 60

    ours, floor = await both(measure, seconds=0.05, edge=512)
    goal, met = "≤ 2 × floor", ours <= 2 * floor
    return [Row("processor time a job", goal, ms(ours), ms(floor), met, {"ours": ours, "floor": floor})]


async def ten_thousand() -> list[Row]:
    empty = await _start(0)
    full = await _start(10_000)
    memory, later = full[0] - empty[0], full[1] - empty[1]
    return [
        Row(
            "memory of 10,000 waiting jobs",
            "≤ 60 MB above idle",
            f"{memory:.1f} MB above",
            f"{empty[0]:.0f} MB idle",
            memory <= 60,
            {"above": memory, "idle": empty[0]},
        ),
        Row(
            "start with 10,000 unfinished jobs",
            "≤ 2 s after an empty start",
            f"{later:+.2f} s",
            f"{empty[1]:.2f} s empty",
            later <= 2,
            {"later": later, "empty": empty[1]},
        ),
    ]


async def _start(jobs: int) -> tuple[float, float]:
    """Memory and the time until a first command is answered, with so many jobs waiting."""
    with tempfile.TemporaryDirectory() as folder:
        if jobs:
            await fill(Path(folder) / "bench.db", jobs)
        async with AimlapiStandIn(seconds=600) as vendor, program("ours", Path(folder), **aimlapi(vendor)) as one:
            await one.ask(0)
            await one.discord.until(lambda: one.acknowledged, 60)
            until_answered = min(one.acknowledged.values()) - one.began
            await asyncio.sleep(2)  # let it settle: the figure is of a bot at rest
            memory = one.memory
            one.process.kill()
    return memory, until_answered


async def stall() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        async with (
            AimlapiStandIn(seconds=0.2, edge=1024) as vendor,
            program("ours", Path(folder), **aimlapi(vendor)) as one,
        ):
            await one.jobs(40)
    longest = one.said["stall"]
    return [Row("longest stall of the event loop", "≤ 50 ms", ms(longest), "–", longest <= 0.050, {"ours": longest})]


async def lineage() -> list[Row]:
    """Two families: one just made; one of heavier files whose addresses have expired, so that Discord is asked."""
    with tempfile.TemporaryDirectory() as folder:
        async with (
            photos.Photographer(seconds=0.05) as vendor,
            program("ours", Path(folder), **aimlapi(vendor)) as one,
        ):
            code = await grow(one, "jpeg")
            first = await one.answered("lineage", source=code)
            again = await one.answered("lineage", source=code)
            code = await grow(one, "png")
            await age(Path(folder))
            old = await one.answered("lineage", source=code)
    size = sum(GENERATIONS)
    waits = {f"{size} JPEGs": first, f"{size} JPEGs, again": again, f"{size} PNGs, made days ago": old}
    return [
        Row(f"/lineage of {what}", "≤ 2 s", f"{wait:.2f} s", "–", wait <= 2, {"ours": wait})
        for what, wait in waits.items()
    ]


async def edit() -> list[Row]:
    """The vendor that takes pictures in the request's body, which is where they weigh the most."""
    files = dict(zip(("image", "image2", "image3", "image4"), photos.four(), strict=True))
    with tempfile.TemporaryDirectory() as folder:
        async with BflStandIn(seconds=0.2, edge=1024) as vendor, program("ours", Path(folder), **bfl(vendor)) as one:
            await one.jobs(4)  # connections open, code loaded
            one.watch()
            waits = [await one.answered("edit", prompt="one picture of all four", **files) for _ in range(3)]
            one.watched()
    longest, size = one.said["stall"], sum(len(file.data) for file in files.values()) / 4_000_000
    figure, numbers = f"longest stall, /edit with 4 photographs of {size:.0f} MB", {"ours": longest, "wait": max(waits)}
    return [Row(figure, "≤ 50 ms", ms(longest), "–", longest <= 0.050, numbers)]


async def whole_gate() -> list[Row]:
    """Two bots by turns: one without any rule, one where a server has set them all and a month has been booked."""
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        async with (
            AimlapiStandIn(seconds=0.02) as vendor,
            program("ours", Path(one), **aimlapi(vendor)) as plain,
            program("ours", Path(other), DAILY_BUDGET_USD="100000", **aimlapi(vendor)) as ruled,
        ):
            await gate.furnish(ruled.discord, Path(other))
            without, with_it = await gate.compare(plain, ruled, count=200, warm=20)
    medians = [statistics.median(waits) for waits in (without, with_it)]
    slowest = [sorted(waits)[len(waits) * 95 // 100] for waits in (without, with_it)]
    added, added_p95 = medians[1] - medians[0], slowest[1] - slowest[0]
    row = Row(
        f"whole gate: {gate.WORDS:,} words, {gate.ROWS:,} bookings",
        "adds ≤ 5 ms",
        f"{added * 1000:+,.1f} ms, p95 {added_p95 * 1000:+,.1f} ms",
        f"{ms(medians[0])}, p95 {ms(slowest[0])}, without",
        added <= 0.005,
        {"added": added, "added_p95": added_p95, "without": medians[0], "without_p95": slowest[0]},
    )
    return [row]


ROWS: dict[str, Callable[[], Awaitable[list[Row]]]] = {
    "calls": calls_a_job,
    "sync": sync_lag,
    "polled": polled_lag,
    "slots": four_slots,
    "burst": burst,
    "processor": processor,
    "10000": ten_thousand,
    "stall": stall,
    "lineage": lineage,
    "edit": edit,
    "gate": whole_gate,
}
