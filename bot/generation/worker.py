"""Drives jobs from row to row: claims fairly, submits, asks again at the right moments, recovers after a restart.

It holds no coroutine per waiting job: waiting tasks stand in a queue, running ones in a heap of due times.
"""

from __future__ import annotations

import asyncio
import heapq
import math
import random
import socket
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from os import getpid

import structlog

from bot.clock import Clock, WakeSignal
from bot.generation.polling import Pacer
from bot.generation.queue import FairQueue
from bot.generation.slots import ProviderSlots
from bot.generation.steps import Ended, Gone, Refused, Running, Step, TaskSteps
from bot.models import Failure, Model, TaskState
from bot.observability.metrics import Metrics
from bot.providers.base import Capabilities, Ticket
from bot.storage import Database, jobs, workers
from bot.storage.jobs import OpenTask

_log = structlog.get_logger(__name__)

LEASE_MS = 15_000
_RENEW_MS = 5_000
_TRIES = 3
"""How often a provider that is down is asked about one task before the task is given up."""


@dataclass(slots=True)
class _Watch:
    """A running task and what was learned of it so far."""

    running: Running
    polls: int = 0
    not_yet: float = 0.0
    """Seconds after which it was last known to run."""
    samples: tuple[tuple[float, float], ...] = ()
    asking: bool = False
    hinted: bool = False


class Worker:
    """The one place that speaks to providers about jobs."""

    def __init__(
        self,
        database: Database,
        steps: TaskSteps,
        offers: Mapping[str, Capabilities],
        clock: Clock,
        pacer: Pacer,
        rng: random.Random,
        *,
        ready_to_deliver: WakeSignal,
        timeout_seconds: float,
        metrics: Metrics,
        trouble: Callable[[str, Failure], None],
    ) -> None:
        self.id = f"{socket.gethostname()[:20]}-{rng.getrandbits(48):012x}"
        self._database = database
        self._offers = offers
        self._steps = steps
        self._clock = clock
        self._pacer = pacer
        self._deliver = ready_to_deliver
        self._metrics = metrics
        self._trouble = trouble
        self._timeout_ms = int(timeout_seconds * 1000)
        self._wake = WakeSignal()
        self._queue = FairQueue()
        self._slots = ProviderSlots(offers)
        self._watched: dict[int, _Watch] = {}
        self._by_remote: dict[str, int] = {}
        self._due: list[tuple[int, int]] = []  # (epoch ms, task id); may be stale
        self._attempts: Counter[int] = Counter()
        self._under_way: set[asyncio.Task[None]] = set()
        self._submits: set[asyncio.Task[None]] = set()
        self._unended: list[tuple[OpenTask, Failure]] = []
        self._stopping = False
        self._renew_at = 0

    @property
    def waiting(self) -> int:
        """How many tasks stand in the queue."""
        return len(self._queue)

    @property
    def running(self) -> int:
        """How many tasks providers work on."""
        return len(self._watched)

    def ahead(self, member_id: int) -> int:
        """How many tasks a member's new one would wait behind; 0 when it can begin at once."""
        return max(0, self._queue.before(member_id) + 1 - self._slots.free)

    def seconds_until_done(self, provider: str, model: Model, ahead: int, count: int) -> float | None:
        """About how long a job takes from now, by what was seen lately; None while nothing was."""
        usual = self._pacer.usual(provider, model)
        if usual is None:
            return None
        return usual * math.ceil((ahead + count) / max(1, self._offers[provider].slots[model]))

    def enqueue(self, tasks: tuple[OpenTask, ...]) -> None:
        """Work on tasks that were just accepted."""
        for task in tasks:
            self._queue.put(task)
        self._wake.notify()

    def forget(self, job_id: int) -> None:
        """Stop working on a job that was cancelled."""
        self._queue.drop_job(job_id)
        for task_id, watch in list(self._watched.items()):
            if watch.running.task.job_id == job_id:
                self._unwatch(task_id)
        self._wake.notify()

    def hint(self, remote_id: str) -> None:
        """A vendor called back about this task: ask at once."""
        task_id = self._by_remote.get(remote_id)
        if task_id is not None:
            self._watched[task_id].hinted = True
            self._look_at(task_id, self._clock.now())
            self._wake.notify()

    async def recover(self) -> None:
        """Register, take over the jobs of dead workers, and enter each where its row stands."""
        now = self._clock.now()
        async with self._database.write() as connection:
            await workers.register(connection, self.id, socket.gethostname(), getpid(), now + LEASE_MS)
        self._renew_at = now + _RENEW_MS
        await self._take_over()

    async def run(self) -> None:
        """Work until ``stop``; ``recover`` comes first."""
        while not self._stopping:
            self._wake.take()
            self._start_submits()
            self._start_polls()
            if self._clock.now() >= self._renew_at:
                await self._renew()
            await self._clock.wait(self._wake.event, self._next_due())

    async def stop(self, grace_seconds: float) -> None:
        """Claim nothing more, let submits under way end for a while, then let go of the lease.

        A submit that is cut off stays ``submitting``: the next start finds it and tells its member.
        """
        self._stopping = True
        self._wake.notify()
        if self._submits:
            await asyncio.wait(self._submits, timeout=grace_seconds)
        for task in list(self._under_way):
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        async with self._database.write() as connection:
            await workers.leave(connection, self.id)

    # Waiting tasks

    def _start_submits(self) -> None:
        now = self._clock.now()
        while self._slots.any_free:
            task = self._queue.take(lambda one: self._choose(one, now) is not None)
            name = None if task is None else self._choose(task, now)
            if task is None or name is None:
                return
            self._slots.take(name, task.model)
            self._queue.started(task.member_id)
            self._spawn(self._submit(task, name), self._submits)

    def _choose(self, task: OpenTask, now: int) -> str | None:
        return self._slots.choose(task.candidates, task.model, now)

    async def _submit(self, task: OpenTask, name: str) -> None:
        step: Step = Gone()
        try:
            step = await self._steps.submit(task, name)
        except Exception as error:  # noqa: BLE001 - a task must not be forgotten, whatever broke
            _log.error("submit broke", job_id=task.job_id, exc_info=error)
            step = await self._give_up(task, Failure.INTERNAL)
        finally:
            if not isinstance(step, Running):
                self._release(task, name)
        match step:
            case Running():
                self._slots.well(name)
                self._watch(step)
            case Refused():
                await self._queue_again(step, name)
            case Ended():
                if step.failure is not None:
                    self._trouble(name, step.failure)
                self._ended(task, step)
            case Gone():
                self._attempts.pop(task.id, None)

    async def _give_up(self, task: OpenTask, failure: Failure) -> Step:
        """End a task; where not even that can be written down now, it is done as soon as it can."""
        try:
            return await self._steps.give_up(task, failure)
        except Exception as error:  # noqa: BLE001 - a task must not be forgotten, whatever broke
            _log.error("a task could not be ended", job_id=task.job_id, exc_info=error)
            self._unended.append((task, failure))
            return Gone()

    async def _queue_again(self, refused: Refused, name: str) -> None:
        task, now = refused.task, self._clock.now()
        if refused.rest:
            self._slots.rest(name, now, at_least_ms=(refused.retry_after or 0) * 1000)
            _log.warning("provider rests", provider=name, failure=refused.failure)
            self._trouble(name, refused.failure)
        if refused.failure is Failure.RATE_LIMITED:
            hopeless = now - task.created_at > self._timeout_ms
        else:
            self._attempts[task.id] += 1
            hopeless = self._attempts[task.id] >= _TRIES * len(task.providers)
        if hopeless:
            step = await self._give_up(task, refused.failure)
            if isinstance(step, Ended):
                self._ended(task, step)
        else:
            self._queue.put(task)
        self._wake.notify()

    # Running tasks

    def _watch(self, running: Running) -> None:
        task_id = running.task.id
        self._watched[task_id] = _Watch(running)
        self._by_remote[running.ticket.remote_id] = task_id
        self._plan(task_id)

    def _unwatch(self, task_id: int) -> None:
        watch = self._watched.pop(task_id)
        self._by_remote.pop(watch.running.ticket.remote_id, None)
        self._release(watch.running.task, watch.running.provider)

    def _plan(self, task_id: int) -> None:
        """Decide when to ask about a task."""
        watch = self._watched[task_id]
        now = self._clock.now()
        running = watch.running
        delay = self._pacer.next_delay(
            running.provider,
            running.task.model,
            (now - running.submitted_at) / 1000,
            watch.polls,
            watch.samples,
            running.retry_after,
            running.expected,
        )
        give_up_at = running.submitted_at + self._timeout_ms
        self._look_at(task_id, min(now + int(delay * 1000), max(give_up_at, now + 50)))

    def _look_at(self, task_id: int, at: int) -> None:
        heapq.heappush(self._due, (at, task_id))
        self._wake.notify()

    def _start_polls(self) -> None:
        now = self._clock.now()
        while self._due and self._due[0][0] <= now:
            watch = self._watched.get(heapq.heappop(self._due)[1])
            if watch is not None and not watch.asking:
                watch.asking, watch.hinted = True, False
                self._spawn(self._poll(watch))

    async def _poll(self, watch: _Watch) -> None:
        task = watch.running.task
        watch.polls += 1
        self._metrics.polled(watch.running.provider)
        try:
            step = await self._steps.poll(watch.running)
        except BaseException:
            watch.asking = False
            self._look_at(task.id, self._clock.now() + _RENEW_MS)
            raise
        watch.asking = False
        still_ours = self._watched.get(task.id) is watch
        if isinstance(step, Running):
            if still_ours:
                self._learn(watch, step)
            return
        if still_ours:
            self._unwatch(task.id)
        if isinstance(step, Ended):
            if step.failure is None:
                seconds = (self._clock.now() - watch.running.submitted_at) / 1000
                self._pacer.observe(watch.running.provider, task.model, seconds, watch.not_yet)
            self._ended(task, step)

    def _learn(self, watch: _Watch, step: Running) -> None:
        watch.running = step
        elapsed = watch.not_yet = (self._clock.now() - step.submitted_at) / 1000
        if step.progress is not None:
            watch.samples = (*watch.samples[-5:], (elapsed, step.progress))
        if watch.hinted:
            self._look_at(step.task.id, self._clock.now())
        else:
            self._plan(step.task.id)

    # Common

    def _release(self, task: OpenTask, provider: str) -> None:
        self._slots.give_back(provider, task.model)
        self._queue.ended(task.member_id)
        self._wake.notify()

    def _ended(self, task: OpenTask, step: Ended) -> None:
        self._attempts.pop(task.id, None)
        if step.dropped:
            self._queue.drop_job(task.job_id)
        self._deliver.notify(task.job_id)

    def _spawn(self, work: Coroutine[None, None, None], also: set[asyncio.Task[None]] | None = None) -> None:
        task = asyncio.create_task(work)
        for group in (self._under_way, also):
            if group is not None:
                group.add(task)
                task.add_done_callback(group.discard)
        task.add_done_callback(_report)

    def _next_due(self) -> int:
        closes = self._slots.wakes_at(self._clock.now()) if len(self._queue) else None
        due = self._due[0][0] if self._due else self._renew_at
        return min(due, self._renew_at, closes or due)

    async def _renew(self) -> None:
        now = self._clock.now()
        self._renew_at = now + _RENEW_MS
        async with self._database.write() as connection:
            if not await workers.renew(connection, self.id, now + LEASE_MS):
                await workers.register(connection, self.id, socket.gethostname(), getpid(), now + LEASE_MS)
        unended, self._unended = self._unended, []
        for task, failure in unended:
            step = await self._give_up(task, failure)
            if isinstance(step, Ended):
                self._ended(task, step)
        await self._take_over()

    async def _take_over(self) -> None:
        """Adopt what dead workers left; at the start that is everything unfinished."""
        async with self._database.write() as connection:
            gone = await workers.bury(connection, self.id, socket.gethostname(), self._clock.now())
            if not gone:
                return
            await jobs.interrupt(connection, gone)
            tasks = await jobs.open_tasks(connection, gone)
            deliveries = await jobs.to_deliver(connection, gone)
            await jobs.adopt(connection, self.id, gone)
        for task in tasks:
            await self._enter(task)
        for job_id in deliveries:
            self._deliver.notify(job_id)
        _log.info("recovered", tasks=len(tasks), deliveries=len(deliveries))
        self._wake.notify()

    async def _enter(self, task: OpenTask) -> None:
        if task.state is TaskState.QUEUED and self._offers.keys() & set(task.candidates):
            self._queue.put(task)
        elif task.provider is not None and task.provider in self._offers and task.remote_id is not None:
            ticket = Ticket(task.remote_id, task.polling_url)
            running = Running(task, task.provider, ticket, task.submitted_at or task.created_at)
            self._slots.take(task.provider, task.model)
            self._queue.started(task.member_id)
            self._watched[task.id] = _Watch(running)
            self._by_remote[task.remote_id] = task.id
            self._look_at(task.id, self._clock.now())
        else:  # its provider is no longer configured
            step = await self._steps.give_up(task, Failure.UNAVAILABLE)
            if isinstance(step, Ended):
                self._ended(task, step)


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("a step of the worker broke", exc_info=error)
