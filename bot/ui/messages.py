"""The bot's own messages, wherever they stand: deleting them, and changing them without an interaction."""

from __future__ import annotations

import contextlib

import discord
import structlog

from bot.models import Job, Member
from bot.ui import markup
from bot.ui.client import AtelierClient
from bot.ui.interactions import Interaction
from bot.ui.reply import LOST
from bot.ui.words import N_
from bot.ui.words.refusals import Declined

_log = structlog.get_logger(__name__)

ARCHIVED = 50083
"""Discord's code: the thread is archived."""
_GONE = {10003, 10008}
"""Discord's codes: unknown channel, unknown message."""


async def delete(client: discord.Client, channel_id: int, message_id: int) -> bool:
    """Delete a message; False where it is out of reach for good, such as in a locked thread.

    Raises discord.py's errors only where it is worth asking again: rate limits, Discord's own trouble, no answer.
    """
    message = client.get_partial_messageable(channel_id).get_partial_message(message_id)
    try:
        await message.delete()
    except discord.HTTPException as error:
        if error.status == 429 or error.status >= 500:
            raise
        if error.code in _GONE:
            return True
        if error.code != ARCHIVED or not await unarchived(client, channel_id):
            _log.info("message out of reach", channel=channel_id, code=error.code)
            return False
        with contextlib.suppress(discord.NotFound):
            await message.delete()
    return True


async def remove(
    client: AtelierClient, job: Job, by: Member, reason: str = "", *, click: Interaction | None = None
) -> None:
    """Delete a job's message, then tell the service that its pictures are gone.

    ``click`` is the interaction of a button on that very message, answered by nothing that replaced it: it can delete
    it where the bot has no access to the channel. Raises ``Declined`` where Discord does not let us.
    """
    if click is not None:
        with contextlib.suppress(discord.NotFound):  # somebody was faster
            await click.delete_original_response()
    elif job.message_id is not None:
        await _delete_or_decline(client, job.message_channel_id or job.place.channel_id, job.message_id)
    await client.generation.removed(job, by=by, reason=reason)
    client.privacy.wake.set()  # trees that show it are deleted as well


async def _delete_or_decline(client: discord.Client, channel_id: int, message_id: int) -> None:
    try:
        gone = await delete(client, channel_id, message_id)
    except LOST:
        raise Declined(N_("Discord is having trouble at the moment. Please try again.")) from None
    if not gone:
        raise Declined(
            N_("I am not allowed to delete messages in {channel}, or it is locked. Please delete it there yourself."),
            channel=markup.channel(channel_id),
        )


async def unarchived(client: discord.Client, thread_id: int) -> bool:
    """Open an archived thread again; False for one that is locked, which stays as its moderators want it."""
    try:
        thread = await client.fetch_channel(thread_id)
        if not isinstance(thread, discord.Thread) or thread.locked:
            return False
        await thread.edit(archived=False)
    except (discord.NotFound, discord.Forbidden):
        return False
    return True
