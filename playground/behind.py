"""Behind the scenes: what whoever runs the bot tells of it, for the page's panel, and the switches that they offer."""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from playground.context import Context
from playground.snowflakes import parse
from playground.wire import Json

Switch = Callable[[Mapping[str, int | tuple[int, ...]]], Awaitable[str]]
"""Takes who uses it (ids of the member, guild and channel, and of roles), and may answer with a number."""
_KEPT = 400
_HEARTBEAT_S = 15.0


class Behind:
    """What was told lately, to be read from the start by every panel that opens."""

    def __init__(self, clock: Callable[[], float] = time.time, heartbeat_s: float = _HEARTBEAT_S) -> None:
        self._clock = clock
        self._heartbeat_s = heartbeat_s
        self.switches: dict[str, Switch] = {}
        self._told: deque[Json] = deque(maxlen=_KEPT)
        self._panels: set[asyncio.Queue[Json | None]] = set()

    @property
    def panels(self) -> int:
        """How many panels are open, or were until a heartbeat ago."""
        return len(self._panels)

    def tell(self, kind: str, facts: Mapping[str, str | None]) -> None:
        """Show something to every open panel."""
        told = {"kind": kind, "at": self._clock(), **facts}
        self._told.append(told)
        for panel in self._panels:
            panel.put_nowait(told)

    async def end(self, _: web.Application) -> None:
        """Let every panel go: the server ends."""
        for panel in self._panels:
            panel.put_nowait(None)

    def routes(self, context: Context) -> list[web.RouteDef]:
        """The panel's routes; none of them where nobody tells anything."""

        async def use(request: web.Request) -> web.Response:
            switch, body = self.switches.get(request.match_info["switch"]), await request.json()
            user = context.world.users.get(parse(body.get("person")) or 0)
            if switch is None or user is None or not user.listed:
                raise web.HTTPNotFound
            member = context.guild.members.get(user.id)
            roles = tuple(member.roles) if member else ()
            where = {"guild": context.guild.id, "channel": context.channel.id}
            number = await switch({"member": user.id, "roles": roles, **where})
            context.world.emit("clock", None)  # it may have been put forward
            return web.json_response({"number": number})

        async def told(request: web.Request) -> web.StreamResponse:
            names = {str(user.id): user.display for user in context.world.users.values()}
            return await self._stream(request, names)

        return [web.get("/play/behind/told", told), web.post("/play/behind/{switch}", use)]

    async def _stream(self, request: web.Request, names: Mapping[str, str]) -> web.StreamResponse:
        """All that was told and is told from here on, as server-sent events, until the page or the server is closed."""
        headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        panel: asyncio.Queue[Json | None] = asyncio.Queue()
        for told in self._told:
            panel.put_nowait(told)
        self._panels.add(panel)
        try:
            while (line := await self._line(panel, names)) is not None:
                await response.write(line)
        except ConnectionResetError:  # the page was closed
            pass
        finally:
            self._panels.discard(panel)
        return response

    async def _line(self, panel: asyncio.Queue[Json | None], names: Mapping[str, str]) -> bytes | None:
        """The next event; a comment where there is none for long, as a closed page is noticed only by writing to it."""
        try:
            async with asyncio.timeout(self._heartbeat_s):
                told = await panel.get()
        except TimeoutError:
            return b":\n\n"
        if told is None:
            return None
        named = {**told, "name": names.get(told.get("member") or "")}
        return f"data: {json.dumps(named)}\n\n".encode()
