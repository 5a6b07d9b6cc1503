"""`More` under a picture: the private card, and `Delete`, which asks first."""

from __future__ import annotations

import contextlib

from discord import ui
from discord.ext import commands

from bot.errors import Missing, NotFound
from bot.generation.service import may_end
from bot.models import Job
from bot.ui import messages, reply
from bot.ui.client import AtelierClient
from bot.ui.controls import JobButton
from bot.ui.interactions import Interaction, member_of, place_of
from bot.ui.kept import Kept
from bot.ui.views import more as render
from bot.ui.views.card import QUIET, note
from bot.ui.words import N_, _
from bot.ui.words.refusals import Declined

_CLICKS = 500
_TOKEN_SECONDS = 14 * 60.0


class MoreCommands(commands.Cog):
    """The buttons on the card itself stand where their subject is: results, lineage, threads, reports."""

    def __init__(self, client: AtelierClient) -> None:
        self.client = client
        self.generation = client.generation
        self._clicks: Kept[tuple[int, str], Interaction] = Kept(_CLICKS, _TOKEN_SECONDS)
        """Who clicked under which job's message, where the bot has no access to the channel."""
        self._cards: Kept[tuple[int, str], Interaction] = Kept(_CLICKS, _TOKEN_SECONDS)
        """Whose card stands open for which job: when that is deleted, its buttons lead nowhere."""
        client.on_press("more", self.more)
        client.on_press("delete", self.delete)
        client.on_press("delete-now", self.delete_now)

    async def more(self, interaction: Interaction, button: JobButton) -> None:
        """Show the card; the pictures' addresses, which came with the click, are kept for what is chosen on it."""
        job = await self.generation.find(button.code, place_of(interaction))
        if not job.pictures or job.message_id is None:
            raise NotFound(Missing.MESSAGE)
        sources = self.client.sources
        sources.keep(job.code, interaction.user, await sources.behind(job.code, interaction))
        compare = bool(await sources.seen_parents(interaction, job))
        reports = (await self.client.guild_settings.of(interaction.guild_id)).log_channel is not None
        delete = may_end(job, member_of(interaction))
        await self._privately(interaction, job, render.more(job, compare=compare, reports=reports, delete=delete))
        self._cards.keep((interaction.user.id, job.code), interaction)

    async def delete(self, interaction: Interaction, button: JobButton) -> None:
        """Ask first."""
        job = await self.generation.removable(button.code, member_of(interaction), place_of(interaction))
        await self._privately(interaction, job, render.delete_question(job))

    async def delete_now(self, interaction: Interaction, button: JobButton) -> None:
        """Remove the message and its pictures."""
        member, place = member_of(interaction), place_of(interaction)
        job = await self.generation.removable(button.code, member, place)
        click = self._clicks.get((interaction.user.id, job.code))
        if click is None and not place.reachable:
            raise Declined(N_("That was too long ago. Please press `Delete` again."))
        await interaction.response.defer()
        await messages.remove(self.client, job, member, click=click)
        await reply.in_place(interaction, note(_("Deleted."), QUIET))
        if place.reachable and (opened := self._cards.get((interaction.user.id, job.code))) is not None:
            with contextlib.suppress(*reply.LOST):
                await opened.edit_original_response(view=note(_("Deleted."), QUIET))

    async def _privately(self, interaction: Interaction, job: Job, view: ui.LayoutView) -> None:
        """Show a card to the caller alone.

        Where the bot has no access to the channel, only the click on the message itself can delete it later, and only
        if it was not answered by another message.
        """
        stands = interaction.message is not None and interaction.message.id == job.message_id
        if stands and not place_of(interaction).reachable:
            await interaction.response.defer()
            self._clicks.keep((interaction.user.id, job.code), interaction)
        await reply.privately(interaction, view)


async def setup(client: AtelierClient) -> None:
    """Load the cog."""
    await client.add_cog(MoreCommands(client))
