"""Pure: what people make together: the head of a thread, and the family tree of a picture."""

from __future__ import annotations

from typing import Any

from discord import ui

from bot.gallery.library import FoundPicture
from bot.gallery.threads import ThreadActivity
from bot.models.family import Family, Part, parts
from bot.ui import controls
from bot.ui.markup import elided, escaped, one_line
from bot.ui.views.card import PICTURE, Row, attached, card
from bot.ui.views.job_text import ALT_LENGTH, alt_text, came_from, person, pictures, quote
from bot.ui.words import _, ngettext

_PARTS_SHOWN = 15
_PEOPLE_SHOWN = 20


def header(activity: ThreadActivity, seen: FoundPicture, *, with_picture: bool) -> ui.LayoutView:
    """The head of a collaborative thread."""
    items: list[str | ui.Item[Any]] = [_("**Remixed together** · this is the current picture")]
    if with_picture:
        alt = alt_text(seen.job, seen.picture)
        items.append(ui.MediaGallery(attached(seen.picture.filename, alt, spoiler=seen.job.spoiler)))
    else:
        items.append(_("-# Its message was deleted. Press `Use` under another picture to go on from that one."))
    maker = f"-# {person(seen.job.member_id)} · {seen.picture.code}{came_from(seen.job)}"
    if activity.remix_thread.root != seen.picture.code:
        maker += f" · {_('it all began with {code}', code=activity.remix_thread.root)}"
    items.append("\n".join([quote(seen.job, 300), maker, _people(activity)]))
    items.append(Row(controls.Remix(seen.job.code, seen.picture.number), controls.Details(seen.job.code)))
    return card(PICTURE, *items)


def _people(activity: ThreadActivity) -> str:
    if not activity.participants:
        return _("Nobody has remixed it yet. Say what should change!")
    people = " · ".join(f"{person(member)} ({count})" for member, count in activity.participants[:_PEOPLE_SHOWN])
    return _("Took part: {people}", people=people)


def family(view: Family, shown: int, *, covered: bool) -> ui.LayoutView:
    """The family tree with, in words, who contributed what; covered where one of its pictures is."""
    total = len(view.relatives)
    title = _("**The family of {code}** · {pictures}", code=view.current, pictures=pictures(total))
    if shown < total:
        title = _(
            "**The family of {code}** · {pictures}, the nearest {shown} are drawn",
            code=view.current,
            pictures=pictures(total),
            shown=shown,
        )
    lines = [title, *(_part(one) for one in parts(view)[:_PARTS_SHOWN])]
    tree = ui.MediaGallery[Any](attached("family.png", _alt(view), spoiler=covered))
    return card(PICTURE, tree, "\n".join(lines))


def _part(part: Part) -> str:
    words = [text for text in part.instructions if text]  # a removed picture has none
    said = " · ".join(f"“{elided(one_line(text), 60)}”" for text in words[:3])
    line = f"{person(part.member_id)}: {pictures(part.pictures)}"
    if not said:
        return line
    more = len(words) - 3
    shown = escaped(said)
    return f"{line} – {_('{shown} and {count} more', shown=shown, count=more) if more > 0 else shown}"


def _alt(view: Family) -> str:
    ordered = sorted(view.relatives, key=lambda one: one.created_at)
    steps = "; ".join(f"{one.member_name}: {elided(one_line(one.instruction), 50)}" for one in ordered)
    text = ngettext(
        "Family tree of {count} picture. {steps}", "Family tree of {count} pictures. {steps}", len(ordered), steps=steps
    )
    return elided(text, ALT_LENGTH)
