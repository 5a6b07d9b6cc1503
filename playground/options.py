"""Options: a person's values turned into a command interaction's data, checked as Discord's own client checks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playground import payloads
from playground.attachments import Attachment, Upload
from playground.commands import (
    ATTACHMENT,
    BOOLEAN,
    CHANNEL,
    GROUP,
    INTEGER,
    MENTIONABLE,
    NUMBER,
    ROLE,
    STRING,
    SUBCOMMAND,
    USER,
)
from playground.permissions import in_channel
from playground.snowflakes import parse
from playground.world import Channel, Guild, Role, World
from playground.world import User as Account

Json = dict[str, Any]


class CannotUse(ValueError):
    """Discord's client would not let the person do this; nothing was sent to the bot."""


@dataclass(slots=True)
class Resolved:
    """The objects that a command's options or a select's values name, as the interaction carries them."""

    world: World
    guild: Guild | None
    found: dict[str, dict[str, Json]] = field(default_factory=dict)

    def add(self, group: str, snowflake: int, body: Json) -> str:
        self.found.setdefault(group, {})[str(snowflake)] = body
        return str(snowflake)

    def account(self, user: Account) -> str:
        membership = self.guild.members.get(user.id) if self.guild else None
        if membership:
            permissions = str(int(sum(role.permissions for role in _roles(self.guild, membership.roles))))
            self.add("members", user.id, payloads.member(membership, with_user=False) | {"permissions": permissions})
        return self.add("users", user.id, payloads.user(user))

    def channel(self, channel: Channel, viewer_id: int) -> str:
        permissions = str(int(in_channel(channel, viewer_id)))
        return self.add("channels", channel.id, payloads.channel(channel) | {"permissions": permissions})

    def role(self, role: Role) -> str:
        return self.add("roles", role.id, payloads.role(role))


def _roles(guild: Guild | None, ids: set[int]) -> list[Role]:
    return [guild.roles[role_id] for role_id in ids] if guild else []


class OptionWriter:
    """Writes the `options` of one interaction for a person in a guild or a conversation."""

    def __init__(
        self,
        resolved: Resolved,
        person: Account,
        upload: Callable[[Upload], Attachment],
        payload: Callable[[Attachment], Json],
    ) -> None:
        self._resolved = resolved
        self._person = person
        self._upload = upload
        self._payload = payload

    def write(self, command: Json, path: list[str], values: dict[str, Any], *, focused: str | None = None) -> list[Json]:
        """The options of `command`, or of the subcommand that `path` names, from values by option name."""
        if path:
            for option in command.get("options", ()):
                if option["type"] in (SUBCOMMAND, GROUP) and option["name"] == path[0]:
                    inner = self.write(option, path[1:], values, focused=focused)
                    return [{"type": option["type"], "name": option["name"], "options": inner}]
            raise CannotUse(f"/{command['name']} has no subcommand {path[0]}")
        options = {option["name"]: option for option in command.get("options", ())}
        if any(option["type"] in (SUBCOMMAND, GROUP) for option in options.values()):
            raise CannotUse(f"/{command['name']} needs a subcommand: {', '.join(options)}")
        if unknown := values.keys() - options.keys():
            raise CannotUse(f"/{command['name']} has no option {', '.join(sorted(unknown))}")
        written = []
        for name, option in options.items():
            value = values.get(name)
            if value is None:
                if option.get("required") and focused is None:
                    raise CannotUse(f"/{command['name']} needs {name}")
                continue
            if name == focused:
                written.append({"type": option["type"], "name": name, "value": value, "focused": True})
            else:
                written.append({"type": option["type"], "name": name, "value": self._value(option, value)})
        return written

    def _value(self, option: Json, value: Any) -> Any:
        kind, name = option["type"], option["name"]
        if kind in (STRING, INTEGER, NUMBER):
            return self._scalar(option, value)
        if kind == BOOLEAN:
            if not isinstance(value, bool):
                raise CannotUse(f"{name} must be true or false")
            return value
        if kind == ATTACHMENT:
            return self._file(value)
        return self._snowflake(kind, name, value)

    def _scalar(self, option: Json, value: Any) -> Any:
        kind, name = option["type"], option["name"]
        wanted = {STRING: str, INTEGER: int, NUMBER: (int, float)}[kind]
        if isinstance(value, bool) or not isinstance(value, wanted):
            raise CannotUse(f"{name} must be of type {kind}, not {value!r}")
        choices = [choice["value"] for choice in option.get("choices") or ()]
        if choices and value not in choices:
            raise CannotUse(f"{name} must be one of {choices}")
        measured = len(value) if kind == STRING else value
        suffix = "length" if kind == STRING else "value"
        low, high = option.get(f"min_{suffix}"), option.get(f"max_{suffix}", 6000 if kind == STRING else None)
        if (low is not None and measured < low) or (high is not None and measured > high):
            raise CannotUse(f"{name} must be between {low} and {high}")
        return value

    def _file(self, value: Any) -> str:
        attachment = value
        if isinstance(value, tuple):
            attachment = self._upload(Upload(*value))
        elif isinstance(value, bytes):
            attachment = self._upload(Upload("image.png", value))
        elif isinstance(value, Upload):
            attachment = self._upload(value)
        if not isinstance(attachment, Attachment):
            raise CannotUse("an attachment is bytes, (filename, bytes), an Upload or an Attachment")
        return self._resolved.add("attachments", attachment.id, self._payload(attachment))

    def _snowflake(self, kind: int, name: str, value: Any) -> str:
        world, guild = self._resolved.world, self._resolved.guild
        wanted = getattr(value, "id", None) or parse(value) or 0
        if kind in (USER, MENTIONABLE) and wanted in world.users:
            return self._resolved.account(world.users[wanted])
        if kind in (ROLE, MENTIONABLE) and guild and wanted in guild.roles:
            return self._resolved.role(guild.roles[wanted])
        if kind == CHANNEL and guild and wanted in guild.channels:
            return self._resolved.channel(guild.channels[wanted], self._person.id)
        raise CannotUse(f"{name} names nobody and nothing here: {value!r}")
