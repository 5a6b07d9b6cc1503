"""Writes the pages of `docs/reference/` from the code: `python -m docs.tools.reference`, or `make reference`.

The commands are those that the bot registers; the settings are those of `bot/config.py`, told by `.env.example`.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, Union, cast, get_args, get_origin

import discord
from discord import app_commands
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from bot.app import assemble
from bot.config import DEFAULT_BUDGET_USD, Settings, WebAddress, load
from bot.ui.client import EXTENSIONS

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "reference"
NOTE = "<!-- Made from the code by `make reference`: change the code, not this page. -->\n\n"

_WHO = {"manage_guild": "Manage Server", "moderate_members": "Moderate Members"}
_TYPES = {
    discord.AppCommandOptionType.string: "text",
    discord.AppCommandOptionType.integer: "whole number",
    discord.AppCommandOptionType.number: "number",
    discord.AppCommandOptionType.boolean: "true or false",
    discord.AppCommandOptionType.user: "member",
    discord.AppCommandOptionType.channel: "channel",
    discord.AppCommandOptionType.role: "role",
    discord.AppCommandOptionType.attachment: "file",
}


def commands_page(commands: list[Any]) -> str:
    """Every command and context menu with its options, as Markdown."""
    slash = [one for one in commands if not isinstance(one, app_commands.ContextMenu)]
    menus = [one for one in commands if isinstance(one, app_commands.ContextMenu)]
    lines = [
        NOTE + "# Commands\n",
        "Options in **bold** have to be given. What the buttons under a picture do stands in",
    ]
    lines.append("[the member's guide](../guide/members.md).\n")
    for one in sorted(slash, key=lambda command: command.name):
        lines += _command(one)
    lines.append("## Menus on a message\n\nA right click on a message (on a phone: a long press), then *Apps*.\n")
    lines += [f"- *{menu.name}*" for menu in menus]
    return "\n".join(lines) + "\n"


def _command(command: Any) -> Iterator[str]:
    if not isinstance(command, app_commands.Group):
        yield f"## `/{command.qualified_name}`\n"
        yield from _described(command)
        return
    yield f"## `/{command.name}`\n"
    yield f"{command.description}.{_permission(command)}\n"
    for one in sorted(command.commands, key=lambda inner: inner.name):
        yield f"### `/{one.qualified_name}`\n"
        yield from _described(cast("app_commands.Command[Any, ..., Any]", one))


def _described(command: app_commands.Command[Any, ..., Any]) -> Iterator[str]:
    yield f"{command.description}.{_permission(command)}\n"
    if command.parameters:
        yield "| option | takes | what it is |\n| --- | --- | --- |"
        for one in command.parameters:
            name = f"**`{one.display_name}`**" if one.required else f"`{one.display_name}`"
            about = "" if one.description == "…" else str(one.description)
            yield f"| {name} | {_takes(one)} | {_cell(about)} |"
        yield ""


def _permission(command: Any) -> str:
    needed = command.default_permissions
    names = [_WHO[name] for name, value in needed or () if value]
    return f" Needs *{', '.join(names)}*." if names else ""


def _takes(parameter: app_commands.Parameter) -> str:
    if parameter.choices:
        values = [one.name if isinstance(one.value, int) else f"`{one.value}`" for one in parameter.choices]
        return ", ".join(values)
    kind = _TYPES[parameter.type]
    low, high = parameter.min_value, parameter.max_value
    if low is not None and high is not None:
        kind += f", {low:,.0f} to {high:,.0f}"
    elif low is not None:
        kind += f", {low:,.0f} or more"
    if parameter.type is discord.AppCommandOptionType.string and high is not None:
        kind = f"text, at most {high} characters"
    return kind + (", with suggestions" if parameter.autocomplete else "")


def settings_page(example: str) -> str:
    """Every variable by section, told by the comments of `.env.example`."""
    lines = [
        NOTE + "# Settings\n",
        "Read from the environment, or from a file `.env` in the working directory; the environment wins.",
        "Everything has a default that works. A wrong value stops the start with one line that names the variable and",
        "what it accepts.",
        "[`atelier init`](../walks/operator.md) asks for the few that matter and writes the file.\n",
    ]
    about: list[str] = []
    for line in example.splitlines():
        if section := re.match(r"# --- (.+?) -+$", line):
            lines.append(f"\n## {section[1]}\n\n| variable | meaning | default | takes |\n| --- | --- | --- | --- |")
            about = []
        elif variable := re.match(r"#?([A-Z_]+)=", line):
            lines.append(_variable(variable[1], " ".join(about)))
            about = []
        elif line.startswith("# "):
            about.append(line[2:])
        else:
            about = []
    return "\n".join(lines) + "\n"


def _variable(name: str, about: str) -> str:
    field = Settings.model_fields[name.lower()]
    if not about and name.endswith("_URL"):
        about = "The address of its API."
    if not about:
        raise ValueError(f"{name} has no comment in .env.example")
    return f"| `{name}` | {_cell(about)} | {_default(name, field)} | {_accepts(name, field)} |"


def _default(name: str, field: FieldInfo) -> str:
    if name == "DAILY_BUDGET_USD":
        return f"`{DEFAULT_BUDGET_USD:g}` with a paid service"
    value = field.get_default(call_default_factory=True, validated_data={})
    if value is None or value == () or value == {}:
        return "–"
    shown = f"{value:g}" if isinstance(value, float) else int(value) if isinstance(value, bool) else value
    return f"`{shown}`"


def _accepts(name: str, field: FieldInfo) -> str:
    kind = _bare(field.annotation)
    bounds = {key: getattr(one, key) for one in field.metadata for key in ("ge", "gt", "le") if hasattr(one, key)}
    if name in {"PROVIDERS", "ALLOWED_SERVERS", "PRICE_LIST"}:
        return "a list, separated by commas"
    if name == "SHARDS":
        return "`auto`, or a range"
    if get_origin(kind) is Literal:
        return ", ".join(f"`{one}`" for one in get_args(kind))
    if kind is bool:
        return "`0`, `1`"
    if kind in {int, float}:
        what = "a whole number" if kind is int else "a number"
        low = bounds.get("ge", 1 if "gt" in bounds else None)
        return what + (f", {low:,} to {bounds['le']:,}" if "le" in bounds and low is not None else "")
    if kind is SecretStr:
        return "a secret"
    return "an `https://` address" if field.metadata and kind is get_args(WebAddress)[0] else "text"


def _bare(annotation: Any) -> Any:
    """A type without `| None`."""
    if get_origin(annotation) in {Union, types.UnionType}:
        [annotation] = [one for one in get_args(annotation) if one is not type(None)]
    return (
        get_args(annotation)[0]
        if get_origin(annotation) is not Literal and hasattr(annotation, "__metadata__")
        else annotation
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("*", "\\*").replace("<", "&lt;")


async def registered() -> list[Any]:
    """The commands of the program, assembled on an empty database; nobody is spoken to."""
    with tempfile.TemporaryDirectory() as folder:
        settings = load(None, database_url=f"sqlite+aiosqlite:///{folder}/empty.db", http_port=None)
        async with assemble(settings) as app:
            for name in EXTENSIONS:
                await app.client.load_extension(name)
            return app.client.tree.get_commands()


def pages() -> dict[Path, str]:
    """What has to stand in each file."""
    return {
        FOLDER / "commands.md": commands_page(asyncio.run(registered())),
        FOLDER / "settings.md": settings_page((ROOT / ".env.example").read_text("utf-8")),
    }


if __name__ == "__main__":
    for file, text in pages().items():
        file.write_text(text, "utf-8")
