"""What the three vendors' stand-ins share: a key, tasks that take their time, slots, a picture host."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

from aiohttp import web

from tests.standins.faults import OUTCOMES, Fault, Kind
from tests.standins.pictures import PictureServer, paint
from tests.standins.server import LoopbackServer, Recorded

Seconds = float | Callable[[Recorded], float]
"""How long a task takes: always the same, or by its request."""


@dataclass
class StandInTask:
    """A task that was accepted. Times are monotonic seconds."""

    id: str
    seed: int
    ratio: str
    format: str
    started: float
    seconds: float
    outcome: Fault | None = None
    sample: str | None = None

    @property
    def progress(self) -> float:
        """How far it is, from 0 to 1."""
        return 1.0 if self.seconds <= 0 else min(1.0, (time.monotonic() - self.started) / self.seconds)

    @property
    def ended(self) -> bool:
        """Whether its time is over."""
        return self.progress >= 1


@dataclass
class VendorStandIn(LoopbackServer):
    """Base of the stand-ins; every attribute may be changed while it runs."""

    key: str = "stand-in-key"
    seconds: Seconds = 0.0
    slots: int | None = None
    """Tasks that may be active at once; more are answered with 429. None: any number."""
    progress: bool = True
    """Whether a running task says how far it is, where the vendor has a field for it."""
    edge: int = 256
    """Pictures have about ``edge`` × ``edge`` pixels."""
    pictures: PictureServer = field(default_factory=PictureServer)
    tasks: dict[str, StandInTask] = field(default_factory=dict[str, StandInTask])
    _ids: count[int] = field(default_factory=lambda: count(1))

    async def start(self) -> None:
        await self.pictures.start()
        await super().start()

    async def stop(self) -> None:
        await super().stop()
        await self.pictures.stop()

    def next_submit(self, fault: Fault, times: int = 1) -> None:
        """Let the next submits go wrong; a task's end (moderated, error …) is given to the task it makes."""
        self.script("submit", fault, times)

    def next_poll(self, fault: Fault, times: int = 1) -> None:
        """Let the next polls go wrong; a task's end is given to the task that is asked about."""
        self.script("poll", fault, times)

    def next_download(self, fault: Fault, times: int = 1) -> None:
        """Let the next downloads go wrong."""
        self.pictures.script("download", fault, times)

    def forgive(self) -> None:
        super().forgive()
        self.pictures.forgive()

    @property
    def accepted(self) -> int:
        """Tasks taken so far: each is one that the vendor would work on, and bill."""
        return len(self.tasks)

    @property
    def active(self) -> int:
        """Tasks that run now."""
        return sum(not task.ended for task in self.tasks.values())

    @property
    def submits(self) -> list[Recorded]:
        """The submits that arrived, accepted or not."""
        return [seen for seen in self.requests if seen.method == "POST"]

    @property
    def polls(self) -> list[Recorded]:
        """The questions for a task's status that arrived."""
        return [seen for seen in self.requests if self.is_poll(seen)]

    @property
    def downloads(self) -> list[Recorded]:
        """The fetches of a picture that arrived."""
        return self.pictures.requests

    def is_poll(self, seen: Recorded) -> bool:
        """Whether a request asks for a task's status."""
        return False

    @property
    def full(self) -> bool:
        """Whether no slot is free."""
        return self.slots is not None and self.active >= self.slots

    def accept(
        self, seen: Recorded, *, seed: int | None, ratio: str, image_format: str, fault: Fault | None
    ) -> StandInTask:
        """Begin a task."""
        number = next(self._ids)
        task = StandInTask(
            id=f"00000000-0000-4000-8000-{number:012d}",
            seed=number if seed is None else seed,
            ratio=ratio,
            format=image_format,
            started=time.monotonic(),
            seconds=self.seconds(seen) if callable(self.seconds) else self.seconds,
            outcome=fault if fault is not None and fault.kind in OUTCOMES else None,
        )
        self.tasks[task.id] = task
        return task

    def paint(self, task: StandInTask) -> bytes:
        """The task's picture."""
        return paint(task.ratio, task.format, task.seed, self.edge)

    def sample(self, task: StandInTask) -> str:
        """The address of the task's picture; published when it is first asked for."""
        if task.sample is None:
            task.sample = self.pictures.publish(self.paint(task), task.format)
        return task.sample

    async def poll_fault(self, request: web.Request, task: StandInTask | None) -> web.StreamResponse | None:
        """The answer of a poll that was told to go wrong; ends the task where the fault is a task's end."""
        fault = self.take("poll")
        if fault is None:
            return None
        if fault.kind in OUTCOMES and task is not None:
            task.outcome, task.seconds = fault, 0.0
            return None
        return await self.misbehave(request, fault)


def goes_before_acceptance(fault: Fault | None) -> bool:
    """Whether a fault of a submit is a refusal, so that no task begins."""
    return fault is not None and (fault.kind is Kind.STATUS or (fault.kind is Kind.RAW and fault.code >= 400))
