"""`/edit` and `Edit image`: a picture from pictures that somebody brings."""

from __future__ import annotations

from dataclasses import replace

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot.models import AspectRatio, ImageFormat, ImageRequest, Model, Origin
from bot.ui import forms, picture_form, reply
from bot.ui.client import AtelierClient
from bot.ui.interactions import Interaction, asked_by, member_of, place_of
from bot.ui.message_pictures import Offered, all_accepted
from bot.ui.options import Count, Guidance, Prompt, Seed, image_options
from bot.ui.sources import target_of
from bot.ui.words import N_, _


class EditCommands(commands.Cog):
    """The command, the message's menu entry, and their form."""

    def __init__(self, client: AtelierClient) -> None:
        self.client = client
        client.tree.add_command(app_commands.ContextMenu(name=N_("Edit image"), callback=self.edit_image))
        client.forms.register("edit", self.form, self.send)

    @app_commands.command(description=N_("Change a picture, or make one out of several"))
    @image_options(
        image=N_("The picture to start from"),
        prompt=N_("What to change; everything else stays as it is"),
        image2=N_("Another picture to take something from"),
        image3=N_("Another picture to take something from"),
        image4=N_("Another picture to take something from"),
        aspect_ratio=N_("Width to height; the first picture's if you leave it out"),
    )
    async def edit(
        self,
        interaction: Interaction,
        image: discord.Attachment,
        prompt: Prompt,
        image2: discord.Attachment | None = None,
        image3: discord.Attachment | None = None,
        image4: discord.Attachment | None = None,
        model: Model = Model.PRO,
        aspect_ratio: AspectRatio | None = None,
        count: Count = 1,
        seed: Seed | None = None,
        guidance: Guidance | None = None,
        format: ImageFormat = ImageFormat.JPEG,
        enhance: bool = False,
    ) -> None:
        """Check the files by what Discord says of them, and hand the request on."""
        files = [Offered.from_attachment(one) for one in (image, image2, image3, image4) if one is not None]
        request = replace(
            ImageRequest(prompt, model, aspect_ratio, count, seed, guidance, format, enhance),
            references=all_accepted(files, interaction.user.id),
            origin=Origin.EDIT,
        )
        receipt = await self.client.generation.submit(request, *asked_by(interaction))
        await reply.with_placeholder(interaction, receipt)

    async def edit_image(self, interaction: Interaction, message: discord.Message) -> None:
        """Open an empty form for any message's pictures."""
        source = await self.client.sources.of(message)
        target = target_of(message, source)
        self.client.sources.keep(target, interaction.user, source)
        await self.client.forms.open(interaction, "edit", target)

    async def form(self, interaction: Interaction, target: str) -> ui.Modal:
        """The form."""
        source = await self.client.sources.recall(target, interaction)
        await self.client.generation.may_ask(member_of(interaction), place_of(interaction), source.references[:1])
        return picture_form.for_source("edit", target, source, title=_("Edit image"))

    async def send(self, interaction: Interaction, filled: forms.Filled) -> None:
        """The form came back."""
        request = await picture_form.request_for(interaction, self.client.sources, filled, Origin.EDIT)
        receipt = await self.client.generation.submit(request, *asked_by(interaction))
        await reply.with_placeholder(interaction, receipt)


async def setup(client: AtelierClient) -> None:
    """Load the cog."""
    await client.add_cog(EditCommands(client))
