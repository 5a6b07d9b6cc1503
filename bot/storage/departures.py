"""Servers that the bot has left: when, and how they are forgotten, some rows at a time."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import delete, insert, select, update

from bot.storage.database import Connection
from bot.storage.ledger import USED
from bot.storage.pictures import forget_addresses, forget_attachments
from bot.storage.tables import (
    audit,
    blocks,
    departures,
    jobs,
    ledger,
    pool_buckets,
    post_jobs,
    posts,
    remix_threads,
    reports,
    servers,
    strikes,
)

_ITS_OWN = (servers, blocks, strikes, audit, reports, remix_threads, pool_buckets, posts)
"""What belongs to the server, and not to its members."""


def left(connection: Connection, guild_ids: Collection[int], now: int) -> None:
    """The bot is in these servers no more; what was noted already keeps its time."""
    known = set(connection.execute(select(departures.c.guild_id).where(departures.c.guild_id.in_(guild_ids))).scalars())
    rows = [{"guild_id": one, "at": now} for one in guild_ids if one not in known]
    if rows:
        connection.execute(insert(departures), rows)


def returned(connection: Connection, guild_ids: Collection[int]) -> None:
    """The bot is in these servers."""
    noted = set(connection.execute(select(departures.c.guild_id)).scalars())
    if back := noted.intersection(guild_ids):
        connection.execute(delete(departures).where(departures.c.guild_id.in_(back)))


def with_rules(connection: Connection) -> list[int]:
    """The servers that have set rules."""
    return list(connection.execute(select(servers.c.guild_id)).scalars())


def due(connection: Connection, before: int) -> list[int]:
    """The servers that the bot left before then."""
    return list(connection.execute(select(departures.c.guild_id).where(departures.c.at <= before)).scalars())


def forget_some(connection: Connection, limit: int, guild_id: int) -> bool:
    """Forget some of a server; False when nothing of it is left.

    Its rules, record and threads go. Requests stay their members', without the server, the channel and the message.
    """
    some = (
        select(jobs.c.id)
        .join(ledger, ledger.c.job_id == jobs.c.id)
        .where(ledger.c.guild_id == guild_id, USED, ledger.c.kind == "reserve", jobs.c.finished_at.is_not(None))
        .limit(limit)
    )
    ids = list(connection.execute(some).scalars())
    if ids:
        forget_addresses(connection, ids)
        forget_attachments(connection, ids)
        nowhere = {"guild_id": None, "channel_id": 0, "parent_channel_id": None, "message_channel_id": None}
        connection.execute(
            update(jobs).where(jobs.c.id.in_(ids)).values(**nowhere, message_id=None, erase_message=False)
        )
        booked = ledger.c.job_id.in_(ids) & ledger.c.guild_id.is_not(None)
        connection.execute(update(ledger).where(booked).values(guild_id=0))
        return True
    granted = ledger.c.job_id.is_(None) & (ledger.c.guild_id == guild_id)
    connection.execute(update(ledger).where(granted).values(guild_id=0))
    its = select(posts.c.message_id).where(posts.c.guild_id == guild_id)
    connection.execute(delete(post_jobs).where(post_jobs.c.message_id.in_(its)))
    for table in _ITS_OWN:
        connection.execute(delete(table).where(table.c.guild_id == guild_id))
    connection.execute(delete(departures).where(departures.c.guild_id == guild_id))
    return False
