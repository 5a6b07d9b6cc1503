"""Pictures to start from, made fit to be sent on: still, upright, opaque, without metadata, not too large. Pure."""

from __future__ import annotations

import importlib
import io
import math
from functools import cache
from typing import Any, cast

from PIL import Image, ImageCms, ImageOps

from bot.errors import SourceAnimated, SourceError, SourceTooLarge, SourceUnreadable
from bot.media.accepted import MAX_BYTES, MAX_PIXELS, Prepared

WORKING_PIXELS = 4_000_000
"""Larger ones are scaled down to this. The vendors take 20 megapixels and 20 MB, but make one megapixel of them."""

_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "HEIF")
_MOVING = {"PNG", "WEBP", "GIF"}  # a camera's JPEG or HEIC may hold several pictures, of which the first counts
_REDUCIBLE = {"L", "LA", "RGB", "RGBA", "CMYK"}
_LOSSLESS = {"PNG", "GIF"}
_MAX_SENT = 20 * 1024 * 1024
_HARMLESS = {
    "jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi", "progressive", "progression", "gamma", "srgb",
    "interlace", "aspect", "loop", "background", "timestamp", "duration", "chromaticity",
}  # fmt: skip
_PLAIN_SEGMENTS = {"APP0", "APP14"}
_LAST_BYTES = {"JPEG": b"\xff\xd9", "PNG": b"IEND\xaeB`\x82"}


@cache
def _learn_heif() -> None:
    """Let Pillow read HEIC; the first picture that somebody brings pays for it, and not every idle bot."""
    importlib.import_module("pillow_heif").register_heif_opener(thumbnails=False)


def prepare(data: bytes) -> Prepared:
    """Make a member's file fit to be sent to a vendor. Raises a ``SourceError``."""
    _learn_heif()
    if len(data) > MAX_BYTES:
        raise SourceTooLarge(f"{len(data)} bytes")
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
            return _prepared(image, data)
    except SourceError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError) as error:
        raise SourceTooLarge(str(error)) from error
    except Exception as error:  # a decoder may raise anything at a hostile file
        raise SourceUnreadable(type(error).__name__) from error


def _prepared(image: Image.Image, data: bytes) -> Prepared:
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise SourceTooLarge(f"{width} × {height} pixels")
    if not width or not height:
        raise SourceUnreadable("no pixels")
    kind = image.format or ""
    if kind in _MOVING and getattr(image, "n_frames", 1) > 1:
        raise SourceAnimated(kind)
    if _is_clean(image, data):
        image.load()  # proves that it is whole
        return Prepared(data, width, height, untouched=True)
    if width * height > WORKING_PIXELS:
        # A JPEG can be read at a half, a quarter or an eighth of its size, at a fraction of the work.
        scale = (WORKING_PIXELS / (width * height)) ** 0.5
        image.draft(None, (round(width * scale), round(height * scale)))
    image.load()
    upright = ImageOps.exif_transpose(_reduced(image))
    small = _fitted(_opaque(upright))
    return Prepared(_encoded(small, lossless=kind in _LOSSLESS), small.width, small.height, untouched=False)


def _reduced(image: Image.Image) -> Image.Image:
    """A very large picture at a half, a third …: what follows then takes a fraction of its time and memory."""
    factor = math.isqrt(image.width * image.height // WORKING_PIXELS)
    return image.reduce(factor) if factor > 1 and image.mode in _REDUCIBLE else image


def _is_clean(image: Image.Image, data: bytes) -> bool:
    """Whether the file may go as it is: a plain colour picture of the right size that holds nothing but itself."""
    kind = image.format or ""
    segments = {name for name, _ in cast(list[tuple[str, bytes]], getattr(image, "applist", []))}
    return (
        kind in _LAST_BYTES
        and data.endswith(_LAST_BYTES[kind])
        and image.mode == "RGB"
        and image.width * image.height <= WORKING_PIXELS
        and len(data) <= _MAX_SENT
        and segments <= _PLAIN_SEGMENTS
        and {str(key) for key in image.info} <= _HARMLESS
    )


def _opaque(image: Image.Image) -> Image.Image:
    """RGB in the usual colours; what was transparent is white."""
    if image.mode.startswith("I"):  # sixteen bits of grey
        image = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")  # pyright: ignore[reportUnknownMemberType]
    profile = image.info.get("icc_profile")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        ground = Image.new("RGBA", image.size, (255, 255, 255, 255))
        ground.alpha_composite(image)
        image = ground.convert("RGB")
    if isinstance(profile, bytes) and profile:
        image = _in_usual_colours(image, profile)
    return image if image.mode == "RGB" else image.convert("RGB")


def _in_usual_colours(image: Image.Image, profile: bytes) -> Image.Image:
    """Without its profile, a wide-gamut or CMYK picture would look pale or wrong."""
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        usual = ImageCms.ImageCmsProfile(cast(Any, ImageCms).createProfile("sRGB"))
        return ImageCms.profileToProfile(image, own, usual, outputMode="RGB") or image
    except (ImageCms.PyCMSError, OSError, ValueError):  # a broken profile is no reason to refuse a picture
        return image


def _fitted(image: Image.Image) -> Image.Image:
    pixels = image.width * image.height
    if pixels <= WORKING_PIXELS:
        return image
    scale = (WORKING_PIXELS / pixels) ** 0.5
    size = max(1, int(image.width * scale)), max(1, int(image.height * scale))
    return image.resize(size, Image.Resampling.LANCZOS)  # pyright: ignore[reportUnknownMemberType]


def _encoded(image: Image.Image, *, lossless: bool) -> bytes:
    """A new file: nothing of the old one's metadata comes along."""
    bare = Image.new("RGB", image.size)
    bare.paste(image)
    out = io.BytesIO()
    if lossless:
        bare.save(out, "PNG", compress_level=3)
        if out.tell() <= _MAX_SENT:
            return out.getvalue()
        out = io.BytesIO()
    bare.save(out, "JPEG", quality=95, subsampling=0)
    return out.getvalue()
