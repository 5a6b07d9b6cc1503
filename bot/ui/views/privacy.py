"""Pure: what a member reads about their own data."""

from __future__ import annotations

from discord import ui

from bot.ui import controls
from bot.ui.views.card import PICTURE, TROUBLE, Row, card
from bot.ui.words import _

EXPORT_NAME = "atelier-export.json"


def erase_question(member_id: int) -> ui.LayoutView:
    """What erasing does, before it is done."""
    text = _(
        "**Delete your data?**\nYour words and your name are taken out of everything kept here, and the messages with "
        "your pictures are deleted where I can reach them; files that you brought are forgotten. Pictures that others "
        "made from yours, with the words they took over, stay theirs. Threads keep their names, and moderators their "
        "record. Credits used in the last 24 hours keep counting until then. This cannot be undone."
    )
    return card(TROUBLE, text, Row(controls.Erase(member_id)))


def exported() -> ui.LayoutView:
    """A member's own data, with its file."""
    text = _("**All that is kept of you** · requests, pictures and credits")
    return card(PICTURE, text, ui.File(f"attachment://{EXPORT_NAME}"))
