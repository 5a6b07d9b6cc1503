"""`/imagine`: a picture from words."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from bot.models import AspectRatio, ImageFormat, ImageRequest, Model
from bot.ui import reply
from bot.ui.client import AtelierClient
from bot.ui.interactions import Interaction, asked_by
from bot.ui.options import Count, Guidance, Prompt, Seed, image_options
from bot.ui.words import N_


class ImagineCommands(commands.Cog):
    """The command and nothing else: it translates."""

    def __init__(self, client: AtelierClient) -> None:
        self.client = client

    @app_commands.command(description=N_("Make a picture from words"))
    @image_options(prompt=N_("What the picture shows, in your own words"))
    async def imagine(
        self,
        interaction: Interaction,
        prompt: Prompt,
        model: Model = Model.PRO,
        aspect_ratio: AspectRatio | None = None,
        count: Count = 1,
        seed: Seed | None = None,
        guidance: Guidance | None = None,
        format: ImageFormat = ImageFormat.JPEG,
        enhance: bool = False,
    ) -> None:
        """Hand the request on and answer with its placeholder."""
        request = ImageRequest(prompt, model, aspect_ratio, count, seed, guidance, format, enhance)
        receipt = await self.client.generation.submit(request, *asked_by(interaction))
        await reply.with_placeholder(interaction, receipt)


async def setup(client: AtelierClient) -> None:
    """Load the cog."""
    await client.add_cog(ImagineCommands(client))
