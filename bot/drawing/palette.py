"""The colours of everything that is drawn: a calm dark ground, one accent, a quiet hue for each person or provider."""

from __future__ import annotations

import colorsys
import zlib
from collections.abc import Iterable

GROUND, RAISED, LINE = "#232730", "#2B303B", "#3A404D"
TEXT, SOFT, ACCENT = "#DDE1E8", "#A0A8B6", "#6F9FC8"

PROVIDERS = ("#5E92C9", "#96903A", "#A5B4F5", "#A9EDEA", "#EFD98A", "#AD5D76", "#EDA897")
"""Blue, olive, lavender, ice, straw, rose and salmon: they differ in lightness too, so that they stay apart for people
who see fewer colours."""

_HUES = 12


def member_colours(members: Iterable[int]) -> dict[int, str]:
    """A colour for each member: the one of their id, or the next that nobody before them has; nobody (0) is grey."""
    found: dict[int, int] = {}
    for member in dict.fromkeys(members):
        first = ((member ^ member >> 22) * 0x9E3779B97F4A7C15 >> 40) % _HUES
        free = [hue % _HUES for hue in range(first, first + _HUES * 5, 5) if hue % _HUES not in found.values()]
        found[member] = free[0] if free else first
    return {member: _toned(hue) if member else SOFT for member, hue in found.items()}


def provider_colours(names: Iterable[str]) -> dict[str, str]:
    """A colour for each of at most seven providers: its name's, or a free one if an earlier name has it."""
    slots = {name: (zlib.crc32(name.encode(errors="replace")) >> 10) % len(PROVIDERS) for name in sorted(set(names))}
    found = {slot: name for name, slot in reversed(slots.items())}
    later = iter([name for name, slot in slots.items() if found[slot] != name])
    for slot in range(len(PROVIDERS)):
        if slot not in found and (name := next(later, None)) is not None:
            found[slot] = name
    return {name: PROVIDERS[slot] for slot, name in found.items()}


def _toned(hue: int) -> str:
    return "#" + "".join(f"{round(part * 255):02X}" for part in colorsys.hls_to_rgb((hue + 0.4) / _HUES, 0.72, 0.42))


def mixed(one: str, other: str, share: float) -> str:
    """The colour ``share`` of the way (0 to 1) from one to the other."""
    pairs = ((int(one[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * share):02X}" for a, b in pairs)


REST = mixed(RAISED, SOFT, 0.25)
"""The smallest providers together: dimmer than all others."""
