"""Asks Discord where pictures stand now: the addresses that it gives out are signed, and expire."""

from __future__ import annotations

from collections.abc import Sequence

import discord
import structlog

from bot.models import Reference
from bot.ui.message_pictures import address_in
from bot.ui.reply import LOST

_log = structlog.get_logger(__name__)

_FEW, _PAGES = 3, 4
"""More messages of a channel than these are read from its history, of which this many pages are asked for."""


async def current_addresses(client: discord.Client, references: Sequence[Reference]) -> list[str | None]:
    """Where Discord shows pictures now; None for one whose message cannot be read."""
    wanted: dict[int, set[int]] = {}
    for one in references:
        if one.channel_id is not None and one.message_id is not None:
            wanted.setdefault(one.channel_id, set()).add(one.message_id)
    found: dict[int, discord.Message] = {}
    for channel_id, message_ids in wanted.items():
        found |= await _messages(client, channel_id, message_ids)
    return [None if one.message_id not in found else address_in(found[one.message_id], one) for one in references]


async def _messages(client: discord.Client, channel_id: int, message_ids: set[int]) -> dict[int, discord.Message]:
    """Messages of a channel that can be read; many of them a hundred at a time, from the newest on."""
    channel, left = client.get_partial_messageable(channel_id), set(message_ids)
    found: dict[int, discord.Message] = {}
    try:
        for _ in range(_PAGES if len(left) > _FEW else 0):
            page = [one async for one in channel.history(limit=100, before=discord.Object(max(left) + 1))]
            found |= {one.id: one for one in page if one.id in left}
            left = {one for one in left if page and one < page[-1].id}
            if not left:
                return found
    except LOST as error:
        _log.info("history not read", channel=channel_id, error=type(error).__name__)
    for message_id in left:
        try:
            found[message_id] = await channel.fetch_message(message_id)
        except LOST as error:  # this one is deleted or out of reach; its neighbours may be there
            _log.info("message not read", channel=channel_id, error=type(error).__name__)
    return found
