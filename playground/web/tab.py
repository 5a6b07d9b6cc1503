"""One open page: a WebSocket in which a person sees the channels and acts in them."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import OrderedDict
from typing import Any

from aiohttp import WSMsgType, web

from playground.commands import CommandError
from playground.context import Context
from playground.errors import ApiError
from playground.gateway import Gateway
from playground.model import Channel, Message, User
from playground.people import Asking, Person
from playground.permissions import Permission, in_channel, speaking
from playground.registration import LOCALES
from playground.snowflakes import parse
from playground.web.uploads import MAX_FILES, Uploads
from playground.web.views import View, person
from playground.wire import Json, is_object
from playground.world import Event

_SHOWN = 50
"""How many messages a page is given at once."""
_MODALS = 20


class Tab:
    """One open page: is sent what its person may see, and does what they ask."""

    def __init__(
        self, context: Context, gateway: Gateway, user: User, ws: web.WebSocketResponse, uploads: Uploads
    ) -> None:
        self.context = context
        self.gateway = gateway
        self.user = user
        self.view = View(context, user)
        self.ws = ws
        self._uploads = uploads
        self._modals: OrderedDict[str, Asking] = OrderedDict()
        self._out: asyncio.Queue[Json] = asyncio.Queue()
        self._watching: set[asyncio.Task[None]] = set()
        self._acts = {
            "open": self._open,
            "older": self._older,
            "typing": self._typing,
            "command": self._command,
            "autocomplete": self._autocomplete,
            "menu": self._menu,
            "click": self._click,
            "modal": self._modal,
            "say": self._speak,
            "delete": self._delete,
            "locale": self._locale,
        }

    async def serve(self) -> None:
        """Until the page is closed."""
        leave = self.context.world.subscribe(self._on_event)
        writer = asyncio.create_task(self._write())
        try:
            self._hello()
            async for message in self.ws:
                if message.type is WSMsgType.TEXT and is_object(frame := _read(message.data)):
                    await self._take(frame)
        finally:
            leave()
            for task in (writer, *self._watching):
                task.cancel()

    # What the page is sent

    async def _write(self) -> None:
        with contextlib.suppress(ConnectionError):  # the page was closed, or has become somebody else
            while not self.ws.closed:
                await self.ws.send_json(await self._out.get())

    def _say(self, kind: str, **fields: Any) -> None:
        self._out.put_nowait({"t": kind, **fields})

    def _hello(self) -> None:
        bot, guild = self.context.world.bot, self.context.guild
        self._say(
            "hello",
            guild={"id": str(guild.id), "name": guild.name},
            locales=LOCALES,
            bot={"id": str(bot.id), "name": bot.display, "online": self.gateway.online},
            now=self._now(),
            **self.view.standing(),
        )

    def _now(self) -> int:
        return int(self.context.world.clock() * 1000)

    def _on_event(self, event: Event) -> None:
        subject = event.subject
        if event.name in {"MESSAGE_CREATE", "MESSAGE_UPDATE"}:
            if self.view.sees(subject):
                self._say("message", message=self.view.message(subject))
                if event.name == "MESSAGE_CREATE" and subject.channel.is_thread:
                    self._say("channels", channels=self.view.channels())
        elif event.name == "MESSAGE_DELETE":
            if self.view.sees(subject):
                self._say("delete", channel=str(subject.channel.id), id=str(subject.id))
        elif event.name == "typing":
            channel, user = subject
            if user is not self.user and self.view.may_see(channel):
                self._say("typing", channel=str(channel.id), person=person(self.context, user))
        elif event.name == "bot":
            self._say("bot", online=self.gateway.online)
        elif event.name == "clock":
            self._say("clock", now=self._now())
        elif event.name == "commands":
            self._say("commands", commands=self.view.commands(), translated=self.view.translated())
        elif event.name == "locale" or event.name.startswith("GUILD_"):
            self._say("standing", **self.view.standing())
        elif event.name.startswith(("CHANNEL_", "THREAD_", "dm_")):
            self._say("channels", channels=self.view.channels())

    # What the page asks

    async def _take(self, frame: Json) -> None:
        nonce = frame.get("nonce")
        try:
            channel = self.context.world.channels.get(parse(frame.get("channel")) or 0)
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
        """The last messages of a channel, or those around the one that the page looks for."""
        seen = [one for one in channel.messages.values() if self.view.sees(one)]
        wanted = parse(frame.get("message"))
        found = next((index for index, one in enumerate(seen) if one.id == wanted), len(seen))
        first = max(0, min(len(seen) - _SHOWN, found - _SHOWN // 2))
        self._give("messages", channel, seen, first, first + _SHOWN)

    async def _older(self, channel: Channel, frame: Json) -> None:
        """The messages before one."""
        before = parse(frame.get("before")) or 0
        seen = [one for one in channel.messages.values() if self.view.sees(one)]
        last = next((index for index, one in enumerate(seen) if one.id >= before), len(seen))
        self._give("older", channel, seen, max(0, last - _SHOWN), last)

    def _give(self, kind: str, channel: Channel, seen: list[Message], first: int, last: int) -> None:
        """Some of a channel's messages, and whether there are others before and after them."""
        shown = [self.view.message(one) for one in seen[first:last]]
        self._say(kind, channel=str(channel.id), messages=shown, older=first > 0, newer=last < len(seen))

    async def _typing(self, channel: Channel, _: Json) -> None:
        """Others may know that this person is writing."""
        self.context.world.emit("typing", (channel, self.user))

    async def _command(self, channel: Channel, frame: Json) -> None:
        options = {name: self._uploads.filled(value) for name, value in frame.get("options", {}).items()}
        me = Person(self.context, self.user)
        self._watch(await me.use(frame["name"], options, channel), frame)

    async def _autocomplete(self, channel: Channel, frame: Json) -> None:
        me = Person(self.context, self.user)
        options = frame.get("options", {})
        self._watch(await me.type_into(frame["name"], frame["focused"], options, channel), frame)

    async def _menu(self, channel: Channel, frame: Json) -> None:
        me = Person(self.context, self.user)
        self._watch(await me.context_menu(frame["name"], self._at(channel, frame)), frame)

    async def _click(self, channel: Channel, frame: Json) -> None:
        me = Person(self.context, self.user)
        message = self._at(channel, frame)
        self._watch(await me.click(message, custom_id=frame["custom_id"], values=frame.get("values")), frame)

    async def _modal(self, _: Channel, frame: Json) -> None:
        asking = self._modals.get(str(frame["interaction"]))
        if asking is None:
            raise CommandError("This form is not open any more.")
        values = {name: self._uploads.filled(value) for name, value in frame.get("values", {}).items()}
        me = Person(self.context, self.user)
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
        me = Person(self.context, self.user)
        me.say(str(frame["text"])[:2000], channel=channel, reply_to=replied, **more)
        self._say("interaction", nonce=frame.get("nonce"), state="ok")

    async def _locale(self, _: Channel, frame: Json) -> None:
        """Have this person's client speak another language, or the server."""
        if frame["locale"] not in LOCALES:
            raise CommandError("Discord does not have this language.")
        whose = self.context.guild if frame["of"] == "server" else self.user
        self.context.world.speak(whose, frame["locale"])
        self._say("interaction", nonce=frame.get("nonce"), state="ok")

    async def _delete(self, channel: Channel, frame: Json) -> None:
        message = self._at(channel, frame)
        moderates = in_channel(channel, self.user.id) & Permission.MANAGE_MESSAGES
        if message.author is not self.user and message.private_to is not self.user and not moderates:
            raise CommandError("You may not delete this message.")
        self.context.messages.delete(message)
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
            patience = self.context.interactions.acknowledge_seconds
            await self.context.changes.until(lambda: interaction.acknowledged is not None, patience)
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


def _read(text: str) -> Any:
    """What a page has sent; None where it makes no sense."""
    try:
        return json.loads(text)
    except ValueError:
        return None
