"""`/imagine`: a picture from words."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from bot.client import AtelierClient
from bot.models import PROMPT_MAX, SEED_MAX, AspectRatio, ImageFormat, ImageRequest, Model
from bot.ui import reply
from bot.ui.translate import Interaction, member_of, place_of, reply_of

MODELS = [
    app_commands.Choice(name="pro – fast, 1 credit a picture", value="pro"),
    app_commands.Choice(name="max – finest, 2 credits a picture", value="max"),
]
RATIOS = [app_commands.Choice(name=ratio.value, value=ratio.value) for ratio in AspectRatio]
FORMATS = [
    app_commands.Choice(name="jpeg – small", value="jpeg"),
    app_commands.Choice(name="png – lossless", value="png"),
]


class Imagine(commands.Cog):
    """The command and nothing else: it translates."""

    def __init__(self, client: AtelierClient) -> None:
        self.client = client

    @app_commands.command(description="Make a picture from words")
    @app_commands.describe(
        prompt="What the picture shows, in your own words",
        model="pro (default) is fast, max is finer",
        aspect_ratio="Width to height; square if you leave it out",
        count="How many pictures, each with its own seed",
        seed="The same seed and words make the same picture again",
        guidance="How closely to follow your words, from 1 (loose) to 20 (strict)",
        format="The file's format",
        enhance="Let the model rewrite your words for a richer picture",
    )
    @app_commands.choices(model=MODELS, aspect_ratio=RATIOS, format=FORMATS)
    async def imagine(
        self,
        interaction: Interaction,
        prompt: app_commands.Range[str, 1, PROMPT_MAX],
        model: str = "pro",
        aspect_ratio: str | None = None,
        count: app_commands.Range[int, 1, 4] = 1,
        seed: app_commands.Range[int, 1, SEED_MAX] | None = None,
        guidance: app_commands.Range[float, 1, 20] | None = None,
        format: str = "jpeg",
        enhance: bool = False,
    ) -> None:
        """Hand the request to the studio and answer with its placeholder."""
        request = ImageRequest(
            prompt=prompt,
            model=Model(model),
            aspect_ratio=AspectRatio(aspect_ratio) if aspect_ratio else None,
            count=count,
            seed=seed,
            guidance=guidance,
            format=ImageFormat(format),
            enhance=enhance,
        )
        receipt = await self.client.studio.submit(
            request, member_of(interaction), place_of(interaction), reply_of(interaction)
        )
        await reply.with_placeholder(interaction, receipt)


async def setup(client: AtelierClient) -> None:
    """Load the cog."""
    await client.add_cog(Imagine(client))
