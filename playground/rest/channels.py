"""The routes of channels, direct conversations included."""

from __future__ import annotations

from playground.context import Context
from playground.errors import ApiError, FormErrors, Refusal
from playground.permissions import Permission
from playground.rest import threads
from playground.rest.access import channel_of
from playground.rest.requests import ApiRequest
from playground.rest.routing import Route
from playground.wire import Json


async def get(context: Context, request: ApiRequest) -> Json:
    """Give a channel, a thread or a conversation."""
    return context.payloads.channel(channel_of(context, request))


async def delete(context: Context, request: ApiRequest) -> Json:
    """Delete a channel or a thread; a conversation is only closed."""
    channel = channel_of(context, request)
    body = context.payloads.channel(channel)
    if channel.is_dm:
        return body
    needed = Permission.MANAGE_THREADS if channel.is_thread else Permission.MANAGE_CHANNELS
    channel_of(context, request, needed)
    context.world.remove_channel(channel)
    return body


async def change(context: Context, request: ApiRequest) -> Json:
    """Change a thread, or a channel's name and age restriction."""
    channel = channel_of(context, request)
    if channel.is_thread:
        return await threads.change(context, request)
    if channel.is_dm:
        raise ApiError(Refusal.NOT_IN_A_DM)
    channel_of(context, request, Permission.MANAGE_CHANNELS)
    form = FormErrors()
    name = form.text(request.body, "name", (), 1, 100)
    form.check()
    nsfw = request.body.get("nsfw")
    context.world.change_channel(channel, name=name, nsfw=None if nsfw is None else bool(nsfw))
    return context.payloads.channel(channel)


async def typing(context: Context, request: ApiRequest) -> None:
    """Show that the bot is typing, which nobody here looks at."""
    channel_of(context, request)


_CHANNEL = "/channels/{channel_id}"

ROUTES: list[Route] = [
    ("GET", _CHANNEL, get),
    ("DELETE", _CHANNEL, delete),
    ("PATCH", _CHANNEL, change),
    ("POST", _CHANNEL + "/typing", typing),
]
