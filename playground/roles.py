"""Roles: made, changed, deleted, given and taken, announced; and the routes by which a bot does so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from playground.errors import ApiError, FormErrors, Refusal
from playground.permissions import Permission, in_guild
from playground.requests import Asked
from playground.snowflakes import parse
from playground.world import Guild, Member, Role, World

if TYPE_CHECKING:
    from playground.rest import Rest, Route

Json = dict[str, Any]


@dataclass(slots=True, frozen=True)
class OfGuild:
    """A role or a member in a server: what such an event is about."""

    guild: Guild
    one: Role | Member


def create(world: World, guild: Guild, name: str, permissions: int = 0, **traits: Any) -> Role:
    """A new role above all others, announced."""
    role = world.add_role(guild, name, permissions, **traits)
    world.emit("GUILD_ROLE_CREATE", OfGuild(guild, role))
    return role


def change(world: World, guild: Guild, role: Role, **traits: Any) -> None:
    """Set a role's name, permissions or colour, announced."""
    for trait, value in traits.items():
        setattr(role, trait, value)
    world.emit("GUILD_ROLE_UPDATE", OfGuild(guild, role))


def delete(world: World, guild: Guild, role: Role) -> None:
    """Delete a role, also out of its members and of what channels say of it, announced once."""
    del guild.roles[role.id]
    for member in guild.members.values():
        member.roles.discard(role.id)
    for channel in guild.channels.values():
        channel.overwrites.pop(role.id, None)
    world.emit("GUILD_ROLE_DELETE", OfGuild(guild, role))


def give(world: World, guild: Guild, member: Member, role: Role) -> None:
    """Give a member a role, announced if they had it not."""
    if role.id not in member.roles:
        member.roles.add(role.id)
        world.emit("GUILD_MEMBER_UPDATE", OfGuild(guild, member))


def take(world: World, guild: Guild, member: Member, role: Role) -> None:
    """Take a role from a member, announced if they had it."""
    if role.id in member.roles:
        member.roles.remove(role.id)
        world.emit("GUILD_MEMBER_UPDATE", OfGuild(guild, member))


# The routes


def _managed(rest: Rest, asked: Asked) -> Guild:
    """A server in which the bot may manage roles."""
    world = rest.server.world
    guild = world.guilds.get(asked.id("guild_id"))
    if guild is None:
        raise ApiError(Refusal.UNKNOWN_GUILD)
    own = guild.members.get(world.bot.id)
    if own is None:
        raise ApiError(Refusal.MISSING_ACCESS)
    if not in_guild(guild, own) & Permission.MANAGE_ROLES:
        raise ApiError(Refusal.MISSING_PERMISSIONS)
    return guild


def _role(guild: Guild, asked: Asked) -> Role:
    role = guild.roles.get(asked.id("role_id"))
    if role is None:
        raise ApiError(Refusal.UNKNOWN_ROLE)
    return role


def _traits(body: Json) -> Json:
    form = FormErrors()
    name = form.text(body, "name", (), 1, 100)
    form.check()
    colors = body.get("colors") or {}
    read = {
        "name": name,
        "permissions": parse(body.get("permissions")),
        "color": body.get("color") if body.get("color") is not None else colors.get("primary_color"),
        "mentionable": body.get("mentionable"),
    }
    return {key: value for key, value in read.items() if value is not None}


async def post(rest: Rest, asked: Asked) -> Json:
    """Make a role."""
    guild = _managed(rest, asked)
    everyone = guild.roles[guild.id].permissions
    role = create(rest.server.world, guild, **({"name": "new role", "permissions": everyone} | _traits(asked.body)))
    return rest.server.payloads.role(role)


async def patch(rest: Rest, asked: Asked) -> Json:
    """Change a role."""
    guild = _managed(rest, asked)
    role = _role(guild, asked)
    change(rest.server.world, guild, role, **_traits(asked.body))
    return rest.server.payloads.role(role)


async def remove(rest: Rest, asked: Asked) -> None:
    """Delete a role; that of everyone, and one that belongs to a bot, stays."""
    guild = _managed(rest, asked)
    role = _role(guild, asked)
    if role.id == guild.id or role.managed_by is not None:
        raise ApiError(Refusal.INVALID_ROLE)
    delete(rest.server.world, guild, role)


def _pair(rest: Rest, asked: Asked) -> tuple[Guild, Member, Role]:
    guild = _managed(rest, asked)
    member, role = guild.members.get(asked.id("user_id")), _role(guild, asked)
    if member is None:
        raise ApiError(Refusal.UNKNOWN_MEMBER)
    return guild, member, role


async def put_member(rest: Rest, asked: Asked) -> None:
    """Give a member a role."""
    give(rest.server.world, *_pair(rest, asked))


async def delete_member(rest: Rest, asked: Asked) -> None:
    """Take a role from a member."""
    take(rest.server.world, *_pair(rest, asked))


_ROLES, _ROLE = "/guilds/{guild_id}/roles", "/guilds/{guild_id}/roles/{role_id}"
_OF_MEMBER = "/guilds/{guild_id}/members/{user_id}/roles/{role_id}"

ROUTES: list[Route] = [
    ("POST", _ROLES, post),
    ("PATCH", _ROLE, patch),
    ("DELETE", _ROLE, remove),
    ("PUT", _OF_MEMBER, put_member),
    ("DELETE", _OF_MEMBER, delete_member),
]
