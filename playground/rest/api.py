"""Discord's REST interface, as far as the bot uses it: every route, and what all of them share."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable

from aiohttp import web

from playground.context import Context
from playground.errors import FAULTS, ApiError, Refusal, told
from playground.rest import (
    applications,
    attachments,
    channels,
    gateways,
    guilds,
    interactions,
    messages,
    roles,
    threads,
    users,
)
from playground.rest.faults import Call, Fault, Faults
from playground.rest.limits import Limits
from playground.rest.requests import ApiRequest, answer, read
from playground.rest.routing import Handler, Route
from playground.wire import Json

_log = logging.getLogger(__name__)

PREFIX = "/api/v10"
ROUTES: list[Route] = [
    *gateways.ROUTES,
    *users.ROUTES,
    *applications.ROUTES,
    *interactions.ROUTES,
    *channels.ROUTES,
    *messages.ROUTES,
    *attachments.ROUTES,
    *threads.ROUTES,
    *guilds.ROUTES,
    *roles.ROUTES,
]

_REMEMBERED = 20_000
_CREATING = {"/channels/{channel_id}/threads", "/channels/{channel_id}/messages/{message_id}/threads"}
_BY_ADDRESS = ("/interactions/", "/webhooks/")
"""Routes that carry their right in the address."""


class RestApi:
    """The routes with authorization, rate limits, scripted faults and the record of every call."""

    def __init__(self, context: Context, token: str, *, limited: bool = True) -> None:
        self.limits = Limits() if limited else None
        self.faults = Faults()
        self.calls: deque[Call] = deque(maxlen=_REMEMBERED)
        self._context = context
        self._token = token

    def routes(self) -> list[web.RouteDef]:
        """Every route, wrapped in what all of them share."""
        return [web.route(method, PREFIX + path, self._shared(path, handler)) for method, path, handler in ROUTES]

    def _shared(self, template: str, handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def serve(raw: web.Request) -> web.StreamResponse:
            at = time.monotonic()
            fault = self.faults.take(raw.method, template)
            status, body, headers, request = 500, None, {"Via": "1.1 loopback"}, None
            try:
                if fault and fault.stall:
                    await asyncio.sleep(fault.stall)
                request = await read(raw)
                if fault and fault.spoils and not fault.applied:
                    self._record(raw, template, fault.status or 0, at, request)
                    return _misbehave(raw, fault)
                self._authorize(raw, template)
                if limited := self._limited(raw, template, headers):
                    status, body = 429, limited
                else:
                    body = await handler(self._context, request)
                    status = 204 if body is None else 201 if template in _CREATING else 200
                    if fault and fault.held:
                        await fault.held.wait()
            except ApiError as refusal:
                status, body = refusal.status, refusal.body()
                if refusal.code in FAULTS:
                    self._complain(f"{raw.method} {template}", body)
            self._record(raw, template, status, at, request)
            if fault and fault.spoils and fault.applied:
                return _misbehave(raw, fault)
            if body is None:
                return web.Response(status=status, headers=headers)
            return answer(body, status, headers)

        return serve

    def _complain(self, what: str, body: Json) -> None:
        """Say loudly what a bot sends that Discord would not take: in the log, and behind the page."""
        _log.warning("Discord would refuse %s: %s", what, told(body))
        self._context.world.emit("refused", {"what": what, "why": told(body)})

    def _record(self, raw: web.Request, template: str, status: int, at: float, request: ApiRequest | None) -> None:
        body, files = (request.body, len(request.files)) if request else (None, 0)
        self.calls.append(Call(raw.method, template, status, at, body, files))
        self._context.changes.notify()

    def _authorize(self, raw: web.Request, template: str) -> None:
        """What does not carry its right in the address needs the bot's token."""
        if template.startswith(_BY_ADDRESS) or template == "/gateway":
            return
        if raw.headers.get("Authorization") != f"Bot {self._token}":
            raise ApiError(Refusal.UNAUTHORIZED)

    def _limited(self, raw: web.Request, template: str, headers: dict[str, str]) -> Json | None:
        """Count the request; gives the body of a 429 where it is one too many."""
        if self.limits is None or template.startswith("/interactions/"):
            return None
        where = raw.match_info
        if template.startswith("/webhooks/"):
            bucket = f"webhook:{where['token']}"
        elif "channel_id" in where and raw.method != "GET":
            bucket = f"channel-write:{where['channel_id']}"
        else:
            bucket = f"{raw.method}{template}:{where.get('channel_id', '')}"
        verdict = self.limits.ask(bucket, counts_globally=not template.startswith(_BY_ADDRESS))
        headers |= verdict.headers
        if verdict.allowed:
            return None
        headers["Retry-After"] = f"{verdict.retry_after:.3f}"
        wait = round(verdict.retry_after, 3)
        return {"message": "You are being rate limited.", "retry_after": wait, "global": verdict.is_global}


def _misbehave(raw: web.Request, fault: Fault) -> web.StreamResponse:
    """The answer that a fault puts in the place of the right one, or a connection that is cut."""
    if fault.html:
        return web.Response(text="<html>Please wait</html>", content_type="text/html", status=fault.status or 200)
    if fault.reset or fault.status is None:
        if raw.transport is not None:
            raw.transport.abort()
        return web.Response(status=500)
    body: Json = {"message": f"{fault.status}: scripted", "code": fault.code}
    headers = {"Via": "1.1 loopback"}
    if fault.status == 429:
        wait = fault.retry_after or 0.1
        body = {"message": "You are being rate limited.", "retry_after": wait, "global": False}
        headers["Retry-After"] = f"{wait:.3f}"
    return answer(body, fault.status, headers)
