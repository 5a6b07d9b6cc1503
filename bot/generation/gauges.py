"""What waits and runs at this moment, among the metrics."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from bot.clock import Clock
from bot.generation.queue import FairQueue
from bot.generation.running import RunningTasks
from bot.generation.slots import ProviderSlots
from bot.observability.metrics import Metrics


def watch(
    metrics: Metrics,
    clock: Clock,
    providers: Iterable[str],
    queue: FairQueue,
    slots: ProviderSlots,
    running: RunningTasks,
) -> None:
    """Show a worker's queue, and what each provider holds; looked at whenever the metrics are read."""

    def longest_wait() -> float:
        oldest = queue.oldest
        return 0.0 if oldest is None else max(0, clock.now() - oldest) / 1000

    def resting(name: str) -> bool:
        return slots.resting(name, clock.monotonic())

    metrics.watch(lambda: len(queue), lambda: len(running))
    metrics.watch_queue_age(longest_wait)
    for name in providers:
        metrics.watch_provider(name, partial(slots.active, name), partial(running.at, name), partial(resting, name))
