"""`/lineage` of a large family."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench import photos
from bench.family import GENERATIONS, age, grow
from bench.harness import aimlapi, program
from bench.rows.row import Row


async def lineage() -> list[Row]:
    """Two families: one just made; one of heavier files whose addresses have expired, so that Discord is asked."""
    with tempfile.TemporaryDirectory() as folder:
        async with (
            photos.Photographer(seconds=0.05) as vendor,
            program("ours", Path(folder), aimlapi(vendor)) as one,
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
