"""One line of the table, and the same measurement made on both programs."""

from __future__ import annotations

import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from bench.harness import Name, Program, aimlapi, program
from tests.standins import AimlapiStandIn
from tests.standins.pictures import COLOURS, paint

_T = TypeVar("_T")


@dataclass(frozen=True)
class Row:
    """A figure. ``met`` is None where there is no goal; ``numbers`` are for machines, times in seconds."""

    figure: str
    goal: str
    ours: str
    floor: str
    met: bool | None
    numbers: dict[str, float] = field(default_factory=dict)


def ms(seconds: float) -> str:
    """Milliseconds, readable."""
    return f"{seconds * 1000:,.1f} ms"


def paint_all(edge: int) -> None:
    """Let the stand-ins paint every picture before the clock runs: no program shall wait for their brush."""
    for seed in range(COLOURS):
        paint("1:1", "jpeg", seed, edge)


async def both(measure: Callable[[Program, AimlapiStandIn], Awaitable[_T]], **vendor: Any) -> tuple[_T, _T]:
    """The same measurement on ours and on the floor, each with a fresh synchronous vendor."""
    results: list[_T] = []
    paint_all(vendor.get("edge", 256))
    names: tuple[Name, Name] = ("ours", "floor")
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            async with AimlapiStandIn(**vendor) as stand_in, program(name, Path(folder), aimlapi(stand_in)) as one:
                results.append(await measure(one, stand_in))
    return results[0], results[1]
