"""The routes of the messages in a channel."""

from __future__ import annotations

from playground.attachments import Upload
from playground.context import Context
from playground.errors import ApiError, Refusal, invalid
from playground.model import DEFAULT, REPLY, Channel, Message
from playground.permissions import Permission, in_channel, speaking
from playground.rest.access import channel_of, check_files, message_of
from playground.rest.requests import ApiRequest
from playground.rest.routing import Route
from playground.snowflakes import parse
from playground.wire import Json


async def list_messages(context: Context, request: ApiRequest) -> list[Json]:
    """Give the newest messages, those before one, or the first ones after one; newest first."""
    channel = channel_of(context, request, Permission.READ_MESSAGE_HISTORY)
    newest = [one for one in reversed(channel.messages.values()) if one.private_to is None]
    before = parse(request.raw.query.get("before", "")) or 1 << 63
    limit = parse(request.raw.query.get("limit", "50")) or 0
    if not 1 <= limit <= 100:
        raise invalid(("limit",), "NUMBER_TYPE_RANGE", "int value should be between 1 and 100.")
    after = parse(request.raw.query.get("after", "")) or 0
    found = [one for one in newest if after < one.id < before]
    found = found[-limit:] if after else found[:limit]
    return [context.payloads.message(one) for one in found]


async def get(context: Context, request: ApiRequest) -> Json:
    """Give one message."""
    channel = channel_of(context, request, Permission.READ_MESSAGE_HISTORY)
    return context.payloads.message(message_of(request, channel))


async def send(context: Context, request: ApiRequest) -> Json:
    """Send a message; one with a known enforced nonce is not sent again."""
    channel = channel_of(context, request)
    _may_write(context, channel, request.files)
    if channel.recipient is not None and not channel.recipient.accepts_dms:
        raise ApiError(Refusal.CANNOT_DM)
    bot, nonce = context.world.bot, request.body.get("nonce")
    if request.body.get("enforce_nonce") and nonce is not None:
        for message in reversed(list(channel.messages.values())[-50:]):
            if message.nonce == nonce and message.author is bot:
                return context.payloads.message(message)
    reply_to = _replied_to(channel, request.body.get("message_reference"))
    message = context.messages.create(
        channel, bot, request.body, request.files, kind=REPLY if reply_to else DEFAULT, reply_to=reply_to
    )
    return context.payloads.message(message)


def _may_write(context: Context, channel: Channel, files: list[Upload]) -> None:
    allowed = in_channel(channel, context.world.bot.id)
    if not allowed & speaking(channel) or (files and not allowed & Permission.ATTACH_FILES):
        raise ApiError(Refusal.MISSING_PERMISSIONS)
    if channel.archived and channel.locked:
        raise ApiError(Refusal.THREAD_ARCHIVED)
    check_files(channel, files)


def _replied_to(channel: Channel, reference: Json | None) -> Message | None:
    if not reference:
        return None
    found = channel.messages.get(parse(reference.get("message_id")) or 0)
    if found is None and reference.get("fail_if_not_exists", True):
        raise invalid(("message_reference",), "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
    return found


async def edit(context: Context, request: ApiRequest) -> Json:
    """Change a message of the bot's own."""
    channel = channel_of(context, request)
    message = message_of(request, channel)
    if message.author is not context.world.bot:
        raise ApiError(Refusal.NOT_THE_AUTHOR)
    check_files(channel, request.files)
    if channel.archived:
        raise ApiError(Refusal.THREAD_ARCHIVED)
    context.messages.edit(message, request.body, request.files)
    return context.payloads.message(message)


async def delete(context: Context, request: ApiRequest) -> None:
    """Delete a message; another's needs the right to."""
    channel = channel_of(context, request)
    message = message_of(request, channel)
    mine = message.author is context.world.bot
    if not mine and not in_channel(channel, context.world.bot.id) & Permission.MANAGE_MESSAGES:
        raise ApiError(Refusal.MISSING_PERMISSIONS)
    context.messages.delete(message)


_MESSAGES = "/channels/{channel_id}/messages"
_MESSAGE = _MESSAGES + "/{message_id}"

ROUTES: list[Route] = [
    ("GET", _MESSAGES, list_messages),
    ("POST", _MESSAGES, send),
    ("GET", _MESSAGE, get),
    ("PATCH", _MESSAGE, edit),
    ("DELETE", _MESSAGE, delete),
]
