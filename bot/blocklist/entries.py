"""What a moderator writes into the list of blocked words: read and judged. Pure; finding is elsewhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from bot.blocklist.folding import UNSPACED, folded, normalised
from bot.blocklist.patterns import BadEntry, EntryProblem, compiled
from bot.blocklist.spelling import entry_readings

MAX_ENTRIES: Final = 2000
MAX_PATTERNS: Final = 50
"""Every pattern is asked of every prompt, one after the other; words cost next to nothing."""

WORD_MAX: Final = 100
PATTERN_MAX: Final = 200
"""In characters as written, stars and slashes included."""

_SEPARATORS: Final = ",，、\n"
_ITEM: Final = re.compile(
    rf"\s*(?P<item>/(?:\\.|[^\\\n])+?/(?=\s*(?:[{_SEPARATORS}]|\Z))|[^{_SEPARATORS}]*)(?:\s*(?:[{_SEPARATORS}]|\Z))"
)
_UNSPACED_LETTER: Final = re.compile(f"[{UNSPACED}]")


@dataclass(frozen=True, slots=True)
class BlockedEntry:
    """One blocked word or pattern: ``text`` as the moderator wrote it, trimmed, with its stars or slashes."""

    text: str
    kind: Literal["word", "pattern"]


def parse(text: str) -> BlockedEntry:
    """Read one entry: a word or phrase, ``word*``, ``*word``, or ``/pattern/`` in RE2 syntax; else ``BadEntry``."""
    text = text.strip()
    if text.startswith("/"):
        return _pattern(text)
    return _word(text)


def parse_many(text: str) -> tuple[BlockedEntry, ...]:
    """Read entries between commas or line ends, without duplicates, in their order; ``BadEntry`` for the first bad one.

    A comma within ``/…/`` does not separate; empty places (a comma at the end) are passed over. What differs only in
    case, accents or the like is a duplicate, and the first stays.
    """
    entries: dict[tuple[str, ...], BlockedEntry] = {}
    for item in written(text):
        entry = parse(item)
        entries.setdefault(sameness(entry), entry)
    check(list(entries.values()))
    return tuple(entries.values())


def written(text: str) -> list[str]:
    """What stands between commas or line ends, unread."""
    return [item for found in _ITEM.finditer(text) if (item := found["item"].strip())]


def check(entries: Sequence[BlockedEntry]) -> None:
    """Judge a whole list by its size; raises ``BadEntry``."""
    if len(entries) > MAX_ENTRIES:
        raise BadEntry(EntryProblem.TOO_MANY, size=len(entries), most=MAX_ENTRIES)
    patterns = sum(entry.kind == "pattern" for entry in entries)
    if patterns > MAX_PATTERNS:
        raise BadEntry(EntryProblem.TOO_MANY_PATTERNS, size=patterns, most=MAX_PATTERNS)


def sameness(entry: BlockedEntry) -> tuple[str, ...]:
    """What two entries share if one of them is enough; a Russian word is no duplicate of its English look-alike."""
    if entry.kind == "pattern":
        return (entry.kind, entry.text)
    return (entry.kind, " ".join(normalised(entry.text).split()), str(in_other_script(entry.text)))


def in_other_script(text: str) -> bool:
    """Whether a word has letters, and none of them Latin, though they may look it: the Russian ``рот`` for one."""
    letters = [letter for letter in folded(text) if letter.isalpha()]
    return bool(letters) and not any("a" <= letter <= "z" for letter in letters)


def _pattern(text: str) -> BlockedEntry:
    if len(text) > PATTERN_MAX:
        raise BadEntry(EntryProblem.PATTERN_TOO_LONG, text, len(text), PATTERN_MAX)
    if len(text) < 3 or not text.endswith("/"):
        raise BadEntry(EntryProblem.PATTERN_NOT_WHOLE, text)
    compiled(text[1:-1])
    return BlockedEntry(text, "pattern")


def _word(text: str) -> BlockedEntry:
    if not text:
        raise BadEntry(EntryProblem.EMPTY)
    if len(text) > WORD_MAX:
        raise BadEntry(EntryProblem.TOO_LONG, text, len(text), WORD_MAX)
    core = text.strip("*")
    if "*" in core or len(text) > len(core) + 1:
        raise BadEntry(EntryProblem.STARS, text)
    plain = normalised(core).strip()
    letters = _letters(plain)
    if not letters:
        raise BadEntry(EntryProblem.NO_LETTER, text)
    if letters == 1:
        raise BadEntry(EntryProblem.ONE_LETTER, text)
    return BlockedEntry(text, "word")


def _letters(plain: str) -> int:
    """How many letters are asked for; enough if one is of a script that has words of one letter."""
    if any(letter.isalpha() for letter in _UNSPACED_LETTER.findall(plain)):
        return len(plain) + 1
    return max(sum(letter.isalnum() for letter in reading) for reading in entry_readings(plain))
