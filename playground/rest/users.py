"""The routes of users, the bot among them, and of conversations with them."""

from __future__ import annotations

from playground.context import Context
from playground.errors import ApiError, Refusal
from playground.rest.requests import ApiRequest
from playground.rest.routing import Route
from playground.snowflakes import parse
from playground.wire import Json


async def get_me(context: Context, _: ApiRequest) -> Json:
    """Give the bot."""
    return context.payloads.user(context.world.bot)


async def get(context: Context, request: ApiRequest) -> Json:
    """Give a user."""
    user = context.world.users.get(request.id("user_id"))
    if user is None:
        raise ApiError(Refusal.UNKNOWN_USER)
    return context.payloads.user(user)


async def open_dm(context: Context, request: ApiRequest) -> Json:
    """Give the bot's conversation with a user, which begins here if there is none."""
    user = context.world.users.get(parse(request.body.get("recipient_id")) or 0)
    if user is None:
        raise ApiError(Refusal.UNKNOWN_USER)
    return context.payloads.channel(context.world.dm_with(user))


ROUTES: list[Route] = [
    ("GET", "/users/@me", get_me),
    ("POST", "/users/@me/channels", open_dm),
    ("GET", "/users/{user_id}", get),
]
