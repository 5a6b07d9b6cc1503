"""Text of any script, made safe to draw, measured, cut to the room there is, and split into runs of one font each."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate, groupby
from typing import NamedTuple

from bot.drawing.fonts import Script, em_width, script_of

_JOINERS = "\u200c\u200d"
_CONTINUES = re.compile("[\u200c\u200d\ufe00-\ufe0f\u20e3\U0001f3fb-\U0001f3ff]")
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]")
_LONGEST, _LONGEST_EMOJI = 5, 24  # of a letter with its marks, an emoji: enough for languages, too few to leave a line
_MIRRORED = str.maketrans("()[]{}<>«»‹›", ")(][}{><»«›‹")


class Run(NamedTuple):
    """Characters of one font, in the order in which they are written."""

    text: str
    script: Script | None


def clean(text: str, most: int = 600) -> str:
    """One line of at most ``most`` characters that XML and a picture can hold: no controls, no turned direction."""
    kept = (" " if letter.isspace() else letter for letter in text[: most * 4] if letter.isspace() or _drawn(letter))
    line = " ".join(unicodedata.normalize("NFC", "".join(kept)).split())
    return "".join(map(_shortened, clusters(line)))[:most].rstrip()


def _shortened(cluster: str) -> str:
    longest = _LONGEST if cluster[0].isalnum() else _LONGEST_EMOJI
    return cluster if len(cluster) <= longest else cluster[:longest].rstrip(_JOINERS)


def _drawn(letter: str) -> bool:
    kind = unicodedata.category(letter)
    return letter in _JOINERS or (kind not in ("Cc", "Cf", "Cs", "Co") and ord(letter) & 0xFFFE != 0xFFFE)


def clusters(text: str) -> list[str]:
    """The characters that people see: a letter with its marks, an emoji with all its parts."""
    found = [""]
    for letter in text:
        mark = unicodedata.category(letter)[0] == "M" or _CONTINUES.match(letter)
        joined = found[-1].endswith("\u200d") and not found[-1][0].isalnum()
        flag = _FLAG.match(letter) and _FLAG.fullmatch(found[-1])
        if mark or flag or joined:
            found[-1] += letter
        else:
            found.append(letter)
    return found if found[0] else found[1:]


def width_of(text: str, size: float) -> float:
    """How wide a cleaned text is, in pixels."""
    return sum(em_width(*run) for run in runs(text)) * size


def fitted(text: str, size: float, room: float) -> str:
    """The text, cut to end in an ellipsis if it is wider than ``room`` pixels."""
    if width_of(text, size) <= room:
        return text
    parts = clusters(text)
    return "".join(parts[: _fitting(parts, size, room, "…")]).rstrip(" ,.;:-") + "…"


def wrapped(text: str, size: float, room: float, lines: int) -> list[str]:
    """The text in at most so many lines; what does not fit ends in an ellipsis."""
    if lines == 1 or width_of(text, size) <= room:
        return [fitted(text, size, room)]
    parts = clusters(text)
    end = max(1, _fitting(parts, size, room))
    rest = "".join(parts[end:]).lstrip()
    return ["".join(parts[:end]).rstrip(), *(wrapped(rest, size, room, lines - 1) if rest else ())]


def _fitting(parts: Sequence[str], size: float, room: float, tail: str = "") -> int:
    """How many of the clusters fit with ``tail``, to the last space if that is not too far back."""
    fit = bisect_right(range(1, len(parts)), room, key=lambda end: width_of("".join(parts[:end]) + tail, size))
    return next((at for at in range(fit, fit // 2, -1) if parts[at] == " "), fit)


def runs(text: str) -> list[Run]:
    """The text in runs of one font each, from left to right: UAX 9's rules P2, N1, N2 and L2; resvg does the rest."""
    parts = clusters(text)
    own = [_leftwards(part[0]) for part in parts]
    base = next((one for one in own if one is not None), False)
    around = zip(_carried(own, base), reversed(_carried(own[::-1], base)), strict=True)
    resolved = [before if before == after else base for before, after in around]
    signs = [one is None and (base or leftwards) for one, leftwards in zip(own, resolved, strict=True)]
    found: list[tuple[bool, Run]] = []
    every = zip(resolved, map(script_of, parts), signs, parts, strict=True)
    for (leftwards, script, sign), its in groupby(every, lambda one: one[:3]):
        letters = [letter for *_, letter in its]
        mirrored = "".join(reversed(letters)).translate(_MIRRORED)
        found.append((leftwards, Run(mirrored if leftwards and sign else "".join(letters), script)))
    blocks = [list(block)[:: -1 if leftwards else 1] for leftwards, block in groupby(found, lambda one: one[0])]
    return [run for block in (blocks[::-1] if base else blocks) for _, run in block]


def _leftwards(letter: str) -> bool | None:
    """Whether a letter is written from right to left; None if that depends on its neighbours."""
    kind = unicodedata.bidirectional(letter)
    return kind in ("R", "AL", "AN") if kind in ("R", "AL", "AN", "L", "EN") else None


def _carried(own: Sequence[bool | None], base: bool) -> list[bool]:
    """Each one's direction, or that of the nearest before it that has any."""
    return list(accumulate(own, lambda last, one: last if one is None else one, initial=base))[1:]
