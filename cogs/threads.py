"""Collaborative threads: opening one under a picture, and choosing the picture that it goes on from."""

from __future__ import annotations

import discord
from discord.ext import commands

from bot.generation.service import picture_of
from bot.ui import reply
from bot.ui.client import AtelierClient
from bot.ui.controls import JobButton
from bot.ui.interactions import Interaction, member_of, place_of, post_of
from bot.ui.markup import channel
from bot.ui.views.card import PICTURE, note
from bot.ui.words import N_, _
from bot.ui.words.refusals import Declined

_NAME_LENGTH = 100
_DAY_MINUTES = 1440
_EXISTS = 160004
"""Discord's code: a message has at most one thread."""


class ThreadsCommands(commands.Cog):
    """The two buttons."""

    def __init__(self, client: AtelierClient) -> None:
        self.client = client
        client.on_press("thread", self.open)
        client.on_press("use", self.use)

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
        text = _("{member} goes on from `{code}`.", member=interaction.user.mention, code=picture.code)
        answer = await interaction.response.send_message(view=note(text, PICTURE), allowed_mentions=reply.NOBODY)
        if answer.message_id is not None:
            await self.client.posts.add(post_of(interaction, answer.message_id))

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
