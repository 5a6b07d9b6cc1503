"""Reference pictures as the vendors want them: in the request's body, with the ratio that an edit keeps."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from bot.models import AspectRatio
from bot.providers.base import ReferenceImage
from bot.providers.wire import Base64

_WIDEST = Fraction(21, 9)
_MAX_TERM = 40


def input_images(references: Sequence[ReferenceImage]) -> dict[str, object]:
    """``input_image``, ``input_image_2`` …, to be sent in base64."""
    return {
        "input_image" if number == 1 else f"input_image_{number}": Base64(reference.data)
        for number, reference in enumerate(references, start=1)
    }


def ratio_to_send(asked: AspectRatio | None, references: Sequence[ReferenceImage]) -> str | None:
    """The ratio asked for, else the first picture's own as ``W:H``, within what the vendors take (9:21 to 21:9).

    Said always for an edit: the vendors' pages do not agree on what they do without it.
    """
    if asked is not None:
        return asked.value
    if not references:
        return None
    exact = Fraction(references[0].width, references[0].height)
    near = min(max(exact, 1 / _WIDEST), _WIDEST)
    simple = near.limit_denominator(_MAX_TERM)
    return f"{simple.numerator}:{simple.denominator}"
