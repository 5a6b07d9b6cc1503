"""Forms: modals that are built from nothing but their id, so they need no memory.

A submission is read from the interaction itself: a form that was opened before a restart can be sent after it. What
becomes of a form, and of one that was refused, stands in ``submissions``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import discord
from discord import ui

from bot.ui.interactions import Interaction
from bot.ui.words import _

PREFIX = "atelier:form:"
_SECONDS = 15 * 60.0
_AGAIN = "~"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Filled:
    """A form as it came back. ``kind`` and ``target`` say what it was for, ``values`` what is in each field."""

    kind: str
    target: str
    values: Mapping[str, tuple[str, ...]]
    files: Mapping[str, Json]
    """Uploads by their ids, as Discord describes them."""
    again: str = ""
    """The key of an earlier submission, where this one mends it."""
    message: discord.Message | None = field(default=None, compare=False)
    """The message whose control opened the form, also where it was opened again."""

    def text(self, name: str) -> str:
        """What was written or chosen in a field; empty where nothing was."""
        return next(iter(self.values.get(name, ())), "").strip()


def modal(kind: str, target: str, title: str, *items: ui.Item[Any]) -> ui.Modal:
    """A form for what ``target`` names, of at most five labels and texts."""
    form = ui.Modal(title=title, custom_id=f"{PREFIX}{kind}:{target}", timeout=_SECONDS)
    for item in items:
        form.add_item(item)
    return form


def refill(form: ui.Modal, filled: Filled, key: str) -> ui.Modal:
    """The form with what was filled in before; it says by ``key`` what it mends. Discord keeps no files for it."""
    form.custom_id += f"{_AGAIN}{key}"
    for label in form.children:
        if isinstance(label, ui.Label) and (control := cast(Any, label).component).custom_id in filled.values:
            given = filled.values[control.custom_id]
            if isinstance(control, ui.FileUpload):
                label.description = (
                    _("Please attach it again: Discord does not keep it.") if given else label.description
                )
            else:
                _put(control, given)
    return form


def _put(control: ui.Item[Any], given: Sequence[str]) -> None:
    if isinstance(control, ui.TextInput):
        control.default = next(iter(given), "") or None
    elif isinstance(control, ui.Select):
        for option in control.options:
            option.default = option.value in given
    elif isinstance(control, ui.ChannelSelect):
        control.default_values = [discord.SelectDefaultValue.from_channel(discord.Object(int(one))) for one in given]
    elif isinstance(control, ui.RoleSelect):
        control.default_values = [discord.SelectDefaultValue.from_role(discord.Object(int(one))) for one in given]


def line(name: str, now: str, longest: int, *, required: bool = True) -> ui.TextInput[Any]:
    """A field of one line."""
    return ui.TextInput(custom_id=name, default=now, max_length=longest, required=required)


def paragraph(name: str, now: str, longest: int, *, required: bool = True, hint: str = "") -> ui.TextInput[Any]:
    """A field of several lines; ``hint`` stands in it while it is empty."""
    return ui.TextInput(
        custom_id=name,
        default=now,
        style=discord.TextStyle.paragraph,
        max_length=longest,
        required=required,
        placeholder=hint or None,
    )


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
    named, _again, key = str(data["custom_id"]).removeprefix(PREFIX).partition(_AGAIN)
    kind, _colon, target = named.partition(":")
    fields = [field for field in map(_field, data["components"]) if "custom_id" in field]
    files = cast(Json, cast(Json, data.get("resolved") or {}).get("attachments") or {})
    values = {str(field["custom_id"]): _given(field) for field in fields}
    return Filled(kind, target, values, files, key, interaction.message)


def _field(node: Json) -> Json:
    inner: Json | None = node.get("component")
    return inner or next(iter(cast(list[Json], node.get("components") or [])), cast(Json, {}))


def _given(field: Json) -> tuple[str, ...]:
    if "value" in field:
        return (str(field["value"] or ""),)
    return tuple(str(value) for value in cast(list[Any], field.get("values") or []))
