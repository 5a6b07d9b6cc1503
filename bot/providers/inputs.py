"""Reference pictures as the vendors want them: in the request's body, with the ratio that an edit keeps."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from bot.models import AspectRatio
from bot.providers.base import ReferenceImage
from bot.providers.body import Base64

_MAX_TERM = 40
_NAMES = {Fraction(*map(int, ratio.value.split(":"))): ratio.value for ratio in AspectRatio}


def input_images(references: Sequence[ReferenceImage]) -> dict[str, object]:
    """``input_image``, ``input_image_2`` …, to be sent in base64."""
    return {
        "input_image" if number == 1 else f"input_image_{number}": Base64(reference.data)
        for number, reference in enumerate(references, start=1)
    }


def own_ratio(asked: AspectRatio | None, references: Sequence[ReferenceImage]) -> str | None:
    """The ratio asked for, else the first picture's own as ``W:H``: by its name where it has one (7:3 is ``21:9``).

    Said always for an edit: the vendors' pages do not agree on what they do without it. They take 9:21 to 21:9.
    """
    if asked is not None or not references:
        return None if asked is None else asked.value
    exact = Fraction(references[0].width, references[0].height)
    simple = min(max(exact, min(_NAMES)), max(_NAMES)).limit_denominator(_MAX_TERM)
    return _NAMES.get(simple, f"{simple.numerator}:{simple.denominator}")


def nearest_name(asked: AspectRatio | None, references: Sequence[ReferenceImage]) -> str | None:
    """The same for vendors that take the nine names only, or may: the nearest of them, on a scale of ratios."""
    if asked is not None or not references:
        return None if asked is None else asked.value
    exact = Fraction(references[0].width, references[0].height)
    return _NAMES[min(_NAMES, key=lambda one: max(one / exact, exact / one))]
