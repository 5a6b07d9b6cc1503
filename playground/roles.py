"""Roles: making, changing, deleting, giving and taking them; each change is announced."""

from __future__ import annotations

from dataclasses import dataclass

from playground.model import Guild, Member, Role
from playground.world import World


@dataclass(slots=True, frozen=True)
class OfGuild:
    """A role or a member in a server: what such an event is about."""

    guild: Guild
    one: Role | Member


def create(
    world: World, guild: Guild, name: str, permissions: int = 0, *, color: int = 0, mentionable: bool = False
) -> Role:
    """A new role above all others, announced."""
    role = world.add_role(guild, name, permissions, color=color, mentionable=mentionable)
    world.emit("GUILD_ROLE_CREATE", OfGuild(guild, role))
    return role


def change(
    world: World,
    guild: Guild,
    role: Role,
    *,
    name: str | None = None,
    permissions: int | None = None,
    color: int | None = None,
    mentionable: bool | None = None,
) -> None:
    """Set what is given of a role's name, permissions, colour and whether all may mention it, announced."""
    role.name = role.name if name is None else name
    role.permissions = role.permissions if permissions is None else permissions
    role.color = role.color if color is None else color
    role.mentionable = role.mentionable if mentionable is None else mentionable
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
