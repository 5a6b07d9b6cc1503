"""`/remix` and every other way to it: the button, the message's menu, words that mention the bot."""

from __future__ import annotations

import contextlib
import time
from dataclasses import replace

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot.admission.rate_limits import Action
from bot.errors import NotFound, NotNow
from bot.gallery.library import FoundPicture
from bot.generation.service import reference_to
from bot.models import AspectRatio, ImageFormat, ImageRequest, Job, Model, Origin, Picture, Reference
from bot.observability.log import about
from bot.ui import forms, markup, message_errors, picture_form, reply
from bot.ui.client import AtelierClient
from bot.ui.controls import FamilyChoice, JobButton
from bot.ui.interactions import Interaction, asked_by, member_of, member_who_said, place_of, place_of_message
from bot.ui.markup import elided, mention, one_line
from bot.ui.message_pictures import in_message
from bot.ui.options import Count, Guidance, Prompt, Seed, image_options
from bot.ui.sources import MAX_REFERENCES, Source, target_of
from bot.ui.views.job_text import positions
from bot.ui.words import N_, _, language, speak
from bot.ui.words.refusals import Declined

HOW = N_(
    "Mention me and say what should change: `@Atelier make it night`. In a thread I go on from its current picture, "
    "elsewhere from the channel's newest, from the one that you reply to, or from those that you attach."
)
NOTHING_HERE = N_(
    "There is no picture here that you can go on from. Make one with `/imagine`, reply to a message with a picture, or "
    "attach one, and mention me with what should change."
)
_CHOICES = 25
_SAID = {discord.MessageType.default, discord.MessageType.reply}
"""What people write; Discord's own lines, such as who was added to a thread, mention whom they are about."""
_AGES = ((1440, N_("{count} d ago")), (60, N_("{count} h ago")), (1, N_("{count} min ago")))
"""From how many minutes on a time is told in which unit."""


class RemixCommands(commands.Cog):
    """Each way finds its picture and makes the same request."""

    def __init__(self, client: AtelierClient) -> None:
        self.client = client
        client.tree.add_command(app_commands.ContextMenu(name=N_("Remix image"), callback=self.remix_image))
        client.on_press("remix", self.press)
        client.on_press("family", self.from_tree)
        client.forms.register("remix", self.form, self.send)

    @app_commands.command(description=N_("Go on from a picture: this thread's, this channel's newest, or any you name"))
    @image_options(
        prompt=N_("What to change; everything else stays as it is"),
        source=N_("A picture's code or a message's link; without it the thread's picture, or the channel's newest"),
        aspect_ratio=N_("Width to height; the picture's own if you leave it out"),
    )
    async def remix(
        self,
        interaction: Interaction,
        prompt: Prompt,
        source: str | None = None,
        model: Model = Model.PRO,
        aspect_ratio: AspectRatio | None = None,
        count: Count = 1,
        seed: Seed | None = None,
        guidance: Guidance | None = None,
        format: ImageFormat = ImageFormat.JPEG,
        enhance: bool = False,
    ) -> None:
        """Find the picture, and hand the request on."""
        request = ImageRequest(prompt, model, aspect_ratio, count, seed, guidance, format, enhance)
        sources = self.client.sources
        found = await (
            sources.named(source, interaction)
            if source
            else sources.here(interaction.channel_id or 0, interaction.user.id)
        )
        await self._submit(interaction, _starting_from(request, found))

    @remix.autocomplete("source")
    async def recent(self, interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
        """The channel's newest pictures whose words, code or maker hold what was typed."""
        found = await self.client.library.recent(interaction.channel_id or 0, limit=100)
        typed = current.strip().lower()
        fitting = [
            job for job in found if not typed or typed in f"{job.code} {job.request.prompt} {job.member_name}".lower()
        ]
        return [
            app_commands.Choice(name=_named(job, picture), value=picture.code)
            for job in fitting
            for picture in job.pictures
        ][:_CHOICES]

    async def press(self, interaction: Interaction, button: JobButton) -> None:
        """Open the form under a finished picture, or on the header of a thread."""
        target, sources = button.code, self.client.sources
        if button.number is None:
            sources.keep(target, interaction.user, await sources.behind(target, interaction))
        else:
            target += f":{button.number}"
        await self.client.forms.open(interaction, "remix", target)

    async def from_tree(self, interaction: Interaction, choice: FamilyChoice) -> None:
        """Open the form for the picture that was chosen under a family tree."""
        await self.client.forms.open(interaction, "remix", choice.chosen(interaction).replace("-", ":"))

    async def remix_image(self, interaction: Interaction, message: discord.Message) -> None:
        """Open the form for any message's pictures."""
        source = await self.client.sources.of(message)
        target = target_of(message, source)
        self.client.sources.keep(target, interaction.user, source)
        await self.client.forms.open(interaction, "remix", target)

    async def form(self, interaction: Interaction, target: str) -> ui.Modal:
        """The form: empty, with the old words above it."""
        sources = self.client.sources
        source = await sources.recall(target, interaction)
        await self.client.generation.may_ask(member_of(interaction), place_of(interaction), source.references[:1])
        words = source.job.request.prompt if source.job else ""
        original = await sources.original_of(interaction, source)
        return picture_form.for_source("remix", target, source, title=_("Remix"), words=words, original=original)

    async def send(self, interaction: Interaction, filled: forms.Filled) -> None:
        """The form came back."""
        await self._submit(
            interaction, await picture_form.request_for(interaction, self.client.sources, filled, Origin.REMIX)
        )

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Words that mention the bot are a remix: of what they reply to, bring along, or of what is current here."""
        me = self.client.user
        if message.author.bot or me is None or me not in message.mentions:
            return
        if message.type not in _SAID:
            return
        about(message=message.id)
        speak(place_of_message(message).language or language())
        try:
            guild_id = message.guild.id if message.guild else None
            self.client.rate_limits.take(Action.MENTION, message.author.id, guild_id)
            await self._reply(message)
        except Exception as problem:  # noqa: BLE001 - every kind is logged and answered
            await message_errors.answer(message, problem, self.client)

    async def _reply(self, message: discord.Message) -> None:
        me = self.client.user
        prompt = _without_mention(message.content, me.id if me else 0)
        if not prompt:
            raise Declined(HOW)
        if not _may_answer(message):
            raise Declined(N_("I am not allowed to write in {channel}."), channel=markup.channel(message.channel.id))
        references, origin = await self._meant(message)
        parent = references[0].code
        request = ImageRequest(prompt=prompt, references=references, origin=origin, parent=parent)
        place = place_of_message(message)
        if place.language is None and parent is not None:  # a direct message does not say it: as its picture's
            place = replace(place, language=(await self.client.library.by_code(parent)).job.place.language)
        generation = self.client.generation
        receipt = await generation.submit(request, member_who_said(message), place, None, message_id=message.id)
        try:
            await reply.to_message(message, generation, receipt)
        except reply.LOST:
            # Nobody would see it, so no more of it must be ordered; unless delivery has posted it elsewhere meanwhile.
            with contextlib.suppress(NotNow):
                await generation.cancel(receipt.job.code, member_who_said(message), place)

    async def _meant(self, message: discord.Message) -> tuple[tuple[Reference, ...], Origin]:
        """What somebody who mentions the bot wants to be changed."""
        brought = in_message(message) if message.attachments else ()
        if message.reference is not None:
            pointed = message.reference.resolved
            if not isinstance(pointed, discord.Message):
                raise Declined(N_("The message that you replied to was deleted, or I cannot read it."))
            first = (await self.client.sources.of(pointed)).references[:1]
            return (*first, *brought)[:MAX_REFERENCES], Origin.REMIX
        if brought:
            return brought[:MAX_REFERENCES], Origin.EDIT
        try:
            seen = await self.client.sources.here(message.channel.id, message.author.id)
        except NotFound:
            raise Declined(NOTHING_HERE) from None
        return (reference_to(seen.job, seen.picture),), Origin.REMIX

    async def _submit(self, interaction: Interaction, request: ImageRequest) -> None:
        receipt = await self.client.generation.submit(request, *asked_by(interaction))
        await reply.with_placeholder(interaction, receipt)


def _starting_from(request: ImageRequest, found: FoundPicture | Source) -> ImageRequest:
    reference = found.references[0] if isinstance(found, Source) else reference_to(found.job, found.picture)
    return replace(request, references=(reference,), origin=Origin.REMIX, parent=reference.code)


def _may_answer(message: discord.Message) -> bool:
    """Whether the bot may write where a message stands, as far as it knows."""
    channel, guild = message.channel, message.guild
    if guild is None or isinstance(channel, discord.PartialMessageable | discord.DMChannel | discord.GroupChannel):
        return True
    allowed = channel.permissions_for(guild.me)
    return allowed.send_messages_in_threads if isinstance(channel, discord.Thread) else allowed.send_messages


def _without_mention(text: str, bot_id: int) -> str:
    return one_line(text.replace(mention(bot_id), " ").replace(f"<@!{bot_id}>", " "))


def _named(job: Job, picture: Picture) -> str:
    """A picture in a hundred letters: code, where it stands in its message, words, maker, age."""
    minutes = max(0, int(time.time() - job.created_at / 1000) // 60)
    size, unit = next((one for one in _AGES if minutes >= one[0]), _AGES[-1])
    place = positions(job).get(picture.number)
    end = f" · {job.member_name[:20]} · {_(unit, count=minutes // size)}"
    start = f"{picture.code} · " + (f"{place} · " if place else "")
    return start + elided(one_line(job.request.prompt), 100 - len(start) - len(end)) + end


async def setup(client: AtelierClient) -> None:
    """Load the cog."""
    await client.add_cog(RemixCommands(client))
