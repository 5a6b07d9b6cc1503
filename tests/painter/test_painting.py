"""The sandbox's painter."""

from __future__ import annotations

import io

from PIL import Image

from painter import paint
from painter.caption import strip_height, without_strip


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


def test_an_edit_of_a_painted_picture_starts_from_it_without_its_caption() -> None:
    for format in ("jpeg", "png"):
        first = opened(paint("a lighthouse at dusk", 7, format=format))
        cut = without_strip(first)
        assert cut.height == first.height - strip_height(first.size)
        assert without_strip(cut).size == cut.size


def test_another_picture_is_left_whole() -> None:
    photograph = Image.radial_gradient("L").resize((1024, 1024)).convert("RGB")
    assert without_strip(photograph) is photograph


def test_an_edit_is_the_same_whenever_it_is_asked_for() -> None:
    first = paint("a lighthouse at dusk", 7)
    assert paint("make it snow", 8, references=[first]) == paint("make it snow", 8, references=[first])
