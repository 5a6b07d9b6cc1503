"""How long the event loop stands still, at worst."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench import photos
from bench.harness import aimlapi, bfl, program
from bench.rows.row import Row, ms
from tests.standins import AimlapiStandIn, BflStandIn

GOAL = "≤ 25 ms"


async def stall() -> list[Row]:
    """While pictures of a megapixel come in, forty jobs at once."""
    with tempfile.TemporaryDirectory() as folder:
        async with (
            AimlapiStandIn(seconds=0.2, edge=1024) as vendor,
            program("ours", Path(folder), aimlapi(vendor)) as one,
        ):
            await one.jobs(40)
    longest = one.printed["stall"]
    return [Row("longest stall of the event loop", GOAL, ms(longest), "–", longest <= 0.025, {"ours": longest})]


async def edit() -> list[Row]:
    """The vendor that takes pictures in the request's body, which is where they weigh the most."""
    files = dict(zip(("image", "image2", "image3", "image4"), photos.four(), strict=True))
    with tempfile.TemporaryDirectory() as folder:
        async with BflStandIn(seconds=0.2, edge=1024) as vendor, program("ours", Path(folder), bfl(vendor)) as one:
            await one.jobs(4)  # connections open, code loaded
            one.watch()
            waits = [await one.answered("edit", prompt="one picture of all four", **files) for _ in range(3)]
            one.watched()
    longest, size = one.printed["stall"], sum(len(file.data) for file in files.values()) / 4_000_000
    figure, numbers = f"longest stall, /edit with 4 photographs of {size:.0f} MB", {"ours": longest, "wait": max(waits)}
    return [Row(figure, GOAL, ms(longest), "–", longest <= 0.025, numbers)]
