"""Pure: what a finished message tells beside its pictures: where they came from, and what is current in its thread."""

from __future__ import annotations

from typing import Any

import discord
from discord import ui

from bot.models import Before, Job, Surroundings
from bot.ui import controls
from bot.ui.markup import elided, escaped, link, message_link, one_line
from bot.ui.views.card import PICTURE, Row, card
from bot.ui.views.job_text import person
from bot.ui.words import _

_WORDS = 60


def lines(job: Job, around: Surroundings) -> list[str]:
    """The step that this is, and whose picture it came from; whether it is its thread's current picture."""
    found: list[str] = []
    if around.current in {one.code for one in job.pictures}:
        found.append(_("**Current picture** of this thread"))
    if around.before is not None:
        found.append("-# " + _came_from(job, around.before))
    return found


def _came_from(job: Job, before: Before) -> str:
    said = in_quotes(before.words) or _("photograph")
    where = message_link(job.place.guild_id, before.channel_id or 0, before.message_id)
    shown = escaped(said) if before.message_id is None else link(said, where)
    whose = person(before.member_id)
    if before.url is None:
        return _("Step {number} · from {person}’s {picture}", number=before.step, person=whose, picture=shown)
    return _(
        "Before → after · step {number}, from {person}’s {picture}", number=before.step, person=whose, picture=shown
    )


def in_quotes(words: str) -> str:
    """The beginning of what somebody asked for, in quotation marks; nothing where there are no words."""
    said = elided(one_line(words), _WORDS)
    return _("“{words}”", words=said) if said else ""


def beside(text: str, around: Surroundings) -> ui.Item[Any]:
    """A text with a small view of what the picture was before, where there is one to be shown."""
    before = around.before
    if before is None or before.url is None:
        return ui.TextDisplay(text)
    alt = _("Before: {words}", words=elided(one_line(before.words), 200) or _("photograph"))
    return ui.Section[Any](text, accessory=ui.Thumbnail[Any](before.url, description=alt, spoiler=before.spoiler))


def choices(job: Job, around: Surroundings) -> list[ui.Item[Any]]:
    """In a thread: `Undo` under its current picture, `Use` for every other one."""
    if not job.place.in_thread:
        return []
    buttons = [
        controls.Undo(job.code, one.number)
        if one.code == around.current
        else controls.Use(job.code, one.number, label=_(controls.Use.alone) if len(job.pictures) == 1 else None)
        for one in job.pictures
    ]
    return [Row(*buttons)]


def chosen(text: str, code: str, number: int, address: str | None, *, spoiler: bool) -> ui.LayoutView:
    """What a thread goes on from now, in a few words, with a small view where its address is known, and `Remix`."""
    row = Row(controls.Remix(code, number))
    if address is None:
        return card(PICTURE, text, row)
    named = f"{code}-{number}"
    alt = _("The picture {code}", code=named)
    thumbnail = ui.Thumbnail[Any](discord.UnfurledMediaItem(address), description=alt, spoiler=spoiler)
    return card(PICTURE, ui.Section(text, accessory=thumbnail), row)
