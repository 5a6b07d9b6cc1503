"""Mentions: who a message pings, from its text and from what the sender allowed."""

import re
from typing import Any

from playground.errors import FormErrors
from playground.model import Channel, Pings, User
from playground.permissions import Permission, in_channel
from playground.snowflakes import parse
from playground.wire import is_object
from playground.world import World

USER = re.compile(r"<@!?(\d{15,20})>")
ROLE = re.compile(r"<@&(\d{15,20})>")
EVERYONE = re.compile(r"@(everyone|here)\b")


def check(form: FormErrors, allowed: Any) -> None:
    """Note the faults of `allowed_mentions`."""
    if allowed is None:
        return
    path = ("allowed_mentions",)
    if not is_object(allowed):
        form.wrong_type(path, "object")
        return
    kinds: list[Any] = allowed.get("parse") or []
    for index, kind in enumerate(kinds):
        if kind not in ("users", "roles", "everyone"):
            message = "Value must be one of ('roles', 'users', 'everyone')."
            form.add((*path, "parse", index), "BASE_TYPE_CHOICES", message)
    for key in ("users", "roles"):
        ids: list[Any] = allowed.get(key) or []
        form.length((*path, key), len(ids), 0, 100)
        for index, one in enumerate(ids):
            if parse(one) is None:
                form.add((*path, key, index), "NUMBER_TYPE_COERCE", f'Value "{one}" is not snowflake.')
        if ids and key in kinds:
            message = f'parse:["{key}"] and {key}: [ids...] are mutually exclusive.'
            form.add(path, "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", message)


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
