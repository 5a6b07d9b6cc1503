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


class Behind:
    """What was told lately, to be read from the start by every panel that opens."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self.switches: dict[str, Switch] = {}
        self._told: deque[Json] = deque(maxlen=_KEPT)
        self._panels: set[asyncio.Queue[Json]] = set()

    def tell(self, kind: str, facts: Mapping[str, str | None]) -> None:
        """Show something to every open panel."""
        told = {"kind": kind, "at": self._clock(), **facts}
        self._told.append(told)
        for panel in self._panels:
            panel.put_nowait(told)

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
        """All that was told and is told from here on, as server-sent events."""
        headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        panel: asyncio.Queue[Json] = asyncio.Queue()
        for told in self._told:
            panel.put_nowait(told)
        self._panels.add(panel)
        try:
            while True:
                told = await panel.get()
                named = {**told, "name": names.get(told.get("member") or "")}
                await response.write(f"data: {json.dumps(named)}\n\n".encode())
        except ConnectionResetError:  # the page was closed
            return response
        finally:
            self._panels.discard(panel)
