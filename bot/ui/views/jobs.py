"""Pure: a job as the message that people see, while it waits and when it has ended."""

from __future__ import annotations

from typing import Any

from discord import ui

from bot.admission.standing import Strike
from bot.generation.progress import Progress, Stage
from bot.generation.service import BROKEN_FILE, Receipt, failure_of
from bot.models import Failure, Job, Model, Surroundings
from bot.ui import controls
from bot.ui.markup import elided, one_line, timestamp
from bot.ui.views import surroundings
from bot.ui.views.card import PICTURE, QUIET, TROUBLE, Row, attached, card
from bot.ui.views.job_text import ALT_LENGTH, alt_text, bad_source, byline, legend, pictures, quote
from bot.ui.words import _, ngettext, sentences
from bot.ui.words.failures import failed as reason_of
from bot.ui.words.refusals import after_strike

_WHOLE = 3000
_ROW = 5
"""Buttons that fit side by side."""

_ALONE = Surroundings()
PREVIEW = "preview.jpg"


def message(job: Job, around: Surroundings = _ALONE) -> ui.LayoutView:
    """The message of an ended job."""
    if job.cancelled:
        return cancelled(job)
    return finished(job, around) if job.pictures else failed(job)


def waiting(receipt: Receipt) -> ui.LayoutView:
    """The placeholder. Discord counts the time by itself."""
    if not receipt.ahead:
        return _waiting(receipt.job, _painting(receipt.job, receipt.job.created_at))
    return _waiting(receipt.job, _place(receipt), long=True)


def under_way(job: Job, progress: Progress) -> ui.LayoutView:
    """The same once a service works on it, and once there is something of it to come."""
    if progress.stage is Stage.ORDERED:
        return _waiting(job, _painting(job, progress.began), long=True)
    shown: list[ui.Item[Any]] = []
    if progress.preview is not None:
        words = _("Preview: {prompt}", prompt=elided(one_line(job.request.prompt), ALT_LENGTH))
        # Covered always: the service has not checked yet what it shows.
        shown = [ui.MediaGallery(attached(PREVIEW, words, spoiler=True))]
    return _waiting(job, _("**Arriving** · begun {time}", time=timestamp(progress.began, "R")), *shown)


def _waiting(job: Job, state: str, *shown: ui.Item[Any], long: bool = False) -> ui.LayoutView:
    buttons = [controls.TellMe(job.code), controls.Cancel(job.code)] if long else [controls.Cancel(job.code)]
    return card(QUIET, f"{state}\n{quote(job)}\n{byline(job)}", *shown, Row(*buttons))


def _place(receipt: Receipt) -> str:
    """Where a job stands in the queue, and when it is there or since when it waits."""
    place = receipt.ahead
    if receipt.ready_at is not None:
        ready = timestamp(receipt.ready_at, "R")
        return _("**In the queue** · number {place} · ready about {time}", place=place, time=ready)
    since = timestamp(receipt.job.created_at, "R")
    return _("**In the queue** · number {place} · asked {time}", place=place, time=since)


def _painting(job: Job, began: int) -> str:
    since = timestamp(began, "R")
    if job.request.count == 1:
        return _("**Painting** · begun {time}", time=since)
    return _("**Painting {pictures}** · begun {time}", pictures=pictures(job.request.count), time=since)


def finished(job: Job, around: Surroundings = _ALONE) -> ui.LayoutView:
    """The pictures, what they were made of, and what to do with them."""
    items = [attached(one.filename, alt_text(job, one), spoiler=job.spoiler) for one in job.pictures]
    lines = [*surroundings.lines(job, around), byline(job, finished=True)]
    if len(job.pictures) > 1:
        lines.insert(0, legend(job))
    missing = job.request.count - len(job.pictures)
    if missing:
        lines.insert(0, _missing(missing, failure_of(job)))
    text = surroundings.beside("\n".join(lines), around)
    return card(PICTURE, quote(job), ui.MediaGallery(*items), text, *_actions(job), *surroundings.choices(job, around))


def _actions(job: Job) -> list[ui.Item[Any]]:
    """The rows under finished pictures: go on from here, vary, make more; all else is behind `More`."""
    numbers = [picture.number for picture in job.pictures]
    alone = _(controls.Vary.alone) if len(numbers) == 1 else None
    onward: list[ui.Item[Any]] = [controls.Remix(job.code)]
    onward += [controls.Vary(job.code, number, label=alone) for number in numbers]
    more: list[ui.Item[Any]] = [controls.Reroll(job.code), controls.More(job.code)]
    fit = len(onward) + len(more) <= _ROW
    return [Row(*onward, *more)] if fit else [Row(*onward), Row(*more)]


def _missing(count: int, failure: Failure | None) -> str:
    return ngettext(
        "One picture is missing, and not charged. {reason}",
        "{count} pictures are missing, and not charged. {reason}",
        count,
        reason=reason_of(failure or Failure.INTERNAL),
    )


def failed(job: Job) -> ui.LayoutView:
    """What happened, that it cost nothing, and the way to try again; of a useless file no more than that it is so."""
    if failure_of(job) in BROKEN_FILE:
        text = _("**No picture this time** · the file to start from cannot be used")
        return card(QUIET, f"{text}\n{byline(job)}", Row(controls.Delete(job.code)))
    row = Row(controls.TryAgain(job.code), controls.Delete(job.code))
    text = _what_failed(job, bad_source(job, named=False))
    return card(TROUBLE, f"{text}\n{quote(job)}\n{byline(job)}", row)


def useless_file(job: Job) -> ui.LayoutView:
    """What is wrong with a file, for whoever brought it, with their words to be used again."""
    return card(TROUBLE, f"{_what_failed(job, bad_source(job, named=True))}\n{quote(job, _WHOLE)}")


def warning(job: Job, strike: Strike, link: str) -> ui.LayoutView:
    """What an image service's refusal for content leads to, for whoever asked alone."""
    reason = reason_of(failure_of(job) or Failure.MODERATED)
    if strike.paused_until is not None:  # who is paused is not told to try again
        reason = _("The image service's safety check refused this.")
    text = sentences(reason, after_strike(strike.last_warning, strike.paused_until))
    return card(TROUBLE, f"{text}\n-# {link}")


def _what_failed(job: Job, source: str) -> str:
    reason = reason_of(failure_of(job) or job.failure or Failure.INTERNAL, source)
    return _("**No picture this time**\n{reason} Nothing was charged.", reason=reason)


def cancelled(job: Job) -> ui.LayoutView:
    """A job that somebody ended, and what of it is spent: a vendor has been given it, and will be paid."""
    text = _("**Cancelled** · nothing was charged")
    if job.ordered:
        spent = ngettext("{count} credit", "{count} credits", job.ordered * job.request.model.credits)
        whole = job.request.count
        text = _(
            "**Cancelled** · {some} of {all} had been ordered: {credits}", some=job.ordered, all=whole, credits=spent
        )
    return card(QUIET, f"{text}\n{quote(job)}\n{byline(job)}", Row(controls.Delete(job.code)))


def which_on_max(job: Job) -> ui.LayoutView:
    """Asks which of several pictures to make again; each costs, so it is never all of them at once."""
    buttons = [controls.Max(job.code, one.number, label=_("Max {number}", number=one.number)) for one in job.pictures]
    text = _(
        "**Which one on `max`?** Each costs {credits} credits and keeps its words and its seed.",
        credits=Model.MAX.credits,
    )
    return card(PICTURE, text, Row(*buttons))
