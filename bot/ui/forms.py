"""Forms: modals that are built from nothing but their id, so they need no memory.

A submission is read from the interaction itself: a form that was opened before a restart can be sent after it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import discord
from discord import ui

from bot.ui.interactions import Interaction

PREFIX = "atelier:form:"
_SECONDS = 15 * 60.0

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Filled:
    """A form as it came back. ``kind`` and ``target`` say what it was for, ``values`` what is in each field."""

    kind: str
    target: str
    values: Mapping[str, tuple[str, ...]]
    files: Mapping[str, Json]
    """Uploads by their ids, as Discord describes them."""

    def text(self, name: str) -> str:
        """What was written or chosen in a field; empty where nothing was."""
        return next(iter(self.values.get(name, ())), "").strip()


def modal(kind: str, target: str, title: str, *labels: ui.Label[Any]) -> ui.Modal:
    """A form for what ``target`` names; ``client.on_form`` says what becomes of its kind."""
    form = ui.Modal(title=title, custom_id=f"{PREFIX}{kind}:{target}", timeout=_SECONDS)
    for label in labels:
        form.add_item(label)
    return form


def line(name: str, now: str, longest: int, *, required: bool = True) -> ui.TextInput[Any]:
    """A field of one line."""
    return ui.TextInput(custom_id=name, default=now, max_length=longest, required=required)


def paragraph(name: str, now: str, longest: int, *, required: bool = True) -> ui.TextInput[Any]:
    """A field of several lines."""
    style = discord.TextStyle.paragraph
    return ui.TextInput(custom_id=name, default=now, style=style, max_length=longest, required=required)


def select(name: str, choices: Sequence[tuple[str, str, bool]], most: int = 1) -> ui.Select[Any]:
    """A select of (label, value, chosen)."""
    return ui.Select(
        custom_id=name,
        max_values=most,
        options=[discord.SelectOption(label=label, value=value, default=now) for label, value, now in choices],
    )


def is_ours(interaction: Interaction) -> bool:
    """Whether a modal that came back is such a form."""
    return str(cast(Json, interaction.data or {}).get("custom_id", "")).startswith(PREFIX)


def read(interaction: Interaction) -> Filled:
    """What somebody filled in."""
    data = cast(Json, interaction.data)
    kind, _, target = str(data["custom_id"]).removeprefix(PREFIX).partition(":")
    fields = [field for field in map(_field, data["components"]) if "custom_id" in field]
    files = cast(Json, cast(Json, data.get("resolved") or {}).get("attachments") or {})
    return Filled(kind, target, {str(field["custom_id"]): _given(field) for field in fields}, files)


def _field(node: Json) -> Json:
    inner: Json | None = node.get("component")
    return inner or next(iter(cast(list[Json], node.get("components") or [])), cast(Json, {}))


def _given(field: Json) -> tuple[str, ...]:
    if "value" in field:
        return (str(field["value"] or ""),)
    return tuple(str(value) for value in cast(list[Any], field.get("values") or []))
