"""Mentions: who a message pings, from its text and from what the sender allowed."""

import re
from typing import Any

from playground.model import Channel, Pings, User
from playground.permissions import Permission, in_channel
from playground.snowflakes import parse
from playground.world import World

USER = re.compile(r"<@!?(\d{15,20})>")
ROLE = re.compile(r"<@&(\d{15,20})>")
EVERYONE = re.compile(r"@(everyone|here)\b")


def pings(
    world: World, channel: Channel, author: User, text: str, allowed: dict[str, Any] | None, replied_to: User | None
) -> Pings:
    """Who is pinged; without `allowed`, everybody whom the text names and the author may."""
    if "@" not in text and replied_to is None:
        return Pings()
    kinds = {"users", "roles", "everyone"} if allowed is None else set(allowed.get("parse") or ())
    users = [
        user
        for user_id in dict.fromkeys(map(int, USER.findall(text)))
        if (user := world.users.get(user_id)) and ("users" in kinds or _listed(user_id, allowed, "users"))
    ]
    if replied_to and replied_to not in users and (allowed is None or allowed.get("replied_user")):
        users.append(replied_to)
    may_all = bool(in_channel(channel, author.id) & Permission.MENTION_EVERYONE)
    known = channel.guild.roles if channel.guild else {}
    roles = tuple(
        role_id
        for role_id in dict.fromkeys(map(int, ROLE.findall(text)))
        if role_id in known
        and (known[role_id].mentionable or may_all)
        and ("roles" in kinds or _listed(role_id, allowed, "roles"))
    )
    return Pings(tuple(users), roles, "everyone" in kinds and may_all and bool(EVERYONE.search(text)))


def _listed(snowflake: int, allowed: dict[str, Any] | None, key: str) -> bool:
    return allowed is not None and snowflake in {parse(value) for value in allowed.get(key) or ()}
