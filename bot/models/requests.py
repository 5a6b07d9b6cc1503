"""What a member asks for, and what the policy allows it to become."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote, urlsplit

PROMPT_MAX = 4000
"""Longest prompt in characters (Discord's own limit of a text option; AI/ML API's limit too)."""

FORGOTTEN_PROMPT = "–"
"""What stands for words that are kept no longer."""

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
    spoiler: bool = False
    """Whether it was posted covered: what is made of it is covered as well."""

    @property
    def filename(self) -> str | None:
        """What its file is called; None where its address is not known."""
        return unquote(urlsplit(self.url or "").path.rpartition("/")[2]) or None


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
