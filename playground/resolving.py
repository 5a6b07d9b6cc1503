"""What people hand to a command or a form by choosing it: files, users, channels, roles, as Discord resolves them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playground.attachments import Attachment, Upload
from playground.commands import ATTACHMENT, CHANNEL, USER, CommandError
from playground.permissions import in_channel
from playground.snowflakes import parse
from playground.world import Channel, Guild

if TYPE_CHECKING:
    from playground.server import LoopbackDiscord

Json = dict[str, Any]


class Resolver:
    """Enters chosen things into the `resolved` part of one interaction in one channel."""

    def __init__(self, server: LoopbackDiscord, channel: Channel) -> None:
        self._server = server
        self._channel = channel

    def __call__(self, kind: int, value: Any, resolved: Json) -> str:
        """The id that stands as the option's value."""
        if kind == ATTACHMENT:
            return self.file(value, resolved)
        number = value if isinstance(value, int) else parse(value) if isinstance(value, str) else value.id
        guild = self._channel.guild
        if kind == USER:
            self._user(number or 0, guild, resolved)
        elif kind == CHANNEL:
            self._add(resolved, "channels", self._server.world.channels.get(number or 0), self._channel_payload)
        elif guild is not None:
            self._add(resolved, "roles", guild.roles.get(number or 0), self._server.payloads.role)
        return str(number)

    def file(self, value: Any, resolved: Json) -> str:
        """Keep a file as Discord does for an interaction: out of any message, at an address that expires."""
        if isinstance(value, Upload):
            value = self._server.store.keep(value, self._channel.id, ephemeral=True)
        if not isinstance(value, Attachment):
            raise CommandError("a file is needed")
        resolved.setdefault("attachments", {})[str(value.id)] = self._server.store.payload(value)
        return str(value.id)

    def _user(self, user_id: int, guild: Guild | None, resolved: Json) -> None:
        payloads = self._server.payloads
        self._add(resolved, "users", self._server.world.users.get(user_id), payloads.user)
        member = guild.members.get(user_id) if guild else None
        if member is not None:
            permissions = {"permissions": str(int(in_channel(self._channel, user_id)))}
            members = resolved.setdefault("members", {})
            members[str(user_id)] = payloads.member(member, with_user=False) | permissions

    def _channel_payload(self, channel: Channel) -> Json:
        allowed = {"permissions": str(int(in_channel(channel, self._server.bot_id)))}
        return self._server.payloads.channel(channel) | allowed

    @staticmethod
    def _add(resolved: Json, key: str, found: Any, payload: Any) -> None:
        if found is None:
            raise CommandError(f"there is none of these {key}")
        resolved.setdefault(key, {})[str(found.id)] = payload(found)
