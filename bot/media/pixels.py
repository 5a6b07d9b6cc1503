"""What is done with pictures' pixels, wherever it runs; ``ImageProcessor`` calls it in processes of their own. Pure."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

from PIL import Image, ImageOps

from bot.errors import MalformedAnswer
from bot.media.accepted import MAX_BYTES, MAX_PIXELS
from bot.media.sources import prepare
from bot.models import ImageFormat
from bot.models.provenance import DigitalSourceType, xmp

_FORMATS = {"JPEG": ImageFormat.JPEG, "PNG": ImageFormat.PNG}
_QUALITIES = (95, 90, 85, 75)
_TINY = 64
"""Pixels; a picture is made no smaller than this, whatever is asked."""
_SMALLER = 0.8
_MARKS_MAX = 4096
"""Bytes of a vendor's XMP that are worth keeping in a picture that has to be small."""
_GROUND = (0x23, 0x27, 0x30)
_GAP, _HEIGHT = 16, 768
_WIDEST = 4000
_STEP_MS, _LAST_MS = 1000, 2500
_LAPSE_BYTES = 8 * 1024 * 1024


def inspect(data: bytes) -> tuple[Mapping[str, object], bytes]:
    """Width, height and format of one whole picture. Raises ``MalformedAnswer``."""
    if len(data) > MAX_BYTES:
        raise MalformedAnswer(f"a picture of {len(data)} bytes")
    try:
        with Image.open(io.BytesIO(data), formats=tuple(_FORMATS)) as image:
            return _decoded(image), b""
    except MalformedAnswer:
        raise
    except Exception as error:  # a decoder may raise anything at a hostile file
        raise MalformedAnswer(f"not a picture: {type(error).__name__}") from error


def _decoded(image: Image.Image) -> Mapping[str, object]:
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise MalformedAnswer(f"a picture of {width} × {height} pixels")
    if getattr(image, "is_animated", False):
        raise MalformedAnswer("an animated picture")
    found = _FORMATS[image.format or ""]
    if found is ImageFormat.JPEG:
        # An eighth of the size reads the whole stream as well, at a fraction of the work.
        image.draft(None, (max(1, width // 8), max(1, height // 8)))
    image.load()
    return {"width": width, "height": height, "format": found.value}


def prepared(data: bytes) -> tuple[Mapping[str, object], bytes]:
    """A picture to start from; without its bytes where they are the same. Raises a ``SourceError``."""
    made = prepare(data)
    facts = {"width": made.width, "height": made.height, "untouched": made.untouched}
    return facts, b"" if made.untouched else made.data


def fit(data: bytes, limit: int) -> bytes:
    """A JPEG of the same picture with at most ``limit`` bytes: first coarser, then smaller. It says who made it."""
    with Image.open(io.BytesIO(data)) as opened:
        image = opened.convert("RGB")
        marks = opened.info.get("xmp") or b""
    if b"DigitalSourceType" not in marks or len(marks) > _MARKS_MAX:  # else the vendor's own say it
        marks = xmp(DigitalSourceType.MADE)
    while True:
        for quality in _QUALITIES:
            out = io.BytesIO()
            image.save(out, "JPEG", quality=quality, optimize=True, xmp=marks)
            if out.tell() <= limit or max(image.size) <= _TINY:
                return out.getvalue()
        image.thumbnail((max(1, int(image.width * _SMALLER)), max(1, int(image.height * _SMALLER))))


def thumbnail(data: bytes, edge: int) -> bytes:
    """A small JPEG of a picture, at most ``edge`` pixels wide and high."""
    with Image.open(io.BytesIO(data)) as opened:
        opened.draft("RGB", (edge, edge))
        small = opened.convert("RGB")
    small.thumbnail((edge, edge))
    out = io.BytesIO()
    small.save(out, "JPEG", quality=88)
    return out.getvalue()


def side_by_side(images: Sequence[bytes]) -> bytes:
    """All of one height, the result last. Raises a ``SourceError``."""
    opened = [_scaled(image, _WIDEST // len(images)) for image in images]
    width = sum(image.width for image in opened) + _GAP * (len(opened) - 1)
    sheet = Image.new("RGB", (width, _HEIGHT), _GROUND)
    x = 0
    for image in opened:
        sheet.paste(image, (x, (_HEIGHT - image.height) // 2))
        x += image.width + _GAP
    out = io.BytesIO()
    sheet.save(out, "JPEG", quality=90, xmp=xmp(DigitalSourceType.COMPOSED))
    return out.getvalue()


def time_lapse(images: Sequence[bytes]) -> bytes:
    """An animated WebP of at most 8 MiB, in the last one's shape: a second each, the last longer; for ever.

    Raises a ``SourceError``.
    """
    edge = _HEIGHT
    while True:
        frames = [_scaled(image, edge, edge) for image in images]
        size = frames[-1].size
        sheets = [ImageOps.pad(frame, size, color=_GROUND) for frame in frames]
        durations = [_STEP_MS] * (len(sheets) - 1) + [_LAST_MS]
        out = io.BytesIO()
        look = {"quality": 82, "method": 2, "xmp": xmp(DigitalSourceType.COMPOSED)}
        sheets[0].save(out, "WEBP", save_all=True, append_images=sheets[1:], duration=durations, loop=0, **look)
        if out.tell() <= _LAPSE_BYTES or edge <= _TINY:
            return out.getvalue()
        edge = int(edge * _SMALLER)


def _scaled(data: bytes, widest: int, highest: int = _HEIGHT) -> Image.Image:
    """Within the room it has, whatever its ratio: it came from a member. Raises a ``SourceError``."""
    with Image.open(io.BytesIO(prepare(data).data)) as opened:
        return ImageOps.contain(opened.convert("RGB"), (widest, highest))
