"""`/quota`: what a member has used, has left, and when more comes back."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from bot.ui import reply
from bot.ui.client import AtelierClient
from bot.ui.interactions import Interaction, member_of, place_of
from bot.ui.views.quota import quota as shown
from bot.ui.words import N_


class QuotaCommands(commands.Cog):
    """The command and nothing else."""

    def __init__(self, client: AtelierClient) -> None:
        self.client = client

    @app_commands.command(description=N_("See your credits: used, left, and when more come back"))
    async def quota(self, interaction: Interaction) -> None:
        """Answer the caller alone."""
        member, place = member_of(interaction), place_of(interaction)
        usage = await self.client.credits.usage(member, place)
        blocked = await self.client.admission.blocked(member, place)
        await reply.privately(interaction, shown(usage, blocked))


async def setup(client: AtelierClient) -> None:
    """Load the cog."""
    await client.add_cog(QuotaCommands(client))
