"""A small bot of the unmodified discord.py, and a clock, for the tests of the loopback Discord itself."""

from __future__ import annotations

import asyncio

import discord as library
from discord import app_commands, ui

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c63f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)


class Clock:
    """A clock that stands still until it is told otherwise."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


class TinyBot(library.AutoShardedClient):
    """Answers three commands; knows nothing of Atelier."""

    def __init__(self, *shard_ids: int, of: int | None = None) -> None:
        super().__init__(intents=library.Intents.default(), guild_ready_timeout=0, shard_count=of)
        self.shard_ids = list(shard_ids) or None
        self.tree = app_commands.CommandTree(self)
        self.asked: list[library.Interaction] = []
        self.heard: list[library.Message] = []
        self.mulling = asyncio.Event()
        self.ready = asyncio.Event()
        self.tree.command(name="paint", description="Answers with a placeholder")(self.paint)
        self.tree.command(name="whisper", description="Answers in private")(self.whisper)
        self.tree.command(name="mull", description="Keeps for later")(self.mull)

    async def setup_hook(self) -> None:
        await self.tree.sync()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Identify at once: the library would wait five seconds between two shards."""

    async def on_ready(self) -> None:
        self.ready.set()

    async def on_message(self, message: library.Message) -> None:
        self.heard.append(message)

    async def on_interaction(self, interaction: library.Interaction) -> None:
        if interaction.type is library.InteractionType.component:
            self.asked.append(interaction)
            await interaction.response.edit_message(view=words("clicked"))

    async def paint(self, interaction: library.Interaction, prompt: str) -> None:
        self.asked.append(interaction)
        await interaction.response.send_message(view=words(f"painting {prompt}", button="Cancel"))

    async def whisper(self, interaction: library.Interaction) -> None:
        self.asked.append(interaction)
        await interaction.response.send_message("only for you", ephemeral=True)

    async def mull(self, interaction: library.Interaction) -> None:
        self.asked.append(interaction)
        self.mulling.set()


def words(text: str, *, button: str = "", picture: str = "") -> ui.LayoutView:
    """A small message in Components V2."""
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.TextDisplay(text))
    if picture:
        view.add_item(ui.MediaGallery(library.MediaGalleryItem(f"attachment://{picture}", description="a pixel")))
    if button:
        row: ui.ActionRow[ui.LayoutView] = ui.ActionRow()
        row.add_item(ui.Button(label=button, custom_id=f"press:{button}"))
        view.add_item(row)
    return view
