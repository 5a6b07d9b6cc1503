"""Answers interactions by whichever call is still possible; a private answer never becomes a public one."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from typing import Any

import aiohttp
import discord
import structlog
from discord import ui

from bot.admission.arrivals import ANSWERABLE_MS
from bot.errors import CannotWrite, HeardTwice, NotServed, Refusal, TooLate
from bot.generation.service import GenerationService, Receipt
from bot.models import Job
from bot.ui.interactions import Interaction, arrivals_of, generation_of, others_first, owner_of, reply_of
from bot.ui.markup import escaped, one_line
from bot.ui.markup import mention as mention_of
from bot.ui.views import jobs as render
from bot.ui.views.card import PICTURE, TROUBLE, Row, card, note
from bot.ui.words import _, sentences, use_language
from bot.ui.words.refusals import explain

_log = structlog.get_logger(__name__)

NOBODY = discord.AllowedMentions.none()
_PUBLIC = "publicly"
_ANSWERED = 40060
"""Discord's code for an interaction that was acknowledged already."""
LOST = (discord.HTTPException, aiohttp.ClientError, OSError)
"""A call to Discord that was refused, or whose answer never came; aiohttp's own errors are not all OSErrors."""


async def think(interaction: Interaction, *, publicly: bool = False) -> None:
    """Say that the answer takes a moment; it will be seen by the caller alone, or by everybody."""
    await interaction.response.defer(ephemeral=not publicly, thinking=True)
    interaction.extras[_PUBLIC] = publicly


async def privately(interaction: Interaction, view: ui.LayoutView, files: Sequence[discord.File] = ()) -> None:
    """Show something to the caller alone; if that is not possible any more, show nothing."""
    try:
        if interaction.extras.pop(_PUBLIC, False):
            # The first words after a public "thinking …" would be public, whatever they ask for.
            await interaction.delete_original_response()
        if interaction.response.is_done():
            await interaction.followup.send(view=view, files=files, ephemeral=True, allowed_mentions=NOBODY)
        else:
            await interaction.response.send_message(view=view, files=files, ephemeral=True, allowed_mentions=NOBODY)
    except LOST as error:
        _log.warning("private answer lost", error=type(error).__name__)
    finally:
        arrivals_of(interaction).answered(reply_of(interaction))


async def say(interaction: Interaction, text: str) -> None:
    """Tell the caller alone, in a few words, what was done."""
    await privately(interaction, note(text, PICTURE))


async def with_file(
    interaction: Interaction, view: ui.LayoutView, data: bytes, filename: str, *, again: bool = False
) -> int | None:
    """Show a message with a file after ``think``, to whom that said; gives the message's id.

    ``again`` shows one more, to the caller alone.
    """
    file = discord.File(io.BytesIO(data), filename)
    try:
        if again:
            await interaction.followup.send(view=view, file=file, ephemeral=True, allowed_mentions=NOBODY)
            return None
        shown = await interaction.edit_original_response(view=view, attachments=[file], allowed_mentions=NOBODY)
    except LOST as error:
        _log.warning("private answer lost", error=type(error).__name__)
        return None
    return shown.id


async def with_placeholder(interaction: Interaction, receipt: Receipt) -> None:
    """Answer an accepted job publicly; the first of its two Discord calls."""
    job, view = receipt.job, _waiting(receipt)
    try:
        answer = await interaction.response.send_message(view=view, allowed_mentions=NOBODY)
    except LOST as error:
        # The job is accepted and goes on: delivery will find that the placeholder is missing.
        _log.warning("placeholder lost", error=type(error).__name__)
        return
    finally:
        arrivals_of(interaction).answered(reply_of(interaction))
    if answer.message_id is None:
        return
    if not await _placed(generation_of(interaction), job, answer.message_id, job.place.channel_id):
        with contextlib.suppress(*LOST):  # it was answered by another message: nobody needs a second message
            await interaction.delete_original_response()


async def with_placeholder_in_place(
    interaction: Interaction, receipt: Receipt, message: discord.Message | None = None
) -> None:
    """The same in the message that the clicked button stands on, or in ``message`` where that is another one."""
    job, stands = receipt.job, interaction.message
    message = message or stands
    here = message is None or stands is None or message.id == stands.id
    if message is None or not (here or job.place.reachable):
        await with_placeholder(interaction, receipt)
        return
    try:
        await in_place(interaction, _waiting(receipt) if here else note(_("It is being tried again."), PICTURE))
        if not here:
            await message.edit(view=_waiting(receipt), attachments=[], allowed_mentions=NOBODY)
    except LOST as error:
        _log.warning("placeholder lost", error=type(error).__name__)
        return
    if not await _placed(generation_of(interaction), job, message.id, job.place.channel_id):
        ended = await generation_of(interaction).find(job.code, job.place)
        if ended.cancelled:  # by another click, while this answer was on its way
            edit = interaction.edit_original_response if here else message.edit
            with contextlib.suppress(*LOST), use_language(ended.place.language):
                await edit(view=render.message(ended), allowed_mentions=NOBODY)


async def to_message(message: discord.Message, generation: GenerationService, receipt: Receipt) -> None:
    """Answer a job that was asked for by a message: without an interaction, the bot posts by itself."""
    job = receipt.job
    sent = await message.reply(view=_waiting(receipt), mention_author=False, allowed_mentions=NOBODY)
    if not await _placed(generation, job, sent.id, message.channel.id):
        with contextlib.suppress(*LOST):
            await sent.delete()


def _waiting(receipt: Receipt) -> ui.LayoutView:
    """The placeholder, in the language of all who see it."""
    with use_language(receipt.job.place.language):
        return render.waiting(receipt)


async def _placed(generation: GenerationService, job: Job, message_id: int, channel_id: int) -> bool:
    """Note which message answers a job; False where another message answered it already.

    The job is accepted whatever happens here, so nobody may read that nothing was charged: delivery finds the message.
    """
    try:
        return await generation.placed(job.id, message_id, channel_id)
    except Exception as error:  # noqa: BLE001 - as above
        _log.error("placeholder not noted", exc_info=error)
        return True


def explained(refusal: Refusal, info: discord.AppInfo | None) -> str:
    """A refusal in words; where the operator refuses a whole place, they name whom to ask."""
    if not isinstance(refusal, NotServed) or info is None:
        return explain(refusal)
    owner = owner_of(info)
    name, mention = escaped(one_line(owner.display_name)), mention_of(owner.id)
    return sentences(explain(refusal), _("It belongs to {name} ({mention}).", name=name, mention=mention))


def broken(id: int) -> str:
    """An apology for a fault of ours; the log has more of it under ``id``."""
    return _("Something went wrong on our side. This cost nothing. (Note for the operator: `{id}`)", id=str(id))


async def in_place(interaction: Interaction, view: ui.LayoutView) -> None:
    """Change the message that the clicked button stands on; its files go."""
    try:
        if interaction.response.is_done():
            await interaction.edit_original_response(view=view, attachments=[], allowed_mentions=NOBODY)
        else:
            await interaction.response.edit_message(view=view, attachments=[], allowed_mentions=NOBODY)
    finally:
        arrivals_of(interaction).answered(reply_of(interaction))


async def error(interaction: Interaction, problem: BaseException, *, mend: ui.Item[Any] | None = None) -> None:
    """Answer any error: a refusal with its own text; anything else is logged, and only an apology is shown.

    ``mend`` is a button that leads back to what was refused.
    """
    if isinstance(problem, TooLate) and problem.age_ms >= ANSWERABLE_MS:
        _log.info("interaction came too late to be answered", interaction=interaction.id, age_ms=problem.age_ms)
        return
    if isinstance(problem, Refusal):
        if isinstance(problem, CannotWrite):
            await others_first(interaction)
        _log.info("refused", kind=type(problem).__name__, member=interaction.user.id)
        rows = [] if mend is None else [Row(mend)]
        await privately(interaction, card(TROUBLE, explained(problem, interaction.client.application), *rows))
        return
    if isinstance(problem, HeardTwice) or (isinstance(problem, discord.HTTPException) and problem.code == _ANSWERED):
        _log.info("answered by another process", interaction=interaction.id)
        return
    if isinstance(problem, discord.NotFound) and problem.code == 10062:
        _log.warning("interaction came too late to be answered", interaction=interaction.id)
        return
    _log.error("command broke", interaction=interaction.id, exc_info=problem)
    await privately(interaction, note(broken(interaction.id)))
