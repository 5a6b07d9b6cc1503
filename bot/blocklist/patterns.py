"""Moderators' regular expressions, in the one engine whose time grows with the text and never with its malice: RE2."""

from __future__ import annotations

from enum import Enum, auto
from typing import Final, Protocol, cast

import re2  # pyright: ignore[reportMissingTypeStubs] - it has none; ``_Engine`` is what is used of it

from bot.errors import BadInput

PROGRAM_MAX: Final = 1500
"""The most instructions that a pattern may compile to; with the text's length it bounds the time of a search."""

_MEMORY_MAX: Final = 1 << 20  # bytes a pattern, program and cached states together

_HARMLESS: Final = (
    "a red fox in the snow",
    "portrait of my grandmother, oil on canvas",
    "two cats playing chess",
    "castle at dusk",
    "make the sky purple",
    "sunrise over Tokyo, 35mm photo",
    "a cozy kitchen with plants",
    "watercolor of a sailing ship",
    "robot barista serving coffee",
    "minimalist logo for a bakery",
)


class Pattern(Protocol):
    """A compiled expression. Safe to use from several threads at once."""

    programsize: int

    def search(self, text: bytes) -> object | None:
        """The first match in UTF-8, or None."""
        ...


class _Options(Protocol):
    case_sensitive: bool
    log_errors: bool
    never_capture: bool
    max_mem: int


class _Engine(Protocol):
    error: type[Exception]

    def Options(self) -> _Options: ...  # noqa: N802 - the library's name
    def compile(self, pattern: str, options: _Options) -> Pattern: ...


_engine = cast(_Engine, re2)


class EntryProblem(Enum):
    """What is wrong with a blocked word or pattern, or with a list of them."""

    EMPTY = auto()
    TOO_LONG = auto()
    STARS = auto()
    NO_LETTER = auto()
    ONE_LETTER = auto()
    PATTERN_TOO_LONG = auto()
    PATTERN_NOT_WHOLE = auto()
    PATTERN_SYNTAX = auto()
    PATTERN_TOO_LARGE = auto()
    PATTERN_MATCHES_EMPTY = auto()
    PATTERN_MATCHES_ALL = auto()
    TOO_MANY = auto()
    TOO_MANY_PATTERNS = auto()


class BadEntry(BadInput):
    """A blocked word that cannot be used. ``size`` is of the entry or of the list, ``most`` what it may have."""

    code: EntryProblem
    entry: str = ""
    size: int = 0
    most: int = 0


def compiled(source: str) -> Pattern:
    """Compile RE2 syntax, case-insensitive; ``BadEntry`` if it is wrong, too large, or hits nearly everything."""
    options = _engine.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.never_capture = True
    options.max_mem = _MEMORY_MAX
    try:
        pattern = _engine.compile(source, options)
    except (_engine.error, UnicodeEncodeError):
        raise BadEntry(EntryProblem.PATTERN_SYNTAX, f"/{source}/") from None
    if pattern.programsize > PROGRAM_MAX:
        raise BadEntry(EntryProblem.PATTERN_TOO_LARGE, f"/{source}/")
    if pattern.search(b""):
        raise BadEntry(EntryProblem.PATTERN_MATCHES_EMPTY, f"/{source}/")
    if sum(pattern.search(prompt.encode()) is not None for prompt in _HARMLESS) * 2 >= len(_HARMLESS):
        raise BadEntry(EntryProblem.PATTERN_MATCHES_ALL, f"/{source}/")
    return pattern
