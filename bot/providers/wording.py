"""What a vendor's error text says: collected, freed of what is private, and read for a refusal for content."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import cast

_TEXT_MAX = 500
_DEPTH_MAX = 6
_SHORT = 8  # characters; the prompt “cat” is no reason to maim “category”

_ECHOES = frozenset({"prompt", "input", "inputs", "params", "body"})
"""Keys under which vendors repeat what they were sent; neither logged nor searched."""

_WORDS = re.compile(
    r"""
    \b content [\s_-]* (?: policy | policies | filter | guidelines | violation )
    | nsfw
    | moderat (?: ed | ion ) \b (?! \s+ (?: tolerance | level ))
    | \b safety \b (?! [\s_-]* tolerance )
    | \b usage [\s_-]+ polic (?: y | ies ) \b
    | \b (?: inappropriate | prohibited | disallowed | sensitive ) [\s_-]+ content
    """,
    re.IGNORECASE | re.VERBOSE,
)
# ``safety_tolerance`` is an option: a complaint about its value is no refusal for content.


def words_of(body: object) -> str:
    """Every text of an error answer in one line, without the parts that repeat what was sent."""
    return " | ".join(_leaves(body, 0))


def scrub(text: str, *private: str) -> str:
    """Take out the key and the prompt, and cut to a log line's length. A short one goes only as a whole word."""
    for secret in filter(None, private):
        pattern = re.escape(secret)
        text = re.sub(pattern if len(secret) > _SHORT else rf"(?<!\w){pattern}(?!\w)", "•••", text)
    return text if len(text) <= _TEXT_MAX else text[:_TEXT_MAX] + "…"


def is_moderation(text: str) -> bool:
    """Whether an error text says that the content, not the form, of a request was refused."""
    return _WORDS.search(text.replace("safety_tolerance", "")) is not None


def _leaves(value: object, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif depth < _DEPTH_MAX and isinstance(value, dict):
        for key, inner in cast(dict[str, object], value).items():
            if key not in _ECHOES:
                yield from _leaves(inner, depth + 1)
    elif depth < _DEPTH_MAX and isinstance(value, list):
        for inner in cast(list[object], value):
            yield from _leaves(inner, depth + 1)
