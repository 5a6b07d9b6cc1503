"""Application commands: registering them under Discord's rules, and building what a person's use of one sends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playground import registration
from playground.errors import FormErrors
from playground.snowflakes import Snowflakes
from playground.wire import Json

SUBCOMMAND, GROUP, STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE = 1, 2, 3, 4, 5, 6, 7, 8
MENTIONABLE, NUMBER, ATTACHMENT = 9, 10, 11
RESOLVED = (USER, CHANNEL, ROLE, MENTIONABLE, ATTACHMENT)
Resolve = Callable[[int, Any, Json, Json], str]
"""Turns what a person chose (kind, value, option) into its id, and enters the thing into `resolved`."""


class CommandError(ValueError):
    """A person's use of a command that Discord's own client would not send."""


class Registry:
    """The commands that a bot has registered, globally and by guild."""

    def __init__(self, snowflakes: Snowflakes, application_id: int) -> None:
        self._snowflakes = snowflakes
        self._application_id = application_id
        self._by_scope: dict[int, list[Json]] = {}

    def replace(self, guild_id: int, body: Any) -> list[Json]:
        """Overwrite a scope's commands (0 is global), or refuse all of them."""
        form = FormErrors()
        registration.check(form, body)
        form.check()
        known = {(one["name"], one.get("type", 1)): one["id"] for one in self._by_scope.get(guild_id, [])}
        self._by_scope[guild_id] = [
            {
                "type": 1,
                "description": "",
                "default_member_permissions": None,
                "nsfw": False,
                "contexts": None,
                **command,
                "id": known.get((command["name"], command.get("type", 1))) or str(self._snowflakes.next()),
                "application_id": str(self._application_id),
                "version": str(self._snowflakes.next()),
            }
            for command in body
        ]
        return self._by_scope[guild_id]

    def scope(self, guild_id: int) -> list[Json]:
        """A scope's own commands."""
        return self._by_scope.get(guild_id, [])

    def seen_in(self, guild_id: int) -> list[Json]:
        """The commands that people see in a guild; a guild's own hides a global one of the same name."""
        own = self._by_scope.get(guild_id, []) if guild_id else []
        names = {(one["name"], one["type"]) for one in own}
        return own + [one for one in self._by_scope.get(0, []) if (one["name"], one["type"]) not in names]

    def find(self, guild_id: int, name: str, kind: int = 1) -> Json:
        """A command by its (first) name."""
        for command in self.seen_in(guild_id):
            if command["name"] == name and command["type"] == kind:
                return command
        raise CommandError(f"there is no command {name!r} here")


def invocation(command: Json, words: list[str], options: Json, resolve: Resolve) -> Json:
    """The data of a slash command: checked as Discord's client checks, nested under its subcommands."""
    data: Json = {"id": command["id"], "name": command["name"], "type": 1}
    level, here = data, command
    for word in words:
        here = next((one for one in here.get("options", []) if one["name"] == word), None) or _unknown(word)
        level["options"] = [{"name": word, "type": here["type"]}]
        level = level["options"][0]
    known = {one["name"]: one for one in here.get("options", [])}
    for name in options.keys() - known.keys():
        raise CommandError(f"there is no option {name!r}")
    for name, option in known.items():
        if option.get("required") and options.get(name) in (None, ""):
            raise CommandError(f"{name}: this option is required")
    resolved: Json = {}
    level["options"] = [
        {"name": name, "type": known[name]["type"], "value": _value(known[name], value, resolve, resolved)}
        for name, value in options.items()
        if value is not None
    ]
    return data | ({"resolved": resolved} if resolved else {})


def partial(command: Json, words: list[str], options: Json, focused: str) -> Json:
    """The data of a half-typed slash command, with the option that is being typed into."""
    data: Json = {"id": command["id"], "name": command["name"], "type": 1}
    level, here = data, command
    for word in words:
        here = next((one for one in here.get("options", []) if one["name"] == word), None) or _unknown(word)
        level["options"] = [{"name": word, "type": here["type"]}]
        level = level["options"][0]
    known = {one["name"]: one for one in here.get("options", [])}
    level["options"] = [
        {"name": name, "type": known[name]["type"], "value": typed} | ({"focused": True} if name == focused else {})
        for name, value in options.items()
        if name in known and (typed := _typed(value)) is not None
    ]
    return data


def _typed(value: Any) -> Any:
    """A half-typed option's value: words and numbers as they are, a chosen thing by its id, a file not yet at all."""
    if value is None or isinstance(value, str | int | float):
        return value
    chosen = getattr(value, "id", None)
    return None if chosen is None else str(chosen)


def _unknown(word: str) -> Json:
    raise CommandError(f"there is no subcommand {word!r}")


def _value(option: Json, value: Any, resolve: Resolve, resolved: Json) -> Any:
    kind, name = option["type"], option["name"]
    if kind in RESOLVED:
        return resolve(kind, value, option, resolved)
    if kind == STRING:
        text = str(value)
        if not option.get("min_length", 0) <= len(text) <= option.get("max_length", 6000):
            raise CommandError(
                f"{name}: from {option.get('min_length', 0)} to {option.get('max_length', 6000)} characters"
            )
        if option.get("choices") and text not in {one["value"] for one in option["choices"]}:
            raise CommandError(f"{name}: not one of the choices")
        return text
    if kind in (INTEGER, NUMBER):
        try:
            number = int(value) if kind == INTEGER else float(value)
        except (TypeError, ValueError):
            raise CommandError(f"{name}: a number is needed") from None
        low, high = option.get("min_value", -(2**53)), option.get("max_value", 2**53)
        if not low <= number <= high:
            raise CommandError(f"{name}: from {low:g} to {high:g}")
        return number
    return bool(value) if kind == BOOLEAN else str(value)
