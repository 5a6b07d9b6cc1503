"""Where pictures come from: `/lineage`, `Time-lapse`, `Details`, `Compare` and `Image details`."""

from __future__ import annotations

import io

import discord
from discord import app_commands
from discord.ext import commands

from bot.admission.rate_limits import Action
from bot.gallery.library import FoundPicture
from bot.generation.service import picture_of, reference_to
from bot.models import Job, Reference
from bot.models.family import shown
from bot.ui import languages, reply
from bot.ui.client import AtelierClient
from bot.ui.controls import JobButton
from bot.ui.interactions import Interaction, place_of, post_of
from bot.ui.sources import Source
from bot.ui.views import details as render
from bot.ui.views.family import family as family_card
from bot.ui.views.family import time_lapse as time_lapse_card
from bot.ui.views.family import tree_captions
from bot.ui.words import N_, use_language
from bot.ui.words.refusals import Declined

_DRAWN = 50
_THINKING_SECONDS = 10.0
"""How long Discord may take to say what may be seen, once it was told that the answer takes a moment."""


class LineageCommands(commands.Cog):
    """Reads, shows, changes nothing."""

    def __init__(self, client: AtelierClient) -> None:
        self.client = client
        client.tree.add_command(app_commands.ContextMenu(name=N_("Image details"), callback=self.image_details))
        client.on_press("details", self.details)
        client.on_press("compare", self.compare)
        client.on_press("lapse", self.time_lapse)

    @app_commands.command(description=N_("The family tree of a picture, and who made what of it"))
    @app_commands.describe(
        source=N_("A picture's code or a message's link; without it the thread's picture, or the channel's newest")
    )
    async def lineage(self, interaction: Interaction, source: str | None = None) -> None:
        """Draw the tree; the answer is public, since it shows everybody's part: so only what all here may see."""
        seen = await self._seen(interaction, source)
        if not self.client.sources.open_here(interaction, seen.job):
            raise Declined(N_("That picture belongs to another channel. Ask for its family there."))
        self.client.rate_limits.take(Action.DRAWING, interaction.user.id, interaction.guild_id)
        await reply.think(interaction, publicly=True)
        sources = self.client.sources
        family, found = await self.client.library.family(
            seen, lambda job: sources.open_here(interaction, job), sources.open_in(interaction)
        )
        speaking = await languages.public(interaction)
        part = shown(family, _DRAWN)
        covered = any(one.job.spoiler for one in found.values())
        covered |= any(one.source is not None and one.source.spoiler for one in family.relatives)
        with use_language(speaking):
            card, captions = family_card(family, part, covered=covered), tree_captions(part)
        tree = await self.client.composites.tree(part, found, captions)
        message_id = await reply.with_file(interaction, card, tree, "family.png")
        if message_id is not None:
            await self.client.posts.add(post_of(interaction, message_id), [one.job.id for one in found.values()])

    async def details(self, interaction: Interaction, button: JobButton) -> None:
        """Show the recipe to whoever asks."""
        job = await self.client.generation.find(button.code, place_of(interaction))
        await self._show(interaction, job)

    async def _show(self, interaction: Interaction, job: Job) -> None:
        compare = bool(await self.client.sources.seen_parents(interaction, job))
        files = (
            [discord.File(io.BytesIO(job.request.prompt.encode()), render.PROMPT_FILE)] if render.is_long(job) else []
        )
        await reply.privately(interaction, render.details(job, compare=compare), files)

    async def image_details(self, interaction: Interaction, message: discord.Message) -> None:
        """The same for a message's picture."""
        source = await self.client.sources.of(message)
        if source.job is None:
            raise Declined(N_("That picture was not made by me, so I do not know how it was made."))
        await self._show(interaction, source.job)

    async def compare(self, interaction: Interaction, button: JobButton) -> None:
        """Show what it was made from beside what became of it."""
        job = await self.client.generation.find(button.code, place_of(interaction))
        if not job.pictures or not job.request.references:
            raise Declined(N_("This was not made from a picture."))
        self.client.rate_limits.take(Action.DRAWING, interaction.user.id, interaction.guild_id)
        await reply.think(interaction)
        parents = await self.client.sources.seen_parents(interaction, job, within=_THINKING_SECONDS)
        if not parents:
            raise Declined(N_("You cannot see what this was made from."))
        image = await self.client.composites.comparison(parents, reference_to(job, job.pictures[0]))
        await reply.with_file(interaction, render.comparison(job), image, "comparison.jpg")

    async def time_lapse(self, interaction: Interaction, button: JobButton) -> None:
        """Show how a picture came about, of what the one who asks can see."""
        job = await self.client.generation.find(button.code, place_of(interaction))
        seen = FoundPicture(job, picture_of(job, button.number or 1))
        self.client.rate_limits.take(Action.DRAWING, interaction.user.id, interaction.guild_id)
        await reply.think(interaction)
        sources = self.client.sources
        line = await self.client.library.line(seen, sources.open_in(interaction))
        frames = [
            one if isinstance(one, Reference) else reference_to(one.job, one.picture)
            for one in line
            if isinstance(one, Reference) or await sources.may_see(interaction, one.job)
        ]
        if len(frames) < 2:
            raise Declined(N_("There is nothing before this picture that you can see."))
        moving = await self.client.composites.time_lapse(frames)
        view = time_lapse_card(seen, len(frames), covered=any(one.spoiler for one in frames))
        await reply.with_file(interaction, view, moving, "time-lapse.webp")

    async def _seen(self, interaction: Interaction, source: str | None) -> FoundPicture:
        if not source:
            return await self.client.sources.here(interaction.channel_id or 0, interaction.user.id)
        found = await self.client.sources.named(source, interaction)
        if isinstance(found, FoundPicture):
            return found
        return await self._of_ours(found)

    async def _of_ours(self, found: Source) -> FoundPicture:
        if found.job is None or found.references[0].code is None:
            raise Declined(N_("That picture was not made by me, so I do not know its family."))
        return await self.client.library.by_code(found.references[0].code)


async def setup(client: AtelierClient) -> None:
    """Load the cog."""
    await client.add_cog(LineageCommands(client))
