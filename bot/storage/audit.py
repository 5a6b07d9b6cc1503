"""The record of what moderators did, as rows that are appended and never changed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, insert, select

from bot.models import Action, Deed
from bot.storage.engine import Connection
from bot.storage.tables import audit


async def append(connection: Connection, *deeds: Deed) -> None:
    """Book deeds, in the transaction that does them."""
    rows = [
        {
            "guild_id": deed.guild_id,
            "at": deed.at,
            "actor_id": deed.actor_id,
            "action": deed.action,
            "subject": deed.subject,
            "member_id": deed.member_id,
            "before": deed.before,
            "after": deed.after,
            "reason": deed.reason,
        }
        for deed in deeds
    ]
    if rows:
        await connection.execute(insert(audit), rows)


async def page(
    connection: Connection,
    guild_id: int,
    *,
    before: int | None = None,
    action: Action | None = None,
    member_id: int | None = None,
    limit: int,
) -> list[Deed]:
    """Deeds, newest first; ``before`` is the last id of the page before, ``member_id`` who did it or whom it met."""
    query = select(audit).where(audit.c.guild_id == guild_id)
    if before is not None:
        query = query.where(audit.c.id < before)
    if action is not None:
        query = query.where(audit.c.action == action)
    if member_id is not None:
        query = query.where((audit.c.member_id == member_id) | (audit.c.actor_id == member_id))
    rows = await connection.execute(query.order_by(audit.c.id.desc()).limit(limit))
    return [_deed(row) for row in rows]


async def about(connection: Connection, member_id: int) -> list[Deed]:
    """What was done to a member, in every server, oldest first."""
    query = select(audit).where(audit.c.member_id == member_id).order_by(audit.c.id)
    return [_deed(row) for row in await connection.execute(query)]


def _deed(row: Row[Any]) -> Deed:
    return Deed(
        row.guild_id,
        row.at,
        row.actor_id,
        Action(row.action),
        row.subject,
        row.member_id,
        row.before,
        row.after,
        row.reason,
        row.id,
    )
