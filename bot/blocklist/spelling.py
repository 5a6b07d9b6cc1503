"""Pure: the words of a text, and how each may have been spelt to hide it: leet, stretched, letters set apart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain, pairwise, repeat, zip_longest
from typing import Final, NamedTuple

from bot.blocklist.folding import SPELT_WITH_MARKS, UNSPACED

I_OR_L: Final = "\x01"
"""What ``1`` and ``!`` become in a word that is read as leet: either letter."""

NEAR: Final = " "
FAR: Final = "."
"""Between the words of an entry: only little may stand there, or anything, as in the entry itself (``Mr. Bean``)."""

_SENTENCE_END: Final = re.compile(r"[.!?]\s|\n")
_GAP_MAX: Final = 4  # characters between two words of a phrase
_LEET: Final = str.maketrans("43057@$1!", "aeostas" + I_OR_L * 2)
_LEET_SIGN: Final = re.compile("[43057@$1!]")
_DIGITS: Final = "0123456789"
_SIGNS: Final = "@$!"
_LETTER: Final = rf"[\w{SPELT_WITH_MARKS}]"  # the folded text has no "_", which Python takes for a letter
_WORD: Final = re.compile(rf"[\w{SPELT_WITH_MARKS}{_SIGNS}]+")
_GAP: Final = rf"(?: |[ ]?[^\w{SPELT_WITH_MARKS}{_SIGNS}\s]{{1,2}}[ ]?)"  # two spaces end a word that is spelt out
_APART: Final = re.compile(rf"(?<!['’])(?<!{_LETTER})[\w{_SIGNS}](?:{_GAP}[\w{_SIGNS}]){{2,}}(?!['’]?{_LETTER})")
_UNSPACED: Final = re.compile(f"[{UNSPACED}]+")
_LONG_RUN: Final = re.compile(r"([^\W\d])\1\1")
_RUN: Final = re.compile(r"([^\W\d])\1*|.", re.DOTALL)  # digits do not stretch: 1000 is no long 10


class Word(NamedTuple):
    """A stretch of letters, digits and ``@$!``; in the normalised text it goes from ``start`` to before ``end``."""

    text: str
    start: int
    end: int


def spaced(text: str) -> str:
    """A normalised text with gaps for all letters of scripts without spaces; what the functions below are meant for."""
    return text if text.isascii() else _UNSPACED.sub(lambda found: "\n" * len(found[0]), text)


def words(text: str) -> list[Word]:
    """The words of a spaced text in their order."""
    return [Word(found[0], *found.span()) for found in _WORD.finditer(text)]


def distinct_words(text: str) -> set[str]:
    """The same without their places, each once: what is cheap to look at first."""
    return set(_WORD.findall(text))


def spelt_out(text: str) -> Iterator[Word]:
    """Words whose letters stand apart (``b l o o d``, ``b.l.o.o.d``): at least three single ones, put together.

    "a" and "i" before them may be a word of its own, so it is read both ways.
    """
    for found in _APART.finditer(text):
        joined = "".join(_WORD.findall(found[0]))
        yield Word(joined, *found.span())
        if joined[0] in "ai" and len(joined) > 3:
            yield Word(joined[1:], *found.span())


def readings(word: str) -> tuple[str, ...]:
    """What a word may say: as it is, without digits and signs at its ends, and as leet (with ``I_OR_L`` in it).

    Leet needs three characters and no more digits than letters: ``3D``, ``A55`` and ``1000`` are what they are.
    """
    if word.isalpha():
        return (word,)
    core = word.strip(_SIGNS + _DIGITS)
    core = core if len(core) >= 3 else word.strip(_SIGNS)  # PS5, mp3, cp1252 are names of their own
    every = {word: None, word.strip(_SIGNS): None, core: None}
    if _LEET_SIGN.search(word) and _may_be_leet(word):
        every |= {word.rstrip("!").translate(_LEET): None, core.translate(_LEET): None}
    return tuple(one for one in every if one)


def entry_readings(entry: str) -> tuple[str, ...]:
    """The words of a normalised entry joined by ``NEAR`` or ``FAR``, in each way in which it may be meant.

    That is as it stands, without exclamation marks, as leet with ``i`` and with ``l``, and its letters put together.
    """
    line = words(spaced(entry))
    joints = [NEAR if is_near(entry[one.end : after.start]) else FAR for one, after in pairwise(line)]
    as_is = [word.text for word in line]
    bare = [word.strip("!") or word for word in as_is]
    leet = [word.translate(_LEET) if _may_be_leet(word) else word for word in bare]
    every = [as_is, bare, *([word.replace(I_OR_L, letter) for word in leet] for letter in "il")]
    whole = [word.text for word in spelt_out(entry) if word.end - word.start == len(entry.strip(" .!?"))]
    joined = ("".join(chain.from_iterable(zip_longest(one, joints, fillvalue=""))) for one in every)
    return tuple(dict.fromkeys((*joined, *whole[:1])))


def is_near(gap: str) -> bool:
    """Whether the signs between two words let them be one phrase: a few, and no end of a sentence."""
    return len(gap) <= _GAP_MAX and not _SENTENCE_END.search(gap)


def runs(reading: str) -> Iterable[tuple[str, int]]:
    """The letters of a reading one after the other, and how often: once, unless three or more stand in a row."""
    if not _LONG_RUN.search(reading):
        return zip(reading, repeat(1))
    every: list[tuple[str, int]] = []
    for found in _RUN.finditer(reading):
        letter, count = found[0][0], len(found[0])
        every += [(letter, count)] if count >= 3 else [(letter, 1)] * count
    return every


def _may_be_leet(word: str) -> bool:
    digits = sum(map(str.isdecimal, word))
    letters = sum(map(str.isalpha, word))
    return len(word) >= 3 and letters >= digits  # none of both, too: nobody means money by @$$
