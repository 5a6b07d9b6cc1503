"""The queue of one process: in memory; a start enters again what the rows say. Or a picture of what several share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from bot.generation.queue import FairQueue
from bot.generation.slots import ProviderSlots
from bot.generation.task_queue import TaskQueue, Turn
from bot.models import OpenTask, ProviderRest
from bot.providers.base import Capabilities


class LocalQueue(TaskQueue):
    """Waiting tasks in fair order, and each provider's slots."""

    def __init__(
        self,
        offers: Mapping[str, Capabilities],
        now: Callable[[], int],
        rests: Mapping[str, ProviderRest] | None = None,
    ) -> None:
        """``now`` is the clock (ms) by which providers rest."""
        self._offers = offers
        self.now = now
        self._tasks = FairQueue()
        self._slots = ProviderSlots(offers, rests)

    @property
    def waiting(self) -> int:
        return len(self._tasks)

    @property
    def oldest(self) -> int | None:
        return self._tasks.oldest

    @property
    def next_look(self) -> int | None:
        return self._slots.wakes_at(self.now()) if len(self._tasks) else None

    def ahead(self, guild_id: int | None, member_id: int, count: int = 1) -> int:
        return max(0, self._tasks.before(guild_id, member_id, count) + 1 - self._slots.free)

    def put(self, task: OpenTask) -> None:
        self._tasks.put(task)

    def take(self) -> Turn | None:
        if not self._slots.any_free:
            return None
        now = self.now()
        task = self._tasks.take(lambda one: self._slots.choose(one.candidates, one.model, now) is not None)
        name = None if task is None else self._slots.choose(task.candidates, task.model, now)
        if task is None or name is None:
            return None
        self.hold(task, name)
        return Turn(task, name, now)

    def hold(self, task: OpenTask, provider: str) -> None:
        self._slots.take(provider, task.model)
        self._tasks.started(task)

    def release(self, task: OpenTask, provider: str) -> None:
        self._slots.give_back(provider, task.model)
        self._tasks.ended(task)

    def drop_job(self, job_id: int) -> None:
        self._tasks.drop_job(job_id)

    def rest(self, provider: str, sent_at: int, *, at_least_ms: float = 0) -> None:
        self._slots.rest(provider, self.now(), sent_at, at_least_ms=at_least_ms)

    def well(self, provider: str, sent_at: int) -> None:
        self._slots.well(provider, sent_at)

    def knows_any(self, providers: Iterable[str]) -> bool:
        return not self._offers.keys().isdisjoint(providers)

    async def run(self) -> None:
        pass  # whoever puts or releases wakes the worker

    async def stop(self) -> None:
        pass  # the worker takes no more

    def look(self) -> None:
        pass  # nobody else changes it

    @property
    def any_free(self) -> bool:
        """Whether any provider could take any task."""
        return self._slots.any_free

    @property
    def any_awake(self) -> bool:
        return self._slots.any_awake(self.now())

    def active(self, provider: str) -> int:
        return self._slots.active(provider)

    def resting(self, provider: str) -> bool:
        return self._slots.resting(provider, self.now())
