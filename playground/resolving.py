"""What people hand to a command or a form by choosing it: files, users, channels, roles, as Discord resolves them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playground.attachments import Attachment, Upload
from playground.commands import ATTACHMENT, CHANNEL, MENTIONABLE, ROLE, USER, CommandError
from playground.context import Context
from playground.model import Channel, Role, User
from playground.permissions import in_channel
from playground.snowflakes import parse
from playground.wire import Json


class Resolver:
    """Enters what a person chose into the `resolved` part of one interaction in one channel."""

    def __init__(self, context: Context, channel: Channel, chooser: User) -> None:
        self._context = context
        self._channel = channel
        self._chooser = chooser

    def __call__(self, kind: int, value: Any, asked: Json, resolved: Json) -> str:
        """The id that stands as the value of the option or field that asked for such a thing."""
        if kind == ATTACHMENT:
            return self.file(value, resolved)
        number = value.id if isinstance(value, User | Channel | Role) else parse(value)
        guild = self._channel.guild
        if kind == MENTIONABLE:
            kind = ROLE if guild and number in guild.roles else USER
        if kind == USER:
            self._user(number or 0, resolved)
        elif kind == CHANNEL:
            known = guild.channels if guild else {self._channel.id: self._channel}
            channel = known.get(number or 0)
            if channel and asked.get("channel_types") and channel.kind not in asked["channel_types"]:
                raise CommandError("this kind of channel cannot be chosen here")
            self._add(resolved, "channels", channel, self._partial_channel)
        else:
            known_roles = guild.roles if guild else {}
            self._add(resolved, "roles", known_roles.get(number or 0), self._context.payloads.role)
        return str(number)

    def file(self, value: Any, resolved: Json) -> str:
        """Keep a file as Discord does for an interaction: out of any message, at an address that expires."""
        if isinstance(value, Upload):
            value = self._context.store.keep(value, self._channel.id, ephemeral=True)
        if not isinstance(value, Attachment):
            raise CommandError("a file is needed")
        resolved.setdefault("attachments", {})[str(value.id)] = self._context.store.payload(value)
        return str(value.id)

    def _user(self, user_id: int, resolved: Json) -> None:
        payloads, guild = self._context.payloads, self._channel.guild
        self._add(resolved, "users", self._context.world.users.get(user_id), payloads.user)
        member = guild.members.get(user_id) if guild else None
        if member is not None:
            permissions = {"permissions": str(int(in_channel(self._channel, user_id)))}
            members = resolved.setdefault("members", {})
            members[str(user_id)] = payloads.member(member, with_user=False) | permissions

    def _partial_channel(self, channel: Channel) -> Json:
        """With what the person who chooses it, not the bot, may do there."""
        allowed = {"permissions": str(int(in_channel(channel, self._chooser.id)))}
        return self._context.payloads.channel(channel) | allowed

    @staticmethod
    def _add(resolved: Json, key: str, found: Any, payload: Callable[[Any], Json]) -> None:
        if found is None:
            raise CommandError(f"there is none of these {key} here")
        resolved.setdefault(key, {})[str(found.id)] = payload(found)
