"""How far the jobs that this process has accepted or taken over are, for the cards that wait for them.

It is kept in memory alone: losing it only leaves a card as it stands.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from bot.clock import WakeSignal
from bot.models import OpenTask, TaskState


class Stage(IntEnum):
    """What a waiting card says; it only goes up, so a card moves at most twice."""

    QUEUED = 0
    ORDERED = 1
    """A service works on one of its pictures."""
    ARRIVING = 2
    """The first of several pictures is made, or a service says that one is nearly done, or shows it."""


@dataclass(slots=True)
class Progress:
    """Where a job stands, and what its card says of it."""

    accepted: int
    """Monotonic ms."""
    shown: Stage
    stage: Stage
    began: int
    """When it was ordered, or asked for where that came at once (epoch ms)."""
    preview: bytes | None = field(default=None, repr=False)
    """A small JPEG of a picture that is not done yet."""


class JobProgress:
    """Told by the worker, read by the waiting cards; of jobs that are other processes' it knows nothing."""

    def __init__(self) -> None:
        self._jobs: dict[int, Progress] = {}
        self.changed = WakeSignal()
        """Ids of jobs that have come to a new stage."""

    def accepted(self, job_id: int, at: int, now: int, *, queued: bool) -> None:
        """A job waits from now on: monotonic, and epoch ms."""
        stage = Stage.QUEUED if queued else Stage.ORDERED
        self._jobs[job_id] = Progress(at, stage, stage, now)

    def taken_over(self, task: OpenTask, at: int, now: int) -> None:
        """Go on with a job of a process that is gone, by the first of its unfinished tasks: its card is taken to say
        what it ought to.
        """
        if task.job_id in self._jobs:
            return
        stage = Stage.QUEUED if task.state is TaskState.QUEUED else Stage.ORDERED
        stage = Stage.ARRIVING if task.number > 1 else stage
        self._jobs[task.job_id] = Progress(at, stage, stage, task.submitted_at or now)

    def ordered(self, job_id: int, now: int) -> None:
        """A service has taken one of its tasks (epoch ms)."""
        if self._reached(job_id, Stage.ORDERED):
            self._jobs[job_id].began = now

    def arriving(self, job_id: int, preview: bytes | None = None) -> None:
        """There is something of it."""
        if self._reached(job_id, Stage.ARRIVING):
            self._jobs[job_id].preview = preview

    def lacks(self, job_id: int, stage: Stage) -> bool:
        """Whether a job's card could still move to a stage."""
        known = self._jobs.get(job_id)
        return known is not None and known.stage < stage

    def of(self, job_id: int) -> Progress | None:
        """Where a job stands; None where nobody waits for it any more, or nobody here knows."""
        return self._jobs.get(job_id)

    def ended(self, job_id: int) -> None:
        """Its card does not move any more."""
        self._jobs.pop(job_id, None)

    def _reached(self, job_id: int, stage: Stage) -> bool:
        """Note a stage; False where the job was there already."""
        if not self.lacks(job_id, stage):
            return False
        self._jobs[job_id].stage = stage
        self.changed.notify(job_id)
        return True
