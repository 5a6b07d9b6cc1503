"""The colours of everything that is drawn: a calm dark ground, one accent, a quiet hue for each person or provider."""

from __future__ import annotations

import colorsys
import zlib
from collections.abc import Iterable, Mapping
from typing import TypeVar

GROUND, RAISED, LINE = "#232730", "#2B303B", "#3A404D"
TEXT, SOFT, ACCENT = "#DDE1E8", "#A0A8B6", "#6F9FC8"

# they differ in lightness too, so that they stay apart for people who see fewer colours
PROVIDERS = ("#5E92C9", "#96903A", "#A5B4F5", "#A9EDEA", "#EFD98A", "#AD5D76", "#EDA897")
_HUES = 12
_Key = TypeVar("_Key", int, str)


def member_colours(members: Iterable[int]) -> dict[int, str]:
    """A colour for each member: the one of their id, or the next that nobody before them has; nobody (0) is grey."""
    wanted = {member: (member ^ member >> 22) * 0x9E3779B97F4A7C15 >> 40 for member in members}
    return {member: _toned(hue) if member else SOFT for member, hue in _placed(wanted, _HUES).items()}


def provider_colours(names: Iterable[str]) -> dict[str, str]:
    """A colour for each of at most seven providers: its name's, or a free one if an earlier name has it."""
    wanted = {name: zlib.crc32(name.encode(errors="replace")) >> 10 for name in sorted(set(names))}
    return {name: PROVIDERS[slot] for name, slot in _placed(wanted, len(PROVIDERS)).items()}


def _placed(wanted: Mapping[_Key, int], places: int) -> dict[_Key, int]:
    """The place that each wants, or else a free one while there is any."""
    found: dict[_Key, int] = {}
    for key, first in wanted.items():
        others = ((first + 5 * step) % places for step in range(places))
        found[key] = next((place for place in others if place not in found.values()), first % places)
    return found


def _toned(hue: int) -> str:
    return "#" + "".join(f"{round(part * 255):02X}" for part in colorsys.hls_to_rgb((hue + 0.4) / _HUES, 0.72, 0.42))


def mixed(one: str, other: str, share: float) -> str:
    """The colour ``share`` of the way (0 to 1) from one to the other."""
    pairs = ((int(one[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * share):02X}" for a, b in pairs)


REST = mixed(RAISED, SOFT, 0.25)  # the smallest providers together: dimmer than all others
