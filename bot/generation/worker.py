"""Drives jobs from row to row: submits what the queue gives, asks again at the right moments, ends what is hopeless.

It holds no coroutine per waiting job: waiting tasks stand in a queue, running ones in a heap of due times.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import random
import string
from collections.abc import Coroutine, Mapping

import structlog

from bot.admission.arrivals import Arrivals
from bot.clock import Clock, WakeSignal
from bot.errors import CannotWrite
from bot.generation import gauges
from bot.generation.crowd import Crowd
from bot.generation.events import JobEvents
from bot.generation.local_queue import LocalQueue
from bot.generation.polling import PollSchedule
from bot.generation.progress import Stage
from bot.generation.recovery import RENEW_MS, Lease, Recovery
from bot.generation.running import RunningTasks, Watch
from bot.generation.shared_queue import SharedQueue
from bot.generation.steps import Ended, Gone, Refused, Running, Step, TaskSteps, Unsent
from bot.generation.task_queue import TaskQueue, Turn
from bot.models import Failure, Job, Model, OpenTask, TaskState
from bot.observability.log import about
from bot.providers.base import Capabilities
from bot.storage import Database, notices

_log = structlog.get_logger(__name__)

_ID_LETTERS = string.ascii_letters + string.digits
_ID_LENGTH = 7
"""42 bits, where a few processes at a time have to differ: each job's row carries one for ever."""
_TRIES = 3
"""How often a provider that is down is asked about one task before the task is given up."""
_NEARLY = 0.75
"""From this share of a picture on, where a service tells it, its card says that it arrives."""


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
        arrivals: Arrivals,
        *,
        timeout_seconds: float,
    ) -> None:
        self.id = "".join(rng.choices(_ID_LETTERS, k=_ID_LENGTH))
        self._database = database
        self._offers = offers
        self._steps = steps
        self._events = events
        self._clock = clock
        self._crowd = Crowd(arrivals, clock)
        self._timeout_ms = int(timeout_seconds * 1000)
        self._wake = WakeSignal()
        self._lease = Lease(database, clock, self.id)
        self.queue: TaskQueue = LocalQueue(offers, clock.monotonic)
        if database.shared:
            self.queue = SharedQueue(database, offers, clock, self.id, self._lease, self._wake.notify)
        self._schedule = PollSchedule()
        self._running = RunningTasks(
            steps.poll,
            self._schedule,
            clock,
            self._timeout_ms,
            released=self._release,
            wake=self._wake.notify,
        )
        self.recovery = Recovery(
            self._lease, steps, self.queue, self._running, events, clock, ended=self._ended, wake=self._wake.notify
        )
        self._under_way: set[asyncio.Task[None]] = set()
        self._submits: set[asyncio.Task[None]] = set()
        self._stopping = False

    @property
    def application_id(self) -> int:
        """The application whose jobs these are; known once the recovery has begun."""
        return self._lease.application_id

    @property
    def running(self) -> int:
        """How many tasks providers work on."""
        return len(self._running)

    def watch(self) -> None:
        """Show what waits and runs among the metrics."""
        gauges.watch(self._events.metrics, self._clock, self._offers, self.queue, self._running)

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
            self.queue.put(OpenTask.of(job, task))
        self._wake.notify()

    def cancelled(self, job_id: int) -> None:
        """Send no more of a job. What providers work on keeps its slot until they have ended it."""
        self.queue.drop_job(job_id)
        self._running.cancelled(job_id)
        self._wake.notify()

    def hint(self, remote_id: str) -> None:
        """A vendor called back about this task: whoever works on it asks at once."""
        if not self._running.hint(remote_id) and self._database.shared:
            self._spawn(self._database.write_on([], notices.send, "hint", remote_id))

    async def hear(self) -> None:
        """Do at once what the other processes on this database tell; without it, it is done with the next sweep."""
        async for topic, payload in self._database.listen():
            match topic:
                case "hint":
                    self._running.hint(payload)
                case "cancelled":
                    self.cancelled(int(payload))
                case "deliver":
                    worker, _, job_id = payload.partition(" ")
                    if worker == self.id:
                        self._events.ready_to_deliver.notify(int(job_id))
                case "shards":
                    self._events.shards_changed.notify()
                case _:
                    self.queue.look()

    async def run(self) -> None:
        """Work until ``stop``; the recovery begins first."""
        while not self._stopping:
            self._wake.take()
            self._start_submits()
            for watch in self._running.take_due():
                self._events.metrics.polled(watch.running.provider)
                self._spawn(self._ask(watch))
            await self._clock.wait(self._wake.event, self._next_due())

    async def stop(self, grace_seconds: float) -> None:
        """Claim nothing more, and let submits under way end for a while; the lease is kept until ``leave``.

        A submit that is cut off stays ``submitting``: the next start finds it and tells its member.
        """
        self._stopping = True
        self.recovery.stop()
        self._wake.notify()
        with contextlib.suppress(CannotWrite):  # then others find out when the lease is gone
            await self.queue.stop()
        loop = asyncio.get_running_loop()
        until = loop.time() + grace_seconds
        while self._submits and (left := until - loop.time()) > 0:
            with contextlib.suppress(Exception):  # whatever keeps the row from being written, the drain goes on
                await self._lease.prolong()
            if self._submits:  # still
                await asyncio.wait(self._submits, timeout=min(left, RENEW_MS / 1000))
        for task in list(self._under_way):
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    # Waiting tasks

    def _start_submits(self) -> None:
        if self._crowd.holds():
            return
        while self._database.writable and (turn := self.queue.take()):  # the lease finds out when it is again
            self._events.metrics.left(TaskState.QUEUED, turn.provider, self._clock.now() - turn.task.created_at)
            self._spawn(self._submit(turn), self._submits)

    async def _submit(self, turn: Turn) -> None:
        task, name, since = turn
        about(job=task.job_code)
        step: Step = Gone()
        began = self._clock.monotonic()
        try:
            step = await self._steps.submit(task, name, self.id, since)
        except Exception as error:  # noqa: BLE001 - a task must not be forgotten, whatever broke
            _log.error("submit broke", exc_info=error)
            step = await self.recovery.give_up(task, Failure.INTERNAL)
        finally:
            self._events.metrics.left(TaskState.SUBMITTING, name, self._clock.monotonic() - began)
            if not isinstance(step, Running):
                self._release(task, name)
        match step:
            case Running():
                self.queue.well(name, since)
                self._running.add(step)
                self._events.progress.ordered(task.job_id, self._clock.now())
            case Refused():
                await self._queue_again(step, name, since)
            case Ended():
                if step.failure is None:
                    self.queue.well(name, since)  # it answers at once: no task of it ever goes on running
                else:
                    self._events.alerts.trouble(name, step.failure)
                self._ended(task, step)
            case Unsent():
                self.queue.put(step.task)
            case Gone():
                pass

    async def _queue_again(self, refused: Refused, name: str, since: int) -> None:
        task = refused.task
        if refused.rest:
            self.queue.rest(name, since, at_least_ms=(refused.retry_after or 0) * 1000)
            _log.warning("provider rests", provider=name, failure=refused.failure)
            self._events.alerts.trouble(name, refused.failure)
        if self._hopeless(refused):
            self._ended(task, await self.recovery.give_up(task, refused.failure))
        else:
            self.queue.put(task)
        self._wake.notify()

    def _hopeless(self, refused: Refused) -> bool:
        """Being too fast is nobody's fault: after a 429 only time counts, else how often it was tried."""
        task = refused.task
        if refused.failure is Failure.RATE_LIMITED and task.refused_at is not None:
            return self._clock.now() - task.refused_at > self._timeout_ms
        return task.refusals >= _TRIES * len(task.providers)

    # Common

    async def _ask(self, watch: Watch) -> None:
        running = watch.running
        about(job=running.task.job_code)
        step = await self._running.ask(watch)
        if isinstance(step, Running):
            await self._coming(step)
        else:
            elapsed = self._clock.monotonic() - running.began
            self._events.metrics.left(TaskState.RUNNING, running.provider, elapsed)
        self._ended(running.task, step)

    async def _coming(self, running: Running) -> None:
        """Tell whoever waits that a picture is nearly there; with what the service shows of it, where it does."""
        progress, job_id = self._events.progress, running.task.job_id
        nearly = running.preview is not None or (running.progress or 0) >= _NEARLY
        if nearly and not running.cancelled and progress.lacks(job_id, Stage.ARRIVING):
            progress.arriving(job_id, await self._steps.preview(running))

    def _release(self, task: OpenTask, provider: str) -> None:
        self.queue.release(task, provider)
        self._wake.notify()

    def _ended(self, task: OpenTask, step: Step) -> None:
        """Let delivery know, if a step has ended its task."""
        if not isinstance(step, Ended):
            return
        if step.dropped:
            self.queue.drop_job(task.job_id)
        if step.failure is None:
            self._events.progress.arriving(task.job_id)
        self._events.ready_to_deliver.notify(task.job_id)

    def _spawn(self, work: Coroutine[None, None, None], also: set[asyncio.Task[None]] | None = None) -> None:
        task = asyncio.create_task(work)
        for group in (self._under_way, also):
            if group is not None:
                group.add(task)
                task.add_done_callback(group.discard)
        task.add_done_callback(_report)

    def _next_due(self) -> int | None:
        looks = self._running.next_due, self.queue.next_look, self._crowd.look_again
        return min((one for one in looks if one is not None), default=None)


def _report(task: asyncio.Task[None]) -> None:
    if task.cancelled() or isinstance(error := task.exception(), CannotWrite):  # the database itself says that
        return
    if error is not None:
        _log.error("a step of the worker broke", exc_info=error)
