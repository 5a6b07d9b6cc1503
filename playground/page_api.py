"""What the web page speaks: one WebSocket a tab, in which a person sees the channel and acts in it."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from aiohttp import BodyPartReader, WSMsgType, web

from playground.attachments import Upload
from playground.commands import CommandError
from playground.errors import ApiError
from playground.interactions import ACKNOWLEDGE_SECONDS
from playground.messages import Message
from playground.page_views import View, person
from playground.people import Asking
from playground.permissions import Permission, in_channel, speaking
from playground.snowflakes import parse
from playground.world import MEBIBYTE, Channel, Event, User

if TYPE_CHECKING:
    from playground.server import LoopbackDiscord

Json = dict[str, Any]
_SHOWN, _BEFORE = 100, 20
_MODALS = 20
MAX_FILE, MAX_FILES, MAX_KEPT = 30 * MEBIBYTE, 10, 40


class Uploads:
    """Files that pages sent ahead of the frames which use them, by token; the oldest go first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Upload] = OrderedDict()

    def keep(self, upload: Upload) -> str:
        """Take a file in; gives its token."""
        token = secrets.token_urlsafe(16)
        self._kept[token] = upload
        while len(self._kept) > MAX_KEPT:
            self._kept.popitem(last=False)
        return token

    def filled(self, value: Any) -> Any:
        """A value of a frame, with the file itself wherever it says `{"upload": token}`."""
        if isinstance(value, list):
            return [self.filled(one) for one in value]
        if not isinstance(value, dict):
            return value
        found = self._kept.get(str(value.get("upload")))
        if found is None:
            raise CommandError("This file is not here any more. Choose it again.")
        return found


class PageApi:
    """The page's routes."""

    def __init__(self, server: LoopbackDiscord) -> None:
        self.server = server
        self.uploads = Uploads()

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/play/people", self.people),
            web.get("/play/ws", self.socket),
            web.post("/play/upload", self.upload),
        ]

    async def people(self, _: web.Request) -> web.Response:
        listed = [user for user in self.server.world.users.values() if user.listed]
        return web.json_response([person(self.server, user) for user in listed])

    async def upload(self, request: web.Request) -> web.Response:
        """Take files in, all or none; a frame names them by the tokens that this gives."""
        if request.content_type != "multipart/form-data":
            raise web.HTTPUnsupportedMediaType
        files: list[Upload] = []
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader) or part.filename is None:
                continue
            data = bytearray()
            while chunk := await part.read_chunk(64 * 1024):
                data += chunk
                if len(data) > MAX_FILE:
                    raise web.HTTPRequestEntityTooLarge(MAX_FILE, len(data))
            files.append(Upload(part.filename, bytes(data), part.headers.get("Content-Type")))
            if len(files) > MAX_FILES:
                raise web.HTTPRequestEntityTooLarge(MAX_FILES, len(files), text=f"At most {MAX_FILES} files at once.")
        return web.json_response(
            [{"upload": self.uploads.keep(file), "filename": file.filename, "size": len(file.data)} for file in files]
        )

    async def socket(self, request: web.Request) -> web.WebSocketResponse:
        user = self.server.world.users.get(parse(request.query.get("person", "")) or 0)
        if user is None or not user.listed:
            raise web.HTTPNotFound
        ws = web.WebSocketResponse(heartbeat=30)
        await ws.prepare(request)
        await Tab(self.server, user, ws, self.uploads).serve()
        return ws


class Tab:
    """One open page: hears what its person may see, and does what they ask."""

    def __init__(self, server: LoopbackDiscord, user: User, ws: web.WebSocketResponse, uploads: Uploads) -> None:
        self.server = server
        self.user = user
        self.view = View(server, user)
        self.ws = ws
        self._uploads = uploads
        self._modals: OrderedDict[str, Asking] = OrderedDict()
        self._out: asyncio.Queue[Json] = asyncio.Queue()
        self._watching: set[asyncio.Task[None]] = set()
        self._acts = {
            "open": self._open,
            "command": self._command,
            "autocomplete": self._autocomplete,
            "menu": self._menu,
            "click": self._click,
            "modal": self._modal,
            "say": self._speak,
            "delete": self._delete,
        }

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

    # What the page hears

    async def _write(self) -> None:
        while True:
            frame = await self._out.get()
            if not self.ws.closed:
                await self.ws.send_json(frame)

    def _say(self, kind: str, **fields: Any) -> None:
        self._out.put_nowait({"t": kind, **fields})

    def _hello(self) -> None:
        server = self.server
        bot = server.world.bot
        self._say(
            "hello",
            guild={"id": str(server.guild.id), "name": server.guild.name},
            bot={"id": str(bot.id), "name": bot.display, "online": server.gateway.online},
            **self.view.standing(),
        )

    def _hear(self, event: Event) -> None:
        subject = event.subject
        if event.name in {"MESSAGE_CREATE", "MESSAGE_UPDATE"}:
            if self.view.sees(subject):
                self._say("message", message=self.view.message(subject))
                if event.name == "MESSAGE_CREATE" and subject.channel.is_thread:
                    self._say("channels", channels=self.view.channels())
        elif event.name == "MESSAGE_DELETE":
            if self.view.sees(subject):
                self._say("delete", channel=str(subject.channel.id), id=str(subject.id))
        elif event.name == "bot":
            self._say("bot", online=self.server.gateway.online)
        elif event.name == "commands":
            self._say("commands", commands=self.view.commands())
        elif event.name.startswith("GUILD_"):
            self._say("standing", **self.view.standing())
        elif event.name.startswith(("CHANNEL_", "THREAD_", "dm_")):
            self._say("channels", channels=self.view.channels())

    # What the page asks

    async def _take(self, frame: Json) -> None:
        nonce = frame.get("nonce")
        try:
            channel = self.server.world.channels.get(parse(frame.get("channel")) or 0)
            if channel is None or not self.view.may_see(channel):
                raise CommandError("This channel is not here any more.")  # noqa: TRY301 - it is told like any other
            await self._acts[frame["t"]](channel, frame)
        except CommandError as error:
            self._say("interaction", nonce=nonce, state="failed", text=str(error))
        except ApiError as error:
            self._say("interaction", nonce=nonce, state="failed", text=error.message)
        except (KeyError, ValueError, TypeError):
            self._say("interaction", nonce=nonce, state="failed", text="")

    async def _open(self, channel: Channel, frame: Json) -> None:
        """The last messages of a channel; more, if the one that the page looks for is further back."""
        seen = [one for one in channel.messages.values() if self.view.sees(one)]
        first = max(0, len(seen) - _SHOWN)
        wanted = parse(frame.get("message"))
        places = [index for index, one in enumerate(seen) if one.id == wanted]
        if places:
            first = min(first, max(0, places[0] - _BEFORE))
        self._say("messages", channel=str(channel.id), messages=[self.view.message(one) for one in seen[first:]])

    async def _command(self, channel: Channel, frame: Json) -> None:
        options = {name: self._uploads.filled(value) for name, value in frame.get("options", {}).items()}
        me = self.server.person(self.user)
        self._watch(await me.use(frame["name"], options, channel), frame)

    async def _autocomplete(self, channel: Channel, frame: Json) -> None:
        me = self.server.person(self.user)
        options = frame.get("options", {})
        self._watch(await me.type_into(frame["name"], frame["focused"], options, channel), frame)

    async def _menu(self, channel: Channel, frame: Json) -> None:
        me = self.server.person(self.user)
        self._watch(await me.context_menu(frame["name"], self._at(channel, frame)), frame)

    async def _click(self, channel: Channel, frame: Json) -> None:
        me = self.server.person(self.user)
        message = self._at(channel, frame)
        self._watch(await me.click(message, custom_id=frame["custom_id"], values=frame.get("values")), frame)

    async def _modal(self, _: Channel, frame: Json) -> None:
        asking = self._modals.get(str(frame["interaction"]))
        if asking is None:
            raise CommandError("This form is not open any more.")
        values = {name: self._uploads.filled(value) for name, value in frame.get("values", {}).items()}
        me = self.server.person(self.user)
        self._watch(await me.submit_modal(asking, **values), frame)

    async def _speak(self, channel: Channel, frame: Json) -> None:
        if not in_channel(channel, self.user.id) & speaking(channel):
            raise CommandError("You may not write here.")
        if channel.locked and not in_channel(channel, self.user.id) & Permission.MANAGE_THREADS:
            raise CommandError("This thread is locked.")
        more: Json = {}
        if files := self._uploads.filled(list(frame.get("files") or ())):
            more["files"] = files[:MAX_FILES]
        if not frame.get("ping", True):
            more["ping"] = False
        replied = channel.messages.get(parse(frame.get("reply_to")) or 0)
        me = self.server.person(self.user)
        me.say(str(frame["text"])[:2000], channel=channel, reply_to=replied, **more)
        self._say("interaction", nonce=frame.get("nonce"), state="ok")

    async def _delete(self, channel: Channel, frame: Json) -> None:
        message = self._at(channel, frame)
        moderates = in_channel(channel, self.user.id) & Permission.MANAGE_MESSAGES
        if message.author is not self.user and message.private_to is not self.user and not moderates:
            raise CommandError("You may not delete this message.")
        self.server.delete_message(message)
        self._say("interaction", nonce=frame.get("nonce"), state="ok")

    def _at(self, channel: Channel, frame: Json) -> Message:
        """The message that a frame means."""
        found = channel.messages.get(parse(frame["message"]) or 0)
        if found is None or not self.view.sees(found):
            raise CommandError("This message is not here any more.")
        return found

    def _watch(self, asking: Asking, frame: Json) -> None:
        task = asyncio.create_task(self._outcome(asking, frame.get("nonce")))
        self._watching.add(task)
        task.add_done_callback(self._watching.discard)

    async def _outcome(self, asking: Asking, nonce: Any) -> None:
        """Tell the page what became of it; three seconds of silence are a failure, as on Discord."""
        interaction = asking.interaction
        try:
            await self.server.until(lambda: interaction.acknowledged is not None, ACKNOWLEDGE_SECONDS)
        except TimeoutError:
            self._say("interaction", nonce=nonce, state="timeout")
            return
        if interaction.modal is not None:
            self._modals[str(interaction.id)] = asking
            if len(self._modals) > _MODALS:
                self._modals.popitem(last=False)
            modal = interaction.modal.payload()
            channel = str(interaction.channel.id)
            self._say("modal", nonce=nonce, interaction=str(interaction.id), channel=channel, modal=modal)
        elif interaction.choices is not None:
            self._say("choices", nonce=nonce, choices=interaction.choices)
        self._say("interaction", nonce=nonce, state="ok")
