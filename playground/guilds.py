"""The routes of servers, their channels, roles and members."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playground.errors import ApiError, Refusal
from playground.requests import Asked
from playground.world import Guild

if TYPE_CHECKING:
    from playground.rest import Rest, Route

Json = dict[str, Any]


def _own(rest: Rest, asked: Asked) -> Guild:
    """A server that the bot is in."""
    guild = rest.server.world.guilds.get(asked.id("guild_id"))
    if guild is None:
        raise ApiError(Refusal.UNKNOWN_GUILD)
    if not rest.server.world.bot_is_in(guild):
        raise ApiError(Refusal.MISSING_ACCESS)
    return guild


async def get(rest: Rest, asked: Asked) -> Json:
    """Give a server."""
    guild = rest.server.world.guilds.get(asked.id("guild_id"))
    # Of the server itself, Discord does not tell a stranger even that there is one.
    if guild is None or not rest.server.world.bot_is_in(guild):
        raise ApiError(Refusal.UNKNOWN_GUILD)
    body = rest.server.payloads.guild_resource(guild)
    if asked.request.query.get("with_counts", "").lower() in {"1", "true"}:
        body |= {"approximate_member_count": len(guild.members), "approximate_presence_count": 0}
    return body


async def list_channels(rest: Rest, asked: Asked) -> Any:
    """Give a server's channels without its threads."""
    channels = _own(rest, asked).channels.values()
    return [rest.server.payloads.channel(one) for one in channels if not one.is_thread]


async def list_roles(rest: Rest, asked: Asked) -> Any:
    """Give a server's roles."""
    return [rest.server.payloads.role(one) for one in _own(rest, asked).roles.values()]


async def get_member(rest: Rest, asked: Asked) -> Json:
    """Give one member."""
    user_id = asked.id("user_id")
    member = _own(rest, asked).members.get(user_id)
    if member is None:
        raise ApiError(Refusal.UNKNOWN_MEMBER if user_id in rest.server.world.users else Refusal.UNKNOWN_USER)
    return rest.server.payloads.member(member)


_GUILD = "/guilds/{guild_id}"

ROUTES: list[Route] = [
    ("GET", _GUILD, get),
    ("GET", _GUILD + "/channels", list_channels),
    ("GET", _GUILD + "/roles", list_roles),
    ("GET", _GUILD + "/members/{user_id}", get_member),
]
