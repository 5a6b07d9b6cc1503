"""Pure: a job as the message that people see. All words of finished, waiting and failed messages live here."""

from __future__ import annotations

from typing import Any

import discord
from discord import ui

from bot.errors import FAILURE_TEXTS
from bot.models import Failure, Job, JobState, Origin, Picture, Usage
from bot.studio import failure_of
from bot.ui import controls

QUIET = discord.Colour(0x7C8798)
PICTURE = discord.Colour(0x5E8FB5)
TROUBLE = discord.Colour(0xC08A5B)

_PROMPT_SHOWN = 600
_ALT_LENGTH = 900

Row = ui.ActionRow[Any]


def message(job: Job) -> ui.LayoutView:
    """The message of an ended job."""
    if job.state is JobState.CANCELLED:
        return cancelled(job)
    return finished(job) if job.pictures else failed(job)


def waiting(job: Job, ahead: int = 0) -> ui.LayoutView:
    """The placeholder. Discord counts the time by itself, so it needs no edits."""
    since = f"<t:{job.created_at // 1000}:R>"
    if ahead:
        state = f"**In the queue** · {_pictures(ahead)} ahead · asked {since}"
    else:
        state = f"**Painting{_what(job)}** · begun {since}"
    return _card(QUIET, ui.TextDisplay(f"{state}\n{_quote(job)}\n{_byline(job)}"), Row(controls.Cancel(job.code)))


def finished(job: Job) -> ui.LayoutView:
    """The pictures, what they were made of, and what to do with them."""
    items = [
        discord.MediaGalleryItem(f"attachment://{picture.filename}", description=alt_text(job, picture))
        for picture in job.pictures
    ]
    words = [_byline(job, seed=True)]
    missing = job.request.count - len(job.pictures)
    if missing:
        words.insert(0, _missing(missing, failure_of(job)))
    first: list[ui.Item[Any]] = [controls.Reroll(job.code)]
    first += [controls.Vary(job.code, picture.index + 1) for picture in job.pictures]
    second = Row(controls.Details(job.code), controls.Delete(job.code))
    return _card(
        PICTURE,
        ui.TextDisplay(_quote(job)),
        ui.MediaGallery(*items),
        ui.TextDisplay("\n".join(words)),
        Row(*first),
        second,
    )


def failed(job: Job) -> ui.LayoutView:
    """What happened, that it cost nothing, and the way to try again."""
    failure = failure_of(job) or job.failure or Failure.INTERNAL
    text = f"**No picture this time**\n{FAILURE_TEXTS[failure]} Nothing was charged."
    return _card(
        TROUBLE,
        ui.TextDisplay(f"{text}\n{_quote(job)}\n{_byline(job)}"),
        Row(controls.TryAgain(job.code), controls.Delete(job.code)),
    )


def cancelled(job: Job) -> ui.LayoutView:
    """A job that somebody ended."""
    return _card(QUIET, ui.TextDisplay(f"**Cancelled** · nothing was charged\n{_quote(job)}\n{_byline(job)}"))


def details(job: Job) -> ui.LayoutView:
    """The whole recipe, for whoever asks."""
    asked = job.request
    lines = [
        "**How this was made**",
        _quote(job, 1500),
        f"Model **{asked.model}** · ratio **{asked.aspect_ratio or 'automatic'}** · format **{asked.format}**",
        f"Guidance **{asked.guidance or 'automatic'}** · prompt enhanced **{'yes' if asked.enhance else 'no'}** · "
        f"safety tolerance **{job.tolerance}**",
        f"Asked by <@{job.member_id}> <t:{job.created_at // 1000}:f>{_came_from(job)}",
    ]
    lines += [
        f"`{picture.code}` · seed `{picture.seed}` · {picture.width} × {picture.height} · {_kib(picture.size)} · "
        f"made by {SERVICES.get(picture.provider, picture.provider)}"
        for picture in job.pictures
    ]
    return _card(PICTURE, ui.TextDisplay("\n".join(lines)))


def quota(usage: Usage) -> ui.LayoutView:
    """A member's credits."""
    if usage.limit is None:
        lines = ["**Your credits here** are unlimited.", f"Used in the last 24 hours: **{usage.used}**"]
    else:
        lines = [
            f"**{usage.left} of {usage.limit} credits left**",
            _bar(usage.limit - (usage.left or 0), usage.limit),
            f"Used in the last 24 hours: **{usage.used}**",
        ]
    if usage.reserved:
        lines.append(f"Reserved by pictures in the making: **{usage.reserved}**")
    if usage.next_return_at is not None:
        lines.append(f"**{usage.next_return}** more back <t:{usage.next_return_at // 1000}:R>")
    lines.append("-# A `pro` picture costs 1 credit, a `max` picture 2. Pictures that fail cost nothing.")
    return _card(PICTURE, ui.TextDisplay("\n".join(lines)))


def note(text: str, colour: discord.Colour = TROUBLE) -> ui.LayoutView:
    """A few words on a card."""
    return _card(colour, ui.TextDisplay(text[:3900]))


def alt_text(job: Job, picture: Picture) -> str:
    """What a screen reader says of a picture; at most 1024 characters (Discord reference)."""
    number = f" (picture {picture.index + 1} of {job.request.count})" if job.request.count > 1 else ""
    return f"{_elided(_shown_prompt(job), _ALT_LENGTH)}{number}"


SERVICES = {"bfl": "Black Forest Labs", "aimlapi": "AI/ML API", "vtrix": "Vtrix", "sandbox": "the sandbox"}


def _card(colour: discord.Colour, *items: ui.Item[Any]) -> ui.LayoutView:
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.Container(*items, accent_colour=colour))
    return view


def _quote(job: Job, length: int = _PROMPT_SHOWN) -> str:
    return "> " + discord.utils.escape_markdown(_elided(_shown_prompt(job), length))


def _shown_prompt(job: Job) -> str:
    """On one line: a prompt must not be able to draw a message of its own."""
    return " ".join(job.request.prompt.split())


def _elided(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def _byline(job: Job, *, seed: bool = False) -> str:
    asked = job.request
    parts = [f"<@{job.member_id}>", asked.model.value]
    if asked.aspect_ratio:
        parts.append(asked.aspect_ratio.value)
    if asked.count > 1:
        parts.append(_pictures(asked.count))
    if seed:
        parts += [f"seed {job.seed}", job.code]
    return "-# " + " · ".join(parts) + _came_from(job)


def _came_from(job: Job) -> str:
    words = {Origin.REROLL: "again from", Origin.VARIATION: "varied from"}
    word = words.get(job.request.origin)
    return f" · {word} {job.request.parent}" if word and job.request.parent else ""


def _missing(count: int, failure: Failure | None) -> str:
    one = count == 1
    why = FAILURE_TEXTS[failure or Failure.INTERNAL]
    return f"{'One picture is' if one else f'{count} pictures are'} missing, and not charged. {why}"


def _what(job: Job) -> str:
    return "" if job.request.count == 1 else f" {_pictures(job.request.count)}"


def _pictures(count: int) -> str:
    return "1 picture" if count == 1 else f"{count} pictures"


def _bar(used: int, limit: int) -> str:
    full = 0 if not limit else round(20 * min(used, limit) / limit)
    return f"`{'█' * full}{'░' * (20 - full)}`"


def _kib(size: int) -> str:
    return f"{size / 1024:,.0f} KiB"
