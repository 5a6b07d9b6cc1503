"""Small files that become very large pictures: what they cost the bot's own process."""

from __future__ import annotations

import asyncio
import io
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pillow_heif
import pytest
from PIL import Image

from playground import LoopbackDiscord
from playground.attachments import Upload
from tests.standins import BflStandIn

REPO = Path(__file__).parents[2]
MOST_KB = 200_000
EDGE = 8000


def upload(kind: str, mode: str = "RGB", edge: int = EDGE, **options: Any) -> Upload:
    out = io.BytesIO()
    Image.new(mode, (edge, edge)).save(out, kind, **options)
    return Upload(f"huge.{kind.lower()}", out.getvalue(), "image/heic" if kind == "HEIF" else f"image/{kind.lower()}")


def hostile() -> list[Upload]:
    """Three of 64 megapixels; a HEIC of that size takes half a minute to make, so it has nine."""
    pillow_heif.register_heif_opener()  # pyright: ignore[reportUnknownMemberType]
    return [
        upload("WEBP", "RGBA", lossless=True, method=0),
        upload("PNG", "RGBA", compress_level=1),
        upload("GIF", "P"),
        upload("HEIF", edge=3000, quality=1),
    ]


@asynccontextmanager
async def program(folder: Path, discord: LoopbackDiscord, vendor: BflStandIn) -> AsyncGenerator[int]:
    """The bot in a process of its own; gives its id."""
    env = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(REPO),
        "DISCORD_TOKEN": discord.token,
        "DISCORD_API_URL": discord.api_url,
        "DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'atelier.db'}",
        "PROVIDERS": "bfl",
        "BFL_API_KEY": vendor.key,
        "BFL_API_URL": vendor.url,
        "USER_JOBS": "100",
    }
    command = (sys.executable, "-m", "bot", "run")
    process = await asyncio.create_subprocess_exec(*command, cwd=folder, env=env, stderr=asyncio.subprocess.DEVNULL)
    try:
        await discord.bot_ready()
        yield process.pid
    finally:
        process.kill()
        await process.wait()


def highest_memory(pid: int) -> int:
    """The most resident memory that a process ever had, in kB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
async def test_the_bot_stays_small_while_four_huge_pictures_arrive_at_once(tmp_path: Path) -> None:
    files = hostile()
    assert max(len(file.data) for file in files) < 1_500_000
    async with (
        LoopbackDiscord(limits=False) as discord,
        BflStandIn(seconds=0.1) as vendor,
        program(tmp_path, discord, vendor) as pid,
    ):
        alice = discord.person(discord.alice)
        asked = [await alice.command("edit", image=file, prompt="make it snow") for file in files]
        messages = [await one.reply() for one in asked]
        await discord.until(lambda: not any("Cancel" in message.buttons for message in messages), 60)
        assert sum(bool(message.pictures) for message in messages) >= 3
        assert highest_memory(pid) < MOST_KB, f"{highest_memory(pid)} kB"
