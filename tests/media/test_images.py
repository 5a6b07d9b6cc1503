"""What is a picture, and what is only said to be one."""

from __future__ import annotations

import io
import random
import struct
import zlib

import pytest
from PIL import Image

from bot.errors import MalformedAnswer
from bot.media.images import ImageProcessor
from bot.models import ImageFormat


def noise(width: int = 320, height: int = 200) -> Image.Image:
    return Image.frombytes("RGB", (width, height), random.Random(1).randbytes(width * height * 3))


def encoded(kind: str, image: Image.Image | None = None, **options: object) -> bytes:
    out = io.BytesIO()
    (image or noise()).save(out, kind, **options)
    return out.getvalue()


def bomb() -> bytes:
    """A PNG whose header promises 30,000 × 30,000 pixels."""
    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))


@pytest.mark.parametrize(("kind", "found"), [("JPEG", ImageFormat.JPEG), ("PNG", ImageFormat.PNG)])
async def test_a_whole_picture_tells_its_size_and_true_format(kind: str, found: ImageFormat) -> None:
    async with ImageProcessor() as processor:
        info = await processor.inspect(encoded(kind))
    assert (info.width, info.height, info.format) == (320, 200, found)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html>sorry</html>",
        encoded("GIF"),
        encoded("WEBP"),
        encoded("JPEG")[:-2000],
        encoded("PNG")[:-2000],
        encoded("PNG", save_all=True, append_images=[noise()]),
        bomb(),
    ],
    ids=["empty", "html", "gif", "webp", "cut jpeg", "cut png", "animated", "bomb"],
)
async def test_anything_else_is_malformed(data: bytes) -> None:
    async with ImageProcessor() as processor:
        with pytest.raises(MalformedAnswer):
            await processor.inspect(data)


async def test_a_picture_too_large_for_the_place_is_made_to_fit() -> None:
    data = encoded("PNG", noise(900, 700))
    async with ImageProcessor() as processor:
        smaller = await processor.fit(data, 120_000)
        assert len(smaller) <= 120_000
        assert (await processor.inspect(smaller)).format is ImageFormat.JPEG
