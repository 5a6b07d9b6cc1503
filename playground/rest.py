"""Discord's REST interface, as far as the bot uses it: what all routes share, and those of the bot itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from aiohttp import web

from playground import answers, applications, channels, guilds, roles, threads
from playground.attachments import Upload
from playground.errors import ApiError, Refusal
from playground.faults import Call
from playground.messages import Message
from playground.permissions import Permission, in_channel
from playground.requests import Asked, answer, read
from playground.snowflakes import parse
from playground.world import MEBIBYTE, Channel

if TYPE_CHECKING:
    from playground.server import LoopbackDiscord

PREFIX = "/api/v10"

Json = dict[str, Any]
Handler = Callable[["Rest", Asked], Awaitable[Any]]
Route = tuple[str, str, Handler]


_CREATING = {"/channels/{channel_id}/threads", "/channels/{channel_id}/messages/{message_id}/threads"}


class Rest:
    """The routes over one server's world."""

    def __init__(self, server: LoopbackDiscord) -> None:
        self.server = server

    def routes(self) -> list[web.RouteDef]:
        """Every route, wrapped in what all of them share."""
        return [web.route(method, PREFIX + path, self._shared(path, handler)) for method, path, handler in ROUTES]

    def _shared(self, template: str, handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def serve(request: web.Request) -> web.StreamResponse:
            at = time.monotonic()
            fault = self.server.faults.take(request.method, template)
            status, body, headers, asked = 500, None, {"Via": "1.1 loopback"}, None
            try:
                if fault and fault.stall:
                    await asyncio.sleep(fault.stall)
                asked = await read(request)
                if fault and fault.spoils and not fault.applied:
                    return await self._misbehave(request, template, fault, at, asked)
                self._authorize(request, template)
                if limited := self._limited(request, template, headers):
                    status, body = 429, limited
                else:
                    body = await handler(self, asked)
                    status = 204 if body is None else 201 if template in _CREATING else 200
            except ApiError as refusal:
                status, body = refusal.status, refusal.body()
            self._record(request, template, status, at, asked)
            if fault and fault.spoils and fault.applied:
                return await self._misbehave(request, template, fault, at, asked, record=False)
            if body is None:
                return web.Response(status=status, headers=headers)
            return answer(body, status, headers)

        return serve

    async def _misbehave(
        self, request: web.Request, template: str, fault: Any, at: float, asked: Any, *, record: bool = True
    ) -> web.StreamResponse:
        status = fault.status or 0
        if record:
            self._record(request, template, status, at, asked)
        if fault.reset or fault.status is None:
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=500)
        body: Json = {"message": f"{status}: scripted", "code": fault.code}
        headers = {"Via": "1.1 loopback"}
        if status == 429:
            wait = fault.retry_after or 0.1
            body = {"message": "You are being rate limited.", "retry_after": wait, "global": False}
            headers["Retry-After"] = f"{wait:.3f}"
        return answer(body, status, headers)

    def _record(self, request: web.Request, template: str, status: int, at: float, asked: Asked | None) -> None:
        body, files = (asked.body, len(asked.files)) if asked else (None, 0)
        self.server.calls.append(Call(request.method, template, status, at, body, files))
        self.server.touch()

    def _authorize(self, request: web.Request, template: str) -> None:
        """Interactions and webhooks carry their right in the address; all else needs the bot's token."""
        if template.startswith(("/interactions/", "/webhooks/")) or template == "/gateway":
            return
        if request.headers.get("Authorization") != f"Bot {self.server.token}":
            raise ApiError(Refusal.UNAUTHORIZED)

    def _limited(self, request: web.Request, template: str, headers: dict[str, str]) -> Json | None:
        limits = self.server.limits
        if limits is None:
            return None
        by_token = template.startswith(("/interactions/", "/webhooks/"))
        where = request.match_info
        if template.startswith("/interactions/"):
            return None
        if template.startswith("/webhooks/"):
            bucket = f"webhook:{where['token']}"
        elif "channel_id" in where and request.method != "GET":
            bucket = f"channel-write:{where['channel_id']}"
        else:
            bucket = f"{request.method}{template}:{where.get('channel_id', '')}"
        verdict = limits.ask(bucket, counts_globally=not by_token)
        headers |= verdict.headers
        if verdict.allowed:
            return None
        headers["Retry-After"] = f"{verdict.retry_after:.3f}"
        wait = round(verdict.retry_after, 3)
        return {"message": "You are being rate limited.", "retry_after": wait, "global": verdict.is_global}

    # What routes ask for

    def channel_of(self, asked: Asked, *needed: Permission) -> Channel:
        """The channel that a request names, if the bot sees it and holds the permissions that are needed there."""
        channel = self.server.world.channels.get(asked.id("channel_id"))
        if channel is None:
            raise ApiError(Refusal.UNKNOWN_CHANNEL)
        allowed = in_channel(channel, self.server.world.bot.id)
        if channel.is_private or not allowed & Permission.VIEW_CHANNEL:
            raise ApiError(Refusal.MISSING_ACCESS)
        if any(not allowed & one for one in needed):
            raise ApiError(Refusal.MISSING_PERMISSIONS)
        return channel

    def message_of(self, asked: Asked, channel: Channel) -> Message:
        """The message of a channel that a request names; one for a single pair of eyes is not in the channel."""
        message = channel.messages.get(asked.id("message_id"))
        if message is None or message.private_to is not None:
            raise ApiError(Refusal.UNKNOWN_MESSAGE)
        return message

    def check_files(self, channel: Channel, files: list[Upload]) -> None:
        """Refuse files that are larger than a channel's server takes."""
        limit = channel.guild.file_limit if channel.guild else 10 * MEBIBYTE
        if any(len(file.data) > limit for file in files):
            raise ApiError(Refusal.TOO_LARGE)

    # The bot itself

    async def gateway(self, _: Asked) -> Json:
        return {"url": self.server.gateway.url}

    async def gateway_bot(self, _: Asked) -> Json:
        limit = {"total": 1000, "remaining": 999, "reset_after": 86_400_000, "max_concurrency": 1}
        return {"url": self.server.gateway.url, "shards": 1, "session_start_limit": limit}

    async def me(self, _: Asked) -> Json:
        return self.server.payloads.user(self.server.world.bot)

    async def user(self, asked: Asked) -> Json:
        user = self.server.world.users.get(asked.id("user_id"))
        if user is None:
            raise ApiError(Refusal.UNKNOWN_USER)
        return self.server.payloads.user(user)

    async def open_dm(self, asked: Asked) -> Json:
        user = self.server.world.users.get(parse(asked.body.get("recipient_id")) or 0)
        if user is None:
            raise ApiError(Refusal.UNKNOWN_USER)
        return self.server.payloads.channel(self.server.world.dm_with(user))

    # Commands

    async def put_commands(self, asked: Asked) -> Any:
        guild_id = parse(asked.request.match_info.get("guild_id")) or 0
        registered = self.server.commands.replace(guild_id, asked.body)
        self.server.world.emit("commands", None)
        return registered

    async def get_commands(self, asked: Asked) -> Any:
        return self.server.commands.scope(parse(asked.request.match_info.get("guild_id")) or 0)


ROUTES: list[Route] = [
    ("GET", "/gateway", Rest.gateway),
    ("GET", "/gateway/bot", Rest.gateway_bot),
    ("GET", "/users/@me", Rest.me),
    ("POST", "/users/@me/channels", Rest.open_dm),
    ("GET", "/users/{user_id}", Rest.user),
    ("PUT", "/applications/{application_id}/commands", Rest.put_commands),
    ("GET", "/applications/{application_id}/commands", Rest.get_commands),
    ("PUT", "/applications/{application_id}/guilds/{guild_id}/commands", Rest.put_commands),
    ("GET", "/applications/{application_id}/guilds/{guild_id}/commands", Rest.get_commands),
    *applications.ROUTES,
    *answers.ROUTES,
    *channels.ROUTES,
    *threads.ROUTES,
    *guilds.ROUTES,
    *roles.ROUTES,
]
