"""The sandbox: a provider of our own that paints without a model, offline, so that everything can be tried at once."""

from __future__ import annotations

import asyncio
import importlib
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Protocol, cast

from bot.errors import GenerationFailed, Moderated, TimedOut
from bot.models import Model
from bot.providers.base import Accepted, Balance, Capabilities, Finished, NotYet, TaskRequest, Ticket


class _Painter(Protocol):
    """The package ``painter``, as far as it is used here; it is no part of the bot, so it is loaded by name."""

    def paint(
        self,
        prompt: str,
        seed: int,
        ratio: str | None,
        format: str,
        fine: bool,
        guidance: float | None,
        enhance: bool,
        references: tuple[bytes, ...],
    ) -> bytes:
        """An image file."""
        ...


@dataclass(slots=True)
class _Painting:
    begun: float
    seconds: float
    picture: asyncio.Future[bytes]


class Sandbox:
    """Accepts at once, pretends to work for ``seconds``, and reports its progress meanwhile."""

    name = "sandbox"
    capabilities = Capabilities(
        models=frozenset(Model),
        text_tolerance=range(7),
        edit_tolerance=range(7),
        slots={Model.PRO: 8, Model.MAX: 8},
        prices={Model.PRO: 0, Model.MAX: 0},
        guidance=True,
        enhance=True,
    )

    def __init__(self, seconds: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self.next = ""
        """What is added to the next prompt, such as ``[slow]``."""
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="sandbox")
        self._paintings: dict[str, _Painting] = {}

    async def submit(self, request: TaskRequest, *, timeout: float) -> Accepted:  # noqa: ARG002
        """Begin to paint, unless the prompt asks for a refusal."""
        if self.next:
            request, self.next = replace(request, prompt=f"{request.prompt} {self.next}"), ""
        if "[moderated]" in request.prompt:
            raise Moderated("sandbox", reasons=("Sandbox",))
        seconds = self._seconds * (10 if "[slow]" in request.prompt else 1)
        remote_id = uuid.uuid4().hex  # no other process may take it for one of its own
        picture = asyncio.get_running_loop().run_in_executor(self._threads, _paint, request)
        self._paintings[remote_id] = _Painting(self._clock(), seconds, picture)
        return Accepted(Ticket(remote_id), expected=seconds)

    async def poll(self, ticket: Ticket) -> NotYet | Finished:
        """How far the pretended work is. A painting of an earlier process is gone."""
        painting_ = self._paintings.get(ticket.remote_id)
        if painting_ is None:
            raise TimedOut("the sandbox was restarted")
        progress = (self._clock() - painting_.begun) / painting_.seconds if painting_.seconds else 1.0
        if progress < 1 or not painting_.picture.done():
            return NotYet(progress=min(0.99, progress))
        del self._paintings[ticket.remote_id]
        return Finished(data=painting_.picture.result(), cost_microusd=0)

    async def fetch(self, finished: Finished) -> bytes:
        """The picture came along with the answer."""
        return finished.data or b""

    async def balance(self) -> Balance:
        """Paint costs nothing here."""
        return Balance("free", empty=False)


def _paint(request: TaskRequest) -> bytes:
    if "[error]" in request.prompt:
        raise GenerationFailed("the prompt asked for an error")
    painter = cast(_Painter, importlib.import_module("painter"))
    return painter.paint(
        request.prompt,
        request.seed,
        request.aspect_ratio,
        request.format,
        request.model is Model.MAX,
        request.guidance,
        request.enhance,
        tuple(reference.data for reference in request.references),
    )
