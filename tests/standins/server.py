"""A real HTTP server on this machine that records what it is asked and misbehaves on request."""

from __future__ import annotations

import asyncio
import json
import time
from collections import defaultdict, deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self

from aiohttp import web
from multidict import CIMultiDict

from tests.standins.faults import Fault, Kind

_CHUNK = 256 * 1024


@dataclass(frozen=True, slots=True)
class Recorded:
    """One request as it arrived. ``headers`` ignore case; ``body`` is parsed where it is JSON; ``at`` is monotonic."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: object
    at: float


@dataclass
class LoopbackServer:
    """Lifecycle, record and faults; what is served is the subclass's. ``start`` after ``stop`` keeps the port."""

    requests: list[Recorded] = field(default_factory=list[Recorded])
    _faults: dict[str, deque[Fault]] = field(default_factory=lambda: defaultdict(deque))
    _port: int = 0
    _runner: web.AppRunner | None = None
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _arrival: asyncio.Event = field(default_factory=asyncio.Event)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def url(self) -> str:
        """The base address, without a slash at the end."""
        return f"http://127.0.0.1:{self._port}"

    async def start(self) -> None:
        """Begin to listen; the first time on a free port, later on the same."""
        self._stopping = asyncio.Event()
        app = web.Application(client_max_size=128 * 1024 * 1024)
        app.add_routes(self.routes())
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.05, handler_cancellation=True)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True).start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Refuse connections from here on; open ones are closed."""
        self._stopping.set()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def routes(self) -> list[web.RouteDef]:
        """What is served."""
        raise NotImplementedError

    def error(self, fault: Fault) -> web.Response:
        """An HTTP error as this server words it."""
        raise NotImplementedError

    def script(self, where: str, fault: Fault, times: int = 1) -> None:
        """Let the next exchanges of a kind go wrong; several calls queue up."""
        self._faults[where].extend([fault] * times)

    def forgive(self) -> None:
        """Let every exchange go well again."""
        self._faults.clear()

    def take(self, where: str) -> Fault | None:
        """The fault that the exchange at hand was told to have."""
        queue = self._faults[where]
        return queue.popleft() if queue else None

    async def record(self, request: web.Request) -> Recorded:
        """Note down a request, with its whole body."""
        raw = await request.read()
        try:
            body: object = json.loads(raw) if raw else None
        except ValueError:
            body = raw
        seen = Recorded(request.method, request.path_qs, CIMultiDict(request.headers), body, time.monotonic())
        self.requests.append(seen)
        self._arrival.set()
        return seen

    async def arrived(self, count: int) -> None:
        """Wait until as many requests have arrived since the beginning."""
        while len(self.requests) < count:
            self._arrival.clear()
            await self._arrival.wait()

    async def misbehave(self, request: web.Request, fault: Fault, content: bytes = b"") -> web.StreamResponse:
        """Answer in the way a fault says; ``content`` is what should have been answered."""
        match fault.kind:
            case Kind.STATUS:
                return self.error(fault)
            case Kind.RAW:
                headers = {"Content-Type": fault.content_type, **fault.headers}
                return web.Response(status=fault.code, body=fault.content, headers=headers)
            case Kind.REDIRECT:
                return web.Response(status=fault.code, headers={"Location": fault.text or request.path_qs})
            case Kind.TRUNCATED:
                return web.Response(body=content[: len(content) // 2], content_type="image/jpeg")
            case Kind.OVERSIZED:
                return await self._oversized(request, fault)
            case Kind.CUT:
                return await self._cut(request, content)
            case Kind.DRIP:
                return await self._drip(request)
            case Kind.SILENCE:
                await self._stopping.wait()
                return self._hang_up(request)  # an error would say that nothing was accepted
            case Kind.CLOSE:
                return self._hang_up(request)
            case _:
                raise AssertionError(f"{type(self).__name__} has no such fault here: {fault}")

    @staticmethod
    def _hang_up(request: web.Request) -> web.Response:
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    async def _oversized(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "image/jpeg"})
        if fault.text == "announced":
            response.content_length = fault.size
        with suppress(ConnectionError):
            await response.prepare(request)
            for sent in range(0, fault.size, _CHUNK):
                await response.write(bytes(min(_CHUNK, fault.size - sent)))
        return response

    async def _cut(self, request: web.Request, content: bytes) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "image/jpeg"})
        response.content_length = len(content)
        await response.prepare(request)
        await response.write(content[: len(content) // 2])
        if request.transport is not None:
            request.transport.close()  # what was written still goes out, unlike with an abort
        return response

    async def _drip(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "image/jpeg"})
        with suppress(ConnectionError):
            await response.prepare(request)
            while not self._stopping.is_set():
                await response.write(b"\xff")
                await asyncio.sleep(0.005)
        return response
