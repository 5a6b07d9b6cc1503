"""Discord's REST routes, as far as the bot uses them: answering and refusing as Discord does."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from aiohttp import web

from playground import modals
from playground.attachments import Upload
from playground.errors import ApiError, FormErrors, Refusal, invalid
from playground.faults import Call
from playground.interactions import ACKNOWLEDGE_SECONDS, TOKEN_SECONDS, Interaction
from playground.messages import CHAT_INPUT_COMMAND, DEFAULT, EPHEMERAL, REPLY, Message
from playground.permissions import Permission, in_channel, speaking
from playground.snowflakes import parse
from playground.world import MEBIBYTE, Channel, Guild

if TYPE_CHECKING:
    from playground.server import LoopbackDiscord

PREFIX = "/api/v10"
REQUEST_LIMIT = 25 * MEBIBYTE
MAX_FOLLOW_UPS = 5
"""Where only a user has installed the app (Discord reference)."""
MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9

Json = dict[str, Any]
Handler = Callable[["Rest", "Asked"], Awaitable[Any]]


class Asked:
    """A request, read: its parts by name, its JSON and its files."""

    def __init__(self, request: web.Request, body: Any, files: list[Upload]) -> None:
        self.request = request
        self.body: Any = body if body is not None else {}
        self.files = files

    def id(self, name: str) -> int:
        """A snowflake from the path."""
        return parse(self.request.match_info[name]) or 0


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
                asked = await _read(request)
                if fault and fault.spoils and not fault.applied:
                    return await self._misbehave(request, template, fault, at, asked)
                self._authorize(request, template)
                if limited := self._limited(request, template, headers):
                    status, body = 429, limited
                else:
                    body = await handler(self, asked)
                    status = 204 if body is None else 200
            except ApiError as refusal:
                status, body = refusal.status, refusal.body()
            self._record(request, template, status, at, asked)
            if fault and fault.spoils and fault.applied:
                return await self._misbehave(request, template, fault, at, asked, record=False)
            if body is None:
                return web.Response(status=status, headers=headers)
            return _json(body, status, headers)

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
        return _json(body, status, headers)

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

    # The bot itself

    async def gateway(self, _: Asked) -> Json:
        return {"url": self.server.gateway.url}

    async def gateway_bot(self, _: Asked) -> Json:
        limit = {"total": 1000, "remaining": 999, "reset_after": 86_400_000, "max_concurrency": 1}
        return {"url": self.server.gateway.url, "shards": 1, "session_start_limit": limit}

    async def me(self, _: Asked) -> Json:
        return self.server.payloads.user(self.server.world.bot)

    async def application(self, _: Asked) -> Json:
        world = self.server.world
        return {
            "id": str(world.application_id),
            "name": world.bot.display,
            "icon": None,
            "description": "",
            "bot_public": True,
            "bot_require_code_grant": False,
            "verify_key": "0" * 64,
            "flags": 0,
            "approximate_guild_count": len(world.guilds),
            "approximate_user_install_count": 0,
            "owner": self.server.payloads.user(self.server.moderator),
            "team": None,
            "bot": self.server.payloads.user(world.bot),
            "integration_types_config": {"0": {}, "1": {}},
        }

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

    # Interactions

    async def callback(self, asked: Asked) -> Json | None:
        interaction = self.server.interactions.get(asked.id("interaction_id"))
        if interaction is None or interaction.token != asked.request.match_info["token"]:
            raise ApiError(Refusal.UNKNOWN_INTERACTION)
        if interaction.acknowledged is not None:
            raise ApiError(Refusal.ALREADY_ACKNOWLEDGED)
        if self.server.clock() - interaction.created_at > ACKNOWLEDGE_SECONDS:
            raise ApiError(Refusal.UNKNOWN_INTERACTION)
        kind, data = asked.body.get("type"), asked.body.get("data") or {}
        self._respond(interaction, kind, data, asked.files)
        interaction.acknowledged = kind
        self.server.touch()
        if asked.request.query.get("with_response", "").lower() not in {"1", "true"}:
            return None
        answer: Json = {
            "interaction": {
                "id": str(interaction.id),
                "type": interaction.kind,
                "response_message_id": str(interaction.original.id) if interaction.original else None,
                "response_message_loading": kind == DEFERRED,
                "response_message_ephemeral": interaction.ephemeral,
            }
        }
        if interaction.original is not None and kind in {MESSAGE, DEFERRED, UPDATE}:
            message = self.server.payloads.message(interaction.original)
            answer["resource"] = {"type": kind, "message": message}
        return answer

    def _respond(self, interaction: Interaction, kind: Any, data: Json, files: list[Upload]) -> None:
        private = interaction.user if int(data.get("flags") or 0) & EPHEMERAL else None
        of = CHAT_INPUT_COMMAND if interaction.message is None else REPLY
        messages = self.server.messages_of_world
        match kind:
            case 4:
                self._check_files(interaction.channel, files)
                interaction.original = messages.create(
                    interaction.channel,
                    self.server.world.bot,
                    data,
                    files,
                    kind=of,
                    private_to=private,
                    interaction=interaction,
                    reply_to=interaction.message,
                )
            case 5:
                interaction.original = messages.placeholder(interaction.channel, interaction, of, private)
            case 6:
                interaction.original = interaction.message
            case 7 if interaction.message is not None:
                messages.edit(interaction.message, data, files)
                interaction.original = interaction.message
            case 8:
                interaction.choices = data.get("choices") or []
            case 9:
                interaction.modal = modals.read(data)
            case _:
                raise ApiError(Refusal.INVALID_FORM, {"type": {"_errors": [{"code": "BASE_TYPE_CHOICES"}]}})

    # Webhooks: the interaction's token is the right

    def _by_token(self, asked: Asked) -> Interaction:
        interaction = self.server.by_token.get(asked.request.match_info["token"])
        if interaction is None or asked.id("application_id") != self.server.world.application_id:
            raise ApiError(Refusal.UNKNOWN_WEBHOOK)
        if interaction.expired or self.server.clock() - interaction.created_at > TOKEN_SECONDS:
            raise ApiError(Refusal.INVALID_WEBHOOK_TOKEN)
        if interaction.acknowledged is None:
            raise ApiError(Refusal.UNKNOWN_WEBHOOK)
        return interaction

    def _webhook_message(self, asked: Asked) -> Message:
        interaction = self._by_token(asked)
        name = asked.request.match_info["message_id"]
        message = interaction.original if name == "@original" else self.server.world.messages.get(parse(name) or 0)
        if message is None or message.deleted:
            raise ApiError(Refusal.UNKNOWN_MESSAGE)
        # A click's token also reaches the message that the button stands on, whoever's answer that was.
        if message is not interaction.message and message.interaction is not interaction:
            raise ApiError(Refusal.UNKNOWN_MESSAGE)
        return message

    async def webhook_get(self, asked: Asked) -> Json:
        return self.server.payloads.message(self._webhook_message(asked))

    async def webhook_edit(self, asked: Asked) -> Json:
        message = self._webhook_message(asked)
        self._check_files(message.channel, asked.files)
        if message.channel.archived:
            raise ApiError(Refusal.THREAD_ARCHIVED)
        self.server.messages_of_world.edit(message, asked.body, asked.files)
        return self.server.payloads.message(message)

    async def webhook_delete(self, asked: Asked) -> None:
        self.server.messages_of_world.delete(self._webhook_message(asked))

    async def follow_up(self, asked: Asked) -> Json:
        interaction = self._by_token(asked)
        self._check_files(interaction.channel, asked.files)
        private = interaction.user if int(asked.body.get("flags") or 0) & EPHEMERAL else None
        if interaction.by_user_alone(self.server.world) and interaction.follow_ups >= MAX_FOLLOW_UPS:
            raise ApiError(Refusal.TOO_MANY_FOLLOW_UPS)
        original = interaction.original
        if interaction.acknowledged == DEFERRED and original is not None and original.loading:
            # Discord's reference: right after a deferred answer, this edits the "thinking …" message.
            self.server.messages_of_world.edit(original, asked.body, asked.files)
            return self.server.payloads.message(original)
        interaction.follow_ups += 1
        message = self.server.messages_of_world.create(
            interaction.channel,
            self.server.world.bot,
            asked.body,
            asked.files,
            kind=REPLY,
            private_to=private,
            interaction=interaction,
        )
        return self.server.payloads.message(message)

    # Channels

    def _channel(self, asked: Asked, *needed: Permission) -> Channel:
        channel = self.server.world.channels.get(asked.id("channel_id"))
        if channel is None:
            raise ApiError(Refusal.UNKNOWN_CHANNEL)
        allowed = in_channel(channel, self.server.world.bot.id)
        if channel.is_private or not allowed & Permission.VIEW_CHANNEL:
            raise ApiError(Refusal.MISSING_ACCESS)
        if any(not allowed & one for one in needed):
            raise ApiError(Refusal.MISSING_PERMISSIONS)
        return channel

    def _message(self, asked: Asked, channel: Channel) -> Message:
        message = channel.messages.get(asked.id("message_id"))
        if message is None or message.private_to is not None:
            raise ApiError(Refusal.UNKNOWN_MESSAGE)
        return message

    async def channel(self, asked: Asked) -> Json:
        return self.server.payloads.channel(self._channel(asked))

    async def list_messages(self, asked: Asked) -> Any:
        channel = self._channel(asked, Permission.READ_MESSAGE_HISTORY)
        newest = [one for one in reversed(channel.messages.values()) if one.private_to is None]
        before = parse(asked.request.query.get("before", "")) or 1 << 63
        limit = parse(asked.request.query.get("limit", "50")) or 0
        if not 1 <= limit <= 100:
            raise invalid(("limit",), "NUMBER_TYPE_RANGE", "int value should be between 1 and 100.")
        found = [one for one in newest if one.id < before][:limit]
        return [self.server.payloads.message(one) for one in found]

    async def get_message(self, asked: Asked) -> Json:
        channel = self._channel(asked, Permission.READ_MESSAGE_HISTORY)
        return self.server.payloads.message(self._message(asked, channel))

    async def send(self, asked: Asked) -> Json:
        channel = self._channel(asked)
        self._may_write(channel, asked.files)
        if channel.recipient is not None and not channel.recipient.accepts_dms:
            raise ApiError(Refusal.CANNOT_DM)
        nonce = asked.body.get("nonce")
        if asked.body.get("enforce_nonce") and nonce is not None:
            for message in reversed(list(channel.messages.values())[-50:]):
                if message.nonce == nonce and message.author is self.server.world.bot:
                    return self.server.payloads.message(message)
        bot = self.server.world.bot
        reply_to = self._replied_to(channel, asked.body.get("message_reference"))
        message = self.server.messages_of_world.create(
            channel, bot, asked.body, asked.files, kind=REPLY if reply_to else DEFAULT, reply_to=reply_to
        )
        return self.server.payloads.message(message)

    def _replied_to(self, channel: Channel, reference: Json | None) -> Message | None:
        if not reference:
            return None
        found = channel.messages.get(parse(reference.get("message_id")) or 0)
        if found is None and reference.get("fail_if_not_exists", True):
            raise invalid(("message_reference",), "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
        return found

    async def edit_message(self, asked: Asked) -> Json:
        channel = self._channel(asked)
        message = self._message(asked, channel)
        if message.author is not self.server.world.bot:
            raise ApiError(Refusal.NOT_THE_AUTHOR)
        self._check_files(channel, asked.files)
        if channel.archived:
            raise ApiError(Refusal.THREAD_ARCHIVED)
        self.server.messages_of_world.edit(message, asked.body, asked.files)
        return self.server.payloads.message(message)

    async def delete_message(self, asked: Asked) -> None:
        channel = self._channel(asked)
        message = self._message(asked, channel)
        mine = message.author is self.server.world.bot
        if not mine and not in_channel(channel, self.server.world.bot.id) & Permission.MANAGE_MESSAGES:
            raise ApiError(Refusal.MISSING_PERMISSIONS)
        self.server.messages_of_world.delete(message)

    async def thread_from_message(self, asked: Asked) -> Json:
        channel = self._channel(asked, Permission.CREATE_PUBLIC_THREADS)
        message = self._message(asked, channel)
        if message.thread is not None:
            raise ApiError(Refusal.THREAD_EXISTS)
        return self._begin_thread(asked, channel, message)

    async def thread_alone(self, asked: Asked) -> Json:
        return self._begin_thread(asked, self._channel(asked, Permission.CREATE_PUBLIC_THREADS), None)

    def _begin_thread(self, asked: Asked, channel: Channel, message: Message | None) -> Json:
        if channel.is_thread or channel.is_dm:
            raise ApiError(Refusal.NOT_IN_A_DM)
        form, bot = FormErrors(), self.server.world.bot
        name = form.text(asked.body, "name", (), 1, 100, needed=True) or ""
        minutes = asked.body.get("auto_archive_duration", 1440)
        if minutes not in {60, 1440, 4320, 10080}:
            form.add(("auto_archive_duration",), "BASE_TYPE_CHOICES", "Value must be one of {60, 1440, 4320, 10080}.")
        form.check()
        thread = self.server.world.add_thread(channel, name, bot, from_message=message, archive_minutes=minutes)
        return self.server.payloads.channel(thread)

    async def join_thread(self, asked: Asked) -> None:
        self._channel(asked)

    async def change_channel(self, asked: Asked) -> Json:
        """A thread's owner may rename and archive it; locking it, or any change of a locked one, is the moderators'."""
        channel, bot = self._channel(asked), self.server.world.bot
        manages = in_channel(channel, bot.id) & Permission.MANAGE_THREADS
        archived = asked.body.get("archived")
        anybodys = archived is False and set(asked.body) == {"archived"}
        own = channel.owner_id == bot.id and not channel.locked and "locked" not in asked.body
        if not channel.is_thread or not (manages or own or (anybodys and not channel.locked)):
            raise ApiError(Refusal.MISSING_PERMISSIONS)
        form = FormErrors()
        channel.name = form.text(asked.body, "name", (), 1, 100) or channel.name
        form.check()
        channel.archived = channel.archived if archived is None else bool(archived)
        channel.locked = bool(asked.body.get("locked", channel.locked))
        self.server.world.emit("THREAD_UPDATE", channel)
        return self.server.payloads.channel(channel)

    async def delete_channel(self, asked: Asked) -> Json:
        channel = self._channel(asked, Permission.MANAGE_THREADS)
        body = self.server.payloads.channel(channel)
        self.server.world.remove_channel(channel)
        return body

    # Servers

    def _guild(self, asked: Asked) -> Guild:
        guild = self.server.world.guilds.get(asked.id("guild_id"))
        if guild is None:
            raise ApiError(Refusal.UNKNOWN_GUILD)
        if not self.server.world.bot_is_in(guild):
            raise ApiError(Refusal.MISSING_ACCESS)
        return guild

    async def guild(self, asked: Asked) -> Json:
        return self.server.payloads.guild(self._guild(asked))

    async def guild_channels(self, asked: Asked) -> Any:
        channels = self._guild(asked).channels.values()
        return [self.server.payloads.channel(one) for one in channels if not one.is_thread]

    async def guild_roles(self, asked: Asked) -> Any:
        return [self.server.payloads.role(one) for one in self._guild(asked).roles.values()]

    async def guild_member(self, asked: Asked) -> Json:
        member = self._guild(asked).members.get(asked.id("user_id"))
        if member is None:
            raise ApiError(Refusal.UNKNOWN_MEMBER)
        return self.server.payloads.member(member)

    async def typing(self, asked: Asked) -> None:
        self._channel(asked)

    async def refresh(self, asked: Asked) -> Json:
        urls = asked.body.get("attachment_urls") or []
        found = [{"original": url, "refreshed": self.server.store.refresh(url)} for url in urls]
        return {"refreshed_urls": [one for one in found if one["refreshed"]]}

    def _may_write(self, channel: Channel, files: list[Upload]) -> None:
        allowed = in_channel(channel, self.server.world.bot.id)
        if not allowed & speaking(channel) or (files and not allowed & Permission.ATTACH_FILES):
            raise ApiError(Refusal.MISSING_PERMISSIONS)
        if channel.archived and channel.locked:
            raise ApiError(Refusal.THREAD_ARCHIVED)
        self._check_files(channel, files)

    def _check_files(self, channel: Channel, files: list[Upload]) -> None:
        limit = channel.guild.file_limit if channel.guild else 10 * MEBIBYTE
        if any(len(file.data) > limit for file in files):
            raise ApiError(Refusal.TOO_LARGE)


def _json(body: Any, status: int, headers: dict[str, str]) -> web.Response:
    """As Discord sends it: the content type without a charset, which discord.py compares whole."""
    return web.Response(
        body=json.dumps(body).encode(), status=status, headers=headers | {"Content-Type": "application/json"}
    )


async def _read(request: web.Request) -> Asked:
    if (request.content_length or 0) > REQUEST_LIMIT:
        raise ApiError(Refusal.TOO_LARGE)
    if request.content_type == "multipart/form-data":
        return await _read_multipart(request)
    raw = await request.read()
    if not raw:
        return Asked(request, None, [])
    try:
        return Asked(request, json.loads(raw), [])
    except ValueError:
        raise ApiError(Refusal.INVALID_JSON) from None


async def _read_multipart(request: web.Request) -> Asked:
    body: Any = None
    files: dict[int, Upload] = {}
    reader = await request.multipart()
    async for part in reader:
        name = getattr(part, "name", "") or ""
        data = bytes(await part.read())
        if name == "payload_json":
            body = json.loads(data)
        elif name.startswith("files[") and name.endswith("]"):
            files[int(name[6:-1])] = Upload(part.filename or "unknown", data, part.headers.get("Content-Type"))
    return Asked(request, body, [files[index] for index in sorted(files)])


_ORIGINAL = "/webhooks/{application_id}/{token}/messages/{message_id}"
_MESSAGE = "/channels/{channel_id}/messages/{message_id}"

ROUTES: list[tuple[str, str, Handler]] = [
    ("GET", "/gateway", Rest.gateway),
    ("GET", "/gateway/bot", Rest.gateway_bot),
    ("GET", "/users/@me", Rest.me),
    ("POST", "/users/@me/channels", Rest.open_dm),
    ("GET", "/users/{user_id}", Rest.user),
    ("GET", "/applications/@me", Rest.application),
    ("GET", "/oauth2/applications/@me", Rest.application),
    ("PUT", "/applications/{application_id}/commands", Rest.put_commands),
    ("GET", "/applications/{application_id}/commands", Rest.get_commands),
    ("PUT", "/applications/{application_id}/guilds/{guild_id}/commands", Rest.put_commands),
    ("GET", "/applications/{application_id}/guilds/{guild_id}/commands", Rest.get_commands),
    ("POST", "/interactions/{interaction_id}/{token}/callback", Rest.callback),
    ("POST", "/webhooks/{application_id}/{token}", Rest.follow_up),
    ("GET", _ORIGINAL, Rest.webhook_get),
    ("PATCH", _ORIGINAL, Rest.webhook_edit),
    ("DELETE", _ORIGINAL, Rest.webhook_delete),
    ("GET", "/channels/{channel_id}", Rest.channel),
    ("GET", "/channels/{channel_id}/messages", Rest.list_messages),
    ("POST", "/channels/{channel_id}/messages", Rest.send),
    ("GET", _MESSAGE, Rest.get_message),
    ("PATCH", _MESSAGE, Rest.edit_message),
    ("DELETE", _MESSAGE, Rest.delete_message),
    ("POST", _MESSAGE + "/threads", Rest.thread_from_message),
    ("POST", "/channels/{channel_id}/threads", Rest.thread_alone),
    ("PUT", "/channels/{channel_id}/thread-members/@me", Rest.join_thread),
    ("PATCH", "/channels/{channel_id}", Rest.change_channel),
    ("DELETE", "/channels/{channel_id}", Rest.delete_channel),
    ("GET", "/guilds/{guild_id}", Rest.guild),
    ("GET", "/guilds/{guild_id}/channels", Rest.guild_channels),
    ("GET", "/guilds/{guild_id}/roles", Rest.guild_roles),
    ("GET", "/guilds/{guild_id}/members/{user_id}", Rest.guild_member),
    ("POST", "/channels/{channel_id}/typing", Rest.typing),
    ("POST", "/attachments/refresh-urls", Rest.refresh),
]
