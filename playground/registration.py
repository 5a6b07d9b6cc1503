"""What Discord takes of the commands that a bot registers, and of what it suggests while somebody types."""

from __future__ import annotations

import re
from typing import Any

from playground.errors import FormErrors, Path
from playground.wire import Json, is_array, is_object

SUBCOMMAND, GROUP = 1, 2
MAX_SIZE = 8000
LOCALES = (
    *(
        "ar",
        "bg",
        "cs",
        "da",
        "de",
        "el",
        "en-GB",
        "en-US",
        "es-419",
        "es-ES",
        "fi",
        "fr",
        "he",
        "hi",
        "hr",
        "hu",
        "id",
    ),
    *("it", "ja", "ko", "lt", "nl", "no", "pl", "pt-BR", "ro", "ru", "sv-SE", "th", "tr", "uk", "vi", "zh-CN", "zh-TW"),
)
"""The languages that Discord's clients have."""
_NAME = re.compile(r"^[-_'\w]{1,32}$")


def suggestions(choices: Any) -> list[Json]:
    """What a bot suggests for an option that completes itself, or the refusal of it."""
    form = FormErrors()
    if not is_array(choices):
        form.wrong_type(("data", "choices"), "array")
        raise form.refusal()
    _check_choices(form, choices, ("data", "choices"))
    form.check()
    return choices


def check(form: FormErrors, body: Any) -> None:
    """Note the faults of all commands of a scope."""
    seen: set[tuple[Any, Any]] = set()
    for index, command in enumerate(body):
        _check(form, command, (index,))
        one = (command.get("type", 1), command.get("name"))
        if one in seen:
            message = "Application command names must be unique"
            form.add((index, "name"), "APPLICATION_COMMANDS_DUPLICATE_NAME", message)
        seen.add(one)
    for kind, most in ((1, 100), (2, 15), (3, 15)):
        if (count := sum(command.get("type", 1) == kind for command in body)) > most:
            form.add((), "APPLICATION_COMMANDS_MAX", f"At most {most} commands of type {kind}, not {count}.")


def _check(form: FormErrors, command: Json, path: Path) -> None:
    kind = command.get("type", 1)
    _check_name(form, command, path, slash=kind == 1)
    if kind == 1:
        _check_texts(form, command, "description", path, 100)
        _check_options(form, command.get("options") or [], path)
        if _size(command) > MAX_SIZE:
            form.add(path, "APPLICATION_COMMAND_TOO_LARGE", f"Command exceeds maximum size ({MAX_SIZE})")
    elif command.get("description") or command.get("options"):
        message = "Context menu commands cannot have a description or options"
        form.add(path, "APPLICATION_COMMAND_CONTEXT_MENU_INVALID", message)


def _check_name(form: FormErrors, node: Json, path: Path, *, slash: bool = True) -> None:
    """A name and its translations; a slash command's are one lower-case word."""
    names = _check_texts(form, node, "name", path, 32)
    for where, name in names.items() if slash else ():
        if not _NAME.match(name) or name != name.lower():
            form.add((*path, *where), "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")


def _check_texts(form: FormErrors, node: Json, key: str, path: Path, most: int) -> dict[tuple[str, ...], str]:
    """A text and its translations, each by its place, after their faults were noted."""
    text = form.text(node, key, path, 1, most, needed=True)
    found: dict[tuple[str, ...], str] = {(key,): text} if text else {}
    place = f"{key}_localizations"
    for locale in (translations := _translations(node, key)):
        translated = form.text(translations, locale, (*path, place), 1, most, needed=True)
        if locale not in LOCALES:
            form.add((*path, place, locale), "ENUM_TYPE_COERCE", f'Value "{locale}" is not a valid enum value.')
        elif translated:
            found[(place, locale)] = translated
    return found


def _translations(node: Json, key: str) -> Json:
    given = node.get(f"{key}_localizations")
    return given if is_object(given) else {}


def _check_siblings(form: FormErrors, nodes: list[Json], path: Path, code: str) -> None:
    """No two of a list have one name, in no language."""
    for locale in ("", *LOCALES):
        names = [_translations(one, "name").get(locale) or str(one.get("name")) for one in nodes]
        if len(set(names)) < len(names):
            form.add(path, code, f"Names must be unique{f' ({locale})' if locale else ''}")


def _check_options(form: FormErrors, options: list[Json], path: Path) -> None:
    form.length((*path, "options"), len(options), 0, 25)
    _check_siblings(form, options, (*path, "options"), "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS")
    optional_seen, groups = False, {one.get("type") in (SUBCOMMAND, GROUP) for one in options}
    if len(groups) > 1:
        message = "Sub-command and sub-command group option types are mutually exclusive to all other types"
        form.add((*path, "options"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", message)
    for index, option in enumerate(options):
        here = (*path, "options", index)
        _check_name(form, option, here)
        _check_texts(form, option, "description", here, 100)
        if option.get("required") and optional_seen:
            form.add(here, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", "Required options must be placed first")
        optional_seen |= not option.get("required")
        _check_bounds(form, option, here)
        if option.get("type") in (SUBCOMMAND, GROUP):
            _check_options(form, option.get("options") or [], here)


def _check_bounds(form: FormErrors, option: Json, path: Path) -> None:
    """What may be given for an option: choices, or what completes it, and how long or large it may be."""
    if option.get("type") not in range(1, 12):
        form.add((*path, "type"), "BASE_TYPE_CHOICES", "Value must be one of {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}.")
    choices: list[Json] = option.get("choices") or []
    _check_choices(form, choices, (*path, "choices"))
    if choices and option.get("autocomplete"):
        message = "Autocomplete and choices are mutually exclusive"
        form.add(path, "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_INVALID", message)
    form.number(option, "min_length", path, 0, 6000)
    form.number(option, "max_length", path, 1, 6000)
    for low, high in (("min_length", "max_length"), ("min_value", "max_value")):
        if option.get(low) is not None and option.get(high) is not None and option[low] > option[high]:
            message = f"value should be greater than or equal to {option[low]}."
            form.add((*path, high), "NUMBER_TYPE_MIN", message)


def _check_choices(form: FormErrors, choices: list[Json], path: Path) -> None:
    form.length(path, len(choices), 0, 25)
    _check_siblings(form, choices, path, "APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_ALREADY_EXISTS")
    for at, choice in enumerate(choices):
        _check_texts(form, choice, "name", (*path, at), 100)
        value = choice.get("value")
        if value is None:
            form.required((*path, at, "value"))
        elif isinstance(value, str):
            form.length((*path, at, "value"), len(value), 1, 100)


def _size(node: Json) -> int:
    """The characters of a command that Discord counts: of each text the longest of its translations, and values."""
    size = len(str(node.get("value", "")))
    for key in ("name", "description"):
        size += max(len(str(text)) for text in (node.get(key) or "", *_translations(node, key).values()))
    below: list[Json] = [*(node.get("options") or ()), *(node.get("choices") or ())]
    return size + sum(map(_size, below))
