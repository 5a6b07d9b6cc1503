"""The record of what moderators did, as rows that are appended and never changed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, insert, select

from bot.models import AuditAction, AuditEntry
from bot.storage.database import Connection
from bot.storage.tables import audit


def append(connection: Connection, *entries: AuditEntry) -> None:
    """Append entries, in the transaction of what they record."""
    rows = [
        {
            "guild_id": entry.guild_id,
            "at": entry.at,
            "actor_id": entry.actor_id,
            "action": entry.action,
            "subject": entry.subject,
            "member_id": entry.member_id,
            "before": entry.before,
            "after": entry.after,
            "reason": entry.reason,
        }
        for entry in entries
    ]
    if rows:
        connection.execute(insert(audit), rows)


def page(
    connection: Connection,
    guild_id: int,
    *,
    before: int | None = None,
    action: AuditAction | None = None,
    member_id: int | None = None,
    limit: int,
) -> list[AuditEntry]:
    """Entries, newest first; ``before`` is the last id of the page before, ``member_id`` who did it or whom it met."""
    query = select(audit).where(audit.c.guild_id == guild_id)
    if before is not None:
        query = query.where(audit.c.id < before)
    if action is not None:
        query = query.where(audit.c.action == action)
    if member_id is not None:
        query = query.where((audit.c.member_id == member_id) | (audit.c.actor_id == member_id))
    rows = connection.execute(query.order_by(audit.c.id.desc()).limit(limit))
    return [_deed(row) for row in rows]


def about(connection: Connection, member_id: int) -> list[AuditEntry]:
    """What was done to a member, in every server, oldest first."""
    query = select(audit).where(audit.c.member_id == member_id).order_by(audit.c.id)
    return [_deed(row) for row in connection.execute(query)]


def _deed(row: Row[Any]) -> AuditEntry:
    return AuditEntry(
        row.guild_id,
        row.at,
        row.actor_id,
        AuditAction(row.action),
        row.subject,
        row.member_id,
        row.before,
        row.after,
        row.reason,
        row.id,
    )
