"""Moderators' regular expressions, in the one engine whose time grows with the text and never with its malice: RE2."""

from __future__ import annotations

from typing import Final, Protocol, cast

import re2  # pyright: ignore[reportMissingTypeStubs] - it has none; ``_Engine`` is what is used of it

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


class BadPattern(ValueError):
    """The pattern cannot be used; the message ends the sentence "This pattern …"."""


def compiled(source: str) -> Pattern:
    """Compile RE2 syntax, case-insensitive; ``BadPattern`` if it is wrong, too large, or hits nearly everything."""
    options = _engine.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.never_capture = True
    options.max_mem = _MEMORY_MAX
    try:
        pattern = _engine.compile(source, options)
    except (_engine.error, UnicodeEncodeError):
        raise BadPattern(
            "is not a regular expression that can be used here (RE2 syntax; no look-around, no \\1)"
        ) from None
    if pattern.programsize > PROGRAM_MAX:
        raise BadPattern("is too large; use smaller repetitions and fewer alternatives, or several patterns")
    if pattern.search(b""):
        raise BadPattern(
            "matches the empty text and would block everything; say at least one letter that must be there"
        )
    if sum(pattern.search(prompt.encode()) is not None for prompt in _HARMLESS) * 2 >= len(_HARMLESS):
        raise BadPattern("matches nearly every text; make it say more of what you mean")
    return pattern
