"""The buttons under a job: what a click does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import discord
from discord.ext import commands

from bot.client import AtelierClient
from bot.errors import NotFound
from bot.ui import render, reply
from bot.ui.controls import JobButton
from bot.ui.translate import Interaction, member_of, place_of, reply_of


class Results(commands.Cog):
    """Each handler makes one call to the studio and shows its answer."""

    def __init__(self, client: AtelierClient) -> None:
        self.studio = client.studio
        client.on_press("cancel", self.cancel)
        client.on_press("retry", self.retry)
        client.on_press("reroll", self.reroll)
        client.on_press("vary", self.vary)
        client.on_press("details", self.details)
        client.on_press("delete", self.delete)

    async def cancel(self, interaction: Interaction, button: JobButton) -> None:
        """End a waiting job."""
        job = await self.studio.cancel(button.code, member_of(interaction), place_of(interaction))
        await reply.in_place(interaction, render.cancelled(job))

    async def retry(self, interaction: Interaction, button: JobButton) -> None:
        """Ask again, in the failed message itself."""
        receipt = await self.studio.retry(
            button.code, member_of(interaction), place_of(interaction), reply_of(interaction)
        )
        await reply.with_placeholder_in_place(interaction, receipt)

    async def reroll(self, interaction: Interaction, button: JobButton) -> None:
        """Make it anew, charged to whoever clicks."""
        receipt = await self.studio.reroll(
            button.code, member_of(interaction), place_of(interaction), reply_of(interaction)
        )
        await reply.with_placeholder(interaction, receipt)

    async def vary(self, interaction: Interaction, button: JobButton) -> None:
        """Make a variation of one picture; its address is fresh, because it comes with the click."""
        number = button.number or 1
        receipt = await self.studio.vary(
            button.code,
            number,
            _address(interaction.message, f"atelier-{button.code}-{number}."),
            member_of(interaction),
            place_of(interaction),
            reply_of(interaction),
        )
        await reply.with_placeholder(interaction, receipt)

    async def details(self, interaction: Interaction, button: JobButton) -> None:
        """Show the recipe to whoever asks."""
        job = await self.studio.find(button.code, place_of(interaction))
        await reply.privately(interaction, render.details(job))

    async def delete(self, interaction: Interaction, button: JobButton) -> None:
        """Remove the message and its pictures."""
        await self.studio.remove(button.code, member_of(interaction), place_of(interaction))
        await interaction.response.defer()
        await interaction.delete_original_response()


def _address(message: discord.Message | None, filename_start: str) -> str:
    """Where Discord shows the picture of that name now."""
    for address in _gallery(message.components if message else []):
        if urlsplit(address).path.rsplit("/", 1)[-1].startswith(filename_start):
            return address
    raise NotFound("That picture is no longer in this message.")


def _gallery(components: list[Any]) -> Iterator[str]:
    for component in components:
        if isinstance(component, discord.components.MediaGalleryComponent):
            yield from (item.media.url for item in component.items)
        else:
            yield from _gallery(getattr(component, "children", []))


async def setup(client: AtelierClient) -> None:
    """Load the cog."""
    await client.add_cog(Results(client))
