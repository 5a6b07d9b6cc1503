"""Pure: a page of somebody's pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import discord
from discord import ui

from bot.gallery.library import Page
from bot.models import Job
from bot.ui import controls
from bot.ui.markup import elided, escaped, link, mention, message_link, one_line, timestamp
from bot.ui.views.card import PICTURE, QUIET, Row, card
from bot.ui.views.job_text import alt_text, pictures
from bot.ui.words import _


def history(
    page: Page, member_id: int, addresses: Sequence[str | None], words: str, *, own: bool, first: bool
) -> ui.LayoutView:
    """A page; ``addresses`` are where Discord shows each job's first picture now."""
    title = _title(member_id, words, own=own)
    if not page.jobs:
        nothing = _("None.") if words else _("There are none here yet.")
        return card(QUIET, f"{title}\n{nothing}")
    items = [
        discord.MediaGalleryItem(address, description=alt_text(job, job.pictures[0]), spoiler=job.spoiler)
        for job, address in zip(page.jobs, addresses, strict=True)
        if address is not None
    ]
    gallery = [ui.MediaGallery[Any](*items)] if items else []
    turn: list[ui.Item[Any]] = [] if first else [controls.HistoryPage(member_id, None, words, label=_("Newest"))]
    if page.more:
        turn.append(controls.HistoryPage(member_id, page.jobs[-1].id, words, label=_("Older")))
    return card(PICTURE, *gallery, "\n".join([title, *map(_line, page.jobs)]), *([Row(*turn)] if turn else []))


def _title(member_id: int, words: str, *, own: bool) -> str:
    whose = _("Your pictures") if own else _("The pictures of {member}", member=mention(member_id))
    if not words:
        return f"**{whose}**"
    return _("**{whose}** with “{words}”", whose=whose, words=escaped(words))


def _line(job: Job) -> str:
    address = message_link(job.place.guild_id, job.message_channel_id or job.place.channel_id, job.message_id)
    count = f" · {pictures(len(job.pictures))}" if len(job.pictures) > 1 else ""
    words = link(elided(one_line(job.request.prompt), 70), address)
    return f"{words} · `{job.code}` · {timestamp(job.created_at, 'R')}{count}"
