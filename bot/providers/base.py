"""What every image provider is to the rest of the program; nothing of any one vendor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from bot.models import AspectRatio, ImageFormat, Model


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a provider can do, as the policy and the worker need to know it.

    ``text_tolerance`` and ``edit_tolerance`` are the values the vendor takes, strictest first.
    ``slots`` is how many tasks of a model may be active at once; ``prices`` are millionths of a dollar an image.
    """

    models: frozenset[Model]
    text_tolerance: range
    edit_tolerance: range
    slots: Mapping[Model, int]
    prices: Mapping[Model, int]
    max_references: int = 4
    guidance: bool = False
    enhance: bool = False
    webhooks: bool = False


@dataclass(frozen=True, slots=True)
class ReferenceImage:
    """A picture to start from, upright and without metadata.

    ``url`` is where a vendor may fetch the very same bytes; None where the file there is not fit to be shown to one.
    """

    data: bytes = field(repr=False)
    width: int
    height: int
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where a vendor may call back when a task ends, and the secret it proves itself with."""

    url: str = field(repr=False)
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class TaskRequest:
    """One picture to make. ``tolerance`` is already on the provider's own scale."""

    prompt: str = field(repr=False)
    model: Model
    seed: int
    tolerance: int
    format: ImageFormat
    aspect_ratio: AspectRatio | None = None
    guidance: float | None = None
    enhance: bool = False
    references: tuple[ReferenceImage, ...] = ()
    webhook: Webhook | None = None


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a provider needs to be asked about a task again; both parts are stored with the task.

    ``polling_url`` is None where the vendor gave none; the provider then builds it from ``remote_id``.
    """

    remote_id: str
    polling_url: str | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """The task was taken and runs; ask again. ``cost`` in millionths of a dollar where the vendor said."""

    ticket: Ticket
    cost_microusd: int | None = None
    retry_after: float | None = None
    """Seconds before which the vendor does not want to be asked."""
    expected: float | None = None
    """Seconds that it will take from here, where the vendor says so."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The picture is made: its address, or its bytes where the vendor sent them along. Exactly one is set."""

    url: str | None = None
    data: bytes | None = field(default=None, repr=False)
    cost_microusd: int | None = None


@dataclass(frozen=True, slots=True)
class NotYet:
    """The task still runs. ``progress`` is from 0 to 1, ``preview`` what there is so far, where the vendor says so."""

    progress: float | None = None
    retry_after: float | None = None
    preview: Finished | None = None


@dataclass(frozen=True, slots=True)
class Balance:
    """What is left at the vendor, as a short text such as ``"$12.40"`` or ``"1,240 credits"``."""

    text: str
    empty: bool


class Provider(Protocol):
    """A vendor of pictures. Every method raises only ``errors.ProviderError`` subclasses.

    ``submit`` must raise ``Ambiguous`` whenever the request may have been accepted without an answer;
    every other error of ``submit`` promises that nothing was accepted, except ``Moderated``, ``TimedOut``
    and ``MalformedAnswer``, after which the worker does not send again either.
    """

    @property
    def name(self) -> str:
        """The name in ``PROVIDERS``."""
        ...

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""
        ...

    async def submit(self, request: TaskRequest, *, timeout: float) -> Accepted | Finished:
        """Ask for a picture; a long call (up to ``timeout`` seconds) where the vendor answers only when done."""
        ...

    async def poll(self, ticket: Ticket) -> NotYet | Finished:
        """Ask how a task stands."""
        ...

    async def fetch(self, finished: Finished) -> bytes:
        """Bring the picture's bytes (at most 32 MiB, unchecked otherwise); never sends the key to another host."""
        ...

    async def balance(self) -> Balance | None:
        """What is left at the vendor; None where it has no such question. Proves the key as well."""
        ...
