"""Pure: the private card behind `More`, and the question that `Delete` asks."""

from __future__ import annotations

from typing import Any

from discord import ui

from bot.models import Job, Model
from bot.ui import controls
from bot.ui.views.card import PICTURE, TROUBLE, Row, card
from bot.ui.views.job_text import legend, names, quote
from bot.ui.words import _, ngettext

_QUOTED = 200


def more(job: Job, *, compare: bool, reports: bool, delete: bool) -> ui.LayoutView:
    """What is wanted less often.

    ``compare``: whether the one who asks may see what it was made from; ``reports``: whether its server takes any;
    ``delete``: whether the one who asks may.
    """
    lines = [_("**More for** `{code}`", code=job.code), quote(job, _QUOTED)]
    if len(job.pictures) > 1:
        lines.append(legend(job))
    buttons: list[ui.Item[Any]] = [controls.Max(job.code)] if job.request.model is Model.PRO else []
    buttons.append(controls.Details(job.code))
    if compare:
        buttons.append(controls.Compare(job.code))
    if in_server(job) and not job.place.in_thread:
        buttons.append(controls.Thread(job.code))
    if in_server(job) and reports:
        buttons.append(controls.ReportPicture(job.code))
    rows: list[ui.Item[Any]] = [Row(controls.VaryChoice(job.code, names(job))), Row(*buttons)]
    if delete:
        rows.append(Row(controls.Delete(job.code)))
    return card(PICTURE, "\n".join(lines), *rows)


def in_server(job: Job) -> bool:
    """Whether it was made in a server that has the bot, with threads and moderators that it may speak to."""
    return job.place.guild_id is not None and job.place.reachable


def delete_question(job: Job) -> ui.LayoutView:
    """What deleting does, before it is done."""
    count = len(job.pictures)
    text = _("**Delete this message?**")
    if count:
        text = ngettext(
            "**Delete this message and its picture?**", "**Delete this message and its {count} pictures?**", count
        )
        text += "\n" + _("What others made from it stays. This cannot be undone.")
    return card(TROUBLE, f"{text}\n{quote(job, _QUOTED)}", Row(controls.DeleteNow(job.code)))
