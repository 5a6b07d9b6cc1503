"""`/help`: what the bot can do, on one card."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from bot.ui import reply
from bot.ui.client import AtelierClient
from bot.ui.interactions import Interaction
from bot.ui.words import N_, _

TEXT = N_("""**Atelier makes pictures with FLUX.1 Kontext**
`/imagine` – describe a picture, wait a few seconds, and it appears in the channel.
`/edit` – bring one to four pictures of your own and say what to change.
`/remix` – go on from a picture here. Or mention me and say what to change, best in a reply to a picture.
`/lineage` – how a picture came about, and who did what.
`/history`, `/quota` – your pictures; your credits and when more come back.
`/privacy` – who may remix your pictures; export or delete your data.

**Under a finished picture**
`Remix` asks what should change. `Vary`, or `V1` … `V4`, makes a variation of that picture. `Reroll` makes it again \
with another seed. `More` shows you the rest: subtle variations, `Max` (the same, finer), `Details`, `Compare`, \
`Thread` (go on together), `Report`, and `Delete` (its maker and moderators only).

**Good to know**
Say what the picture shows, then its style and light: “a fox in a snowy birch forest, watercolour, morning sun”.
For a change, say the change: “make it night, keep the fox”.
The same seed with the same words makes the same picture again.
A `pro` picture costs 1 credit, a `max` picture 2. What fails costs nothing. \
Cancelling gives back what was not ordered yet.""")


class HelpCommands(commands.Cog):
    """The command and nothing else."""

    @app_commands.command(description=N_("What Atelier can do"))
    async def help(self, interaction: Interaction) -> None:
        """Answer the caller alone."""
        await reply.say(interaction, _(TEXT))


async def setup(client: AtelierClient) -> None:
    """Load the cog."""
    await client.add_cog(HelpCommands())
