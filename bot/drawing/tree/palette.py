"""The colours of the family picture: a calm dark ground, one accent, and a quiet hue for each person."""

from __future__ import annotations

import colorsys
from collections.abc import Iterable

RGB = tuple[int, int, int]

DEEP: RGB = (0x23, 0x27, 0x30)
RAISED: RGB = (0x2B, 0x30, 0x3B)
LINE: RGB = (0x3A, 0x40, 0x4D)
TEXT: RGB = (0xDD, 0xE1, 0xE8)
SOFT: RGB = (0xA0, 0xA8, 0xB6)
ACCENT: RGB = (0x6F, 0x9F, 0xC8)

HUES = 12


def member_colours(members: Iterable[int]) -> dict[int, RGB]:
    """A colour for each member: the one of their id, or the next that nobody before them has."""
    found: dict[int, int] = {}
    for member in dict.fromkeys(members):
        first = ((member ^ member >> 22) * 0x9E3779B97F4A7C15 >> 40) % HUES
        free = [hue % HUES for hue in range(first, first + HUES * 5, 5) if hue % HUES not in found.values()]
        found[member] = free[0] if free else first
    return {member: _toned(hue) if member else SOFT for member, hue in found.items()}


def _toned(hue: int) -> RGB:
    red, green, blue = colorsys.hls_to_rgb((hue + 0.4) / HUES, 0.72, 0.42)
    return round(red * 255), round(green * 255), round(blue * 255)


def mixed(one: RGB, other: RGB, share: float) -> RGB:
    """The colour ``share`` of the way (0 to 1) from one to the other."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue
