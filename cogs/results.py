"""The buttons under a job: what a click does."""

from __future__ import annotations

import contextlib

from discord import ui
from discord.ext import commands

from bot.generation.service import failure_of
from bot.models import Failure, Variation
from bot.ui import picture_form, reply
from bot.ui.client import AtelierClient
from bot.ui.controls import JobButton, VaryChoice
from bot.ui.forms import Filled
from bot.ui.interactions import Interaction, asked_by, member_of, place_of
from bot.ui.views import jobs as render
from bot.ui.words import _, use_language


class ResultsCommands(commands.Cog):
    """Each handler makes one call and shows its answer."""

    def __init__(self, client: AtelierClient) -> None:
        self.client = client
        self.generation = client.generation
        client.on_press("cancel", self.cancel)
        client.on_press("tell", self.tell)
        client.on_press("retry", self.retry)
        client.forms.register("retry", self.other_words, self.say_otherwise)
        client.on_press("reroll", self.reroll)
        client.on_press("vary", self.vary)
        client.on_press("varied", self.varied)
        client.on_press("max", self.max)

    async def cancel(self, interaction: Interaction, button: JobButton) -> None:
        """End a waiting job; where this answer is lost, delivery shows the same."""
        job = await self.generation.cancel(button.code, member_of(interaction), place_of(interaction))
        with contextlib.suppress(*reply.LOST), use_language(job.place.language):
            await reply.in_place(interaction, render.cancelled(job))

    async def tell(self, interaction: Interaction, button: JobButton) -> None:
        """Mention the requester when it is ready, if it takes long."""
        await self.generation.mention_when_ready(button.code, member_of(interaction), place_of(interaction))
        await reply.say(interaction, _("I will mention you when it is ready, if that takes longer than a minute."))

    async def retry(self, interaction: Interaction, button: JobButton) -> None:
        """Ask again, in the failed message itself; where the words were refused, for others first."""
        job = await self.generation.retriable(button.code, member_of(interaction), place_of(interaction))
        if failure_of(job) is Failure.MODERATED:
            await self.client.forms.open(interaction, "retry", job.code)
            return
        receipt = await self.generation.retry(button.code, *asked_by(interaction))
        await reply.with_placeholder_in_place(interaction, receipt)

    async def other_words(self, interaction: Interaction, code: str) -> ui.Modal:
        """The form for other words."""
        member, place = member_of(interaction), place_of(interaction)
        job = await self.generation.retriable(code, member, place)
        await self.generation.may_ask(member, place, job.request.references)
        return picture_form.for_retry(job)

    async def say_otherwise(self, interaction: Interaction, filled: Filled) -> None:
        """Ask again in the words of the form."""
        receipt = await self.generation.retry(filled.target, *asked_by(interaction), words=filled.text("prompt"))
        await reply.with_placeholder_in_place(interaction, receipt, filled.message)

    async def reroll(self, interaction: Interaction, button: JobButton) -> None:
        """Make it anew, charged to whoever clicks."""
        receipt = await self.generation.reroll(button.code, *asked_by(interaction))
        await reply.with_placeholder(interaction, receipt)

    async def vary(self, interaction: Interaction, button: JobButton) -> None:
        """Make a bold variation of one picture."""
        await self._vary(interaction, button.code, button.number or 1, Variation.STRONG)

    async def varied(self, interaction: Interaction, choice: VaryChoice) -> None:
        """Make the variation that was chosen."""
        await self._vary(interaction, choice.code, *choice.chosen(interaction))

    async def _vary(self, interaction: Interaction, code: str, number: int, strength: Variation) -> None:
        source = await self.client.sources.behind(code, interaction)
        address = next((one.url for one in source.references if one.code == f"{code}-{number}"), None)
        receipt = await self.generation.vary(code, number, strength, address, *asked_by(interaction))
        await reply.with_placeholder(interaction, receipt)

    async def max(self, interaction: Interaction, button: JobButton) -> None:
        """Make a picture again on `max`; of several, ask which."""
        number = button.number
        if number is None:
            job = await self.generation.find(button.code, place_of(interaction))
            if len(job.pictures) > 1:
                await reply.privately(interaction, render.which_on_max(job))
                return
            number = job.pictures[0].number if job.pictures else 1
        receipt = await self.generation.remake(button.code, number, *asked_by(interaction))
        await reply.with_placeholder(interaction, receipt)


async def setup(client: AtelierClient) -> None:
    """Load the cog."""
    await client.add_cog(ResultsCommands(client))
