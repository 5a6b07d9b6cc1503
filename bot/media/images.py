"""Checks and fits picture bytes, off the event loop; what a picture shows is none of its business."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Self, TypeVar, TypeVarTuple

from PIL import Image

from bot.errors import MalformedAnswer
from bot.media.sources import Prepared, prepare
from bot.models import ImageFormat

_T = TypeVar("_T")
_Ts = TypeVarTuple("_Ts")

MAX_BYTES = 32 * 1024 * 1024
MAX_PIXELS = 64_000_000
_FORMATS = {"JPEG": ImageFormat.JPEG, "PNG": ImageFormat.PNG}
_QUALITIES = (95, 90, 85, 75)
_TINY = 64
"""Pixels; a picture is made no smaller than this, whatever is asked."""
_SMALLER = 0.8


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """What decoding proved: size in pixels, and the format the bytes really have."""

    width: int
    height: int
    format: ImageFormat


class ImageProcessor:
    """Two threads that decode; ``async with`` it."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="pictures")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def inspect(self, data: bytes) -> ImageInfo:
        """Prove by decoding that these bytes are one whole picture, or raise ``MalformedAnswer``."""
        return await self.draw(_inspect, data)

    async def prepare(self, data: bytes) -> Prepared:
        """A picture to start from, as it may be sent on: still, upright, without metadata, of a fitting size.

        Raises a ``SourceError``.
        """
        return await self.draw(prepare, data)

    async def draw(self, work: Callable[[*_Ts], _T], *arguments: *_Ts) -> _T:
        """Whatever else is done with pixels: a tree, a comparison."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)

    async def fit(self, data: bytes, limit: int) -> bytes:
        """A JPEG of the same picture with at most ``limit`` bytes: first coarser, then smaller."""
        return await self.draw(_fit, data, limit)


def _inspect(data: bytes) -> ImageInfo:
    if len(data) > MAX_BYTES:
        raise MalformedAnswer(f"a picture of {len(data)} bytes")
    try:
        with Image.open(io.BytesIO(data), formats=tuple(_FORMATS)) as image:
            return _decoded(image)
    except MalformedAnswer:
        raise
    except Exception as error:  # a decoder may raise anything at a hostile file
        raise MalformedAnswer(f"not a picture: {type(error).__name__}") from error


def _decoded(image: Image.Image) -> ImageInfo:
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
    return ImageInfo(width, height, found)


def _fit(data: bytes, limit: int) -> bytes:
    with Image.open(io.BytesIO(data)) as opened:
        image = opened.convert("RGB")
    while True:
        for quality in _QUALITIES:
            out = io.BytesIO()
            image.save(out, "JPEG", quality=quality, optimize=True)
            if out.tell() <= limit or max(image.size) <= _TINY:
                return out.getvalue()
        image.thumbnail((max(1, int(image.width * _SMALLER)), max(1, int(image.height * _SMALLER))))


def thumbnail(data: bytes, edge: int) -> bytes:
    """A small JPEG of a picture, at most ``edge`` pixels wide and high. Raises ``OSError`` or ``ValueError``."""
    with Image.open(io.BytesIO(data)) as opened:
        opened.draft("RGB", (edge, edge))
        small = opened.convert("RGB")
    small.thumbnail((edge, edge))
    out = io.BytesIO()
    small.save(out, "JPEG", quality=88)
    return out.getvalue()
