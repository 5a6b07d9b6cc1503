"""Collaborative threads: opening one under a picture, and choosing the picture that it goes on from."""

from __future__ import annotations

import asyncio

import discord
from discord.ext import commands

from bot.gallery.library import FoundPicture
from bot.generation.service import picture_of, reference_to
from bot.models import Reference
from bot.ui import languages, reply
from bot.ui.client import AtelierClient
from bot.ui.controls import JobButton
from bot.ui.interactions import Interaction, member_of, place_of, post_of
from bot.ui.markup import channel, link, message_link
from bot.ui.message_pictures import address_in
from bot.ui.views import surroundings
from bot.ui.words import N_, _, use_language
from bot.ui.words.refusals import Declined

_SECONDS = 1.5
_NAME_LENGTH = 100
_DAY_MINUTES = 1440
_EXISTS = 160004
"""Discord's code: a message has at most one thread."""


class ThreadsCommands(commands.Cog):
    """The three buttons."""

    def __init__(self, client: AtelierClient) -> None:
        self.client = client
        client.on_press("thread", self.open)
        client.on_press("use", self.use)
        client.on_press("undo", self.undo)

    async def open(self, interaction: Interaction, button: JobButton) -> None:
        """Open a thread under the message, or find the one that is there."""
        job = await self.client.generation.find(button.code, place_of(interaction))
        guild_id = interaction.guild_id
        if job.message_id is None or guild_id is None or not job.pictures:
            raise Declined(N_("A thread can be opened under a picture in a server's channel."))
        channel_id = job.message_channel_id or job.place.channel_id
        message = self.client.get_partial_messageable(channel_id, guild_id=guild_id).get_partial_message(job.message_id)
        there = await self.client.library.remix_thread(message.id) or message.thread
        if there is None and not interaction.permissions.create_public_threads:
            raise Declined(N_("You are not allowed to open threads in this channel."))
        await self.client.generation.may_ask(member_of(interaction), place_of(interaction), ())
        await reply.think(interaction)
        thread_id = await self._thread_under(message, " ".join(job.request.prompt.split()))
        begun = await self.client.remix_threads.open(thread_id, guild_id, job.pictures[0].code)
        text = N_("Continue here: {thread}") if begun else N_("There is already a thread: {thread}")
        await reply.say(interaction, _(text, thread=channel(thread_id)))

    async def use(self, interaction: Interaction, button: JobButton) -> None:
        """Make one of several pictures the thread's current one."""
        job = await self.client.generation.find(button.code, place_of(interaction))
        picture = picture_of(job, button.number or 1)
        if not isinstance(interaction.channel, discord.Thread) or interaction.guild_id is None:
            raise Declined(N_("Only a thread has a current picture."))
        await self.client.remix_threads.use(interaction.channel.id, interaction.guild_id, picture.code)
        message = interaction.message
        known = address_in(message, Reference(None, picture.code)) if message is not None else None
        shown = reference_to(job, picture, known)
        await self._say(interaction, N_("{member} goes on from {picture}."), FoundPicture(job, picture), shown)

    async def undo(self, interaction: Interaction, button: JobButton) -> None:
        """Make the picture before the current one current again."""
        await self.client.generation.find(button.code, place_of(interaction))
        found = await self.client.remix_threads.undo(interaction.channel_id or 0, f"{button.code}-{button.number}")
        text = N_("{member} took the last step back. The current picture is {picture} again.")
        await self._say(interaction, text, found, reference_to(found.job, found.picture))

    async def _say(self, interaction: Interaction, text: str, seen: FoundPicture, shown: Reference) -> None:
        """Tell everybody from which picture it goes on, and show it here: its own message may be far above."""
        where = message_link(interaction.guild_id, shown.channel_id or 0, shown.message_id)
        address = await self._address(shown)
        with use_language(await languages.public(interaction)):
            words = surroundings.in_quotes(seen.job.request.prompt) or seen.picture.code
            said = _(text, member=interaction.user.mention, picture=link(words, where))
            view = surroundings.chosen(said, seen.job.code, seen.picture.number, address, spoiler=seen.job.spoiler)
        answer = await interaction.response.send_message(view=view, allowed_mentions=reply.NOBODY)
        if answer.message_id is not None:
            await self.client.posts.add(post_of(interaction, answer.message_id), [seen.job.id])

    async def _address(self, shown: Reference) -> str | None:
        """Where Discord shows a picture now; None where it does not say so in time."""
        try:
            async with asyncio.timeout(_SECONDS):
                (address,) = await self.client.composites.addresses([shown])
        except TimeoutError:
            return None
        return address

    async def _thread_under(self, message: discord.PartialMessage, name: str) -> int:
        """The thread's id, which is its message's."""
        try:
            thread = await message.create_thread(
                name=name[:_NAME_LENGTH] or _("Remix"), auto_archive_duration=_DAY_MINUTES
            )
        except discord.Forbidden:
            raise Declined(
                N_(
                    "I am not allowed to open threads here. A moderator can allow me `Create Public Threads` and "
                    "`Send Messages in Threads`."
                )
            ) from None
        except discord.HTTPException as error:
            if error.code == _EXISTS:
                return message.id
            raise
        return thread.id


async def setup(client: AtelierClient) -> None:
    """Load the cog."""
    await client.add_cog(ThreadsCommands(client))
