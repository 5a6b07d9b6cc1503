"""What the web page speaks: one WebSocket a tab, in which a person sees the channel and acts in it."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

from playground.commands import CommandError
from playground.errors import ApiError
from playground.interactions import ACKNOWLEDGE_SECONDS, Interaction
from playground.messages import Message
from playground.permissions import MODERATOR, Permission, in_channel
from playground.snowflakes import parse
from playground.world import Channel, Event, User

if TYPE_CHECKING:
    from playground.server import LoopbackDiscord

Json = dict[str, Any]
_SHOWN = 100


class PageApi:
    """The page's routes."""

    def __init__(self, server: LoopbackDiscord) -> None:
        self.server = server

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/play/people", self.people), web.get("/play/ws", self.socket)]

    async def people(self, _: web.Request) -> web.Response:
        listed = [user for user in self.server.world.users.values() if user.listed]
        return web.json_response([person(self.server, user) for user in listed])

    async def socket(self, request: web.Request) -> web.WebSocketResponse:
        user = self.server.world.users.get(parse(request.query.get("person", "")) or 0)
        if user is None or not user.listed:
            raise web.HTTPNotFound
        ws = web.WebSocketResponse(heartbeat=30)
        await ws.prepare(request)
        await Tab(self.server, user, ws).serve()
        return ws


class Tab:
    """One open page: hears what its person may see, and does what they ask."""

    def __init__(self, server: LoopbackDiscord, user: User, ws: web.WebSocketResponse) -> None:
        self.server = server
        self.user = user
        self.ws = ws
        self._out: asyncio.Queue[Json] = asyncio.Queue()
        self._watching: set[asyncio.Task[None]] = set()

    async def serve(self) -> None:
        """Until the page is closed."""
        leave = self.server.world.subscribe(self._hear)
        writer = asyncio.create_task(self._write())
        try:
            self._hello()
            async for message in self.ws:
                if message.type is WSMsgType.TEXT:
                    await self._take(json.loads(message.data))
        finally:
            leave()
            for task in (writer, *self._watching):
                task.cancel()

    async def _write(self) -> None:
        while True:
            frame = await self._out.get()
            if not self.ws.closed:
                await self.ws.send_json(frame)

    def _say(self, kind: str, **fields: Any) -> None:
        self._out.put_nowait({"t": kind, **fields})

    def _hello(self) -> None:
        server = self.server
        listed = [user for user in server.world.users.values() if user.listed]
        bot = server.world.bot
        self._say(
            "hello",
            me=person(server, self.user),
            people=[person(server, user) for user in listed],
            channels=[_channel(one) for one in self._channels()],
            bot={"id": str(bot.id), "name": bot.display, "online": server.gateway.online},
            commands=server.commands.seen_in(server.guild.id),
        )

    def _channels(self) -> list[Channel]:
        found = [one for one in self.server.guild.channels.values() if self._may_see(one)]
        dm = self.server.world.dms.get(self.user.id)
        return found + ([dm] if dm else [])

    def _may_see(self, channel: Channel) -> bool:
        if channel.is_dm:
            return channel.recipient is self.user
        return bool(in_channel(channel, self.user.id) & Permission.VIEW_CHANNEL)

    def _hear(self, event: Event) -> None:
        subject = event.subject
        if event.name in {"MESSAGE_CREATE", "MESSAGE_UPDATE"}:
            if self._sees(subject):
                self._say("message", message=self._message(subject))
        elif event.name == "MESSAGE_DELETE":
            if self._sees(subject):
                self._say("delete", channel=str(subject.channel.id), id=str(subject.id))
        elif event.name == "bot":
            self._say("bot", online=self.server.gateway.online)
        elif event.name == "commands":
            self._say("commands", commands=self.server.commands.seen_in(self.server.guild.id))
        elif event.name.startswith(("CHANNEL_", "THREAD_", "dm_")):
            self._say("channels", channels=[_channel(one) for one in self._channels()])

    def _sees(self, message: Message) -> bool:
        return message.private_to in (None, self.user) and self._may_see(message.channel)

    async def _take(self, frame: Json) -> None:
        nonce = frame.get("nonce")
        try:
            await self._do(frame)
        except CommandError as error:
            self._say("interaction", nonce=nonce, state="failed", text=str(error))
        except (ApiError, KeyError, ValueError, TypeError):
            self._say("interaction", nonce=nonce, state="failed", text="")

    async def _do(self, frame: Json) -> None:
        server, me = self.server, self.server.person(self.user)
        channel = server.world.channels.get(parse(frame.get("channel")) or 0)
        if channel is None or not self._may_see(channel):
            return
        match frame["t"]:
            case "open":
                shown = [one for one in channel.messages.values() if self._sees(one)][-_SHOWN:]
                self._say("messages", channel=str(channel.id), messages=[self._message(one) for one in shown])
            case "command":
                asking = await me.command(frame["name"], channel=channel, **frame.get("options", {}))
                self._watch(asking.interaction, frame.get("nonce"))
            case "click":
                message = channel.messages[int(frame["message"])]
                asking = await me.click(message, custom_id=frame["custom_id"], values=frame.get("values"))
                self._watch(asking.interaction, frame.get("nonce"))
            case "say":
                replied = channel.messages.get(parse(frame.get("reply_to")) or 0)
                me.say(str(frame["text"])[:2000], channel=channel, reply_to=replied)
            case "delete":
                message = channel.messages[int(frame["message"])]
                moderates = in_channel(channel, self.user.id) & Permission.MANAGE_MESSAGES
                if message.author is self.user or message.private_to is self.user or moderates:
                    server.delete_message(message)

    def _watch(self, interaction: Interaction, nonce: Any) -> None:
        task = asyncio.create_task(self._outcome(interaction, nonce))
        self._watching.add(task)
        task.add_done_callback(self._watching.discard)

    async def _outcome(self, interaction: Interaction, nonce: Any) -> None:
        """Tell the page what became of it; three seconds of silence are a failure, as on Discord."""
        try:
            await self.server.until(lambda: interaction.acknowledged is not None, ACKNOWLEDGE_SECONDS)
        except TimeoutError:
            self._say("interaction", nonce=nonce, state="timeout")
            return
        if interaction.modal is not None:
            modal = interaction.modal.payload()
            self._say("modal", nonce=nonce, interaction=str(interaction.id), modal=modal)
        elif interaction.choices is not None:
            self._say("choices", nonce=nonce, choices=interaction.choices)
        self._say("interaction", nonce=nonce, state="ok")

    def _message(self, message: Message) -> Json:
        server = self.server
        asked = message.interaction
        first = asked is not None and asked.name and asked.message is None
        return {
            "id": str(message.id),
            "channel": str(message.channel.id),
            "author": person(server, message.author),
            "at": int(message.created_at * 1000),
            "edited": message.edited,
            "content": message.content,
            "flags": message.flags,
            "ephemeral": message.ephemeral,
            "components": server.payloads.components(message),
            "attachments": [server.store.payload(file) for file in message.attachments],
            "interaction": {"name": f"/{asked.name}", "user": person(server, asked.user)} if asked and first else None,
            "reply_to": str(message.reply_to.id) if message.reply_to else None,
            "mentions": {str(user.id): user.display for user in server.world.users.values()},
        }


def person(server: LoopbackDiscord, user: User) -> Json:
    """Somebody, as the page shows them."""
    member = server.guild.members.get(user.id)
    granted = {role.permissions for role in server.guild.roles.values() if member and role.id in member.roles}
    return {
        "id": str(user.id),
        "name": user.name,
        "display": user.display,
        "color": f"#{user.color:06x}",
        "avatar": user.display[:1],
        "bot": user.bot,
        "moderator": any(bits & MODERATOR == MODERATOR for bits in granted),
    }


def _channel(channel: Channel) -> Json:
    return {
        "id": str(channel.id),
        "name": channel.name,
        "nsfw": channel.nsfw,
        "kind": "thread" if channel.is_thread else "dm" if channel.is_dm else "text",
        "parent": str(channel.parent_id) if channel.parent_id else None,
    }
