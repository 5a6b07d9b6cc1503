"""What a server's rules add to an answer."""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from bench import rules
from bench.harness import aimlapi, program
from bench.rows.row import Row, ms
from tests.standins import AimlapiStandIn


async def whole_gate() -> list[Row]:
    """Two bots by turns: one without any rule, one where a server has set them all and a month has been booked."""
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        async with (
            AimlapiStandIn(seconds=0.02) as vendor,
            program("ours", Path(one), aimlapi(vendor)) as plain,
            program("ours", Path(other), {"DAILY_BUDGET_USD": "100000", **aimlapi(vendor)}) as ruled,
        ):
            await rules.furnish(ruled.discord, Path(other))
            without, with_it = await rules.compare(plain, ruled, count=200, warm=20)
    medians = [statistics.median(waits) for waits in (without, with_it)]
    slowest = [sorted(waits)[len(waits) * 95 // 100] for waits in (without, with_it)]
    added, added_p95 = medians[1] - medians[0], slowest[1] - slowest[0]
    row = Row(
        f"whole gate: {rules.WORDS:,} words, {rules.ROWS:,} bookings",
        "adds ≤ 1 ms",
        f"{added * 1000:+,.1f} ms, p95 {added_p95 * 1000:+,.1f} ms",
        f"{ms(medians[0])}, p95 {ms(slowest[0])}, without",
        added <= 0.001,
        {"added": added, "added_p95": added_p95, "without": medians[0], "without_p95": slowest[0]},
    )
    return [row]
