"""Text of any script, made safe to draw, measured, cut to the room there is, and split into runs of one font each."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, takewhile

from bot.drawing.fonts import Script, em_width, script_of

_JOINERS = "\u200c\u200d"
_CONTINUES = re.compile("[\u200c\u200d\ufe00-\ufe0f\u20e3\U0001f3fb-\U0001f3ff]")
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]")

_LONGEST, _LONGEST_EMOJI = 5, 24
"""Characters of one letter with its marks, or of an emoji: enough for languages, too few to reach into other lines."""

_MIRRORED = str.maketrans("()[]{}<>«»‹›", ")(][}{><»«›‹")
_LTR, _RTL, _EMBEDDED = range(3)
"""Levels of direction, as Unicode's bidirectional algorithm (UAX 9) counts them."""


@dataclass(frozen=True, slots=True)
class Run:
    """Characters of one font, in the order in which they are written; ``width`` is in parts of the letters' size."""

    text: str
    script: Script | None
    level: int = _LTR

    @property
    def width(self) -> float:
        """How wide it is, in parts of the letters' size."""
        return em_width(self.text, self.script)


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
    return sum(run.width for run in runs(text)) * size


def fitted(text: str, size: float, room: float) -> str:
    """The text, cut to end in an ellipsis if it is wider than ``room`` pixels."""
    if width_of(text, size) <= room:
        return text
    parts = clusters(text)
    end = _fitting(parts, size, room, "…")
    space = next((at for at in range(end, end * 6 // 10, -1) if parts[at] == " "), end)
    return "".join(parts[:space]).rstrip(" ,.;:-") + "…"


def wrapped(text: str, size: float, room: float, lines: int) -> list[str]:
    """The text in at most so many lines; what does not fit ends in an ellipsis."""
    if lines == 1 or width_of(text, size) <= room:
        return [fitted(text, size, room)]
    parts = clusters(text)
    end = max(1, _fitting(parts, size, room))
    space = next((at for at in range(min(end, len(parts) - 1), end // 2, -1) if parts[at] == " "), end)
    rest = "".join(parts[space:]).lstrip()
    return ["".join(parts[:space]).rstrip(), *(wrapped(rest, size, room, lines - 1) if rest else ())]


def _fitting(parts: Sequence[str], size: float, room: float, tail: str = "") -> int:
    """How many of the clusters fit with ``tail``: as many as do one by one, fewer if they are wider together."""
    widths = accumulate(em_width(part, script_of(part)) * size for part in (*tail, *parts))
    end = max(0, sum(1 for _ in takewhile(lambda width: width <= room, widths)) - len(tail))
    while end and width_of("".join(parts[:end]) + tail, size) > room:
        end -= 1
    return end


def runs(text: str) -> list[Run]:
    """The text in runs from left to right, each of one font, as its own direction has it.

    This is UAX 9 as far as names and short sentences need it: rules P2, N1, N2 and L2 over whole runs; within a run
    resvg does the rest.
    """
    base = next((found for letter in text if (found := _direction(letter)) is not None), _LTR)
    found = _levelled(_pieces(clusters(text), apart=base == _RTL), base)
    for level in (_EMBEDDED, _RTL):
        found = _turned(found, level)
    return found


def _pieces(parts: Sequence[str], *, apart: bool) -> list[Run]:
    """Neighbours of one font together; signs between two letters of a script belong to it, others may stand apart."""
    found: list[Run] = []
    for index, part in enumerate(parts):
        script, last = script_of(part), found[-1] if found else None
        neutral = script is None and not part[0].isalnum()
        if neutral and last and last.script and last.script.spaced:
            following = (script_of(one) for one in parts[index:] if script_of(one) or one[0].isalnum())
            script = last.script if next(following, None) is last.script else None
        same = last is not None and last.script is script
        if last and same and (script or not apart or neutral != last.text[0].isalnum()):
            found[-1] = Run(last.text + part, script)
        else:
            found.append(Run(part, script))
    return found


def _levelled(found: Sequence[Run], base: int) -> list[Run]:
    """Each run with its level; one without a direction has that of its neighbours if they agree, else the base's."""
    levels = [_level(run.text, base) for run in found]
    done: list[Run] = []
    for run, level, before, after in zip(found, levels, [None, *levels], [*levels[1:], None], strict=False):
        here = level if level is not None else before if before is not None and before == after else base
        turned = level is None and here == _RTL
        text = "".join(reversed(clusters(run.text))).translate(_MIRRORED) if turned else run.text
        done.append(Run(text, run.script, here))
    return done


def _level(text: str, base: int) -> int | None:
    strong = {_direction(letter) for letter in text} - {None}
    return None if not strong else _RTL if _RTL in strong else _EMBEDDED if base else _LTR


def _direction(letter: str) -> int | None:
    kind = unicodedata.bidirectional(letter)
    return _RTL if kind in ("R", "AL", "AN") else _LTR if kind in ("L", "EN") else None


def _turned(found: Sequence[Run], level: int) -> list[Run]:
    """Neighbours of at least this level in the opposite order."""
    done: list[Run] = []
    pending: list[Run] = []
    for run in found:
        if run.level >= level:
            pending.append(run)
        else:
            done += [*reversed(pending), run]
            pending = []
    return [*done, *reversed(pending)]
