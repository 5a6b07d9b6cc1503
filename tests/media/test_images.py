"""What is a picture, and what is only said to be one."""

from __future__ import annotations

import asyncio
import errno
import io
import random
import struct
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import psutil
import pytest
from PIL import Image

from bot.errors import MalformedAnswer, SourceTooLarge, SourceUnreadable
from bot.isolation.pool import Limits
from bot.media.images import ImageProcessor
from bot.models import ImageFormat

ROOT = Path(__file__).parents[2]


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


async def test_a_finished_picture_does_not_wait_for_what_a_member_brings() -> None:
    huge = encoded("WEBP", Image.new("RGB", (6000, 6000)), lossless=True, method=0)
    async with ImageProcessor() as processor:
        await processor.inspect(encoded("JPEG"))  # its process runs
        brought = [asyncio.create_task(processor.prepare(huge)) for _ in range(3)]
        for _ in range(5):
            await processor.inspect(encoded("JPEG"))
        assert not brought[-1].done()
        assert (await asyncio.gather(*brought))[0].width == 2000


async def test_a_process_that_is_killed_loses_no_finished_picture() -> None:
    async with ImageProcessor() as processor:
        await processor.inspect(encoded("JPEG"))
        (child,) = (one for one in psutil.Process().children() if "bot.isolation" in one.cmdline())
        child.suspend()
        looking = asyncio.create_task(processor.inspect(encoded("PNG")))
        await asyncio.sleep(0)
        child.kill()
        assert (await looking).format is ImageFormat.PNG


@pytest.mark.parametrize("fault", ["not started", "dies"])
async def test_no_finished_picture_is_lost_while_processes_fail(monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    start, left = subprocess.Popen, [fault] * 3

    def failing(*arguments: Any, **options: Any) -> subprocess.Popen[bytes]:
        now = left.pop() if left else None
        if now == "not started":
            raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")
        process = start(*arguments, **options)
        if now == "dies":
            process.kill()
        return process

    monkeypatch.setattr(subprocess, "Popen", failing)
    async with ImageProcessor(pauses=(0, 0, 0)) as processor:
        assert (await processor.inspect(encoded("PNG"))).format is ImageFormat.PNG
    assert not left


async def test_a_picture_at_which_every_process_dies_is_malformed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    async with ImageProcessor(pauses=(0, 0)) as processor:
        with pytest.raises(MalformedAnswer):
            await processor.inspect(encoded("PNG"))


async def test_a_picture_that_takes_more_memory_than_there_is_is_too_large() -> None:
    huge = encoded("PNG", Image.new("RGB", (6000, 6000)), compress_level=1)
    async with ImageProcessor(Limits(memory=64 * 1024 * 1024)) as processor:
        with pytest.raises(SourceTooLarge):
            await processor.prepare(huge)
        assert (await processor.prepare(encoded("PNG"))).untouched


async def test_a_picture_at_which_the_decoder_is_ended_cannot_be_read() -> None:
    huge = encoded("WEBP", Image.new("RGB", (8000, 8000)), lossless=True, method=0)
    async with ImageProcessor(Limits(seconds=0.3)) as processor:
        with pytest.raises(SourceUnreadable):
            await processor.prepare(huge)


def test_the_bot_itself_loads_no_decoder_and_without_a_port_no_server() -> None:
    program = "import sys, bot.app; print(*{'PIL', 'pillow_heif', 'resvg_py', 'aiohttp.web'} & set(sys.modules))"
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout.strip()) == (0, "")
