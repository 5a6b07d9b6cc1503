"""A provider without a vendor: it does what a test told it beforehand."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from bot.models import Model
from bot.providers.base import Accepted, Balance, Capabilities, Finished, NotYet, TaskRequest, Ticket
from tests.standins.pictures import paint

T = TypeVar("T")

PICTURE = paint("4:3", "png", 3, edge=64)
"""What it makes where it was not told otherwise."""
ESTIMATE = 40_000
"""What a picture of it will probably cost, in millionths of a dollar."""
PATIENCE = 10.0
"""Seconds after which a test that waits for a call is stuck."""


@dataclass
class Held(Generic[T]):
    """An answer that waits until the test says so."""

    answer: T | Exception
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    """The call has been made."""
    let_go: asyncio.Event = field(default_factory=asyncio.Event)


class Script(Generic[T]):
    """The answers to one kind of call, and what it was called with."""

    def __init__(self) -> None:
        self._answers: deque[T | Exception | Held[T]] = deque()

    def next(self, *answers: T | Exception | Held[T]) -> None:
        """Give these answers to the next calls."""
        self._answers.extend(answers)

    async def answer(self, usual: T) -> T:
        given = self._answers.popleft() if self._answers else usual
        if isinstance(given, Held):
            held: Held[T] = given  # pyright: ignore[reportUnknownVariableType]
            held.reached.set()
            await held.let_go.wait()
            given = held.answer
        if isinstance(given, Exception):
            raise given
        return given


class ScriptedProvider:
    """Takes every task and is done when it is asked, as long as nothing else was said."""

    def __init__(
        self, name: str, *, slots: int = 4, prices: Mapping[Model, int] | None = None, webhooks: bool = False
    ) -> None:
        self._name = name
        self._capabilities = Capabilities(
            models=frozenset(Model),
            text_tolerance=range(7),
            edit_tolerance=range(3),
            slots={Model.PRO: slots, Model.MAX: max(1, slots // 2)},
            prices=prices or {Model.PRO: ESTIMATE, Model.MAX: 2 * ESTIMATE},
            webhooks=webhooks,
        )
        self.submits: list[TaskRequest] = []
        self.polls: list[Ticket] = []
        self.fetches: list[Finished] = []
        self.on_submit = Script[Accepted | Finished]()
        self.on_poll = Script[NotYet | Finished]()
        self.on_fetch = Script[bytes]()

    @property
    def name(self) -> str:
        return self._name

    @property
    def capabilities(self) -> Capabilities:
        return self._capabilities

    async def submit(self, request: TaskRequest, *, timeout: float) -> Accepted | Finished:
        self.submits.append(request)
        return await self.on_submit.answer(Accepted(Ticket(f"{self._name}-{len(self.submits)}")))

    async def poll(self, ticket: Ticket) -> NotYet | Finished:
        self.polls.append(ticket)
        return await self.on_poll.answer(Finished(data=PICTURE))

    async def fetch(self, finished: Finished) -> bytes:
        self.fetches.append(finished)
        return await self.on_fetch.answer(finished.data or PICTURE)

    async def balance(self) -> Balance | None:
        return None

    @property
    def seeds(self) -> list[int]:
        """The seeds that it was asked for, in order: which task came when."""
        return [request.seed for request in self.submits]
