"""What waits and runs at this moment, among the metrics."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from bot.clock import Clock
from bot.generation.running import RunningTasks
from bot.generation.task_queue import TaskQueue
from bot.observability.metrics import Metrics


def watch(
    metrics: Metrics,
    clock: Clock,
    providers: Iterable[str],
    queue: TaskQueue,
    running: RunningTasks,
) -> None:
    """Show a worker's queue, and what each provider holds; looked at whenever the metrics are read."""

    def longest_wait() -> float:
        oldest = queue.oldest
        return 0.0 if oldest is None else max(0, clock.now() - oldest) / 1000

    metrics.watch(lambda: queue.waiting, lambda: len(running))
    metrics.watch_queue_age(longest_wait)
    for name in providers:
        metrics.watch_provider(
            name, partial(queue.active, name), partial(running.at, name), partial(queue.resting, name)
        )
