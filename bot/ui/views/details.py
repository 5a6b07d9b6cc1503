"""Pure: how a picture was made, as a recipe and beside what it was made from."""

from __future__ import annotations

from typing import Any

from discord import ui

from bot.models import PROMPT_MAX, Job, Picture, Variation
from bot.ui import controls
from bot.ui.markup import elided, one_line, timestamp
from bot.ui.views.card import PICTURE, Row, attached, card
from bot.ui.views.job_text import ALT_LENGTH, came_from, person, quote, started_from
from bot.ui.words import N_, _, number, pgettext

PROMPT_FILE = "prompt.txt"
_PROMPT_SHOWN, _PROMPT_BEGINNING = 2000, 900
"""Characters of a card's quotation, escaped letters included, and what is shown of a prompt that has more."""
_SERVICES = {
    "bfl": N_("Black Forest Labs"),
    "aimlapi": N_("AI/ML API"),
    "vtrix": N_("Vtrix"),
    "sandbox": N_("the sandbox"),
}
_VARIATIONS = {Variation.SUBTLE: N_("subtle"), Variation.STRONG: N_("bold")}


def is_long(job: Job) -> bool:
    """Whether the whole prompt is too long for the card, so that it is sent along as a file."""
    return len(quote(job, PROMPT_MAX)) > _PROMPT_SHOWN


def details(job: Job, *, compare: bool) -> ui.LayoutView:
    """The whole recipe; ``compare``: whether the one who asks may see what it was made from.

    It needs ``PROMPT_FILE`` beside it where ``is_long``.
    """
    asked, automatic = job.request, pgettext("ratio or guidance", "automatic")
    lines = [
        _("**How this was made**"),
        quote(job, _PROMPT_BEGINNING if is_long(job) else PROMPT_MAX),
        _(
            "Model **{model}** · ratio **{ratio}** · format **{format}**",
            model=asked.model,
            ratio=asked.aspect_ratio or automatic,
            format=asked.format,
        ),
        _(
            "Guidance **{guidance}** · prompt enhanced **{enhanced}** · safety tolerance **{tolerance}**",
            guidance=number(asked.guidance) if asked.guidance else automatic,
            enhanced=_("yes") if asked.enhance else _("no"),
            tolerance=job.tolerance,
        ),
        _("Asked by {person} {time}", person=person(job.member_id), time=timestamp(job.created_at)) + came_from(job),
    ]
    if started := started_from(job):
        lines.append(_("Started from {pictures}", pictures=started))
    if asked.vary is not None:
        lines.append(_("The words sent along asked for a **{kind}** variation.", kind=_(_VARIATIONS[asked.vary])))
    services = {picture.provider for picture in job.pictures}
    same = len(job.pictures) > 1 and len(services) == 1
    lines += [_line(picture, alone=not same) for picture in job.pictures]
    if same:
        lines.append(_("All of them made by {service}", service=_service(*services)))
    rows: list[ui.Item[Any]] = [ui.File(f"attachment://{PROMPT_FILE}")] if is_long(job) else []
    if job.pictures and compare:
        lapse = controls.TimeLapse(job.code, job.pictures[0].number)
        rows.append(Row(controls.Compare(job.code), lapse))
    return card(PICTURE, "\n".join(lines), *rows)


def _line(picture: Picture, *, alone: bool) -> str:
    """One picture; ``alone``: what made it is said of it alone, not of all together."""
    line = _(
        "`{code}` · seed\u00a0`{seed}` · {width} × {height} · {size} KiB",
        code=picture.code,
        seed=str(picture.seed),
        width=str(picture.width),  # nobody groups the digits of pixels
        height=str(picture.height),
        size=round(picture.size / 1024),
    )
    return " · ".join([line, _("made by {service}", service=_service(picture.provider))]) if alone else line


def _service(provider: str) -> str:
    return _(_SERVICES.get(provider, provider))


def comparison(job: Job) -> ui.LayoutView:
    """What a picture was made from beside what became of it."""
    alt = _("Left: what it started from. Right: what it became. {prompt}", prompt=one_line(job.request.prompt))
    shown = attached("comparison.jpg", elided(alt, ALT_LENGTH), spoiler=job.spoiler)
    text = _("**Before and after** · {code}", code=job.code) + f"\n{quote(job)}"
    return card(PICTURE, ui.MediaGallery(shown), text)
