"""Pure: what two spellings of one word have in common. For comparing, never for showing.

Folding takes away, letter by letter, what a word may be dressed in: compatibility forms (full-width, mathematical,
circled, ligatures), case, accents, and all that is not seen: format and control characters, variation selectors, soft
hyphens, tags, bidi marks. Marks stay where they spell: the vowel signs of Indic scripts and of Thai, the voicing of
kana. Hebrew points and Arabic vowel signs go, as most people do not write them. ``normalised`` also reads look-alikes
of other scripts as Latin.

Everything works a letter at a time and never sorts marks, since Unicode's own ordering of them takes quadratic time on
a text of nothing but marks.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from bot.blocklist.lookalikes import GAPS, LATIN_VARIANTS, OTHER_SCRIPTS, SQUARED

SPELT_WITH_MARKS: Final = "\u0900-\u0dff\u0e00-\u109f\u1700-\u1cff\u3041-\u30ff\ua800-\uabff\U00011000-\U00011fff"
"""Scripts in which a combining mark is part of the spelling; the inside of a character class."""

UNSPACED: Final = (
    "\u0e00-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3041-\u312f\u31a0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uaa60-\uaa7f\uf900-\ufaff\U00020000-\U000323af"
)
"""Scripts that put no space between words: Chinese, Japanese, Thai, Lao, Khmer, Burmese, Tibetan; as above."""

_FOLDING_RANGES: Final = (
    range(0x3400),  # everything before Chinese, which folds to itself, as do the syllables of Korean
    range(0xA000, 0xAC00),
    range(0xD800, 0xE000),
    range(0xF900, 0x12000),
    range(0x16E00, 0x16F00),
    range(0x1CC00, 0x1FC00),
    range(0x2F800, 0x2FA20),
    range(0xE0000, 0xE0200),
)
_FOLDS_KEPT: Final = 20_000  # more letters than any language writes; who sends all of Unicode waits a little longer
_LONGEST_FOLD: Final = 3  # characters for one; a ligature of a whole sentence would make a text 18 times as long
_FILLERS: Final = frozenset("\u115f\u1160\u3164\uffa0")  # letters by category, and invisible
_SPELT_WITH_MARKS: Final = re.compile(f"[{SPELT_WITH_MARKS}]+")
_COMPOSABLE: Final = re.compile("[\u3041-\u30ff\u1100-\u11ff\uac00-\ud7a3]{2,}")  # kana and Korean


def normalised(text: str) -> str:
    """The text as it is compared: folded, and look-alikes of Cyrillic, Greek, Armenian, Cherokee and Lisu made Latin.

    Idempotent; takes any text, also a broken one. Russian comes out partly in Latin letters: both sides of a comparison
    are treated alike. Leet digits, stretched and spelt-out letters are left, as they only mean something within a word.
    """
    return read_as_latin(folded(text))


def folded(text: str) -> str:
    """The text without case, accents, compatibility forms and invisible characters, still in its own scripts."""
    text = text.translate(_FOLDS)
    if text.isascii():
        return text
    text = _SPELT_WITH_MARKS.sub(lambda found: found[0].lstrip(_MARKS), text)  # a vowel sign behind a Latin letter
    return _COMPOSABLE.sub(lambda found: unicodedata.normalize("NFC", found[0]), text)


def read_as_latin(text: str) -> str:
    """A folded text with look-alikes made Latin; a letter becomes one letter, so that places stay the same."""
    return text if text.isascii() else text.translate(_LATIN)


def _folded_letter(letter: str) -> str:
    """One character folded until nothing changes any more; empty if it is not seen."""
    before, after = "", letter
    while after != before:
        before = after
        plain = unicodedata.normalize("NFKD", before).casefold()
        after = "".join(_VARIANTS.get(one, one) for one in plain if not _unseen(one))
    if after.isspace() and after != "\n":
        return " "
    return after if len(after) <= _LONGEST_FOLD else letter


def _unseen(letter: str) -> bool:
    category = unicodedata.category(letter)
    if category[0] == "M":
        return not _SPELT_WITH_MARKS.match(letter)
    return category in ("Cf", "Cs") or letter in _FILLERS or (category == "Cc" and not letter.isspace())


class _Folds(dict[int, int | str]):
    """What each character becomes, found out when it is met first: all of them at once would take ten megabytes."""

    def __missing__(self, code: int) -> int | str:
        found = _folded_letter(chr(code)) if any(code in codes for codes in _FOLDING_RANGES) else code
        if len(self) < _FOLDS_KEPT:
            self[code] = found
        return found


_VARIANTS: Final = LATIN_VARIANTS | SQUARED | GAPS
_FOLDS: Final = _Folds(dict.fromkeys(map(ord, "\r\v\f\x85\u2028\u2029"), "\n"))
_LATIN: Final = str.maketrans(OTHER_SCRIPTS)
_MARKS: Final = "".join(
    letter
    for letter in map(chr, range(0x0900, 0x12000))
    if unicodedata.category(letter)[0] == "M" and not _unseen(letter)
)
