"""The floor: a bare discord.py program that makes the same HTTP calls, with no database and no checks."""

from __future__ import annotations

import asyncio
import io
import os
import signal

import discord
import httpx
import yarl
from discord import app_commands, ui
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

Interaction = discord.Interaction[commands.AutoShardedBot]


def card(*items: ui.Item[ui.LayoutView]) -> ui.LayoutView:
    """A container, as ours."""
    view = ui.LayoutView()
    view.add_item(ui.Container(*items))
    return view


class Floor(commands.AutoShardedBot):
    """One command: placeholder, vendor, picture."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        super().__init__(command_prefix="!", intents=discord.Intents(guilds=True), max_messages=None)
        self.vendor = http
        self.tree.add_command(imagine)

    async def setup_hook(self) -> None:
        await self.tree.sync()


@app_commands.command(description="Make a picture")
async def imagine(interaction: Interaction, prompt: str) -> None:
    """The same calls, in a row."""
    row = ui.ActionRow(ui.Button(label="Cancel", custom_id=f"cancel:{interaction.id}"))
    await interaction.response.send_message(view=card(ui.TextDisplay(f"Painting\n> {prompt}"), row))
    http = interaction.client.vendor
    answer = await http.post(
        os.environ["AIMLAPI_URL"] + "/v1/images/generations",
        headers={"Authorization": f"Bearer {os.environ['AIMLAPI_KEY']}"},
        json={
            "model": "flux/kontext-pro/text-to-image",
            "prompt": prompt,
            "aspect_ratio": "1:1",
            "num_images": 1,
            "seed": interaction.id % 1_000_000 + 1,
            "safety_tolerance": "2",
            "output_format": "jpeg",
        },
    )
    body = answer.json()
    url = (body.get("data") or body.get("images"))[0]["url"]
    picture = (await http.get(url)).content
    buttons = [
        ui.Button(label=name, custom_id=f"{name}:{interaction.id}") for name in ("Reroll", "V1", "Details", "Delete")
    ]
    gallery = ui.MediaGallery(discord.MediaGalleryItem("attachment://picture.jpg"))
    view = card(ui.TextDisplay(f"> {prompt}"), gallery, ui.ActionRow(*buttons))
    await interaction.edit_original_response(view=view, attachments=[discord.File(io.BytesIO(picture), "picture.jpg")])


async def main() -> None:
    """Run until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    Route.BASE = os.environ["DISCORD_API_URL"]
    async with httpx.AsyncClient(timeout=600, limits=httpx.Limits(max_connections=300)) as http, Floor(http) as bot:
        gateway = (await http.get(Route.BASE + "/gateway")).json()["url"]
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)
        running = asyncio.create_task(bot.start(os.environ["DISCORD_TOKEN"]))
        await asyncio.wait([running, asyncio.create_task(stop.wait())], return_when=asyncio.FIRST_COMPLETED)


if __name__ == "__main__":
    asyncio.run(main())
