"""The routes of threads: opening one, renaming, archiving and joining it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playground.errors import ApiError, FormErrors, Refusal
from playground.messages import Message
from playground.permissions import Permission, in_channel, speaking
from playground.requests import Asked
from playground.world import PUBLIC_THREAD, Channel

if TYPE_CHECKING:
    from playground.rest import Rest, Route

Json = dict[str, Any]

PRIVATE_THREAD = 12
MINUTES = (60, 1440, 4320, 10080)


async def open_from_message(rest: Rest, asked: Asked) -> Json:
    """Open the thread of a message, which has that message's id."""
    channel = _parent(rest, asked)
    message = rest.message_of(asked, channel)
    if message.thread is not None:
        raise ApiError(Refusal.THREAD_EXISTS)
    return _open(rest, asked, channel, message)


async def open_alone(rest: Rest, asked: Asked) -> Json:
    """A thread without a message; one whose kind is not said would be private, which the bot may not open."""
    channel = _parent(rest, asked)
    if asked.body.get("type", PRIVATE_THREAD) != PUBLIC_THREAD:
        raise ApiError(Refusal.MISSING_PERMISSIONS)
    return _open(rest, asked, channel, None)


def _parent(rest: Rest, asked: Asked) -> Channel:
    channel = rest.channel_of(asked)
    if channel.is_dm:
        raise ApiError(Refusal.NOT_IN_A_DM)
    if channel.is_thread:
        raise ApiError(Refusal.WRONG_CHANNEL_TYPE)
    return rest.channel_of(asked, Permission.CREATE_PUBLIC_THREADS)


def _open(rest: Rest, asked: Asked, channel: Channel, message: Message | None) -> Json:
    form, world = FormErrors(), rest.server.world
    name = form.text(asked.body, "name", (), 1, 100, needed=True) or ""
    minutes = _minutes(form, asked.body) or MINUTES[1]
    form.check()
    thread = world.add_thread(channel, name, world.bot, from_message=message, archive_minutes=minutes)
    return rest.server.payloads.channel(thread)


def _minutes(form: FormErrors, body: Json) -> int | None:
    minutes = body.get("auto_archive_duration")
    if minutes is not None and minutes not in MINUTES:
        form.add(("auto_archive_duration",), "BASE_TYPE_CHOICES", f"Value must be one of {set(MINUTES)}.")
    return minutes


async def change(rest: Rest, asked: Asked) -> Json:
    """Rename, archive, wake or lock a thread."""
    channel, body, form = rest.channel_of(asked), asked.body, FormErrors()
    if not channel.is_thread or not _may_change(rest, channel, body):
        raise ApiError(Refusal.MISSING_PERMISSIONS)
    name = form.text(body, "name", (), 1, 100)
    minutes = _minutes(form, body)
    form.check()
    archived, locked = body.get("archived"), body.get("locked")
    if channel.archived and archived is not False and (name or minutes):
        raise ApiError(Refusal.THREAD_ARCHIVED)
    channel.name, channel.auto_archive_minutes = name or channel.name, minutes or channel.auto_archive_minutes
    rest.server.world.archive(channel, channel.archived if archived is None else bool(archived), locked=locked)
    return rest.server.payloads.channel(channel)


def _may_change(rest: Rest, channel: Channel, body: Json) -> bool:
    """A thread's owner may rename and archive it, who writes in it may wake it; a lock is the moderators' alone."""
    bot = rest.server.world.bot
    allowed = in_channel(channel, bot.id)
    if allowed & Permission.MANAGE_THREADS:
        return True
    if channel.locked or "locked" in body:
        return False
    wakes = body.get("archived") is False and set(body) == {"archived"}
    return channel.owner_id == bot.id or (wakes and bool(allowed & speaking(channel)))


async def join(rest: Rest, asked: Asked) -> None:
    """Let the bot join a thread."""
    channel = rest.channel_of(asked)
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
