"""The one message of the bot that pings: whoever asked for it is told that a picture is ready which took long."""

from __future__ import annotations

import discord
import structlog

from bot.generation.outbox import Outbox
from bot.models import Job, Post
from bot.ui import followups
from bot.ui.markup import mention, message_link
from bot.ui.reply import LOST
from bot.ui.views.card import PICTURE, note
from bot.ui.words import _

_log = structlog.get_logger(__name__)


async def tell(client: discord.Client, outbox: Outbox, job: Job, message_id: int, channel_id: int, now: int) -> None:
    """Mention a job's requester, and nobody else. The job is booked already, so this is tried once."""
    link = message_link(job.place.guild_id, channel_id, message_id)
    view = note(_("{member}, your picture is ready: {link}", member=mention(job.member_id), link=link), PICTURE)
    member = discord.Object(job.member_id)
    only = discord.AllowedMentions(everyone=False, roles=False, users=[member], replied_user=False)
    try:
        if hook := followups.webhook(client, job, now):
            sent = await hook.send(view=view, allowed_mentions=only, wait=True)
        else:
            channel = client.get_partial_messageable(channel_id, guild_id=job.place.guild_id)
            sent = await channel.send(view=view, allowed_mentions=only)
    except LOST as error:
        _log.info("not mentioned", error=type(error).__name__)
        return
    application = client.application_id or 0
    await outbox.mentioned(job, Post(sent.id, channel_id, job.place.guild_id, job.member_id, application))
