"""The form that a remix or an edit is written in, and the request that it makes."""

from __future__ import annotations

from typing import Any

from discord import ui

from bot.models import PROMPT_MAX, AspectRatio, ImageRequest, Job, Model, Origin
from bot.ui.forms import Filled, modal, paragraph, select
from bot.ui.interactions import Interaction
from bot.ui.message_pictures import Offered, accepted
from bot.ui.options import MODELS
from bot.ui.sources import MAX_REFERENCES, Source, Sources
from bot.ui.words import _

_KEEP = "keep"
_CHOICES = 25


def for_source(kind: str, target: str, source: Source, *, title: str, hint: str, prompt: str = "") -> ui.Modal:
    """A form for pictures that were found; a job's model and ratio are filled in."""
    asked = source.job.request if source.job else ImageRequest("")
    words = paragraph("prompt", prompt[:PROMPT_MAX], PROMPT_MAX)
    labels = [ui.Label[Any](text=_("What should change?"), description=hint, component=words)]
    numbers = range(1, min(len(source.references), _CHOICES) + 1)
    if len(numbers) > 1:
        pictures = [(_("Picture {number}", number=one), str(one), one == 1) for one in numbers]
        start = select("pictures", pictures, most=min(MAX_REFERENCES, len(pictures)))
        labels.append(ui.Label(text=_("Start from"), component=start))
    models = [(_(name), one.value, one is asked.model) for one, name in MODELS.items()]
    ratios = [(_("as the picture"), _KEEP, asked.aspect_ratio is None)]
    ratios += [(one.value, one.value, one is asked.aspect_ratio) for one in AspectRatio]
    files = ui.FileUpload[Any](custom_id="extra", required=False, min_values=0, max_values=1)
    about = _("A second picture to take something from, for instance a style or a person.")
    labels += [
        ui.Label(text=_("Model"), component=select("model", models)),
        ui.Label(text=_("Width to height"), component=select("aspect_ratio", ratios)),
        ui.Label(text=_("Another picture"), description=about, component=files),
    ]
    return modal(kind, target, title, *labels)


def for_retry(job: Job) -> ui.Modal:
    """A form for the words that a service refused; all else stays as it was asked for."""
    words = paragraph("prompt", job.request.prompt[:PROMPT_MAX], PROMPT_MAX)
    hint = _("The safety check refused these. Please say it in other words.")
    return modal("retry", job.code, _("Try again"), ui.Label(text=_("Your words"), description=hint, component=words))


async def request_for(interaction: Interaction, sources: Sources, filled: Filled, origin: Origin) -> ImageRequest:
    """The request that a form makes; the extra picture comes after those it was opened for."""
    source = await sources.recall(filled.target, interaction)
    numbers = map(int, filled.values.get("pictures", ()))
    chosen = [source.references[one - 1] for one in numbers if 1 <= one <= len(source.references)]
    chosen = chosen or list(source.references[:1])
    files = [filled.files[one] for one in filled.values.get("extra", ()) if one in filled.files]
    extra = [accepted(Offered.from_json(file), interaction.user.id) for file in files]
    ratio = filled.text("aspect_ratio") or _KEEP
    return ImageRequest(
        prompt=filled.text("prompt"),
        model=Model(filled.text("model") or Model.PRO),
        aspect_ratio=None if ratio == _KEEP else AspectRatio(ratio),
        references=tuple([*chosen, *extra][:MAX_REFERENCES]),
        origin=origin,
        parent=next((one.code for one in chosen if one.code), None),
    )
