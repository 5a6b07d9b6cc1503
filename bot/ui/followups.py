"""Further messages about a job beside its own: by its interaction while that is young, else as the bot itself.

The job is booked by then, so each is tried once.
"""

from __future__ import annotations

import discord

from bot.models import Job
from bot.ui.reply import NOBODY

TOKEN_MS = 14 * 60 * 1000
"""How long an interaction's token is used; Discord ends it after 15 minutes."""


def webhook(client: discord.Client, job: Job, now: int) -> discord.Webhook | None:
    """What posts as the answer to the interaction that asked for a job; None where that cannot be done any more."""
    if job.reply is None or now - job.reply.issued_at >= TOKEN_MS:
        return None
    hook = discord.Webhook.partial(job.reply.application_id, job.reply.token, client=client)
    hook.type = discord.WebhookType.application  # the library makes any partial one an incoming one
    return hook


async def alone(client: discord.Client, job: Job, view: discord.ui.LayoutView, now: int) -> None:
    """Show something to a job's requester alone; raises what Discord does where they cannot be told."""
    if hook := webhook(client, job, now):
        await hook.send(view=view, ephemeral=True, allowed_mentions=NOBODY)
    else:
        channel = await client.create_dm(discord.Object(job.member_id))
        await channel.send(view=view, allowed_mentions=NOBODY)
