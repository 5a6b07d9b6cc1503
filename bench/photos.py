"""Photographs as members bring them, twenty megapixels and twenty megabytes each; and pictures as vendors make them."""

from __future__ import annotations

import io
from functools import cache

from PIL import Image, ImageChops

from playground.attachments import Upload
from tests.standins import AimlapiStandIn
from tests.standins.vendor import StandInTask

_SIZE = (5472, 3648)
_COARSE, _FINE = 90, 1.1
"""How much neighbouring pixels differ, to fill twenty megabytes: a JPEG forgets what is fine, a PNG keeps it all."""

_EDGE, _GRAIN, _DIFFERENT = 1024, 6, 8


class Photographer(AimlapiStandIn):
    """Makes pictures that weigh what a model's do: about 0.2 MB as JPEG, 1.7 MB as PNG."""

    def paint(self, task: StandInTask) -> bytes:
        return _painted(task.seed % _DIFFERENT, task.format.upper())


@cache
def four() -> tuple[Upload, ...]:
    """Two JPEGs and two PNGs: each has to be decoded whole and made smaller, none can go as it is."""
    jpeg = _encoded(_scene(_SIZE, _COARSE), "JPEG", quality=96)
    png = _encoded(_scene(_SIZE, _FINE), "PNG", compress_level=1)
    return (
        Upload("harbour.jpg", jpeg, "image/jpeg"),
        Upload("poster.png", png, "image/png"),
        Upload("quay.jpg", jpeg, "image/jpeg"),
        Upload("drawing.png", png, "image/png"),
    )


@cache
def _painted(_: int, kind: str) -> bytes:
    return _encoded(_scene((_EDGE, _EDGE), _GRAIN), kind, quality=95)  # which a PNG has not, and ignores


def _scene(size: tuple[int, int], grain: float) -> Image.Image:
    """A slow shade under noise, another noise in each colour."""
    shade = Image.linear_gradient("L").resize(size)
    return Image.merge("RGB", [ImageChops.add(shade, Image.effect_noise(size, grain), scale=2) for _ in "RGB"])


def _encoded(image: Image.Image, kind: str, **options: int) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()
