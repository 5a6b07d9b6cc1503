"""The frozen values that the house turns on; no behaviour beyond what a value knows of itself.

Times are UTC epoch milliseconds, money is millionths of a US dollar, Discord ids are 64-bit integers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

PROMPT_MAX = 4000
"""Longest prompt in characters (Discord's own limit of a text option; AI/ML API's limit too)."""

SEED_MAX = 2_147_483_640
"""Largest seed a member may ask for; leaves room for ``seed + 3`` in a signed 32-bit integer."""


class Model(StrEnum):
    """The two FLUX.1 Kontext models."""

    PRO = "pro"
    MAX = "max"

    @property
    def credits(self) -> int:
        """What one image costs a member, in credits (contract)."""
        return 2 if self is Model.MAX else 1


class AspectRatio(StrEnum):
    """Width to height, as every vendor spells it."""

    R21_9 = "21:9"
    R16_9 = "16:9"
    R4_3 = "4:3"
    R3_2 = "3:2"
    R1_1 = "1:1"
    R2_3 = "2:3"
    R3_4 = "3:4"
    R9_16 = "9:16"
    R9_21 = "9:21"

    @property
    def value_as_float(self) -> float:
        """Width divided by height."""
        width, height = self.value.split(":")
        return int(width) / int(height)


class ImageFormat(StrEnum):
    """The file formats every vendor can answer with."""

    JPEG = "jpeg"
    PNG = "png"

    @property
    def extension(self) -> str:
        """The file name's ending, without the dot."""
        return "jpg" if self is ImageFormat.JPEG else "png"


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


class Origin(StrEnum):
    """How a job came to be."""

    IMAGINE = "imagine"
    EDIT = "edit"
    REMIX = "remix"
    REROLL = "reroll"
    VARIATION = "variation"
    MAX = "max"
    RETRY = "retry"  # only in rows of version 0.1: since then a retry keeps the origin of what failed


class Variation(StrEnum):
    """How far a variation goes from its picture."""

    SUBTLE = "subtle"
    STRONG = "strong"


@dataclass(frozen=True, slots=True)
class Member:
    """Who asks. ``moderator`` is what Discord's permissions say in the place of the request."""

    id: int
    name: str
    role_ids: tuple[int, ...] = ()
    moderator: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where a job is answered. ``guild_id`` is None in direct messages."""

    channel_id: int
    guild_id: int | None = None
    age_restricted: bool = False
    file_limit: int = 10 * 1024 * 1024
    """Largest file in bytes that may be posted here."""
    reachable: bool = True
    """Whether the bot itself can act here; where only a member has installed it, the answer's token is all it has."""
    in_thread: bool = False
    parent_id: int | None = None
    """The channel that a thread belongs to: its rules count in the thread as well."""


@dataclass(frozen=True, slots=True)
class ReplyToken:
    """The right to edit an interaction's answer: valid 15 minutes from ``issued_at`` (Discord reference)."""

    application_id: int
    token: str = field(repr=False)
    issued_at: int


@dataclass(frozen=True, slots=True)
class Reference:
    """A picture that a request starts from. ``code`` is ours when the picture is.

    ``url`` is an address of Discord's, which expires; None where it is to be asked for by its message.
    """

    url: str | None
    code: str | None = None
    owner_id: int | None = None
    """Who made or posted it, where known: the one whose consent a remix needs."""
    channel_id: int | None = None
    message_id: int | None = None
    attachment_id: int | None = None
    """The three ids where Discord keeps it; None where it came with a command's option."""
    age_restricted: bool = False
    """Whether it stands in an age-restricted channel."""


@dataclass(frozen=True, slots=True)
class ImageRequest:
    """What a member asks for, before any rule was applied."""

    prompt: str
    model: Model = Model.PRO
    aspect_ratio: AspectRatio | None = None
    count: int = 1
    seed: int | None = None
    guidance: float | None = None
    format: ImageFormat = ImageFormat.JPEG
    enhance: bool = False
    references: tuple[Reference, ...] = ()
    vary: Variation | None = None
    """Set where a variation of the reference is asked for; ``prompt`` then says what it shows."""
    origin: Origin = Origin.IMAGINE
    parent: str | None = None
    """Code of the picture or job that this one came from."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the policy allows a request to become: how many calls, at which tolerance, by whom."""

    request: ImageRequest
    tolerance: int
    """The server's own scale, 0 (strictest) to 6; mapped to a provider's when a call is made."""
    providers: tuple[str, ...]
    """Names of the providers that may be used, in order of preference."""
    seed: int
    """Seed of the first image; image k has ``seed + k``."""
    spoiler: bool = False
    """Whether the pictures are posted covered."""

    @property
    def credits(self) -> int:
        """What the whole request reserves."""
        return self.request.model.credits * self.request.count


@dataclass(frozen=True, slots=True)
class Task:
    """One call to a provider, which makes one picture."""

    id: int
    job_id: int
    index: int
    state: TaskState
    seed: int
    provider: str | None = None
    remote_id: str | None = None
    polling_url: str | None = None
    submitted_at: int | None = None
    failure: Failure | None = None
    cost_microusd: int = 0


@dataclass(frozen=True, slots=True)
class Picture:
    """One finished image. ``code`` is the job's code, a dash and its number from 1."""

    code: str
    job_id: int
    index: int
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
    def number(self) -> int:
        """The picture's number from 1, as people count."""
        return self.index + 1

    @property
    def filename(self) -> str:
        """The attachment's name: ASCII letters, digits and dashes only, as ``attachment://`` needs."""
        return f"atelier-{self.code}.{self.format.extension}"


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
    reply: ReplyToken | None = None
    failure: Failure | None = None
    finished_at: int | None = None
    tasks: tuple[Task, ...] = ()
    pictures: tuple[Picture, ...] = ()
    spoiler: bool = False
    """Whether its pictures are posted covered."""


@dataclass(frozen=True, slots=True)
class Room:
    """A thread in which people remix one picture together; ``code`` is its current picture.

    ``shown`` is the picture that its header message shows, which follows ``code``.
    """

    thread_id: int
    guild_id: int
    root: str
    code: str
    header_id: int | None = None
    shown: str | None = None
