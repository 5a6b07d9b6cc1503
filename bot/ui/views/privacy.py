"""Pure: what a member reads about their own data."""

from __future__ import annotations

from discord import ui

from bot.ui import controls
from bot.ui.views.card import PICTURE, TROUBLE, Row, card
from bot.ui.words import _


def export_name(number: int, total: int) -> str:
    """The name of an export's file."""
    return "atelier-export.json" if total == 1 else f"atelier-export-{number}-of-{total}.json"


def erase_question(member_id: int) -> ui.LayoutView:
    """What erasing does, before it is done."""
    text = _(
        "**Delete your data?**\nYour words and your name are removed from everything kept here, and the messages with "
        "your pictures are deleted where I can reach them. Files that you brought are forgotten. Pictures that others "
        "made from yours, with the words they took over, stay theirs. Family trees that show your pictures are "
        "deleted, and the headers of threads no longer name you. What stays: the names of threads, the moderators' "
        "record and their channel, a block until it ends and, for 24 hours, the credits you used, refusals for "
        "content and reports. This cannot be undone."
    )
    return card(TROUBLE, text, Row(controls.Erase(member_id)))


def exported(number: int, total: int) -> ui.LayoutView:
    """A member's own data, with its file."""
    text = _("**Everything kept about you** · requests, pictures and credits")
    if total > 1:
        text += " · " + _("part {number} of {total}", number=number, total=total)
    return card(PICTURE, text, ui.File(f"attachment://{export_name(number, total)}"))
