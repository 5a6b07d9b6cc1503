"""Drives jobs from row to row: claims fairly, submits, asks again at the right moments, recovers after a restart.

It holds no coroutine per waiting job: waiting tasks stand in a queue, running ones in a heap of due times.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import random
from collections import Counter
from collections.abc import Coroutine, Mapping

import structlog

from bot.clock import Clock, WakeSignal, monotonic_of
from bot.errors import CannotWrite
from bot.generation import gauges
from bot.generation.events import JobEvents
from bot.generation.polling import PollSchedule
from bot.generation.queue import FairQueue
from bot.generation.recovery import RENEW_MS, Lease, Orphans
from bot.generation.running import RunningTasks
from bot.generation.slots import ProviderSlots
from bot.generation.steps import Ended, Gone, Refused, Running, Step, TaskSteps, Unsent
from bot.models import Failure, Job, Model, OpenTask, TaskState
from bot.observability.log import about
from bot.providers.base import Capabilities, Ticket
from bot.storage import Database

_log = structlog.get_logger(__name__)

_TRIES = 3
"""How often a provider that is down is asked about one task before the task is given up."""


class Worker:
    """The one part that speaks to providers about jobs."""

    def __init__(
        self,
        database: Database,
        steps: TaskSteps,
        offers: Mapping[str, Capabilities],
        events: JobEvents,
        clock: Clock,
        rng: random.Random,
        *,
        timeout_seconds: float,
    ) -> None:
        self.id = f"{rng.getrandbits(64):016x}"
        self._database = database
        self._offers = offers
        self._steps = steps
        self._events = events
        self._clock = clock
        self._timeout_ms = int(timeout_seconds * 1000)
        self._wake = WakeSignal()
        self._queue = FairQueue()
        self._slots = ProviderSlots(offers)
        self._schedule = PollSchedule()
        self._running = RunningTasks(
            steps.poll,
            self._schedule,
            clock,
            self._timeout_ms,
            released=self._release,
            wake=self._wake.notify,
        )
        self._lease = Lease(database, clock, self.id)
        self._attempts: Counter[int] = Counter()
        self._refused_at: dict[int, int] = {}
        self._under_way: set[asyncio.Task[None]] = set()
        self._submits: set[asyncio.Task[None]] = set()
        self._unended: list[tuple[OpenTask, Failure]] = []
        self._stopping = False

    @property
    def application_id(self) -> int:
        """The application whose jobs these are; known from ``recover`` on."""
        return self._lease.application_id

    @property
    def waiting(self) -> int:
        """How many tasks stand in the queue."""
        return len(self._queue)

    @property
    def running(self) -> int:
        """How many tasks providers work on."""
        return len(self._running)

    def watch(self) -> None:
        """Show what waits and runs among the metrics."""
        gauges.watch(self._events.metrics, self._clock, self._offers, self._queue, self._slots, self._running)

    @property
    def any_provider_awake(self) -> bool:
        """Whether at least one provider is not resting."""
        return self._slots.any_awake(self._clock.monotonic())

    def ahead(self, guild_id: int | None, member_id: int, count: int = 1) -> int:
        """How many tasks the last of so many new ones would wait behind; 0 when it can begin at once."""
        return max(0, self._queue.before(guild_id, member_id, count) + 1 - self._slots.free)

    def seconds_until_done(
        self, provider: str, model: Model, ahead: int, count: int, *, unknown: float | None = None
    ) -> float | None:
        """About how long a job takes from now, by what was seen lately; ``unknown`` is for a picture of none was."""
        usual = self._schedule.usual(provider, model) or unknown
        if usual is None:
            return None
        return usual * math.ceil((ahead + count) / max(1, self._offers[provider].slots[model]))

    def enqueue(self, job: Job) -> None:
        """Work on a job that was just accepted."""
        for task in job.tasks:
            self._queue.put(OpenTask.of(job, task))
        self._wake.notify()

    def cancelled(self, job_id: int) -> None:
        """Send no more of a job. What providers work on keeps its slot until they have ended it."""
        self._drop_waiting(job_id)
        self._running.cancelled(job_id)
        self._wake.notify()

    def hint(self, remote_id: str) -> None:
        """A vendor called back about this task: ask at once."""
        self._running.hint(remote_id)

    async def recover(self, application_id: int) -> None:
        """Register, take over the jobs of this application's dead workers, and enter each where its row stands."""
        await self._restore(application_id)  # before what was being sent is taken for interrupted
        await self._enter_all(await self._lease.begin(application_id))

    async def run(self) -> None:
        """Work until ``stop``; ``recover`` comes first."""
        while not self._stopping:
            self._wake.take()
            self._start_submits()
            for watch in self._running.take_due():
                self._events.metrics.polled(watch.running.provider)
                self._spawn(self._ask(watch.running, self._running.ask(watch)))
            await self._clock.wait(self._wake.event, self._next_due())

    async def keep_lease(self) -> None:
        """Renew the lease until ``stop``; ``run`` does not depend on it, so jobs go on where a renewal breaks."""
        while True:
            await self._clock.wait(asyncio.Event(), self._lease.renew_at)
            if self._stopping:
                return
            await self._renew()

    async def stop(self, grace_seconds: float) -> None:
        """Claim nothing more, and let submits under way end for a while; the lease is kept until ``leave``.

        A submit that is cut off stays ``submitting``: the next start finds it and tells its member.
        """
        self._stopping = True
        self._wake.notify()
        loop = asyncio.get_running_loop()
        until = loop.time() + grace_seconds
        while self._submits and (left := until - loop.time()) > 0:
            with contextlib.suppress(Exception):  # whatever keeps the row from being written, the drain goes on
                await self._lease.prolong()
            await asyncio.wait(self._submits, timeout=min(left, RENEW_MS / 1000))
        for task in list(self._under_way):
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def leave(self) -> None:
        """Let go of the lease, once nothing of this process's jobs is under way."""
        await self._lease.end()

    # Waiting tasks

    def _start_submits(self) -> None:
        now = self._clock.monotonic()
        while self._slots.any_free and self._database.writable:  # the lease finds out when it is again
            task = self._queue.take(lambda one: self._choose(one, now) is not None)
            name = None if task is None else self._choose(task, now)
            if task is None or name is None:
                return
            self._slots.take(name, task.model)
            self._queue.started(task)
            self._events.metrics.left(TaskState.QUEUED, name, self._clock.now() - task.created_at)
            self._spawn(self._submit(task, name), self._submits)

    def _choose(self, task: OpenTask, now: int) -> str | None:
        return self._slots.choose(task.candidates, task.model, now)

    async def _submit(self, task: OpenTask, name: str) -> None:
        about(job=task.job_code)
        step: Step = Gone()
        began = self._clock.monotonic()
        try:
            step = await self._steps.submit(task, name)
        except Exception as error:  # noqa: BLE001 - a task must not be forgotten, whatever broke
            _log.error("submit broke", exc_info=error)
            step = await self._give_up(task, Failure.INTERNAL)
        finally:
            self._events.metrics.left(TaskState.SUBMITTING, name, self._clock.monotonic() - began)
            if not isinstance(step, Running):
                self._release(task, name)
        match step:
            case Running():
                self._slots.well(name)
                self._running.add(step)
            case Refused():
                await self._queue_again(step, name)
            case Ended():
                if step.failure is None:
                    self._slots.well(name)  # it answers at once: no task of it ever goes on running
                else:
                    self._events.alerts.trouble(name, step.failure)
                self._ended(task, step)
            case Unsent():
                self._queue.put(task)
            case Gone():
                self._forget_tries(task)

    async def _give_up(self, task: OpenTask, failure: Failure) -> Step:
        """End a task; where not even that can be written down now, it is done as soon as it can."""
        try:
            return await self._steps.give_up(task, failure)
        except Exception as error:  # noqa: BLE001 - a task must not be forgotten, whatever broke
            _log.error("a task could not be ended", job=task.job_code, exc_info=error)
            self._unended.append((task, failure))
            return Gone()

    async def _queue_again(self, refused: Refused, name: str) -> None:
        task, now = refused.task, self._clock.monotonic()
        if refused.rest:
            self._slots.rest(name, now, at_least_ms=(refused.retry_after or 0) * 1000)
            _log.warning("provider rests", provider=name, failure=refused.failure)
            self._events.alerts.trouble(name, refused.failure)
        if refused.failure is Failure.RATE_LIMITED:
            hopeless = now - self._refused_at.setdefault(task.id, now) > self._timeout_ms
        else:
            self._attempts[task.id] += 1
            hopeless = self._attempts[task.id] >= _TRIES * len(task.providers)
        if hopeless:
            self._ended(task, await self._give_up(task, refused.failure))
        else:
            self._queue.put(task)
        self._wake.notify()

    # Common

    async def _ask(self, running: Running, question: Coroutine[None, None, Step]) -> None:
        about(job=running.task.job_code)
        step = await question
        if not isinstance(step, Running):
            elapsed = self._clock.monotonic() - running.began
            self._events.metrics.left(TaskState.RUNNING, running.provider, elapsed)
        self._ended(running.task, step)

    def _release(self, task: OpenTask, provider: str) -> None:
        self._slots.give_back(provider, task.model)
        self._queue.ended(task)
        self._wake.notify()

    def _ended(self, task: OpenTask, step: Step) -> None:
        """Let delivery know, if a step has ended its task."""
        self._forget_tries(task)  # whatever this step gave, the task is not queued again
        if not isinstance(step, Ended):
            return
        if step.dropped:
            self._drop_waiting(task.job_id)
        self._events.ready_to_deliver.notify(task.job_id)

    def _drop_waiting(self, job_id: int) -> None:
        for task in self._queue.drop_job(job_id):
            self._forget_tries(task)

    def _forget_tries(self, task: OpenTask) -> None:
        self._attempts.pop(task.id, None)
        self._refused_at.pop(task.id, None)

    def _spawn(self, work: Coroutine[None, None, None], also: set[asyncio.Task[None]] | None = None) -> None:
        task = asyncio.create_task(work)
        for group in (self._under_way, also):
            if group is not None:
                group.add(task)
                task.add_done_callback(group.discard)
        task.add_done_callback(_report)

    def _next_due(self) -> int | None:
        closes = self._slots.wakes_at(self._clock.monotonic()) if len(self._queue) else None
        return min((one for one in (self._running.next_due, closes) if one is not None), default=None)

    async def _renew(self) -> None:
        await self._restore(self.application_id)
        await self._enter_all(await self._lease.renew())  # at once: nobody else takes them over any more
        unended, self._unended = self._unended, []
        for task, failure in unended:
            self._ended(task, await self._give_up(task, failure))
        self._wake.notify()  # what could not be written down may be sent now

    async def _restore(self, application_id: int) -> None:
        for job_id in await self._steps.restore(application_id):
            self._events.ready_to_deliver.notify(job_id)

    async def _enter_all(self, orphans: Orphans) -> None:
        """Go on with what dead processes left."""
        for task in orphans.tasks:
            try:
                await self._enter(task)
            except Exception as error:  # noqa: BLE001 - the others must not be forgotten, whatever broke
                _log.error("a task could not be taken over", job=task.job_code, exc_info=error)
                self._unended.append((task, Failure.INTERNAL))
        for job_id in orphans.deliveries:
            self._events.ready_to_deliver.notify(job_id)
        if orphans.tasks or orphans.deliveries:
            _log.info("recovered", tasks=len(orphans.tasks), deliveries=len(orphans.deliveries))
            self._wake.notify()

    async def _enter(self, task: OpenTask) -> None:
        if task.state is TaskState.QUEUED and self._offers.keys() & set(task.candidates):
            self._queue.put(task)
        elif task.provider is not None and self._steps.knows(task.provider) and task.remote_id is not None:
            ticket = Ticket(task.remote_id, task.polling_url)
            self._slots.take(task.provider, task.model)
            self._queue.started(task)
            began = monotonic_of(self._clock, task.submitted_at or task.created_at)
            running = Running(task, task.provider, ticket, began)
            self._running.add(running, ask_now=True)
        else:  # its provider is no longer configured; what it was sent stays booked
            failure = Failure.UNAVAILABLE if task.state is TaskState.QUEUED else Failure.INTERRUPTED
            self._ended(task, await self._give_up(task, failure))


def _report(task: asyncio.Task[None]) -> None:
    if task.cancelled() or isinstance(error := task.exception(), CannotWrite):  # the database itself says that
        return
    if error is not None:
        _log.error("a step of the worker broke", exc_info=error)
