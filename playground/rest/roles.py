"""The routes of roles: making, changing, deleting, giving and taking them."""

from __future__ import annotations

from playground import roles
from playground.context import Context
from playground.errors import ApiError, FormErrors, Refusal
from playground.model import Guild, Member, Role
from playground.permissions import Permission, in_guild
from playground.rest.requests import ApiRequest
from playground.rest.routing import Route
from playground.snowflakes import parse
from playground.wire import Json


def _managed(context: Context, request: ApiRequest) -> Guild:
    """A server in which the bot may manage roles."""
    world = context.world
    guild = world.guilds.get(request.id("guild_id"))
    if guild is None:
        raise ApiError(Refusal.UNKNOWN_GUILD)
    own = guild.members.get(world.bot.id)
    if own is None:
        raise ApiError(Refusal.MISSING_ACCESS)
    if not in_guild(guild, own) & Permission.MANAGE_ROLES:
        raise ApiError(Refusal.MISSING_PERMISSIONS)
    return guild


def _role(guild: Guild, request: ApiRequest) -> Role:
    role = guild.roles.get(request.id("role_id"))
    if role is None:
        raise ApiError(Refusal.UNKNOWN_ROLE)
    return role


def _traits(body: Json) -> Json:
    form = FormErrors()
    name = form.text(body, "name", (), 1, 100)
    form.check()
    colors: Json = body.get("colors") or {}
    read: Json = {
        "name": name,
        "permissions": parse(body.get("permissions")),
        "color": body.get("color") if body.get("color") is not None else colors.get("primary_color"),
        "mentionable": body.get("mentionable"),
    }
    return {key: value for key, value in read.items() if value is not None}


async def post(context: Context, request: ApiRequest) -> Json:
    """Make a role."""
    guild = _managed(context, request)
    everyone = guild.roles[guild.id].permissions
    traits: Json = {"name": "new role", "permissions": everyone} | _traits(request.body)
    role = roles.create(context.world, guild, **traits)
    return context.payloads.role(role)


async def patch(context: Context, request: ApiRequest) -> Json:
    """Change a role."""
    guild = _managed(context, request)
    role = _role(guild, request)
    roles.change(context.world, guild, role, **_traits(request.body))
    return context.payloads.role(role)


async def remove(context: Context, request: ApiRequest) -> None:
    """Delete a role; that of everyone, and one that belongs to a bot, stays."""
    guild = _managed(context, request)
    role = _role(guild, request)
    if role.id == guild.id or role.managed_by is not None:
        raise ApiError(Refusal.INVALID_ROLE)
    roles.delete(context.world, guild, role)


def _pair(context: Context, request: ApiRequest) -> tuple[Guild, Member, Role]:
    guild = _managed(context, request)
    member, role = guild.members.get(request.id("user_id")), _role(guild, request)
    if member is None:
        raise ApiError(Refusal.UNKNOWN_MEMBER)
    return guild, member, role


async def put_member(context: Context, request: ApiRequest) -> None:
    """Give a member a role."""
    roles.give(context.world, *_pair(context, request))


async def delete_member(context: Context, request: ApiRequest) -> None:
    """Take a role from a member."""
    roles.take(context.world, *_pair(context, request))


_ROLES, _ROLE = "/guilds/{guild_id}/roles", "/guilds/{guild_id}/roles/{role_id}"
_OF_MEMBER = "/guilds/{guild_id}/members/{user_id}/roles/{role_id}"

ROUTES: list[Route] = [
    ("POST", _ROLES, post),
    ("PATCH", _ROLE, patch),
    ("DELETE", _ROLE, remove),
    ("PUT", _OF_MEMBER, put_member),
    ("DELETE", _OF_MEMBER, delete_member),
]
