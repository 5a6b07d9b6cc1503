"""Application commands: those the bot has registered, and the rules that a registration must keep."""

import re
from typing import Any

from playground.errors import ApiError, FormErrors, Path, Refusal
from playground.snowflakes import Snowflakes

CHAT_INPUT, USER_MENU, MESSAGE_MENU = 1, 2, 3
SUBCOMMAND, GROUP, STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = range(1, 12)
NAME = re.compile(r"[-_'\w]{1,32}")
MAX_TOTAL = 8000

Json = dict[str, Any]


class CommandBook:
    """The commands of one application, global (scope None) and by guild."""

    def __init__(self, application_id: int, snowflakes: Snowflakes) -> None:
        self._application_id = application_id
        self._snowflakes = snowflakes
        self._scopes: dict[int | None, dict[tuple[int, str], Json]] = {}

    def __bool__(self) -> bool:
        return any(self._scopes.values())

    def of(self, guild_id: int | None) -> list[Json]:
        """The commands that were registered for a scope."""
        return list(self._scopes.get(guild_id, {}).values())

    def usable(self, guild_id: int | None) -> list[Json]:
        """The commands that a person sees in a guild, or in direct messages: a guild's own hide global ones."""
        own = self._scopes.get(guild_id, {}) if guild_id else {}
        return list((self._scopes.get(None, {}) | own).values())

    def find(self, guild_id: int | None, kind: int, name: str) -> Json | None:
        own = self._scopes.get(guild_id, {}) if guild_id else {}
        return own.get((kind, name)) or self._scopes.get(None, {}).get((kind, name))

    def replace(self, guild_id: int | None, bodies: Any) -> list[Json]:
        """Register exactly these commands in a scope; ids of those that were there stay."""
        form = FormErrors()
        if not isinstance(bodies, list):
            raise ApiError(Refusal.INVALID_FORM)
        for index, body in enumerate(bodies):
            check(form, body, (index,))
        seen: set[tuple[int, str]] = set()
        for index, body in enumerate(bodies):
            key = (body.get("type", CHAT_INPUT), str(body.get("name")))
            if key in seen:
                form.add(
                    (index,),
                    "APPLICATION_COMMANDS_DUPLICATE_NAME",
                    "Application command names must be unique",
                )
            seen.add(key)
        for kind, most in ((CHAT_INPUT, 100), (USER_MENU, 15), (MESSAGE_MENU, 15)):
            form.length((), sum(key[0] == kind for key in seen), 0, most)
        form.check()
        old = self._scopes.get(guild_id, {})
        self._scopes[guild_id] = {}
        for body in bodies:
            self._put(guild_id, body, old)
        return self.of(guild_id)

    def add(self, guild_id: int | None, body: Json) -> Json:
        """Register one command, in the place of one with the same name and type."""
        form = FormErrors()
        check(form, body, ())
        form.check()
        return self._put(guild_id, body, self._scopes.setdefault(guild_id, {}))

    def get(self, guild_id: int | None, command_id: int | None) -> Json:
        for command in self._scopes.get(guild_id, {}).values():
            if command["id"] == str(command_id):
                return command
        raise ApiError(Refusal.UNKNOWN_COMMAND)

    def remove(self, guild_id: int | None, command_id: int | None) -> None:
        command = self.get(guild_id, command_id)
        del self._scopes[guild_id][(command["type"], command["name"])]

    def _put(self, guild_id: int | None, body: Json, old: dict[tuple[int, str], Json]) -> Json:
        kind, name = body.get("type", CHAT_INPUT), body["name"]
        before = old.get((kind, name))
        command: Json = {
            "id": before["id"] if before else str(self._snowflakes.next()),
            "application_id": str(self._application_id),
            "version": str(self._snowflakes.next()),
            "type": kind,
            "name": name,
            "name_localizations": body.get("name_localizations"),
            "description": body.get("description") or "",
            "description_localizations": body.get("description_localizations"),
            "default_member_permissions": _as_text(body.get("default_member_permissions")),
            "nsfw": bool(body.get("nsfw")),
            "integration_types": body.get("integration_types") or [0],
        }
        if kind == CHAT_INPUT:
            command["options"] = body.get("options") or []
        if guild_id is None:
            command |= {"dm_permission": body.get("dm_permission", True), "contexts": body.get("contexts")}
        else:
            command["guild_id"] = str(guild_id)
        self._scopes[guild_id][(kind, name)] = command
        return command


def _as_text(value: Any) -> str | None:
    return None if value is None else str(value)


def check(form: FormErrors, body: Any, path: Path) -> None:
    """Note the faults of a command's registration."""
    if not isinstance(body, dict):
        form.wrong_type(path, "object")
        return
    kind = body.get("type", CHAT_INPUT)
    if kind == CHAT_INPUT:
        _check_name(form, body, path)
        form.text(body, "description", path, 1, 100, needed=True)
        _check_options(form, body.get("options") or [], (*path, "options"), 0)
        if _weight(body) > MAX_TOTAL:
            form.add(path, "APPLICATION_COMMAND_TOO_LARGE", f"Command exceeds maximum size ({MAX_TOTAL})")
        return
    form.text(body, "name", path, 1, 32, needed=True)
    for key in ("description", "options"):
        if body.get(key):
            form.add((*path, key), "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION", f"Context menu commands cannot have {key}")


def _check_name(form: FormErrors, body: Json, path: Path) -> None:
    name = form.text(body, "name", path, 1, 32, needed=True)
    if name and (not NAME.fullmatch(name) or name != name.lower()):
        form.add((*path, "name"), "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")


def _check_options(form: FormErrors, options: list[Json], path: Path, depth: int) -> None:
    form.length(path, len(options), 0, 25)
    names: set[Any] = set()
    seen_optional = False
    for index, option in enumerate(options):
        at = (*path, index)
        _check_name(form, option, at)
        form.text(option, "description", at, 1, 100, needed=True)
        if option.get("name") in names:
            form.add((*at, "name"), "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", "Option name already exists")
        names.add(option.get("name"))
        kind = option.get("type")
        if kind in (SUBCOMMAND, GROUP):
            if depth >= (2 if kind == SUBCOMMAND else 1):
                form.add((*at, "type"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Invalid command option type")
            _check_options(form, option.get("options") or [], (*at, "options"), depth + 1)
            continue
        if kind not in range(STRING, ATTACHMENT + 1):
            form.add((*at, "type"), "BASE_TYPE_CHOICES", "Invalid command option type")
        if option.get("required") and seen_optional:
            form.add(
                at,
                "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
                "Required options must be placed before non-required options",
            )
        seen_optional = seen_optional or not option.get("required")
        _check_choices(form, option, at)


def _check_choices(form: FormErrors, option: Json, path: Path) -> None:
    choices = option.get("choices") or []
    form.length((*path, "choices"), len(choices), 0, 25)
    if choices and option.get("autocomplete"):
        form.add((*path, "choices"), "APPLICATION_COMMAND_OPTIONS_CHOICES_AND_AUTOCOMPLETE", "Autocomplete options cannot have choices")
    check_choices(form, choices, option.get("type", STRING), (*path, "choices"))


def check_choices(form: FormErrors, choices: list[Json], kind: int, path: Path) -> None:
    """Note the faults of an option's choices, registered or answered to an autocomplete."""
    form.length(path, len(choices), 0, 25)
    for index, choice in enumerate(choices):
        form.text(choice, "name", (*path, index), 1, 100, needed=True)
        if kind == STRING:
            form.text(choice, "value", (*path, index), 1, 100, needed=True)
        elif not isinstance(choice.get("value"), int | float):
            form.wrong_type((*path, index, "value"), "number")


def _weight(node: Json) -> int:
    """The characters that count against a command's total of 8000."""
    own = len(str(node.get("name") or "")) + len(str(node.get("description") or ""))
    own += sum(len(str(c.get("name"))) + len(str(c.get("value"))) for c in node.get("choices") or ())
    return own + sum(_weight(option) for option in node.get("options") or ())
