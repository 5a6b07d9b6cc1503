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
from playground.interactions import ACKNOWLEDGE_SECONDS, Interaction
from playground.messages import Message
from playground.people import Asking
from playground.permissions import MODERATOR, Permission, in_channel, in_guild, speaking
from playground.snowflakes import parse
from playground.world import MEBIBYTE, Channel, Event, User

if TYPE_CHECKING:
    from playground.server import LoopbackDiscord

Json = dict[str, Any]
_SHOWN, _BEFORE = 100, 20
_MODALS = 20
_QUOTED = 120
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
        listed = [user for user in server.world.users.values() if user.listed]
        bot = server.world.bot
        self._say(
            "hello",
            me=person(server, self.user),
            people=[person(server, user) for user in listed],
            roles=[
                {"id": str(role.id), "name": role.name, "color": f"#{role.color:06x}" if role.color else None}
                for role in sorted(server.guild.roles.values(), key=lambda role: -role.position)
            ],
            guild={"id": str(server.guild.id), "name": server.guild.name},
            channels=self._channels(),
            bot={"id": str(bot.id), "name": bot.display, "online": server.gateway.online},
            commands=self._commands(),
        )

    def _channels(self) -> list[Json]:
        """The channels that this person may see, the bot's conversation with them last."""
        found = [one for one in self.server.guild.channels.values() if self._may_see(one)]
        dm = self.server.world.dms.get(self.user.id)
        private = [one for one in self.server.world.channels.values() if self.user in one.others]
        return [self._channel(one) for one in (*found, *([dm] if dm else []), *private)]

    def _commands(self) -> list[Json]:
        """The commands that this person is shown; an administrator may have let everybody have them."""
        guild = self.server.guild
        seen, member = self.server.commands.seen_in(guild.id), guild.members.get(self.user.id)
        if member is None or self.server.loosen_command_permissions:
            return seen
        held = int(in_guild(guild, member))
        return [one for one in seen if not int(one.get("default_member_permissions") or 0) & ~held]

    def _may_see(self, channel: Channel) -> bool:
        if channel.is_dm:
            return self.user in (channel.recipient, *channel.others)
        return bool(in_channel(channel, self.user.id) & Permission.VIEW_CHANNEL)

    def _hear(self, event: Event) -> None:
        subject = event.subject
        if event.name in {"MESSAGE_CREATE", "MESSAGE_UPDATE"}:
            if self._sees(subject):
                self._say("message", message=self._message(subject))
                if event.name == "MESSAGE_CREATE" and subject.channel.is_thread:
                    self._say("channels", channels=self._channels())
        elif event.name == "MESSAGE_DELETE":
            if self._sees(subject):
                self._say("delete", channel=str(subject.channel.id), id=str(subject.id))
        elif event.name == "bot":
            self._say("bot", online=self.server.gateway.online)
        elif event.name == "commands":
            self._say("commands", commands=self._commands())
        elif event.name.startswith(("CHANNEL_", "THREAD_", "dm_")):
            self._say("channels", channels=self._channels())

    def _sees(self, message: Message) -> bool:
        return message.private_to in (None, self.user) and self._may_see(message.channel)

    # What the page asks

    async def _take(self, frame: Json) -> None:
        nonce = frame.get("nonce")
        try:
            channel = self.server.world.channels.get(parse(frame.get("channel")) or 0)
            if channel is None or not self._may_see(channel):
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
        seen = [one for one in channel.messages.values() if self._sees(one)]
        first = max(0, len(seen) - _SHOWN)
        wanted = parse(frame.get("message"))
        places = [index for index, one in enumerate(seen) if one.id == wanted]
        if places:
            first = min(first, max(0, places[0] - _BEFORE))
        self._say("messages", channel=str(channel.id), messages=[self._message(one) for one in seen[first:]])

    async def _command(self, channel: Channel, frame: Json) -> None:
        options = {name: self._uploads.filled(value) for name, value in frame.get("options", {}).items()}
        me = self.server.person(self.user)
        self._watch(await me.command(frame["name"], channel=channel, **options), frame)

    async def _autocomplete(self, channel: Channel, frame: Json) -> None:
        me = self.server.person(self.user)
        options = frame.get("options", {})
        self._watch(await me.autocomplete(frame["name"], frame["focused"], channel, **options), frame)

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
        if found is None or not self._sees(found):
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

    def _message(self, message: Message) -> Json:
        server, thread = self.server, message.thread
        return {
            "id": str(message.id),
            "channel": str(message.channel.id),
            "author": person(server, message.author),
            "at": int(message.created_at * 1000),
            "edited": message.edited,
            "content": message.content,
            "flags": message.flags,
            "loading": message.loading,
            "ephemeral": message.ephemeral,
            "components": server.payloads.components(message),
            "attachments": [server.store.payload(file) for file in message.attachments],
            "interaction": self._used(message.interaction),
            "reply_to": str(message.reply_to.id) if message.reply_to else None,
            "reply": self._quoted(message.reply_to),
            "forward": getattr(message, "forward", None),
            "embeds": message.embeds,
            "stickers": list(getattr(message, "stickers", ())),
            "thread": self._channel(thread) if thread and thread.id in server.world.channels else None,
            "mentions": {str(user.id): user.display for user in server.world.users.values()},
            "roles": {str(role.id): role.name for role in server.guild.roles.values()},
        }

    def _channel(self, channel: Channel) -> Json:
        """A channel; a conversation goes by the names of those whom this person has it with."""
        company = [self.server.world.bot] if channel.recipient else [one for one in channel.others if one != self.user]
        return {
            "id": str(channel.id),
            "name": ", ".join(user.display for user in company) or channel.name,
            "nsfw": channel.nsfw,
            "kind": "thread" if channel.is_thread else "dm" if channel.is_dm else "text",
            "type": channel.kind,
            "context": 2 if channel.others else 1 if channel.is_dm else 0,
            "parent": str(channel.parent_id) if channel.parent_id else None,
            "archived": channel.archived,
            "locked": channel.locked,
            "count": channel.sent,
        }

    def _used(self, asked: Interaction | None) -> Json | None:
        """The line above the answer to a command."""
        if asked is None or not asked.name or asked.message is not None:
            return None
        slash = "/" if asked.data.get("type", 1) == 1 else ""
        return {"name": slash + asked.name, "user": person(self.server, asked.user)}

    def _quoted(self, replied: Message | None) -> Json | None:
        """The first words of the message that was replied to, for the line above the reply."""
        if replied is None:
            return None
        if replied.deleted or not self._sees(replied):
            return {"id": str(replied.id), "gone": True}
        files = bool(replied.files)
        return {
            "id": str(replied.id),
            "author": person(self.server, replied.author),
            "text": replied.text[:_QUOTED],
            "picture": bool(replied.pictures),
            "file": files,
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
