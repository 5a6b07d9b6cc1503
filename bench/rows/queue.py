"""What a raid costs the event loop at every wake: 20,000 tasks of as many members in a hundred servers."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from bench.rows.row import Row
from bot.generation.queue import FairQueue
from bot.models import Model, OpenTask, TaskState

_TASKS, _SERVERS, _TIMES = 20_000, 100, 1000


async def twenty_thousand() -> list[Row]:
    """Choosing the next, finding that none can begin, and telling a member their place."""
    queue = FairQueue()
    for number in range(_TASKS):
        queue.put(_task(number))

    def next_one() -> None:
        one = queue.take(lambda _: True)
        assert one is not None
        queue.started(one)

    figures = {
        "one is begun": _median(next_one),
        "none can begin": _median(lambda: queue.take(lambda _: False)),
        "a place is told": _median(lambda: queue.before(5, 1)),
    }
    return [
        Row(f"{_TASKS:,} waiting: {what}", "≤ 0.1 ms", f"{wait * 1000:.3f} ms", "–", wait <= 0.0001, {"ours": wait})
        for what, wait in figures.items()
    ]


def _median(act: Callable[[], object]) -> float:
    waits: list[float] = []
    for _ in range(_TIMES):
        began = time.perf_counter()
        act()
        waits.append(time.perf_counter() - began)
    return statistics.median(waits)


def _task(number: int) -> OpenTask:
    return OpenTask(
        number, number, number, Model.PRO, ("bfl",), (), 0, TaskState.QUEUED, 1, 1, guild_id=number % _SERVERS
    )
