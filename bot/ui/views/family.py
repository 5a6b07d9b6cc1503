"""Pure: what people make together: the header of a thread, and the family tree of a picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import discord
from discord import ui

from bot.gallery.library import FoundPicture
from bot.gallery.threads import ThreadActivity
from bot.models.captions import TreeCaptions
from bot.models.family import Family, Part, Relative, Shown, numbered, parts
from bot.ui import controls
from bot.ui.markup import elided, escaped, one_line
from bot.ui.views.card import PICTURE, Row, attached, card
from bot.ui.views.job_text import ALT_LENGTH, alt_text, came_from, person, pictures, quote
from bot.ui.words import _, labelled, ngettext

_CHOICES = 25
_WORDS_SHOWN = 3
_PARTS_SHOWN = 15
_PEOPLE_SHOWN = 20


def header(activity: ThreadActivity, seen: FoundPicture, *, with_picture: bool) -> ui.LayoutView:
    """The header of a collaborative thread."""
    items: list[str | ui.Item[Any]] = [_("**Remixed together** · this is the current picture")]
    if with_picture:
        alt = alt_text(seen.job, seen.picture)
        items.append(ui.MediaGallery(attached(seen.picture.filename, alt, spoiler=seen.job.spoiler)))
    else:
        items.append(_("-# Its message was deleted. Press `Use` under another picture to go on from that one."))
    maker = f"-# {person(seen.job.member_id)} · {seen.picture.code}{came_from(seen.job)}"
    if activity.remix_thread.root != seen.picture.code:
        maker += " · " + _("this thread began with {code}", code=activity.remix_thread.root)
    items.append("\n".join([quote(seen.job, 300), maker, _people(activity)]))
    items.append(Row(controls.Remix(seen.job.code, seen.picture.number), controls.Details(seen.job.code)))
    return card(PICTURE, *items)


def _people(activity: ThreadActivity) -> str:
    if not activity.participants:
        return _("Nobody has remixed it yet. Say what should change!")
    people = " · ".join(f"{person(member)} ({count})" for member, count in activity.participants[:_PEOPLE_SHOWN])
    return _("Took part: {people}", people=people)


def family(view: Family, part: Shown, *, covered: bool) -> ui.LayoutView:
    """The family tree with, in words, who contributed what, by the numbers in it; one can be chosen to go on from."""
    total = sum(not one.brought for one in view.relatives)
    drawn = sum(not one.brought for one in part.family.relatives)
    title = _("**The family of {code}** · {pictures}", code=view.current, pictures=pictures(total))
    if drawn < total:
        title = _(
            "**The family of {code}** · {pictures}, the nearest {shown} are drawn",
            code=view.current,
            pictures=pictures(total),
            shown=drawn,
        )
    order = numbered(part)
    known = {one.code: one for one in view.relatives}
    lines = [title, *(_part(one, known, order) for one in parts(view)[:_PARTS_SHOWN])]
    tree = ui.MediaGallery[Any](attached("family.png", _alt(view, order), spoiler=covered))
    there = [(number, known[code]) for code, number in order.items() if not known[code].removed]
    options = [_option(number, one) for number, one in there if not one.brought][-_CHOICES:]
    rows: list[ui.Item[Any]] = [Row(controls.FamilyChoice(options))] if options else []
    if any(one.parents for one in part.family.relatives):
        code, _dash, number = view.current.rpartition("-")
        rows.append(Row(controls.TimeLapse(code, int(number))))
    return card(PICTURE, tree, "\n".join(lines), *rows)


def tree_captions(part: Shown) -> TreeCaptions:
    """The words that are written on the tree."""
    made = [one for one in part.family.relatives if not one.brought]
    count, people = len({one.code for one in made}), len({one.member_id for one in made})
    total = count + sum(part.hidden.values())
    size = pictures(total) if total == count else _("{count} of {pictures}", count=count, pictures=pictures(total))
    return TreeCaptions(
        title=_("The family of {code}", code=part.family.current),
        size=size + " · " + ngettext("{count} member", "{count} members", people),
        current=_("current"),
        photograph=_("photograph"),
        brought=_("a photograph, brought along"),
        gone=_("gone"),
        wordless=_("(without words)"),
        member=_("member {number}", number="{number}"),
        somebody=_("somebody"),
    )


def _part(part: Part, known: Mapping[str, Relative], order: Mapping[str, int]) -> str:
    """What one member did, each with its number in the picture."""
    theirs = [one for one in known.values() if one.member_id == part.member_id and not one.brought]
    theirs.sort(key=lambda one: (not one.instruction, order.get(one.code, len(known))))  # what was deleted comes last
    first = sorted(theirs[:_WORDS_SHOWN], key=lambda one: order.get(one.code, len(known)))
    said = " · ".join(_said(one, order.get(one.code)) for one in first)
    line = labelled(person(part.member_id), pictures(part.pictures))
    more = len(theirs) - _WORDS_SHOWN
    if more > 0:
        said = _("{shown} and {count} more", shown=said, count=more)
    return f"{line} – {said}"


def _said(one: Relative, number: int | None) -> str:
    words = escaped(_("“{words}”", words=elided(one_line(one.instruction), 60))) if one.instruction else _("gone")
    return words if number is None else f"**{number}** {words}"


def _option(number: int, one: Relative) -> discord.SelectOption:
    words = elided(f"{number} · {one_line(one.instruction)}", 100)
    return discord.SelectOption(label=words, value=one.code, description=elided(f"{one.member_name} · {one.code}", 100))


def time_lapse(seen: FoundPicture, frames: int, *, covered: bool) -> ui.LayoutView:
    """How a picture came about, as one that moves."""
    alt = _("Time-lapse of {count} pictures: {prompt}", count=frames, prompt=one_line(seen.job.request.prompt))
    shown = attached("time-lapse.webp", elided(alt, ALT_LENGTH), spoiler=covered)
    text = _("**Time-lapse** · {pictures}, to {code}", pictures=pictures(frames), code=seen.picture.code)
    return card(PICTURE, ui.MediaGallery(shown), text)


def _alt(view: Family, order: Mapping[str, int]) -> str:
    """The tree in words, in the order of its numbers; what is not drawn comes last."""
    made = [one for one in view.relatives if not one.brought]
    ordered = sorted(made, key=lambda one: (order.get(one.code, len(view.relatives) + 1), one.created_at))
    gone = _("gone")
    steps = "; ".join(labelled(one.member_name, elided(one_line(one.instruction), 50) or gone) for one in ordered)
    text = ngettext(
        "Family tree of {count} picture. {steps}", "Family tree of {count} pictures. {steps}", len(ordered), steps=steps
    )
    return elided(text, ALT_LENGTH)
