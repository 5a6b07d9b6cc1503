"""The tasks that providers work on: asked about when an answer is likely, one question at a time."""

from __future__ import annotations

import heapq
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from bot.clock import Clock
from bot.generation.polling import PollSchedule, Sample
from bot.generation.steps import Ended, Running, Step
from bot.models import OpenTask

_AFTER_A_FAULT_MS = 5_000


@dataclass(slots=True)
class Watch:
    """A running task and what was learned of it so far."""

    running: Running
    polls: int = 0
    not_yet: float = 0.0
    """Seconds after which it was last known to run."""
    samples: tuple[Sample, ...] = ()
    due: int = 0
    """When it is asked about next (monotonic ms)."""
    asking: bool = False
    hinted: bool = False


class RunningTasks:
    """Due times in a heap; no coroutine sleeps for a task."""

    def __init__(
        self,
        poll: Callable[[Running], Awaitable[Step]],
        schedule: PollSchedule,
        clock: Clock,
        timeout_ms: int,
        *,
        released: Callable[[OpenTask, str], None],
        wake: Callable[[], None],
    ) -> None:
        self._poll = poll
        self._schedule = schedule
        self._clock = clock
        self._timeout_ms = timeout_ms
        self._released = released
        self._wake = wake
        self._watched: dict[int, Watch] = {}
        self._by_remote: dict[str, int] = {}
        self._due: list[tuple[int, int]] = []  # (monotonic ms, task id); may be stale

    def __len__(self) -> int:
        return len(self._watched)

    def at(self, provider: str) -> int:
        """How many of them are this provider's."""
        return sum(watch.running.provider == provider for watch in self._watched.values())

    @property
    def next_due(self) -> int | None:
        """When the next question is due (monotonic ms); None while there is nothing to ask."""
        return self._due[0][0] if self._due else None

    def add(self, running: Running, *, ask_now: bool = False) -> None:
        """Watch a task; ``ask_now`` where nobody knows for how long it has run."""
        self._watched[running.task.id] = Watch(running)
        self._by_remote[running.ticket.remote_id] = running.task.id
        if ask_now:
            self._look_at(running.task.id, self._clock.monotonic())
        else:
            self._plan(running.task.id)

    def cancelled(self, job_id: int) -> None:
        """Go on asking about a job's tasks, only to learn when the provider has ended them."""
        for watch in self._watched.values():
            if watch.running.task.job_id == job_id:
                watch.running = replace(watch.running, cancelled=True)

    def hint(self, remote_id: str) -> bool:
        """A vendor called back about this task: ask at once. False where it is not one of these."""
        task_id = self._by_remote.get(remote_id)
        if task_id is not None:
            self._watched[task_id].hinted = True
            self._look_at(task_id, self._clock.monotonic())
        return task_id is not None

    def take_due(self) -> list[Watch]:
        """The tasks to ask about now; call ``ask`` with each."""
        now, due = self._clock.monotonic(), list[Watch]()
        while self._due and self._due[0][0] <= now:
            at, task_id = heapq.heappop(self._due)
            watch = self._watched.get(task_id)
            if watch is not None and watch.due == at and not watch.asking:
                watch.asking, watch.hinted = True, False
                due.append(watch)
        return due

    async def ask(self, watch: Watch) -> Step:
        """Ask how a task stands, and plan the next question where it goes on."""
        task = watch.running.task
        watch.polls += 1
        try:
            step = await self._poll(watch.running)
        except BaseException:
            self._look_at(task.id, self._clock.monotonic() + _AFTER_A_FAULT_MS)
            raise
        finally:
            watch.asking = False
        if isinstance(step, Running):
            self._learn(watch, step)
            return step
        self._remove(task.id)
        if isinstance(step, Ended) and step.failure is None:
            seconds = (self._clock.monotonic() - watch.running.began) / 1000
            self._schedule.observe(watch.running.provider, task.model, seconds, watch.not_yet)
        return step

    def _remove(self, task_id: int) -> None:
        watch = self._watched.pop(task_id)
        self._by_remote.pop(watch.running.ticket.remote_id, None)
        self._released(watch.running.task, watch.running.provider)

    def _learn(self, watch: Watch, step: Running) -> None:
        watch.running = replace(step, cancelled=watch.running.cancelled)  # it may have been meanwhile
        elapsed = watch.not_yet = (self._clock.monotonic() - step.began) / 1000
        if step.progress is not None:
            watch.samples = (*watch.samples[-5:], (elapsed, step.progress))
        if watch.hinted:
            self._look_at(step.task.id, self._clock.monotonic())
        else:
            self._plan(step.task.id)

    def _plan(self, task_id: int) -> None:
        """Decide when to ask about a task."""
        watch, now = self._watched[task_id], self._clock.monotonic()
        running = watch.running
        delay = self._schedule.next_delay(
            running.provider,
            running.task.model,
            (now - running.began) / 1000,
            watch.polls,
            watch.samples,
            running.retry_after,
            running.expected,
        )
        give_up_at = running.began + self._timeout_ms
        self._look_at(task_id, min(now + int(delay * 1000), max(give_up_at, now + 50)))

    def _look_at(self, task_id: int, at: int) -> None:
        self._watched[task_id].due = at
        heapq.heappush(self._due, (at, task_id))
        self._wake()
