"""The form that a remix or an edit is written in: a modal that is built from nothing but its id, so it needs no memory.

A submission is read from the interaction itself: a form that was opened before a restart can be sent after it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import discord
from discord import ui

from bot.models import PROMPT_MAX, AspectRatio, ImageRequest, Model, Origin
from bot.ui.interactions import Interaction
from bot.ui.message_pictures import Offered, accepted
from bot.ui.options import MODELS
from bot.ui.sources import MAX_REFERENCES, Source, Sources
from bot.ui.words import _

PREFIX = "atelier:form:"
KEEP = "keep"
_TOKEN_SECONDS = 15 * 60.0

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


@dataclass(frozen=True, slots=True)
class Answers:
    """The form for a picture, filled in. ``target`` says for which one, ``pictures`` are numbers from 1."""

    target: str
    prompt: str
    pictures: tuple[int, ...]
    model: Model
    aspect_ratio: AspectRatio | None
    extra: tuple[Offered, ...]


def build(
    kind: str,
    target: str,
    *,
    title: str,
    prompt: str,
    hint: str,
    pictures: Sequence[str],
    model: Model,
    aspect_ratio: AspectRatio | None,
    extras: int = 1,
) -> ui.Modal:
    """A form for what ``target`` names; ``pictures`` are the names of those to choose from, if there are several."""
    modal = ui.Modal(title=title, custom_id=f"{PREFIX}{kind}:{target}", timeout=_TOKEN_SECONDS)
    words = ui.TextInput[Any](
        style=discord.TextStyle.paragraph, custom_id="prompt", default=prompt[:PROMPT_MAX], max_length=PROMPT_MAX
    )
    modal.add_item(ui.Label(text=_("What should change?"), description=hint, component=words))
    if len(pictures) > 1:
        modal.add_item(ui.Label(text=_("Start from"), component=_choice("pictures", _numbered(pictures), several=True)))
    models = [(_(name), one.value, one is model) for one, name in MODELS.items()]
    modal.add_item(ui.Label(text=_("Model"), component=_choice("model", models)))
    ratios = [(_("as the picture"), KEEP, aspect_ratio is None)]
    ratios += [(one.value, one.value, one is aspect_ratio) for one in AspectRatio]
    modal.add_item(ui.Label(text=_("Width to height"), component=_choice("aspect_ratio", ratios)))
    if extras:
        files = ui.FileUpload[Any](custom_id="extra", required=False, min_values=0, max_values=extras)
        about = _("A second picture to take something from, for instance a style or a person.")
        modal.add_item(ui.Label(text=_("Another picture"), description=about, component=files))
    return modal


def for_source(kind: str, target: str, source: Source, *, title: str, hint: str, prompt: str = "") -> ui.Modal:
    """A form for pictures that were found; a job's model and ratio are filled in."""
    asked = source.job.request if source.job else None
    return build(
        kind,
        target,
        title=title,
        prompt=prompt,
        hint=hint,
        pictures=[_("Picture {number}", number=number) for number in range(1, len(source.references) + 1)],
        model=asked.model if asked else Model.PRO,
        aspect_ratio=asked.aspect_ratio if asked else None,
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


def answers(filled: Filled) -> Answers:
    """The same as the answers to a picture's form."""
    ratio = filled.text("aspect_ratio") or KEEP
    return Answers(
        filled.target,
        filled.text("prompt"),
        tuple(int(value) for value in filled.values.get("pictures", ())) or (1,),
        Model(filled.text("model") or Model.PRO),
        None if ratio == KEEP else AspectRatio(ratio),
        tuple(_offered(filled.files[value]) for value in filled.values.get("extra", ()) if value in filled.files),
    )


async def request_for(interaction: Interaction, sources: Sources, filled: Filled, origin: Origin) -> ImageRequest:
    """The request that a picture's form makes; the extra picture comes after those it was opened for."""
    given = answers(filled)
    source = await sources.recall(given.target, interaction)
    chosen = [
        source.references[number - 1] for number in given.pictures if 1 <= number <= len(source.references)
    ] or list(source.references[:1])
    extra = [accepted(file, interaction.user.id) for file in given.extra]
    return ImageRequest(
        prompt=given.prompt,
        model=given.model,
        aspect_ratio=given.aspect_ratio,
        references=tuple([*chosen, *extra][:MAX_REFERENCES]),
        origin=origin,
        parent=next((one.code for one in chosen if one.code), None),
    )


def _numbered(names: Sequence[str]) -> list[tuple[str, str, bool]]:
    return [(name[:100], str(number), number == 1) for number, name in enumerate(names[:25], start=1)]


def _choice(name: str, options: Sequence[tuple[str, str, bool]], *, several: bool = False) -> ui.Select[Any]:
    """A select of (label, value, chosen)."""
    return ui.Select(
        custom_id=name,
        max_values=min(4, len(options)) if several else 1,
        options=[discord.SelectOption(label=label, value=value, default=chosen) for label, value, chosen in options],
    )


def _field(node: Json) -> Json:
    inner: Json | None = node.get("component")
    return inner or next(iter(cast(list[Json], node.get("components") or [])), cast(Json, {}))


def _given(field: Json) -> tuple[str, ...]:
    if "value" in field:
        return (str(field["value"] or ""),)
    return tuple(str(value) for value in cast(list[Any], field.get("values") or []))


def _offered(file: Json) -> Offered:
    return Offered(
        file["url"],
        file["filename"],
        file["size"],
        file.get("content_type"),
        file.get("width"),
        file.get("height"),
        int(file["id"]),
    )
