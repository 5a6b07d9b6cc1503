"""The list of blocked words made ready, and a text looked up in it. Pure; explained in the package's docstring."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from bot.blocklist.entries import BlockedEntry, in_other_script
from bot.blocklist.folding import UNSPACED, folded, normalised, read_as_latin
from bot.blocklist.patterns import compiled
from bot.blocklist.spelling import distinct_words, entry_readings, spaced, spelt_out, words
from bot.blocklist.tree import Tree

_UNSPACED: Final = re.compile(f"[{UNSPACED}]")
_IDEOGRAPH: Final = "[\u3005-\u3007\u3041-\u30fa\u30fc-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af]"
_APART: Final = re.compile(f"(?<={_IDEOGRAPH})[ .·・*-]+(?={_IDEOGRAPH})")
_OTHER: Final = "[\u0370-\u058f\u13a0-\u13ff\ua4d0-\ua4ff]"  # the scripts that have look-alikes
_OTHER_SCRIPT: Final = re.compile(_OTHER)
_MIXED: Final = re.compile(f"[a-z]{_OTHER}|{_OTHER}[a-z]")


class WordList:
    """Blocked entries made ready for looking up. Immutable once built, so safe to use from several threads at once."""

    def __init__(self, entries: Iterable[BlockedEntry]) -> None:
        """Take entries as ``parse`` gives them, in any order; ``BadEntry`` for a pattern that it would refuse."""
        every = sorted(set(entries), key=lambda entry: (entry.kind, entry.text))
        blocked = [entry for entry in every if entry.kind == "word"]
        self._blocks = bool(every)
        self._starts, self._ends = Tree(), Tree(backwards=True)
        self._unspaced: list[tuple[str, BlockedEntry]] = []
        self._other_script = frozenset(entry for entry in blocked if in_other_script(entry.text))
        self._patterns = [(compiled(entry.text[1:-1]), entry) for entry in every if entry.kind == "pattern"]
        for entry in blocked:
            self._add(entry)

    def find(self, text: str) -> BlockedEntry | None:
        """The first entry that the text holds, None if it is clean.

        First are words and beginnings by their place in the text (of several at one place the longest), then those that
        are spelt out, then endings, then scripts without spaces, then patterns by their own text.
        """
        if not self._blocks:  # most servers block none
            return None
        spelling = folded(text)
        plain = read_as_latin(spelling)
        return self._word(spelling, plain) or self._anywhere(plain) or self._pattern(text, spelling, plain)

    def _add(self, entry: BlockedEntry) -> None:
        core = normalised(entry.text.strip("*"))
        if _UNSPACED.search(core):
            self._unspaced.append((_closed_up(core.strip()), entry))
            return
        tree = self._ends if entry.text.startswith("*") else self._starts
        for reading in entry_readings(core):
            tree.add(reading, entry, open_ended="*" in (entry.text[0], entry.text[-1]))

    def _word(self, spelling: str, plain: str) -> BlockedEntry | None:
        """``spelling`` and ``plain`` are the folded text before and after look-alikes became Latin, place by place."""
        text = spaced(plain)
        apart = list(spelt_out(text))
        distinct = distinct_words(text).union(word.text for word in apart)
        for tree in (self._starts, self._ends):
            begun = tree.begun_by(distinct)
            for line in (words(text), *([word] for word in apart)) if begun else ():
                for start, end, entry in tree.hits(line, begun, text):
                    if self._same_writing(entry, spelling[start:end], plain):
                        return entry
        return None

    def _same_writing(self, entry: BlockedEntry, written: str, plain: str) -> bool:
        """Whether what was written is the entry, or a word of another language that happens to look like it.

        What mixes scripts hides something. A word wholly in Latin letters is no Russian one. A word wholly in others is
        a disguise only if the text has no further letter of such a script: "рот" in a Russian sentence is no "pot".
        """
        if entry in self._other_script:
            return not written.isascii()
        return written.isascii() or any("a" <= letter <= "z" for letter in written) or not _OTHER_SCRIPT.search(plain)

    def _anywhere(self, plain: str) -> BlockedEntry | None:
        if not self._unspaced or plain.isascii():
            return None
        text = _closed_up(plain)
        letters = set(text)
        return next((entry for word, entry in self._unspaced if word[0] in letters and _holds(text, word)), None)

    def _pattern(self, text: str, spelling: str, plain: str) -> BlockedEntry | None:
        """A pattern is asked of the text as written and, if they differ by more than case, of the folded text.

        Look-alikes are replaced for it only where scripts are mixed within a word, as Russian does not survive that.
        """
        texts = [text]
        if text.lower() != spelling:
            texts.append(spelling)
        if plain != spelling and _MIXED.search(spelling):
            texts.append(plain)
        lines = [one.encode("utf-8", "ignore") for one in texts]  # half a surrogate pair cannot be encoded
        return next((entry for pattern, entry in self._patterns for line in lines if pattern.search(line)), None)


def _closed_up(text: str) -> str:
    return _APART.sub("", text)


def _holds(text: str, word: str) -> bool:
    """Whether a word of a script without spaces stands in the text, and its last letter has no further mark."""
    at = text.find(word)
    while at >= 0:
        end = at + len(word)
        if end == len(text) or unicodedata.category(text[end])[0] != "M":
            return True
        at = text.find(word, at + 1)
    return False
