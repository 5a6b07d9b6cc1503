"""`Report image`: a member finds that a picture should not be here; a moderator decides in the log channel."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import discord
import structlog
from discord import app_commands, ui
from discord.ext import commands

from bot.errors import NotFound, Refusal
from bot.generation.service import reference_to
from bot.models import Job, Report, ReportState
from bot.moderation.service import REASON_MAX
from bot.ui import forms, languages, messages, reply
from bot.ui.authorization import moderator_of
from bot.ui.client import AtelierClient
from bot.ui.controls import JobButton, ReportAnswer
from bot.ui.interactions import Interaction, place_of
from bot.ui.reply import LOST, NOBODY
from bot.ui.views import moderation as moderating
from bot.ui.views.card import PICTURE, note
from bot.ui.words import N_, _, use_language
from bot.ui.words.refusals import Declined, Mistake

_log = structlog.get_logger(__name__)

_HOURS_MAX = 8760
_CARDS = 500


@dataclass
class _Card:
    """The message that shows a picture's reports; its buttons carry the first one's id."""

    head: Report
    message: discord.Message | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class ReportsCommands(commands.Cog):
    """The report is a row before it is a message; what is done about it is the moderators' alone."""

    def __init__(self, client: AtelierClient) -> None:
        self.client = client
        self._cards: dict[int, _Card] = {}
        """Open cards by their job; after a restart a picture that is reported again gets a new one."""
        menu = app_commands.ContextMenu(
            name=N_("Report image"),
            callback=self.report_image,
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
        )
        client.tree.add_command(menu)
        client.on_press("report-picture", self.press)
        client.forms.register("report", self.form, self.send)
        client.on_press("report", self.answer)
        client.forms.register("report-block", self.block_form, self.block)

    async def report_image(self, interaction: Interaction, message: discord.Message) -> None:
        """Ask what is wrong with it."""
        job = await self.client.library.at_message(message.id)
        if job is None or job.place.guild_id != interaction.guild_id:
            raise Declined(N_("Only pictures that I made can be reported to the moderators this way."))
        await self.client.forms.open(interaction, "report", job.code)

    async def press(self, interaction: Interaction, button: JobButton) -> None:
        """The same from the card behind `More`."""
        await self.client.forms.open(interaction, "report", button.code)

    async def form(self, interaction: Interaction, code: str) -> ui.Modal:
        """The form that asks what is wrong."""
        job = await self.client.generation.find(code, place_of(interaction))
        await self._log_channel(interaction)
        if job.member_id == interaction.user.id:
            raise Declined(N_("This picture is yours: `Delete` under `More` takes it away."))
        words = forms.paragraph("reason", "", REASON_MAX, required=False)
        hint = _("The moderators see this, and who reported it. Its maker does not.")
        label = ui.Label[Any](text=_("What is wrong with it?"), description=hint, component=words)
        return forms.modal("report", job.code, _("Report image"), label)

    async def send(self, interaction: Interaction, filled: forms.Filled) -> None:
        """Keep the report, then post it where the moderators read."""
        channel_id = await self._log_channel(interaction)
        guild_id = interaction.guild_id or 0
        job = await self.client.generation.find(filled.target, place_of(interaction))
        await interaction.response.defer(ephemeral=True, thinking=True)
        reported = await self.client.reports.add(guild_id, interaction.user.id, job, filled.text("reason"))
        try:
            await self._post(channel_id, reported, job)
        except Exception as error:
            await self.client.reports.withdraw(reported)
            if not isinstance(error, LOST):
                raise
            raise Declined(N_("I cannot reach the moderators' channel. Please tell a moderator directly.")) from None
        text = _("Thank you. The moderators will look at it.")
        await reply.say(interaction, text)

    async def _post(self, channel_id: int, reported: Report, job: Job) -> None:
        """One card for a picture, however many report it: the next ones are told on it, one after the other."""
        card = self._cards.get(job.id)
        if card is None:
            self._cards = dict([*self._cards.items()][-_CARDS:])
            card = self._cards[job.id] = _Card(reported)
        async with card.lock:
            if card.message is not None and await self._count_up(card, card.message, reported, job):
                return
            card.head, card.message = reported, None
            view = await self._view(reported, job)
            channel = self.client.get_partial_messageable(channel_id, guild_id=reported.guild_id)
            card.message = await channel.send(view=view, allowed_mentions=NOBODY)

    async def _count_up(self, card: _Card, message: discord.Message, reported: Report, job: Job) -> bool:
        """Show how many have reported it; False where nobody would see that there: the card is lost, or answered."""
        try:
            head, _job = await self.client.reports.find(reported.guild_id, card.head.id)
            mine, _job = await self.client.reports.find(reported.guild_id, reported.id)
            view = await self._view(head, job)
            if mine.state is ReportState.OPEN is head.state and self._cards.get(job.id) is card:
                await message.edit(view=view, allowed_mentions=NOBODY)
        except (*LOST, NotFound) as error:
            _log.warning("report not counted up", report=card.head.id, error=type(error).__name__)
            return False
        return mine.state is head.state

    async def answer(self, interaction: Interaction, button: ReportAnswer) -> None:
        """A moderator decides."""
        guild, actor = moderator_of(interaction)
        report, job = await self.client.reports.find(guild.id, button.report_id)
        if button.what == "block":
            await self.client.forms.open(interaction, "report-block", str(report.id))
        elif button.what == "dismiss":
            report = await self.client.reports.dismiss(actor.id, report, job)
            await self._show(interaction, report, job)
        else:
            await self._remove(interaction, report, job)

    async def block_form(self, interaction: Interaction, report_id: str) -> ui.Modal:
        """The form that asks for how long, and why."""
        guild, _actor = moderator_of(interaction)
        report, job = await self.client.reports.find(guild.id, int(report_id))
        return _block_form(report.id, job)

    async def block(self, interaction: Interaction, filled: forms.Filled) -> None:
        """The maker of the reported picture is blocked."""
        guild, actor = moderator_of(interaction)
        report, job = await self.client.reports.find(guild.id, int(filled.target))
        hours = _hours(filled.text("hours"))
        if not job.member_id:
            raise Declined(N_("Its maker has had their data deleted: nobody knows who it was."))
        report = await self.client.reports.block_maker(actor.id, report, job, hours, filled.text("reason"))
        await self._show(interaction, report, job, filled.message)

    async def _remove(self, interaction: Interaction, report: Report, job: Job) -> None:
        """Claimed first: of two moderators who press at once, one does it and the other is told."""
        _guild, actor = moderator_of(interaction)
        await interaction.response.defer()
        claimed = await self.client.reports.claim_removal(report)
        try:
            await messages.remove(self.client, job, actor, "reported")
        except Refusal:
            await self.client.reports.reopen(claimed, report)
            raise
        await self._show(interaction, claimed, job)

    async def _show(
        self, interaction: Interaction, report: Report, job: Job, message: discord.Message | None = None
    ) -> None:
        """Show on the card that a report was answered; ``message`` is the card where the form was opened again."""
        self._cards.pop(job.id, None)  # who reports it now begins a new one
        again = message is not None and message != interaction.message
        if again:
            await reply.in_place(interaction, note(_("That is done."), PICTURE))
        elif not interaction.response.is_done():
            await interaction.response.defer()  # to find the picture's address may take Discord a moment
        view = await self._view(report, job, interaction.user.id)
        if message is not None and again:
            await message.edit(view=view, allowed_mentions=NOBODY)
        else:
            await interaction.edit_original_response(view=view, allowed_mentions=NOBODY)

    async def _view(self, report: Report, job: Job, actor_id: int = 0) -> ui.LayoutView:
        """The card as it is now, with the pictures where Discord shows them, and the prompt where the rules say so."""
        addresses = await self.client.composites.addresses([reference_to(job, one) for one in job.pictures])
        rules = await self.client.guild_settings.of(report.guild_id)
        others = await self.client.reports.others(report)
        with use_language(await languages.of_server(self.client, rules, report.guild_id)):
            return moderating.report(report, job, addresses, actor_id, others=others, with_prompt=rules.log_prompts)

    async def _log_channel(self, interaction: Interaction) -> int:
        if interaction.guild_id is None or not interaction.is_guild_integration():
            raise Declined(N_("Reports are for servers that have installed me."))
        channel_id = (await self.client.guild_settings.of(interaction.guild_id)).log_channel
        if channel_id is None:
            raise Declined(N_("The moderators of this server take no reports here. Please tell one of them directly."))
        return channel_id


def _block_form(report_id: int, job: Job) -> ui.Modal:
    hours = forms.line("hours", "24", 8)
    reason = forms.line("reason", "", REASON_MAX, required=False)
    return forms.modal(
        "report-block",
        str(report_id),
        _("Block the maker of {code}", code=job.code),
        ui.Label(text=_("For how many hours?"), description=_("A number, or: forever."), component=hours),
        ui.Label(text=_("Reason"), description=_("Shown to the member, and kept on record."), component=reason),
    )


def _hours(text: str) -> int | None:
    if text.lower() == "forever":
        return None
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= _HOURS_MAX:
        raise Mistake(N_("Hours are a number from 1 to {most}, or `forever`."), most=_HOURS_MAX)
    return int(text)


async def setup(client: AtelierClient) -> None:
    """Load the cog."""
    await client.add_cog(ReportsCommands(client))
