"""The routes of channels and of the messages in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playground import threads
from playground.attachments import Upload
from playground.errors import ApiError, FormErrors, Refusal, invalid
from playground.messages import DEFAULT, REPLY, Message
from playground.permissions import Permission, in_channel, speaking
from playground.requests import Asked
from playground.snowflakes import parse
from playground.world import Channel

if TYPE_CHECKING:
    from playground.rest import Rest, Route

Json = dict[str, Any]


async def get(rest: Rest, asked: Asked) -> Json:
    """Give a channel, a thread or a conversation."""
    return rest.server.payloads.channel(rest.channel_of(asked))


async def delete(rest: Rest, asked: Asked) -> Json:
    """Delete a channel or a thread; a conversation is only closed."""
    channel = rest.channel_of(asked)
    body = rest.server.payloads.channel(channel)
    if channel.is_dm:
        return body
    needed = Permission.MANAGE_THREADS if channel.is_thread else Permission.MANAGE_CHANNELS
    rest.channel_of(asked, needed)
    rest.server.world.remove_channel(channel)
    return body


async def change(rest: Rest, asked: Asked) -> Json:
    """Change a thread, or a channel's name and age restriction."""
    channel = rest.channel_of(asked)
    if channel.is_thread:
        return await threads.change(rest, asked)
    if channel.is_dm:
        raise ApiError(Refusal.NOT_IN_A_DM)
    rest.channel_of(asked, Permission.MANAGE_CHANNELS)
    form = FormErrors()
    name = form.text(asked.body, "name", (), 1, 100)
    form.check()
    nsfw = asked.body.get("nsfw")
    rest.server.world.change_channel(channel, name=name, nsfw=None if nsfw is None else bool(nsfw))
    return rest.server.payloads.channel(channel)


async def typing(rest: Rest, asked: Asked) -> None:
    """Show that the bot is typing, which nobody here looks at."""
    rest.channel_of(asked)


async def list_messages(rest: Rest, asked: Asked) -> Any:
    """Give the newest messages, or those before one, newest first."""
    channel = rest.channel_of(asked, Permission.READ_MESSAGE_HISTORY)
    newest = [one for one in reversed(channel.messages.values()) if one.private_to is None]
    before = parse(asked.request.query.get("before", "")) or 1 << 63
    limit = parse(asked.request.query.get("limit", "50")) or 0
    if not 1 <= limit <= 100:
        raise invalid(("limit",), "NUMBER_TYPE_RANGE", "int value should be between 1 and 100.")
    found = [one for one in newest if one.id < before][:limit]
    return [rest.server.payloads.message(one) for one in found]


async def get_message(rest: Rest, asked: Asked) -> Json:
    """Give one message."""
    channel = rest.channel_of(asked, Permission.READ_MESSAGE_HISTORY)
    return rest.server.payloads.message(rest.message_of(asked, channel))


async def send(rest: Rest, asked: Asked) -> Json:
    """Send a message; one with a known enforced nonce is not sent again."""
    channel, server = rest.channel_of(asked), rest.server
    _may_write(rest, channel, asked.files)
    if channel.recipient is not None and not channel.recipient.accepts_dms:
        raise ApiError(Refusal.CANNOT_DM)
    bot, nonce = server.world.bot, asked.body.get("nonce")
    if asked.body.get("enforce_nonce") and nonce is not None:
        for message in reversed(list(channel.messages.values())[-50:]):
            if message.nonce == nonce and message.author is bot:
                return server.payloads.message(message)
    reply_to = _replied_to(channel, asked.body.get("message_reference"))
    message = server.messages_of_world.create(
        channel, bot, asked.body, asked.files, kind=REPLY if reply_to else DEFAULT, reply_to=reply_to
    )
    return server.payloads.message(message)


def _may_write(rest: Rest, channel: Channel, files: list[Upload]) -> None:
    allowed = in_channel(channel, rest.server.world.bot.id)
    if not allowed & speaking(channel) or (files and not allowed & Permission.ATTACH_FILES):
        raise ApiError(Refusal.MISSING_PERMISSIONS)
    if channel.archived and channel.locked:
        raise ApiError(Refusal.THREAD_ARCHIVED)
    rest.check_files(channel, files)


def _replied_to(channel: Channel, reference: Json | None) -> Message | None:
    if not reference:
        return None
    found = channel.messages.get(parse(reference.get("message_id")) or 0)
    if found is None and reference.get("fail_if_not_exists", True):
        raise invalid(("message_reference",), "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
    return found


async def edit_message(rest: Rest, asked: Asked) -> Json:
    """Change a message of the bot's own."""
    channel = rest.channel_of(asked)
    message = rest.message_of(asked, channel)
    if message.author is not rest.server.world.bot:
        raise ApiError(Refusal.NOT_THE_AUTHOR)
    rest.check_files(channel, asked.files)
    if channel.archived:
        raise ApiError(Refusal.THREAD_ARCHIVED)
    rest.server.messages_of_world.edit(message, asked.body, asked.files)
    return rest.server.payloads.message(message)


async def delete_message(rest: Rest, asked: Asked) -> None:
    """Delete a message; another's needs the right to."""
    channel = rest.channel_of(asked)
    message = rest.message_of(asked, channel)
    mine = message.author is rest.server.world.bot
    if not mine and not in_channel(channel, rest.server.world.bot.id) & Permission.MANAGE_MESSAGES:
        raise ApiError(Refusal.MISSING_PERMISSIONS)
    rest.server.messages_of_world.delete(message)


async def refresh(rest: Rest, asked: Asked) -> Json:
    """Give fresh addresses for old ones."""
    urls = asked.body.get("attachment_urls") or []
    found = [{"original": url, "refreshed": rest.server.store.refresh(url)} for url in urls]
    return {"refreshed_urls": [one for one in found if one["refreshed"]]}


_CHANNEL = "/channels/{channel_id}"
_MESSAGE = _CHANNEL + "/messages/{message_id}"

ROUTES: list[Route] = [
    ("GET", _CHANNEL, get),
    ("DELETE", _CHANNEL, delete),
    ("PATCH", _CHANNEL, change),
    ("POST", _CHANNEL + "/typing", typing),
    ("GET", _CHANNEL + "/messages", list_messages),
    ("POST", _CHANNEL + "/messages", send),
    ("GET", _MESSAGE, get_message),
    ("PATCH", _MESSAGE, edit_message),
    ("DELETE", _MESSAGE, delete_message),
    ("POST", "/attachments/refresh-urls", refresh),
]
