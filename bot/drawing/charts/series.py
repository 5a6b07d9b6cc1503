"""Which providers have a colour and a name of their own in the picture, and which; the rest are drawn as one."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.drawing.charts.values import Day, Share, UsageChart, summed
from bot.drawing.tree.lettering import plain
from bot.drawing.tree.palette import RAISED, RGB, SOFT, mixed

NAMED = 5
"""How many providers are told apart; six layers are what an eye can follow."""

COLOURS: tuple[RGB, ...] = (
    (0x5E, 0x92, 0xC9),
    (0x96, 0x90, 0x3A),
    (0xA5, 0xB4, 0xF5),
    (0xA9, 0xED, 0xEA),
    (0xEF, 0xD9, 0x8A),
    (0xAD, 0x5D, 0x76),
    (0xED, 0xA8, 0x97),
)
"""Blue, olive, lavender, ice, straw, rose and salmon: they differ in lightness too, so that they stay apart for people
who see fewer colours."""

REST: RGB = mixed(RAISED, SOFT, 0.25)
"""Dimmer than all others."""


@dataclass(frozen=True, slots=True)
class Series:
    """One layer of the bars: a provider, or the smallest together; ``keys`` are their names in the days."""

    name: str
    keys: frozenset[str]
    colour: RGB

    def of(self, day: Day) -> int:
        """The layer's pictures of a day."""
        return sum(pictures for key, pictures in day.by_provider.items() if key in self.keys)


def series_of(usage: UsageChart) -> tuple[Series, ...]:
    """The layers from the largest, which lies at the bottom, to the smallest."""
    totals = {one.name: one.pictures for one in usage.providers}
    for name in {name for day in usage.days for name in day.by_provider}:
        totals[name] = sum(day.by_provider.get(name, 0) for day in usage.days)
    names = sorted(totals, key=lambda name: (-totals[name], name))
    own = names if len(names) <= NAMED + 1 else names[:NAMED]
    colours = provider_colours(own)
    found = [Series(plain(name, 40) or "no name", frozenset((name,)), colours[name]) for name in own]
    if len(own) < len(names):
        rest = frozenset(names[NAMED:])
        found.append(Series(f"{len(rest)} others", rest, REST))
    return tuple(found)


def provider_colours(names: Iterable[str]) -> Mapping[str, RGB]:
    """A colour for each of at most seven providers: its name’s, or a free one if an earlier name has it."""
    found: dict[str, int] = {}
    later: list[str] = []
    for name in sorted(set(names)):
        slot = (zlib.crc32(name.encode(errors="replace")) >> 10) % len(COLOURS)
        if slot in found.values():
            later.append(name)
        else:
            found[name] = slot
    free = [slot for slot in range(len(COLOURS)) if slot not in found.values()]
    found.update(zip(later, free, strict=False))
    return {name: COLOURS[slot] for name, slot in found.items()}


def shares_of(usage: UsageChart, series: Iterable[Series]) -> tuple[Share, ...]:
    """Each layer's pictures, credits and costs, as the providers' list has them."""
    return tuple(summed(one.name, (share for share in usage.providers if share.name in one.keys)) for one in series)
