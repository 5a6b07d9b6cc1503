"""What waits for a provider, and the slots that it waits for: the worker takes from here what may begin now."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import NamedTuple

from bot.models import OpenTask


class Turn(NamedTuple):
    """A task that may begin."""

    task: OpenTask
    provider: str
    since: int
    """When that was decided (monotonic ms): of what became known later, it knows nothing."""


class TaskQueue(ABC):
    """Waiting tasks, and the providers' slots, rests and troubles."""

    @property
    @abstractmethod
    def waiting(self) -> int:
        """How many tasks wait."""

    @property
    @abstractmethod
    def oldest(self) -> int | None:
        """When the oldest waiting task was asked for (epoch ms)."""

    @property
    @abstractmethod
    def next_look(self) -> int | None:
        """When to look again though nothing happens: a provider's rest ends (monotonic ms)."""

    @abstractmethod
    def ahead(self, guild_id: int | None, member_id: int, count: int = 1) -> int:
        """How many tasks the last of so many new ones would wait behind; 0 when it can begin at once."""

    @abstractmethod
    def put(self, task: OpenTask) -> None:
        """Let a task wait for its turn."""

    @abstractmethod
    def take(self) -> Turn | None:
        """The next task that may begin now; it takes a slot until ``release``."""

    @abstractmethod
    def hold(self, task: OpenTask, provider: str) -> None:
        """A provider works on a task that was found so: it takes a slot, even where none is free."""

    @abstractmethod
    def release(self, task: OpenTask, provider: str) -> None:
        """Give a task's slot back."""

    @abstractmethod
    def drop_job(self, job_id: int) -> None:
        """Forget a job's waiting tasks."""

    @abstractmethod
    def rest(self, provider: str, sent_at: int, *, at_least_ms: float = 0) -> None:
        """What was sent to a provider then (monotonic ms) met with trouble: nothing is sent there for a while."""

    @abstractmethod
    def well(self, provider: str, sent_at: int) -> None:
        """A provider took what it was sent then (monotonic ms): older troubles are forgotten."""

    @abstractmethod
    def knows_any(self, providers: Iterable[str]) -> bool:
        """Whether any of these providers is given tasks."""

    @abstractmethod
    async def run(self) -> None:
        """What the queue does by itself, until ``stop``."""

    @abstractmethod
    async def stop(self) -> None:
        """Let nothing more begin."""

    @abstractmethod
    def look(self) -> None:
        """Something may begin now that could not before."""

    @property
    @abstractmethod
    def any_awake(self) -> bool:
        """Whether at least one provider is not resting."""

    @abstractmethod
    def active(self, provider: str) -> int:
        """How many tasks a provider has."""

    @abstractmethod
    def resting(self, provider: str) -> bool:
        """Whether nothing is sent to a provider now."""
