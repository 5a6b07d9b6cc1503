"""The routes of servers, their channels, roles and members."""

from __future__ import annotations

from playground.context import Context
from playground.errors import ApiError, Refusal
from playground.model import Guild
from playground.rest.requests import ApiRequest
from playground.rest.routing import Route
from playground.wire import Json


def _own(context: Context, request: ApiRequest) -> Guild:
    """A server that the bot is in."""
    guild = context.world.guilds.get(request.id("guild_id"))
    if guild is None:
        raise ApiError(Refusal.UNKNOWN_GUILD)
    if not context.world.bot_is_in(guild):
        raise ApiError(Refusal.MISSING_ACCESS)
    return guild


async def get(context: Context, request: ApiRequest) -> Json:
    """Give a server."""
    guild = context.world.guilds.get(request.id("guild_id"))
    # Of the server itself, Discord does not tell a stranger even that there is one.
    if guild is None or not context.world.bot_is_in(guild):
        raise ApiError(Refusal.UNKNOWN_GUILD)
    body = context.payloads.guild_resource(guild)
    if request.raw.query.get("with_counts", "").lower() in {"1", "true"}:
        body |= {"approximate_member_count": len(guild.members), "approximate_presence_count": 0}
    return body


async def list_channels(context: Context, request: ApiRequest) -> list[Json]:
    """Give a server's channels without its threads."""
    channels = _own(context, request).channels.values()
    return [context.payloads.channel(one) for one in channels if not one.is_thread]


async def list_roles(context: Context, request: ApiRequest) -> list[Json]:
    """Give a server's roles."""
    return [context.payloads.role(one) for one in _own(context, request).roles.values()]


async def get_member(context: Context, request: ApiRequest) -> Json:
    """Give one member."""
    user_id = request.id("user_id")
    member = _own(context, request).members.get(user_id)
    if member is None:
        raise ApiError(Refusal.UNKNOWN_MEMBER if user_id in context.world.users else Refusal.UNKNOWN_USER)
    return context.payloads.member(member)


_GUILD = "/guilds/{guild_id}"

ROUTES: list[Route] = [
    ("GET", _GUILD, get),
    ("GET", _GUILD + "/channels", list_channels),
    ("GET", _GUILD + "/roles", list_roles),
    ("GET", _GUILD + "/members/{user_id}", get_member),
]
