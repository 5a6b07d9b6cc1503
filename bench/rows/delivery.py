"""From the end of a vendor's work to the picture at Discord, and what a job costs when there is no crowd."""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from bench.harness import CALLBACK, PATCH, Program, aimlapi, bfl, program
from bench.rows.row import Row, both, ms
from tests.standins import AimlapiStandIn, BflStandIn


async def calls_a_job() -> list[Row]:
    """The answer and the finished message."""

    async def measure(one: Program, _: AimlapiStandIn) -> float:
        await one.jobs(20)
        made = [call for call in one.discord.calls if call.template in {CALLBACK, PATCH} or "channels" in call.template]
        return len(made) / 20

    ours, floor = await both(measure, seconds=0.1)
    numbers = {"ours": ours, "floor": floor}
    return [Row("Discord REST calls a job", "2", f"{ours:.2f}", f"{floor:.2f}", ours <= 2, numbers)]


async def processor() -> list[Row]:
    """Sixty jobs at once of a synchronous vendor, whose pictures are larger than the crowd's."""

    async def measure(one: Program, _: AimlapiStandIn) -> float:
        await one.jobs(10)
        before, delivered = one.cpu, len(one.delivered)
        for number in range(60):
            await one.ask(number)
        await one.discord.until(lambda: len(one.delivered) >= delivered + 60, 60)
        return (one.cpu - before) / 60

    ours, floor = await both(measure, seconds=0.05, edge=512)
    goal, met = "≤ 2 × floor", ours <= 2 * floor
    return [
        Row("60 at once, synchronous: processor a job", goal, ms(ours), ms(floor), met, {"ours": ours, "floor": floor})
    ]


async def sync_lag() -> list[Row]:
    """One job after the other."""

    async def measure(one: Program, vendor: AimlapiStandIn) -> float:
        await one.jobs(25, one_by_one=True)
        ends = sorted(task.started + task.seconds for task in vendor.tasks.values())
        return statistics.median(got - end for got, end in zip(sorted(one.delivered), ends, strict=True))

    ours, floor = await both(measure, seconds=0.2, edge=1024)
    row = Row(
        "provider done → picture at Discord, synchronous",
        "≤ floor + 5 ms",
        ms(ours),
        ms(floor),
        ours - floor <= 0.005,
        {"ours": ours, "floor": floor},
    )
    return [row]


async def polled_lag() -> list[Row]:
    """By a bot that has not seen this vendor yet: with the progress that it reports, and without."""
    return [
        await _polled("progress reported", most_lag=0.150, most_polls=6, progress=True),
        await _polled("nothing reported, nothing learned", most_lag=0.250, most_polls=12, progress=False, pause=None),
        # Who may ask once a second notices an end after half a second: no goal, but good to know.
        replace(await _polled("the same, asked to pause a second", most_lag=1, most_polls=12, progress=False), goal=""),
    ]


async def _polled(kind: str, *, most_lag: float, most_polls: int, progress: bool, pause: str | None = "1") -> Row:
    rng, count = random.Random(7), 24
    with tempfile.TemporaryDirectory() as folder:
        async with BflStandIn(seconds=lambda _: rng.uniform(4, 12), progress=progress, retry_after=pause) as vendor:
            async with program("ours", Path(folder), bfl(vendor)) as one:
                await one.jobs(count)
            ends = {task.seed: task.started + task.seconds for task in vendor.tasks.values()}
            # Jobs end in another order than they began, but none is delivered before it is done.
            lags = [got - end for got, end in zip(sorted(one.delivered), sorted(ends.values()), strict=True)]
            lag, polls = statistics.median(lags), len(vendor.polls) / count
    goal, met = f"≤ {most_lag * 1000:.0f} ms, ≤ {most_polls} polls", lag <= most_lag and polls <= most_polls
    numbers = {"median_lag": lag, "polls": polls}
    return Row(f"polled, jobs of 4–12 s, {kind}", goal, f"{ms(lag)}, {polls:.1f} polls", "–", met, numbers)


async def four_slots() -> list[Row]:
    """Whether a slot that comes free is used at once."""
    with tempfile.TemporaryDirectory() as folder:
        async with (
            AimlapiStandIn(seconds=1.5, slots=4) as vendor,
            program("ours", Path(folder), {"BENCH_SLOTS": "4", **aimlapi(vendor)}) as one,
        ):
            await one.jobs(4)  # connections open, code loaded: the figure is of a bot at work
            began = time.monotonic()
            for number in range(8):
                await one.ask(number)
            await one.discord.until(lambda: len(one.delivered) >= 12, 60)
            wall = max(one.delivered) - began
    return [Row("8 jobs of 1.5 s on 4 slots", "≤ 3.1 s", f"{wall:.3f} s", "3.0 s (ideal)", wall <= 3.1, {"ours": wall})]
