"""The floor: a bare discord.py program that makes the same HTTP calls, with no database and no checks.

It speaks to vendors through httpx, as the bot does; `FLOOR_HTTP=aiohttp` shows what that choice costs.
"""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
from collections.abc import AsyncGenerator, Awaitable
from contextlib import asynccontextmanager
from typing import Any, Protocol

import aiohttp
import discord
import httpx
import yarl
from discord import app_commands, ui
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route


class Call(Protocol):
    """One HTTP request to a vendor; gives the answer's body."""

    def __call__(
        self, method: str, url: str, *, headers: dict[str, str] | None = None, json: Any = None
    ) -> Awaitable[bytes]: ...


@asynccontextmanager
async def through_httpx() -> AsyncGenerator[Call]:
    """The library that the bot uses."""
    async with httpx.AsyncClient(timeout=600, limits=httpx.Limits(max_connections=300)) as client:

        async def call(method: str, url: str, *, headers: dict[str, str] | None = None, json: Any = None) -> bytes:
            return (await client.request(method, url, headers=headers, json=json)).content

        yield call


@asynccontextmanager
async def through_aiohttp() -> AsyncGenerator[Call]:
    """The library that discord.py uses."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def call(method: str, url: str, *, headers: dict[str, str] | None = None, json: Any = None) -> bytes:
            async with session.request(method, url, headers=headers, json=json) as answer:
                return await answer.read()

        yield call


def card(*items: ui.Item[ui.LayoutView]) -> ui.LayoutView:
    """A container, as ours."""
    view = ui.LayoutView()
    view.add_item(ui.Container(*items))
    return view


class Floor(commands.AutoShardedBot):
    """One command: placeholder, vendor, picture."""

    def __init__(self, call: Call) -> None:
        super().__init__(command_prefix="!", intents=discord.Intents(guilds=True), max_messages=None)
        self.call_vendor = call
        self.slots = asyncio.Semaphore(int(os.environ.get("FLOOR_SLOTS", "1")))
        self.tree.add_command(imagine)

    async def setup_hook(self) -> None:
        await self.tree.sync()


@app_commands.command(description="Make a picture")
async def imagine(interaction: discord.Interaction[Floor], prompt: str) -> None:
    """The same calls, in a row."""
    row = ui.ActionRow(ui.Button(label="Cancel", custom_id=f"cancel:{interaction.id}"))
    await interaction.response.send_message(view=card(ui.TextDisplay(f"Painting\n> {prompt}"), row))
    bot, seed = interaction.client, interaction.id % 1_000_000 + 1
    if os.environ["PROVIDERS"] == "bfl":
        async with bot.slots:
            url = await polled(bot.call_vendor, prompt, seed)
    else:
        url = await synchronous(bot.call_vendor, prompt, seed)
    picture = await bot.call_vendor("GET", url)
    buttons = [
        ui.Button(label=name, custom_id=f"{name}:{interaction.id}") for name in ("Reroll", "V1", "Details", "Delete")
    ]
    gallery = ui.MediaGallery(discord.MediaGalleryItem("attachment://picture.jpg"))
    view = card(ui.TextDisplay(f"> {prompt}"), gallery, ui.ActionRow(*buttons))
    await interaction.edit_original_response(view=view, attachments=[discord.File(io.BytesIO(picture), "picture.jpg")])


async def synchronous(call: Call, prompt: str, seed: int) -> str:
    """One call to AI/ML API; gives the picture's address."""
    answer = await call(
        "POST",
        os.environ["AIMLAPI_URL"] + "/v1/images/generations",
        headers={"Authorization": f"Bearer {os.environ['AIMLAPI_KEY']}"},
        json={
            "model": "flux/kontext-pro/text-to-image",
            "prompt": prompt,
            "aspect_ratio": "1:1",
            "num_images": 1,
            "seed": seed,
            "safety_tolerance": "2",
            "output_format": "jpeg",
        },
    )
    body = json.loads(answer)
    return (body.get("data") or body.get("images"))[0]["url"]


async def polled(call: Call, prompt: str, seed: int) -> str:
    """A task at BFL, asked for when it must be done, as by somebody who knows how long it takes; its picture's address.

    Asking later would save nothing, asking earlier costs a second: each poll's answer says not to come back before.
    """
    key = {"x-key": os.environ["BFL_API_KEY"]}
    answer = await call(
        "POST",
        os.environ["BFL_API_URL"] + "/v1/flux-kontext-pro",
        headers=key,
        json={
            "prompt": prompt,
            "seed": seed,
            "output_format": "jpeg",
            "prompt_upsampling": False,
            "safety_tolerance": 2,
        },
    )
    task = json.loads(answer)
    await asyncio.sleep(float(os.environ["FLOOR_PICTURE_SECONDS"]))
    while (report := json.loads(await call("GET", task["polling_url"], headers=key)))["status"] != "Ready":  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    return report["result"]["sample"]


async def main() -> None:
    """Run until SIGTERM."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    for unused in (signal.SIGUSR1, signal.SIGUSR2):  # it counts nothing
        loop.add_signal_handler(unused, lambda: None)
    Route.BASE = os.environ["DISCORD_API_URL"]
    library = through_aiohttp if os.environ.get("FLOOR_HTTP") == "aiohttp" else through_httpx
    async with library() as call, Floor(call) as bot:
        gateway = json.loads(await call("GET", Route.BASE + "/gateway"))["url"]
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)
        running = asyncio.create_task(bot.start(os.environ["DISCORD_TOKEN"]))
        await asyncio.wait([running, asyncio.create_task(stop.wait())], return_when=asyncio.FIRST_COMPLETED)


if __name__ == "__main__":
    asyncio.run(main())
