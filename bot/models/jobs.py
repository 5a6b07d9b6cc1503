"""Jobs, their tasks and their pictures, and the states that they pass through."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum

from bot.models.people import Member, Place, ReplyToken
from bot.models.requests import ImageFormat, ImageRequest, Model, Plan


class JobState(StrEnum):
    """Where a job stands; the last three are terminal."""

    QUEUED = "queued"
    SUBMITTING = "submitting"
    RUNNING = "running"
    DELIVERING = "delivering"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def terminal(self) -> bool:
        """Whether the job has ended and its credits are settled or released."""
        return self in TERMINAL_STATES


TERMINAL_STATES = frozenset({JobState.DONE, JobState.FAILED, JobState.CANCELLED})
ACTIVE_STATES = frozenset(JobState) - TERMINAL_STATES
UNDER_WAY_STATES = ACTIVE_STATES - {JobState.DELIVERING}


class TaskState(StrEnum):
    """Where one call to a provider stands; ``made`` means that its picture is kept."""

    QUEUED = "queued"
    SUBMITTING = "submitting"
    RUNNING = "running"
    MADE = "made"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Failure(StrEnum):
    """Why a task or a job ended without its picture; the words for each are in ``errors.py``."""

    INVALID_REQUEST = "invalid_request"
    BAD_KEY = "bad_key"
    OUT_OF_FUNDS = "out_of_funds"
    RATE_LIMITED = "rate_limited"
    MODERATED = "moderated"
    UNAVAILABLE = "unavailable"
    TIMED_OUT = "timed_out"
    AMBIGUOUS = "ambiguous"
    NOT_MADE = "not_made"
    MALFORMED = "malformed"
    INTERRUPTED = "interrupted"
    SOURCE_GONE = "source_gone"
    SOURCE_ANIMATED = "source_animated"
    SOURCE_UNREADABLE = "source_unreadable"
    SOURCE_TOO_LARGE = "source_too_large"
    UNDELIVERABLE = "undeliverable"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class Task:
    """One call to a provider, which makes one picture."""

    id: int
    job_id: int
    number: int
    """From 1, as is its picture's."""
    state: TaskState
    seed: int
    provider: str | None = None
    submitted_at: int | None = None
    failure: Failure | None = None
    cost_microusd: int = 0
    bad_source: int | None = None
    """The number, from 1, of the picture to start from that is the reason of the failure; None where none is."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One finished image. ``code`` is the job's code, a dash and its number from 1."""

    code: str
    job_id: int
    number: int
    """From 1, as people count."""
    seed: int
    width: int
    height: int
    format: ImageFormat
    provider: str
    size: int
    """Bytes as the provider sent them."""
    attachment_id: int | None = None
    url: str | None = field(default=None, repr=False)
    """Where Discord showed it when it was posted; such an address is good for a day."""

    @property
    def filename(self) -> str:
        """The attachment's name: ASCII letters, digits and dashes only, as ``attachment://`` needs."""
        return f"atelier-{self.code}.{self.format.extension}"


_OUR_FILE = re.compile(r"/atelier-([2-9a-z]{5,12})-[1-4]\.(?:jpg|png)(?:\?|$)")


def job_code_in(url: str | None) -> str | None:
    """The code of the job whose picture an address shows, by the file's name; None where it is no picture of ours."""
    found = _OUR_FILE.search(url or "")
    return found[1] if found else None


@dataclass(frozen=True, slots=True)
class Job:
    """One request by one member, answered in one message."""

    id: int
    code: str
    state: JobState
    member_id: int
    member_name: str
    place: Place
    request: ImageRequest
    tolerance: int
    providers: tuple[str, ...]
    seed: int
    created_at: int
    message_id: int | None = None
    message_channel_id: int | None = None
    event_id: int | None = None
    """The interaction or message that asked; None for jobs of older versions."""
    reply: ReplyToken | None = None
    failure: Failure | None = None
    finished_at: int | None = None
    tasks: tuple[Task, ...] = ()
    pictures: tuple[Picture, ...] = ()
    spoiler: bool = False
    """Whether its pictures are posted covered."""
    worker: str = ""
    """The process that accepted it, or took it over, and posts it."""

    @property
    def cancelled(self) -> bool:
        """Whether somebody ended it; while it is ``delivering``, its message does not say so yet."""
        return self.state is JobState.CANCELLED or any(task.state is TaskState.CANCELLED for task in self.tasks)

    @property
    def ordered(self) -> int:
        """How many of its pictures a vendor had been asked for when it was cancelled, and may bill."""
        return sum(
            task.state is TaskState.MADE or (task.state is TaskState.CANCELLED and task.provider is not None)
            for task in self.tasks
        )


@dataclass(frozen=True, slots=True)
class NewJob:
    """All that is known of a job when it is accepted."""

    code: str
    worker: str
    member: Member
    place: Place
    plan: Plan
    reply: ReplyToken | None
    created_at: int
    estimate_microusd: int
    """What one of its pictures will probably cost."""
    application_id: int
    """The application that works on it and posts it, of those that share the database."""
    event_id: int | None = None
    """The interaction or message that asked: what several processes hear is accepted once."""
    message_id: int | None = None
    retry_of: int | None = None


@dataclass(frozen=True, slots=True)
class OpenTask:
    """An unfinished task with as much of its job as the queue needs."""

    id: int
    job_id: int
    member_id: int
    model: Model
    providers: tuple[str, ...]
    tried: tuple[str, ...]
    created_at: int
    state: TaskState
    number: int
    seed: int
    provider: str | None = None
    remote_id: str | None = None
    polling_url: str | None = None
    submitted_at: int | None = None
    has_references: bool = False
    """Whether pictures have to be brought before it can be sent."""
    guild_id: int | None = None
    """Where it was asked for; None in a direct conversation."""
    job_code: str = ""
    refusals: int = 0
    """How often providers have refused it explicitly, other than by a 429."""
    refused_at: int | None = None
    """When a provider first answered 429 (epoch ms)."""
    worker: str | None = None
    """The process that works on it, where one does."""

    @classmethod
    def of(cls, job: Job, task: Task) -> OpenTask:
        """A queued task of a job that was just accepted."""
        return cls(
            task.id,
            job.id,
            job.member_id,
            job.request.model,
            job.providers,
            (),
            job.created_at,
            task.state,
            task.number,
            task.seed,
            has_references=bool(job.request.references),
            guild_id=job.place.guild_id,
            job_code=job.code,
        )

    @property
    def candidates(self) -> tuple[str, ...]:
        """The providers that have not refused it yet, in order."""
        return tuple(name for name in self.providers if name not in self.tried)
