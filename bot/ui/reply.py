"""The safe sender: it knows what an interaction can still take, and never turns a private word into a public one."""

from __future__ import annotations

import io

import aiohttp
import discord
import structlog
from discord import ui

from bot.errors import Refusal
from bot.studio import Receipt, Studio
from bot.ui import render
from bot.ui.translate import Interaction, studio_of

_log = structlog.get_logger(__name__)

NOBODY = discord.AllowedMentions.none()
LOST = (discord.HTTPException, aiohttp.ClientError, OSError)
"""A call to Discord that was refused, or whose answer never came; aiohttp's own errors are not all OSErrors."""


async def privately(interaction: Interaction, view: ui.LayoutView) -> None:
    """Show something to the caller alone; if that is not possible any more, show nothing."""
    try:
        if interaction.response.is_done():
            await interaction.followup.send(view=view, ephemeral=True, allowed_mentions=NOBODY)
        else:
            await interaction.response.send_message(view=view, ephemeral=True, allowed_mentions=NOBODY)
    except LOST as error:
        _log.warning("private answer lost", error=type(error).__name__)


async def with_file(interaction: Interaction, view: ui.LayoutView, data: bytes, filename: str) -> None:
    """Show a private message with a file, after the answer was deferred."""
    file = discord.File(io.BytesIO(data), filename)
    try:
        await interaction.edit_original_response(view=view, attachments=[file], allowed_mentions=NOBODY)
    except LOST as error:
        _log.warning("private answer lost", error=type(error).__name__)


async def with_placeholder(interaction: Interaction, receipt: Receipt) -> None:
    """Answer an accepted job publicly; the first of its two Discord calls."""
    job = receipt.job
    try:
        answer = await interaction.response.send_message(
            view=render.waiting(job, receipt.ahead), allowed_mentions=NOBODY
        )
    except LOST as error:
        # The job is accepted and goes on: delivery will find that the placeholder is missing.
        _log.warning("placeholder lost", job=job.code, error=type(error).__name__)
        return
    if answer.message_id is not None:
        await studio_of(interaction).placed(job.id, answer.message_id, job.place.channel_id)


async def with_placeholder_in_place(interaction: Interaction, receipt: Receipt) -> None:
    """The same in the message that the clicked button stands on."""
    job = receipt.job
    try:
        await in_place(interaction, render.waiting(job, receipt.ahead))
    except LOST as error:
        _log.warning("placeholder lost", job=job.code, error=type(error).__name__)
        return
    if interaction.message is not None:
        await studio_of(interaction).placed(job.id, interaction.message.id, job.place.channel_id)


async def to_message(message: discord.Message, studio: Studio, receipt: Receipt) -> None:
    """Answer a job that was asked for by a message: without an interaction, the bot posts by itself."""
    job = receipt.job
    sent = await message.reply(view=render.waiting(job, receipt.ahead), mention_author=False, allowed_mentions=NOBODY)
    await studio.placed(job.id, sent.id, message.channel.id)


async def refusal_to(message: discord.Message, refusal: Refusal) -> None:
    """Say privately why a message was refused: a channel is not the place for somebody's quota."""
    _log.info("refused", kind=type(refusal).__name__, member=message.author.id)
    try:
        await message.author.send(view=render.note(refusal.text), allowed_mentions=NOBODY)
    except LOST:
        text = "I could not do that, and cannot write to you privately. `/remix` will tell you why."
        await message.reply(view=render.note(text), mention_author=False, allowed_mentions=NOBODY)


async def in_place(interaction: Interaction, view: ui.LayoutView) -> None:
    """Change the message that the clicked button stands on; its files go."""
    await interaction.response.edit_message(view=view, attachments=[], allowed_mentions=NOBODY)


async def error(interaction: Interaction, problem: BaseException) -> None:
    """The one ladder: a refusal is shown as it is, anything else is logged and shown as a plain word."""
    if isinstance(problem, Refusal):
        _log.info("refused", kind=type(problem).__name__, member=interaction.user.id)
        await privately(interaction, render.note(problem.text))
        return
    if isinstance(problem, discord.NotFound) and problem.code == 10062:
        _log.warning("interaction came too late to be answered", interaction=interaction.id)
        return
    _log.error("command broke", interaction=interaction.id, exc_info=problem)
    await privately(
        interaction,
        render.note(
            f"Something went wrong on our side, and nothing was charged. (Note for the operator: `{interaction.id}`)"
        ),
    )
