"""The form that a remix or an edit is written in, and the request that it makes."""

from __future__ import annotations

from typing import Any

from discord import ui

from bot.gallery.library import FoundPicture
from bot.generation.service import reference_to
from bot.models import FORGOTTEN_PROMPT, PROMPT_MAX, AspectRatio, ImageRequest, Job, Model, Origin, Reference
from bot.ui.forms import Filled, modal, paragraph, select
from bot.ui.interactions import Interaction
from bot.ui.markup import elided, one_line, quoted
from bot.ui.message_pictures import Offered, accepted
from bot.ui.options import MODELS
from bot.ui.sources import MAX_REFERENCES, Source, Sources
from bot.ui.views.job_text import names
from bot.ui.words import _

_KEEP = "keep"
_CHOICES = 25
_CODE_LENGTH = 5
"""A picture's code has more characters than this."""
_ROOM = 5
"""Fields and texts of a form."""
_QUOTED = 1500
_ORIGINAL_SHOWN = 60


def for_source(
    kind: str, target: str, source: Source, *, title: str, words: str = "", original: FoundPicture | None = None
) -> ui.Modal:
    """A form for pictures that were found; a job's model and ratio are filled in.

    ``words`` are those that they were made with, ``original`` is the picture that all of it began with.
    """
    hint = _("make it night, keep the fox")
    prompt = ui.Label[Any](
        text=_("What should change?"),
        description=_("Everything else stays as it is."),
        component=paragraph("prompt", "", PROMPT_MAX, hint=hint),
    )
    items: list[ui.Item[Any]] = [prompt]
    if words and words != FORGOTTEN_PROMPT:
        so_far = _("The words so far")
        items.insert(0, ui.TextDisplay(f"-# {so_far}\n{quoted(words, _QUOTED)}"))
    starts = _starts(source, original)
    if len(starts) > 1:
        most = min(MAX_REFERENCES, len(starts)) if len(source.references) > 1 else 1
        items.append(ui.Label(text=_("Start from"), component=select("pictures", starts, most=most)))
    about = _("A second picture to take something from, for instance a style or a person.")
    files = ui.FileUpload[Any](custom_id="extra", required=False, min_values=0, max_values=1)
    extra = ui.Label[Any](text=_("Another picture"), description=about, component=files)
    asked = source.job.request if source.job else ImageRequest("")
    return modal(kind, target, title, *items, *_looks(asked, together=len(items) + 3 > _ROOM), extra)


def _starts(source: Source, original: FoundPicture | None) -> list[tuple[str, str, bool]]:
    """What can be started from: a message's pictures by their place, and what all of it began with."""
    count = min(len(source.references), _CHOICES - 1)
    numbers = range(1, count + 1)
    called = [_("This picture")] if count == 1 else [_("Picture {number}", number=one) for one in numbers]
    if source.job is not None and len(source.job.pictures) == count:
        called = [*names(source.job).values()]
    starts = [(name, str(one), one == 1) for name, one in zip(called, numbers, strict=True)]
    if original is not None:
        words = elided(one_line(original.job.request.prompt), _ORIGINAL_SHOWN)
        starts.append((_("The original: {words}", words=words), original.picture.code, False))
    return starts


def _looks(asked: ImageRequest, *, together: bool) -> list[ui.Label[Any]]:
    """Model and ratio; in one select where a form, which takes five fields, has no room for two."""
    ratios = [(_("as the picture"), _KEEP, asked.aspect_ratio is None)]
    ratios += [(one.value, one.value, one is asked.aspect_ratio) for one in AspectRatio]
    if not together:
        models = [(_(name), one.value, one is asked.model) for one, name in MODELS.items()]
        return [
            ui.Label(text=_("Model"), component=select("model", models)),
            ui.Label(text=_("Width to height"), component=select("aspect_ratio", ratios)),
        ]
    both = [
        (f"{model}, {name}", model.value if ratio == _KEEP else f"{model}:{ratio}", now and model is asked.model)
        for name, ratio, now in ratios
        for model in Model
    ]
    return [ui.Label(text=_("Model, and width to height"), component=select("model", both))]


def for_retry(job: Job) -> ui.Modal:
    """A form for the words that a service refused; all else stays as it was asked for."""
    words = paragraph("prompt", job.request.prompt[:PROMPT_MAX], PROMPT_MAX)
    hint = _("The safety check refused these. Please say it in other words.")
    return modal("retry", job.code, _("Try again"), ui.Label(text=_("Your words"), description=hint, component=words))


async def request_for(interaction: Interaction, sources: Sources, filled: Filled, origin: Origin) -> ImageRequest:
    """The request that a form makes; the extra picture comes after those it was opened for."""
    source = await sources.recall(filled.target, interaction)
    chosen = [await _chosen(one, source, sources, interaction) for one in filled.values.get("pictures", ())]
    chosen = [one for one in chosen if one is not None] or list(source.references[:1])
    files = [filled.files[one] for one in filled.values.get("extra", ()) if one in filled.files]
    extra = [accepted(Offered.from_json(file), interaction.user.id) for file in files]
    model, _colon, ratio = filled.text("model").partition(":")
    ratio = filled.text("aspect_ratio") or ratio or _KEEP
    return ImageRequest(
        prompt=filled.text("prompt"),
        model=Model(model or Model.PRO),
        aspect_ratio=None if ratio == _KEEP else AspectRatio(ratio),
        references=tuple([*chosen, *extra][:MAX_REFERENCES]),
        origin=origin,
        parent=next((one.code for one in chosen if one.code), None),
    )


async def _chosen(value: str, source: Source, sources: Sources, interaction: Interaction) -> Reference | None:
    """One of the source's pictures by its place from 1, or the original by its code."""
    if value.isdigit() and len(value) < _CODE_LENGTH:
        return source.references[int(value) - 1] if 1 <= int(value) <= len(source.references) else None
    found = await sources.named(value, interaction)
    return reference_to(found.job, found.picture) if isinstance(found, FoundPicture) else None
