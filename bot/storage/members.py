"""What members said about their own pictures."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import insert, select, update

from bot.storage.database import Connection
from bot.storage.tables import members


def reserved(connection: Connection, member_ids: Iterable[int]) -> set[int]:
    """Which of these members let nobody else remix their pictures."""
    query = select(members.c.member_id).where(members.c.member_id.in_(list(member_ids)), members.c.shares.is_(False))
    return set(connection.execute(query).scalars())


def set_shares(connection: Connection, member_id: int, shares: bool) -> None:
    """Keep a member's answer."""
    changed = connection.execute(update(members).where(members.c.member_id == member_id).values(shares=shares))
    if not changed.rowcount:
        connection.execute(insert(members).values(member_id=member_id, shares=shares))


def shares(connection: Connection, member_id: int) -> bool:
    """Whether everyone may remix a member's pictures; so it is until they say otherwise."""
    query = select(members.c.shares).where(members.c.member_id == member_id)
    answer = connection.execute(query).scalar()
    return True if answer is None else answer


def agreed(connection: Connection, member_id: int) -> bool:
    """Whether a member has said, and not only left it so, that everyone may remix their pictures."""
    query = select(members.c.shares).where(members.c.member_id == member_id)
    return bool(connection.execute(query).scalar())
