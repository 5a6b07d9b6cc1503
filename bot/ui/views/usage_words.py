"""A usage chart in words, for those who do not see the picture."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from bot.drawing.figures import dollars
from bot.models.captions import ChartCaptions
from bot.models.usage import PENNY, Day, Share, UsageChart
from bot.ui.words import _, labelled, ngettext, number, sentences, signs

LONGEST = 1000
"""Characters of the text; Discord's own limit of a description is 1024."""

_ISOLATED = "\u2068", "\u2069"


def words(usage: UsageChart) -> str:
    """The chart's numbers in at most 1000 characters: totals, providers, members, and as many days as there is room."""
    head = f"{': '.join(part for part in (_said(usage.title, 100), _said(usage.subtitle, 100)) if part)}."
    if usage.empty:
        return sentences(head, _("No pictures were made."))
    providers = [_share(one, _("provider {rank}", rank=rank)) for rank, one in enumerate(usage.providers, 1)]
    members = [_share(one, _("member {rank}", rank=rank)) for rank, one in enumerate(usage.members[:10], 1)]
    text = " ".join(
        part
        for part in (
            f"{head} {'; '.join(_totals(usage))}.",
            _listed(_("Providers"), providers, len(providers), 220),
            _listed(_("Members"), members, len(usage.members), 320),
        )
        if part
    )
    return f"{text} {_days(usage, LONGEST - len(text) - 1)}".rstrip()


def captions(usage: UsageChart) -> ChartCaptions:
    """The words that are written on the chart."""
    comma, point = signs()
    return ChartCaptions(
        title=_("Usage"),
        totals=_totals(usage),
        pictures_a_day=_("Pictures a day"),
        cost_a_day=_("Cost a day"),
        nothing=_("No pictures yet"),
        members=_("Members"),
        providers=_("Providers"),
        pictures=_("pictures"),
        credits=_("credits"),
        cost=_("cost"),
        nameless=_("No. {rank}", rank="{rank}"),
        comma=comma,
        point=point,
    )


def _totals(usage: UsageChart) -> tuple[str, ...]:
    """What was made, by how many and in how many days; and for how much."""
    made = [ngettext("{count} picture", "{count} pictures", usage.pictures)]
    if usage.members:
        made.append(ngettext("{count} member", "{count} members", len(usage.members)))
    if len(usage.days) > 1:
        made.append(ngettext("{count} day", "{count} days", len(usage.days)))
    credits = ngettext("{count} credit", "{count} credits", usage.credits)
    return (*made, credits, _dollars(usage.cost_usd))


def _dollars(amount: float) -> str:
    """With the digits that matter, and the language's signs."""
    comma, point = signs()
    return dollars(amount).translate({ord(","): comma, ord("."): point})


def _name(name: str, otherwise: str) -> str:
    """A name in its own letters, at most 24, without what could break a line or turn its direction."""
    said = _said(name, 24)
    turned = any(unicodedata.bidirectional(letter) in ("R", "AL", "AN") for letter in said)
    return said.join(_ISOLATED) if turned else said or otherwise


def _share(one: Share, otherwise: str) -> str:
    credits = ngettext("{count} credit", "{count} credits", one.credits)
    return f"{_name(one.name, otherwise)} {number(one.pictures)} ({credits}, {_dollars(one.cost_usd)})"


def _days(usage: UsageChart, room: int) -> str:
    """All days with pictures if there is room, else the busiest."""
    made = [day for day in usage.days if day.pictures or day.cost_usd >= PENNY]
    whole = _listed(_("Days"), _made(made), len(made), room, cut=False)
    return whole or _listed(_("Busiest days"), _made(sorted(made, key=lambda day: -day.pictures)), len(made), room)


def _made(days: Sequence[Day]) -> list[str]:
    return [f"{_said(day.label, 12)} {number(day.pictures)} ({_dollars(day.cost_usd)})" for day in days]


def _listed(title: str, items: Sequence[str], count: int, room: int, *, cut: bool = True) -> str:
    """The items, as many as fit, and how many more there are; nothing if not even one fits."""
    for shown in range(len(items), 0 if cut else len(items) - 1, -1):
        said = ", ".join(items[:shown])
        if count > shown:
            said = _("{shown} and {count} more", shown=said, count=count - shown)
        text = f"{labelled(title, said)}."
        if len(text) <= room:
            return text
    return ""


def _said(text: str, most: int) -> str:
    """One line without control characters, cut to ``most`` characters."""
    kept = "".join(
        " " if letter.isspace() else letter
        for letter in unicodedata.normalize("NFC", text[: most * 4])
        if letter.isspace() or unicodedata.category(letter)[0] != "C"
    )
    kept = " ".join(kept.split())
    return kept if len(kept) <= most else kept[: most - 1].rstrip() + "…"
