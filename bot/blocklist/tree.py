"""Pure: all words of a list as one tree of letters, walked once for each word of a text, whatever the list's length."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.blocklist.entries import BlockedEntry
from bot.blocklist.spelling import FAR, I_OR_L, NEAR, Word, is_near, readings, runs

_HEAD: Final = 4
_JOINT: Final = re.compile(f"[{NEAR}{FAR}]")

Hit = tuple[int, int, BlockedEntry]
"""Where the words that hold the entry start and end, and the entry."""


@dataclass(slots=True)
class _Node:
    """A letter of the tree: what comes next, the entries that end here, and those that any ending may follow."""

    next: dict[str, _Node] = field(default_factory=dict[str, "_Node"])
    entries: tuple[BlockedEntry, ...] = ()
    opening: _Node | None = None


class Tree:
    """Words and phrases by their letters; backwards, for entries whose beginning is open."""

    def __init__(self, *, backwards: bool = False) -> None:
        self._root = _Node()
        self._step = -1 if backwards else 1
        self._heads: set[str] = set()  # how words begin
        self._shorter: set[int] = set()  # lengths of open beginnings that are shorter than a head

    def add(self, reading: str, entry: BlockedEntry, *, open_ended: bool) -> None:
        """Block a reading: words joined by ``NEAR`` or ``FAR``."""
        head = _JOINT.split(reading[:: self._step])[0][:_HEAD]
        self._heads.add(head)
        self._shorter |= {len(head)} if open_ended and len(head) < _HEAD else set()
        node = self._root
        for letter in reading[:: self._step]:
            node = node.next.setdefault(letter, _Node())
        if open_ended:
            node.opening = node = node.opening or _Node()
        node.entries += (entry,)

    def begun_by(self, words: Iterable[str]) -> dict[str, list[_Node]]:
        """Of these words the few by which an entry is held, or a phrase begun: what ``hits`` needs to know."""
        begun = dict[str, list[_Node]]()
        for word in words:
            if word.isalpha() and not self._may_begin(word[:: self._step]):
                continue  # most words, in most texts
            if nodes := self._reached(self._root, word):
                begun[word] = nodes
        return begun

    def hits(self, line: Sequence[Word], begun: Mapping[str, list[_Node]], text: str) -> Iterator[Hit]:
        """All that the words of a text hold, by place, the longest first; the text has the gaps between them."""
        line = line[:: self._step]
        for at, word in enumerate(line):
            if word.text in begun:
                held = self._held(begun[word.text], line, at, text)
                for last, entry in sorted(held, key=lambda hit: (-hit[0], hit[1].text)):
                    yield min(word.start, line[last].start), max(word.end, line[last].end), entry

    def _reached(self, node: _Node, word: str) -> list[_Node]:
        """The nodes that a word leads to from a node, of those where an entry ends or goes on."""
        found = list[_Node]()
        for reading in readings(word):
            letters = reading[:: self._step]
            if node is not self._root or self._may_begin(letters):
                found += _ends(node, letters)
        return found

    def _may_begin(self, reading: str) -> bool:
        """A quick look that lets few words through: whether an entry begins like this, or the letters are uncertain."""
        head = reading[:_HEAD]
        if head in self._heads or head[1:2] == head[2:3] != "" or head[2:3] == head[3:] != "" or I_OR_L in head:
            return True
        return bool(self._shorter) and any(head[:length] in self._heads for length in self._shorter)

    def _held(
        self, reached: list[_Node], line: Sequence[Word], at: int, text: str
    ) -> Iterator[tuple[int, BlockedEntry]]:
        """The entries of nodes that the word at a place leads to, each with the place of its last word."""
        for node in reached:
            yield from ((at, entry) for entry in node.entries)
            if at + 1 < len(line):
                for following in _following(node, _gap(line[at], line[at + 1], text)):
                    yield from self._held(self._reached(following, line[at + 1].text), line, at + 1, text)


def _ends(node: _Node, reading: str) -> list[_Node]:
    """Where a reading leads to: open entries on its way, and what stands at its end.

    The tree bounds the work: a node is reached once at most, and only by letters that an entry begins with.
    """
    nodes, found = [node], list[_Node]()
    for letter, count in runs(reading):
        nodes = _after(nodes, letter, count)
        if not nodes:
            return found
        for reached in nodes:
            if reached.opening:
                found.append(reached.opening)
    return found + [reached for reached in nodes if reached.entries or not reached.next.keys().isdisjoint((NEAR, FAR))]


def _after(nodes: list[_Node], letter: str, count: int) -> list[_Node]:
    if count == 1 and letter != I_OR_L:  # nearly always
        return [node.next[letter] for node in nodes if letter in node.next]
    choices = "il" if letter == I_OR_L else letter
    every: list[_Node] = []
    for _ in range(count):
        nodes = [node.next[choice] for node in nodes for choice in choices if choice in node.next]
        if not nodes:
            break
        every += nodes
    return every if count >= 3 else nodes


def _following(node: _Node, gap: str) -> list[_Node]:
    """Where the next words of phrases begin behind a node."""
    joints = (NEAR, FAR) if is_near(gap) else (FAR,)
    return [node.next[joint] for joint in joints if joint in node.next]


def _gap(word: Word, following: Word, text: str) -> str:
    return text[min(word.end, following.end) : max(word.start, following.start)]
