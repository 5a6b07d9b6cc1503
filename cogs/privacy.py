"""`/privacy`: consent to remixes, export and deletion of a member's data."""

from __future__ import annotations

from typing import Literal

from discord import app_commands
from discord.ext import commands

from bot.admission.rate_limits import Action
from bot.ui import reply
from bot.ui.client import AtelierClient
from bot.ui.controls import Erase
from bot.ui.interactions import Interaction
from bot.ui.views import privacy as render
from bot.ui.views.card import QUIET, note
from bot.ui.words import N_, _, ngettext, sentences
from bot.ui.words.refusals import Declined

_ANSWERS = {
    True: N_("Everyone may remix your pictures."),
    False: N_("From now on only you may remix your pictures. What others made from them before stays theirs."),
}


class PrivacyCommands(commands.GroupCog, group_name="privacy", group_description=N_("Your pictures and your data")):
    """Everything is said to the caller alone."""

    def __init__(self, client: AtelierClient) -> None:
        self.client = client
        client.on_press("erase", self.erase)

    @app_commands.command(description=N_("Say who may remix your pictures"))
    @app_commands.describe(remix=N_("Leave it out to see what holds now"))
    @app_commands.choices(
        remix=[
            app_commands.Choice(name=N_("everyone"), value="everyone"),
            app_commands.Choice(name=N_("only me"), value="only_me"),
        ]
    )
    async def consent(self, interaction: Interaction, remix: Literal["everyone", "only_me"] | None = None) -> None:
        """Keep the answer, or show it."""
        mine = interaction.user.id
        if remix is not None:
            await self.client.privacy.share(mine, with_everyone=remix == "everyone")
        text = _(_ANSWERS[await self.client.privacy.shares(mine)])
        await reply.say(interaction, text)

    @app_commands.command(description=N_("Get everything kept about you, as a file"))
    async def export(self, interaction: Interaction) -> None:
        """A JSON file, or several where Discord takes no file so large."""
        self._limited(interaction)
        await reply.think(interaction)
        parts = await self.client.privacy.export(interaction.user.id, interaction.filesize_limit)
        for number, data in enumerate(parts, start=1):
            name = render.export_name(number, len(parts))
            await reply.with_file(interaction, render.exported(number, len(parts)), data, name, again=number > 1)

    @app_commands.command(description=N_("Delete what is kept about you, and the messages with your pictures"))
    async def delete(self, interaction: Interaction) -> None:
        """Ask first."""
        await reply.privately(interaction, render.erase_question(interaction.user.id))

    async def erase(self, interaction: Interaction, button: Erase) -> None:
        """Confirmed."""
        if button.member_id != interaction.user.id:
            raise Declined(N_("Only you can have your own data deleted."))
        self._limited(interaction)
        count = await self.client.privacy.begin_erasure(interaction.user.id)
        await interaction.response.defer()  # who made much waits longer than Discord does
        count += await self.client.privacy.finish_erasure(interaction.user.id)
        text = _("Done: no picture, tree or thread here names you any more.")
        if count:
            going = ngettext(
                "{count} of my messages is being deleted.", "{count} of my messages are being deleted.", count
            )
            text = sentences(text, going)
        await reply.in_place(interaction, note(text, QUIET))

    def _limited(self, interaction: Interaction) -> None:
        self.client.rate_limits.take(Action.DATA, interaction.user.id, None)


async def setup(client: AtelierClient) -> None:
    """Load the cog."""
    await client.add_cog(PrivacyCommands(client))
