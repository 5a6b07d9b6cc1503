"""The gateway: one WebSocket a bot, with sessions that can be resumed."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
import zlib
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from playground.address import Address
from playground.model import Channel, Guild, Member
from playground.payloads import ONLY_AT_FIRST, Payloads
from playground.permissions import Permission, in_channel
from playground.roles import OfGuild
from playground.snowflakes import parse
from playground.wire import Json, is_array
from playground.world import Event, World

_ACK_SECONDS = 0.05
DISPATCH, HEARTBEAT, IDENTIFY, RESUME, RECONNECT, INVALID_SESSION, HELLO, ACK = 0, 1, 2, 6, 7, 9, 10, 11
HEARTBEAT_MS = 41_250
AUTHENTICATION_FAILED, NOT_AUTHENTICATED, DECODE_ERROR, INVALID_SHARD = 4004, 4003, 4002, 4010
GUILDS, GUILD_MEMBERS, GUILD_MESSAGES, DIRECT_MESSAGES = 1 << 0, 1 << 1, 1 << 9, 1 << 12
_BUFFERED = 1000


@dataclass(slots=True, eq=False)
class Session:
    """A bot's session; it outlives its socket, so that a RESUME can replay what was missed."""

    id: str
    intents: int
    shard: tuple[int, int] | None
    socket: Socket | None = None
    sequence: int = 0
    sent: deque[tuple[int, str]] = field(default_factory=lambda: deque(maxlen=_BUFFERED))

    @property
    def open(self) -> bool:
        """Whether its bot is connected."""
        return self.socket is not None and not self.socket.ws.closed

    def hears(self, guild: Guild | None) -> bool:
        """Whether its shard is told of what happens in a server; messages of a person to the bot are shard 0's."""
        if self.shard is None:
            return True
        number, count = self.shard
        return (guild.id >> 22) % count == number if guild else number == 0


class Socket:
    """One connection, compressed as its client asked."""

    def __init__(self, ws: web.WebSocketResponse, compress: str | None) -> None:
        self.ws = ws
        self._deflate = zlib.compressobj() if compress == "zlib-stream" else None
        self._order = asyncio.Lock()

    async def send(self, text: str) -> None:
        """Send a payload; a closed socket loses it, the session does not."""
        async with self._order:  # a compressed stream has one order
            if self.ws.closed:
                return
            try:
                if self._deflate is None:
                    await self.ws.send_str(text)
                else:
                    data = self._deflate.compress(text.encode()) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
                    await self.ws.send_bytes(data)
            except (ConnectionError, RuntimeError):
                return


class Gateway:
    """Sessions, and the events that go to them."""

    def __init__(self, world: World, payloads: Payloads, address: Address, token: str) -> None:
        self._world = world
        self._payloads = payloads
        self._token = token
        self._address = address
        self.shut = False
        """Whether nobody gets in; who is in stays."""
        self.sessions: dict[str, Session] = {}
        self.too_fast = 0
        """How many times somebody identified sooner after another than allowed."""
        self._identified: dict[int, float] = {}
        self._sending: set[asyncio.Task[None]] = set()
        world.subscribe(self._on_event)

    @property
    def url(self) -> str:
        """Where a bot connects."""
        return self._address.gateway_url

    @property
    def online(self) -> bool:
        """Whether a bot is connected."""
        return any(session.open for session in self.sessions.values())

    def dispatch(self, name: str, data: Any, guild: Guild | None, intent: int = 0) -> None:
        """Send an event to every session that wants it; several may have the same shard."""
        for session in self.sessions.values():
            if session.hears(guild) and (not intent or session.intents & intent):
                self._emit(session, name, data)

    async def drop(self, *, resumable: bool = True) -> None:
        """Close every socket, as a network or a deploy of Discord's would."""
        for session in list(self.sessions.values()):
            if session.socket is not None:
                socket, session.socket = session.socket, None
                await socket.ws.close(code=WSCloseCode.SERVICE_RESTART if resumable else 4009)
        if not resumable:
            self.sessions.clear()

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one connection."""
        if self.shut:
            raise web.HTTPServiceUnavailable
        ws = web.WebSocketResponse(max_msg_size=1 << 20)
        await ws.prepare(request)
        socket = Socket(ws, request.query.get("compress"))
        await socket.send(_payload(HELLO, {"heartbeat_interval": HEARTBEAT_MS}))
        session: Session | None = None
        async for message in ws:
            if message.type is not WSMsgType.TEXT:
                continue
            try:
                body = json.loads(message.data)
            except ValueError:
                await ws.close(code=DECODE_ERROR)
                break
            match body.get("op"):
                case 1:
                    # Faster than any network, the answer would come before discord.py has noted when it asked.
                    await asyncio.sleep(_ACK_SECONDS)
                    await socket.send(_payload(ACK, None))
                case 2:
                    session = await self._identify(socket, body.get("d") or {})
                case 6:
                    session = await self._resume(socket, body.get("d") or {})
                case 8 if session is not None:
                    self._members(session, body.get("d") or {})
                case _ if session is None:
                    await ws.close(code=NOT_AUTHENTICATED)
                case _:
                    pass  # a presence or a voice state, which nobody here looks at
        if session is not None and session.socket is socket:
            session.socket = None
            self._world.emit("bot", False)
        return ws

    async def close(self) -> None:
        """Close every socket for good."""
        await self.drop(resumable=False)
        for task in list(self._sending):
            task.cancel()

    async def _identify(self, socket: Socket, data: Json) -> Session | None:
        if data.get("token") != self._token:
            await socket.ws.close(code=AUTHENTICATION_FAILED, message=b"Authentication failed.")
            return None
        number, count = data.get("shard") or (0, 1)
        if not 0 <= number < count:
            await socket.ws.close(code=INVALID_SHARD, message=b"Invalid shard.")
            return None
        if self._is_too_soon(number):
            await socket.send(_payload(INVALID_SESSION, False))
            return None
        shard = (number, count) if data.get("shard") else None
        session = Session(secrets.token_hex(16), int(data.get("intents") or 0), shard, socket)
        self.sessions[session.id] = session
        mine = [one for one in self._world.guilds.values() if self._world.bot_is_in(one) and session.hears(one)]
        ready: Json = {
            "v": 10,
            "user": self._payloads.user(self._world.bot) | {"verified": True, "email": None, "mfa_enabled": True},
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in mine],
            "session_id": session.id,
            "resume_gateway_url": self.url,
            "application": {"id": str(self._world.application.id), "flags": 0},
        }
        if session.shard is not None:
            ready["shard"] = session.shard
        self._emit(session, "READY", ready)
        for guild in mine:
            self._emit(session, "GUILD_CREATE", self._payloads.guild(guild))
        self._world.emit("bot", True)
        return session

    def _is_too_soon(self, shard: int) -> bool:
        """Whether an IDENTIFY comes too soon after another of its bucket; one that is refused counts for nothing."""
        application, now = self._world.application, time.monotonic()
        bucket = shard % application.max_concurrency
        soon = now < self._identified.get(bucket, float("-inf")) + application.identify_seconds
        if soon:
            self.too_fast += 1
        else:
            self._identified[bucket] = now
        return soon

    async def _resume(self, socket: Socket, data: Json) -> Session | None:
        session = self.sessions.get(data.get("session_id") or "")
        if session is None or data.get("token") != self._token:
            await socket.send(_payload(INVALID_SESSION, False))
            return None
        session.socket = socket
        for sequence, text in list(session.sent):
            if sequence > int(data.get("seq") or 0):
                await socket.send(text)
        self._emit(session, "RESUMED", {})
        self._world.emit("bot", True)
        return session

    def _emit(self, session: Session, name: str, data: Any) -> None:
        session.sequence += 1
        text = json.dumps({"op": DISPATCH, "d": data, "s": session.sequence, "t": name})
        session.sent.append((session.sequence, text))
        if session.socket is not None:
            task = asyncio.ensure_future(session.socket.send(text))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    def _on_event(self, event: Event) -> None:
        if not self.sessions:
            return
        subject = event.subject
        if event.name in {"MESSAGE_CREATE", "MESSAGE_UPDATE"}:
            if subject.private_to is None and self._may_read(subject.channel):
                guild = subject.channel.guild
                intent = GUILD_MESSAGES if guild else DIRECT_MESSAGES
                self.dispatch(event.name, self._payloads.message(subject, in_gateway=True), guild, intent)
        elif event.name == "INTERACTION_CREATE":
            self.dispatch(event.name, self._payloads.interaction(subject), subject.channel.guild)
        elif event.name == "MESSAGE_DELETE":
            if not self._may_read(subject.channel):
                return
            body = {"id": str(subject.id), "channel_id": str(subject.channel.id)}
            guild = subject.channel.guild
            if guild:
                body["guild_id"] = str(guild.id)
            self.dispatch(event.name, body, guild, GUILD_MESSAGES if guild else DIRECT_MESSAGES)
        elif event.name.startswith(("CHANNEL_", "THREAD_")) and self._sits_in(subject):
            body = self._payloads.channel(subject)
            if event.name == "THREAD_DELETE":
                body = {key: body[key] for key in ("id", "guild_id", "parent_id", "type")}
            self.dispatch(event.name, body, subject.guild, GUILDS)
        elif event.name == "GUILD_UPDATE":
            if self._world.bot_is_in(subject):
                body = self._payloads.guild(subject)
                self.dispatch(event.name, {key: body[key] for key in body if key not in ONLY_AT_FIRST}, subject, GUILDS)
        elif event.name.startswith("GUILD_") and self._world.bot_is_in(subject.guild):
            self.dispatch(event.name, self._of_guild(event.name, subject), subject.guild, self._needed(subject))

    def _of_guild(self, name: str, subject: OfGuild) -> Json:
        """What an event about a role or a member of a server carries."""
        guild_id, one = str(subject.guild.id), subject.one
        if isinstance(one, Member):
            return self._payloads.member(one) | {"guild_id": guild_id}
        if name == "GUILD_ROLE_DELETE":
            return {"guild_id": guild_id, "role_id": str(one.id)}
        return {"guild_id": guild_id, "role": self._payloads.role(one)}

    def _needed(self, subject: OfGuild) -> int:
        """The intent for news of a role or a member; news of itself a bot gets without one."""
        if not isinstance(subject.one, Member):
            return GUILDS
        return 0 if subject.one.user is self._world.bot else GUILD_MEMBERS

    def _members(self, session: Session, data: Json) -> None:
        """Tell a session of a server's members: those it names, or those whose names begin so."""
        guild = self._world.guilds.get(parse(data.get("guild_id")) or 0)
        if guild is None or not self._world.bot_is_in(guild):
            return
        named = data.get("user_ids")
        wanted = None if named is None else {parse(one) for one in (named if is_array(named) else [named])}
        start = str(data.get("query") or "").lower()
        found = [
            self._payloads.member(one)
            for one in guild.members.values()
            if (one.user.id in wanted if wanted is not None else one.user.display.lower().startswith(start))
        ]
        chunk = {"guild_id": str(guild.id), "members": found, "chunk_index": 0, "chunk_count": 1, "not_found": []}
        if data.get("nonce") is not None:
            chunk["nonce"] = data["nonce"]
        self._emit(session, "GUILD_MEMBERS_CHUNK", chunk)

    def _sits_in(self, channel: Channel) -> bool:
        """Whether the bot gets events of a channel itself."""
        return not channel.is_private if channel.guild is None else self._world.bot_is_in(channel.guild)

    def _may_read(self, channel: Channel) -> bool:
        visible = in_channel(channel, self._world.bot.id) & Permission.VIEW_CHANNEL
        return self._sits_in(channel) and bool(visible)


def _payload(op: int, data: Any) -> str:
    return json.dumps({"op": op, "d": data, "s": None, "t": None})
