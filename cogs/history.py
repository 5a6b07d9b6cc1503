"""`/history`: one's own pictures, page by page; for moderators, any member's."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.gallery.library import Page
from bot.generation.service import reference_to
from bot.ui import reply
from bot.ui.client import AtelierClient
from bot.ui.controls import HistoryPage
from bot.ui.interactions import Interaction, age_restricted, member_of
from bot.ui.views import history as render
from bot.ui.words import N_
from bot.ui.words.refusals import Declined

_WORDS = 50


class HistoryCommands(commands.Cog):
    """Everything it shows is for the caller alone."""

    def __init__(self, client: AtelierClient) -> None:
        self.client = client
        client.on_press("history", self.turn)

    @app_commands.command(description=N_("Your pictures, newest first"))
    @app_commands.describe(
        member=N_("Moderators only: whose pictures to show"),
        words=N_("Only pictures whose prompts contain these words"),
    )
    async def history(
        self,
        interaction: Interaction,
        member: discord.User | None = None,
        words: app_commands.Range[str, 1, _WORDS] | None = None,
    ) -> None:
        """The first page."""
        whose = member.id if member else interaction.user.id
        await reply.think(interaction)
        await self._show(interaction, whose, None, " ".join((words or "").split()))

    async def turn(self, interaction: Interaction, page: HistoryPage) -> None:
        """Another page, in place."""
        await interaction.response.defer()
        await self._show(interaction, page.member_id, page.before, page.words)

    async def _show(self, interaction: Interaction, whose: int, before: int | None, words: str) -> None:
        own = whose == interaction.user.id
        if not own and not member_of(interaction).moderator:
            raise Declined(N_("Only moderators can see the pictures of others this way."))
        page = await self._page(interaction, whose, before, words, own=own)
        here_too = [job for job in page.jobs if age_restricted(interaction.channel) or not job.place.age_restricted]
        found = await self.client.composites.addresses([reference_to(job, job.pictures[0]) for job in here_too])
        by_job = dict(zip((job.id for job in here_too), found, strict=True))
        addresses = [by_job.get(job.id) for job in page.jobs]  # the others are linked, and stay where they are
        view = render.history(page, whose, addresses, words, own=own, first=before is None)
        await interaction.edit_original_response(view=view, allowed_mentions=reply.NOBODY)

    async def _page(self, interaction: Interaction, whose: int, before: int | None, words: str, *, own: bool) -> Page:
        """The next page on which there is something that the caller may see."""
        while True:
            page = await self.client.library.history(whose, interaction.guild_id, before=before, words=words)
            seen = tuple([job for job in page.jobs if own or await self.client.sources.may_see(interaction, job)])
            if seen or not page.more:
                return Page(seen, page.more)
            before = page.jobs[-1].id


async def setup(client: AtelierClient) -> None:
    """Load the cog."""
    await client.add_cog(HistoryCommands(client))
