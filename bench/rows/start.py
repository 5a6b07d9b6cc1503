"""A bot at rest, and one that starts with thousands of unfinished jobs."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from bench.backlog import fill
from bench.harness import aimlapi, program
from bench.rows.row import Row
from tests.standins import AimlapiStandIn


async def ten_thousand() -> list[Row]:
    """Until a first command is answered, and what is in memory a little later."""
    empty = await _start(0)
    full = await _start(10_000)
    memory, later = full[0] - empty[0], full[1] - empty[1]
    return [
        Row("memory, idle", "≤ 100 MB", f"{empty[0]:.0f} MB", "–", empty[0] <= 100, {"idle": empty[0]}),
        Row(
            "memory of 10,000 waiting jobs",
            "≤ 20 MB above idle",
            f"{memory:.1f} MB above",
            "–",
            memory <= 20,
            {"above": memory},
        ),
        Row(
            "start with 10,000 unfinished jobs",
            "≤ 1 s after an empty start",
            f"{later:+.2f} s",
            f"{empty[1]:.2f} s empty",
            later <= 1,
            {"later": later, "empty": empty[1]},
        ),
    ]


async def _start(jobs: int) -> tuple[float, float]:
    """Memory and the time until a first command is answered, with so many jobs waiting."""
    with tempfile.TemporaryDirectory() as folder:
        if jobs:
            await fill(Path(folder) / "bench.db", jobs)
        async with AimlapiStandIn(seconds=600) as vendor, program("ours", Path(folder), aimlapi(vendor)) as one:
            await one.ask(0)
            await one.discord.until(lambda: one.acknowledged, 60)
            until_answered = min(one.acknowledged.values()) - one.began
            await asyncio.sleep(2)  # let it settle: the figure is of a bot at rest
            memory = one.memory
            one.process.kill()
    return memory, until_answered
