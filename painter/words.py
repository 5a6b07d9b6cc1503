"""Reads a prompt as the painter does: its words in order, and chance that depends on nothing but its seed."""

from __future__ import annotations

import hashlib
import random
import re
import unicodedata
from collections.abc import Sequence


class Words(tuple[str, ...]):
    """The prompt's words in order: lower case, without accents, plurals also in the singular."""

    heard: set[str]
    """Those that something was made of."""


def words_of(prompt: str) -> Words:
    """The words of a prompt, none of them heard yet."""
    plain = unicodedata.normalize("NFKD", prompt.casefold())
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    found: list[str] = []
    for word in re.findall(r"[a-z]+", plain):
        found.append(word)
        if word.endswith("ies"):
            found.append(word[:-3] + "y")
        elif word.endswith("s") and not word.endswith("ss"):
            found.append(word[:-1])
    words = Words(found)
    words.heard = set()
    return words


def mentions(words: Sequence[str], *wanted: str) -> bool:
    """Whether any of the wanted words stands in the prompt; those that do are noted as heard."""
    found = frozenset(wanted).intersection(words)
    if isinstance(words, Words):
        words.heard |= found
    return bool(found)


def chance(*parts: str | int) -> random.Random:
    """A source of chance that is the same in every process; Python's own ``hash`` is not."""
    digest = hashlib.sha256("\x1f".join(map(str, parts)).encode("utf-8", "surrogatepass")).digest()
    return random.Random(int.from_bytes(digest[:16], "big"))
