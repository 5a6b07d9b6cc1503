"""Reference pictures as the vendors that take them in the request's body want them."""

from __future__ import annotations

import base64

from bot.providers.base import ReferenceImage


def input_images(references: tuple[ReferenceImage, ...]) -> dict[str, object]:
    """``input_image``, ``input_image_2`` … in base64; the address where there are no bytes."""
    return {
        "input_image" if number == 1 else f"input_image_{number}": (
            reference.url if reference.data is None else base64.b64encode(reference.data).decode("ascii")
        )
        for number, reference in enumerate(references, start=1)
    }
