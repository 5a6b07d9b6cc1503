"""Selects, radio buttons and tick boxes: what a bot may offer there, and what a person may choose of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playground.commands import ATTACHMENT, CHANNEL, MENTIONABLE, ROLE, USER, CommandError
from playground.errors import FormErrors, Path
from playground.wire import Json, is_array, is_object

STRINGS, USERS, ROLES, MENTIONABLES, CHANNELS = 3, 5, 6, 7, 8
FILES, RADIO, TICKS = 19, 21, 22
SELECTS = (STRINGS, USERS, ROLES, MENTIONABLES, CHANNELS)
OF_OPTIONS = {STRINGS: (1, 25), RADIO: (2, 10), TICKS: (1, 10)}
"""What is chosen from options of the bot's own, and how few and many of these there may be."""
RESOLVED = {USERS: USER, ROLES: ROLE, MENTIONABLES: MENTIONABLE, CHANNELS: CHANNEL, FILES: ATTACHMENT}
"""What is chosen from the things of a server, and the kind of these, as options name kinds."""
_DEFAULTS = {USERS: {"user"}, ROLES: {"role"}, MENTIONABLES: {"user", "role"}, CHANNELS: {"channel"}}

Keep = Callable[[int, Any, Json], str]
"""Takes in what was chosen: its kind, the thing, the field that it was chosen in; gives its id."""


def counts(field: Json) -> tuple[int, int]:
    """How few and how many may be chosen; discord.py writes null where it was given nothing."""
    low, high = field.get("min_values"), field.get("max_values")
    most = len(field["options"]) if field["type"] == TICKS else 1
    return 1 if low is None else low, most if high is None else high


# What a bot offers


def check(form: FormErrors, field: Json, path: Path) -> None:
    """Note the faults of what a bot offers: how many, out of what, and what is chosen beforehand."""
    kind = field["type"]
    most = 25 if kind in SELECTS else 10
    for key, least in (("min_values", 0), ("max_values", 1)):
        value = field.get(key)
        if value is not None and (not isinstance(value, int) or not least <= value <= most):
            form.add((*path, key), "NUMBER_TYPE_RANGE", f"int value should be between {least} and {most}.")
            return
    if kind in OF_OPTIONS and not _check_options(form, field.get("options"), (*path, "options"), *OF_OPTIONS[kind]):
        return
    low, high = counts(field)
    if kind != RADIO and low > high:
        form.add((*path, "max_values"), "NUMBER_TYPE_MIN", f"int value should be greater than or equal to {low}.")
    before = _check_defaults(form, field, path) if kind in _DEFAULTS else _before(field)
    if len(before) > high:
        form.add(path, "SELECT_COMPONENT_TOO_MANY_DEFAULTS", f"At most {high} may be chosen beforehand.")


def _check_options(form: FormErrors, options: Any, path: Path, few: int, many: int) -> bool:
    if not is_array(options):
        form.required(path)
        return False
    form.length(path, len(options), few, many)
    values: set[Any] = set()
    for index, option in enumerate(options):
        if not is_object(option):
            form.wrong_type((*path, index), "object")
            return False
        form.text(option, "label", (*path, index), 1, 100, needed=True)
        form.text(option, "value", (*path, index), 1, 100, needed=True)
        form.text(option, "description", (*path, index), 0, 100)
        if option.get("value") in values:
            form.add(
                (*path, index, "value"),
                "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
                "The specified option value is already used",
            )
        values.add(option.get("value"))
    return True


def _check_defaults(form: FormErrors, field: Json, path: Path) -> list[Json]:
    defaults: list[Json] = field.get("default_values") or []
    allowed = _DEFAULTS[field["type"]]
    for index, one in enumerate(defaults):
        if one.get("id") is None:
            form.required((*path, "default_values", index, "id"))
        if one.get("type") not in allowed:
            message = f"Value must be one of {sorted(allowed)}."
            form.add((*path, "default_values", index, "type"), "BASE_TYPE_CHOICES", message)
    return defaults


def _before(field: Json) -> list[str]:
    """What the bot itself has chosen beforehand."""
    if field["type"] in OF_OPTIONS:
        return [one["value"] for one in field["options"] if one.get("default")]
    return [one["id"] for one in field.get("default_values") or ()]


def stored(field: Json) -> Json:
    """What is chosen beforehand, with ids as Discord gives them back: as strings, whatever the bot sent."""
    defaults = field.get("default_values")
    return {"default_values": [{"id": str(one["id"]), "type": one["type"]} for one in defaults]} if defaults else {}


# What a person chooses


def chosen(field: Json, given: Any, keep: Keep, *, may_be_left: bool = False) -> list[str]:
    """What stands as the field's values; None is what was chosen beforehand, an option goes by value or label."""
    if given is None:
        given = _before(field)
    things: list[Any] = [*given] if isinstance(given, list | tuple | set) else [given]
    if field["type"] in OF_OPTIONS:
        values = [_option(field, str(one)) for one in things]
    else:
        values = [keep(RESOLVED[field["type"]], one, field) for one in things]
    low, high = counts(field)
    # Each file is one of its own, even where it is the same one twice.
    many = len(values) if field["type"] == FILES else len(set(values))
    if many != len(values) or (not low <= many <= high and (values or not may_be_left)):
        noun = " files" if field["type"] == FILES else ""
        raise CommandError(f"{field['custom_id']}: from {low} to {high}{noun}")
    return values


def _option(field: Json, given: str) -> str:
    options = field["options"]
    found = [one for one in options if one["value"] == given] or [one for one in options if one["label"] == given]
    if not found:
        raise CommandError(f"{field['custom_id']}: there is no option {given!r}")
    return found[0]["value"]
