"""The routes of threads: opening one, renaming, archiving and joining it."""

from __future__ import annotations

from playground.context import Context
from playground.errors import ApiError, FormErrors, Refusal
from playground.model import PUBLIC_THREAD, Channel, Message
from playground.permissions import Permission, in_channel, speaking
from playground.rest.access import channel_of, message_of
from playground.rest.requests import ApiRequest
from playground.rest.routing import Route
from playground.wire import Json

PRIVATE_THREAD = 12
MINUTES = (60, 1440, 4320, 10080)


async def open_from_message(context: Context, request: ApiRequest) -> Json:
    """Open the thread of a message, which has that message's id."""
    channel = _parent(context, request)
    message = message_of(request, channel)
    if message.thread is not None:
        raise ApiError(Refusal.THREAD_EXISTS)
    return _open(context, request, channel, message)


async def open_alone(context: Context, request: ApiRequest) -> Json:
    """A thread without a message; one whose kind is not said would be private, which the bot may not open."""
    channel = _parent(context, request)
    if request.body.get("type", PRIVATE_THREAD) != PUBLIC_THREAD:
        raise ApiError(Refusal.MISSING_PERMISSIONS)
    return _open(context, request, channel, None)


def _parent(context: Context, request: ApiRequest) -> Channel:
    channel = channel_of(context, request)
    if channel.is_dm:
        raise ApiError(Refusal.NOT_IN_A_DM)
    if channel.is_thread:
        raise ApiError(Refusal.WRONG_CHANNEL_TYPE)
    return channel_of(context, request, Permission.CREATE_PUBLIC_THREADS)


def _open(context: Context, request: ApiRequest, channel: Channel, message: Message | None) -> Json:
    form, world = FormErrors(), context.world
    name = form.text(request.body, "name", (), 1, 100, needed=True) or ""
    minutes = _minutes(form, request.body) or MINUTES[1]
    form.check()
    thread = world.add_thread(channel, name, world.bot, from_message=message, archive_minutes=minutes)
    return context.payloads.channel(thread)


def _minutes(form: FormErrors, body: Json) -> int | None:
    minutes = body.get("auto_archive_duration")
    if minutes is not None and minutes not in MINUTES:
        form.add(("auto_archive_duration",), "BASE_TYPE_CHOICES", f"Value must be one of {set(MINUTES)}.")
    return minutes


async def change(context: Context, request: ApiRequest) -> Json:
    """Rename, archive, wake or lock a thread."""
    channel, body, form = channel_of(context, request), request.body, FormErrors()
    if not channel.is_thread or not _may_change(context, channel, body):
        raise ApiError(Refusal.MISSING_PERMISSIONS)
    name = form.text(body, "name", (), 1, 100)
    minutes = _minutes(form, body)
    form.check()
    archived, locked = body.get("archived"), body.get("locked")
    if channel.archived and archived is not False and (name or minutes):
        raise ApiError(Refusal.THREAD_ARCHIVED)
    channel.name, channel.auto_archive_minutes = name or channel.name, minutes or channel.auto_archive_minutes
    context.world.archive(channel, channel.archived if archived is None else bool(archived), locked=locked)
    return context.payloads.channel(channel)


def _may_change(context: Context, channel: Channel, body: Json) -> bool:
    """A thread's owner may rename and archive it, who writes in it may wake it; a lock is the moderators' alone."""
    bot = context.world.bot
    allowed = in_channel(channel, bot.id)
    if allowed & Permission.MANAGE_THREADS:
        return True
    if channel.locked or "locked" in body:
        return False
    wakes = body.get("archived") is False and set(body) == {"archived"}
    return channel.owner_id == bot.id or (wakes and bool(allowed & speaking(channel)))


async def join(context: Context, request: ApiRequest) -> None:
    """Let the bot join a thread."""
    channel = channel_of(context, request)
    if not channel.is_thread:
        raise ApiError(Refusal.WRONG_CHANNEL_TYPE)
    if channel.archived:
        raise ApiError(Refusal.THREAD_ARCHIVED)


_CHANNEL = "/channels/{channel_id}"

ROUTES: list[Route] = [
    ("POST", _CHANNEL + "/messages/{message_id}/threads", open_from_message),
    ("POST", _CHANNEL + "/threads", open_alone),
    ("PUT", _CHANNEL + "/thread-members/@me", join),
]
