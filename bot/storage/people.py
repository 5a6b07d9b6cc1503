"""What members said about their own pictures, and the erasure of what is kept of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, cast

from sqlalchemy import delete, insert, select, update

from bot.models import ACTIVE_STATES
from bot.storage.engine import Connection
from bot.storage.tables import erasures, jobs, ledger, members, pictures, reports

NOBODY = 0
"""The member that erased rows belong to."""
_ERASED_NAME = "somebody"


async def reserved(connection: Connection, member_ids: Iterable[int]) -> set[int]:
    """Which of these members let nobody else remix their pictures."""
    query = select(members.c.member_id).where(members.c.member_id.in_(list(member_ids)), members.c.shares.is_(False))
    return set((await connection.execute(query)).scalars())


async def set_shares(connection: Connection, member_id: int, shares: bool) -> None:
    """Keep a member's answer."""
    changed = await connection.execute(update(members).where(members.c.member_id == member_id).values(shares=shares))
    if not changed.rowcount:
        await connection.execute(insert(members).values(member_id=member_id, shares=shares))


async def shares(connection: Connection, member_id: int) -> bool:
    """Whether everyone may remix a member's pictures; so it is until they say otherwise."""
    query = select(members.c.shares).where(members.c.member_id == member_id)
    answer = (await connection.execute(query)).scalar()
    return True if answer is None else answer


async def unfinished(connection: Connection, member_id: int) -> bool:
    """Whether a member has a job under way."""
    query = select(jobs.c.id).where(jobs.c.member_id == member_id, jobs.c.state.in_(list(ACTIVE_STATES))).limit(1)
    return (await connection.execute(query)).first() is not None


async def bookings(connection: Connection, member_id: int) -> Sequence[Any]:
    """A member's entries in the ledger, oldest first."""
    query = select(ledger).where(ledger.c.member_id == member_id).order_by(ledger.c.id)
    return (await connection.execute(query)).all()


async def erase(connection: Connection, member_id: int, now: int, window: int) -> int:
    """Take a member out of every row; gives how many of the bot's messages are to be deleted.

    Bookings younger than ``window`` keep the member for as long as they count: erasing must not refill a quota.
    """
    theirs = jobs.c.member_id == member_id
    marked = await connection.execute(
        update(jobs).where(theirs, jobs.c.message_id.is_not(None)).values(erase_message=True)
    )
    await connection.execute(
        update(jobs).where(theirs).values(member_id=NOBODY, member_name=_ERASED_NAME, prompt="–", sources="[]")
    )
    await _unname(connection, member_id)
    await connection.execute(update(reports).where(reports.c.reporter_id == member_id).values(reason=""))
    its = select(jobs.c.id).where(jobs.c.member_id == NOBODY)
    await connection.execute(update(pictures).where(pictures.c.job_id.in_(its)).values(url=None))
    await connection.execute(delete(members).where(members.c.member_id == member_id))
    await connection.execute(delete(erasures).where(erasures.c.member_id == member_id))
    await connection.execute(insert(erasures).values(member_id=member_id, at=now))
    await sweep(connection, now, window)
    return marked.rowcount


async def _unname(connection: Connection, member_id: int) -> None:
    """Take a member out of what others started from; their pictures stay theirs."""
    named = select(jobs.c.id, jobs.c.sources).where(jobs.c.sources.contains(f'"owner_id": {member_id},'))
    for row in (await connection.execute(named)).all():
        kept: list[Any] = json.loads(row.sources)
        for one in kept:
            if isinstance(one, dict) and cast(dict[str, Any], one).get("owner_id") == member_id:
                cast(dict[str, Any], one).update(owner_id=None, url=None)
        await connection.execute(update(jobs).where(jobs.c.id == row.id).values(sources=json.dumps(kept)))


async def sweep(connection: Connection, now: int, window: int) -> None:
    """Finish erasures: bookings that no longer count lose their member."""
    waiting = select(erasures.c.member_id)
    await connection.execute(
        update(ledger)
        .where(ledger.c.member_id.in_(waiting), ledger.c.counts_at <= now - window)
        .values(member_id=NOBODY)
    )
    await connection.execute(delete(erasures).where(erasures.c.at <= now - window))


async def messages_to_erase(connection: Connection, limit: int) -> list[tuple[int, int, int]]:
    """Messages that an erasure has marked: the job's id, the channel's, the message's."""
    query = (
        select(jobs.c.id, jobs.c.message_channel_id, jobs.c.channel_id, jobs.c.message_id)
        .where(jobs.c.erase_message.is_(True), jobs.c.message_id.is_not(None))
        .limit(limit)
    )
    return [
        (row.id, row.message_channel_id or row.channel_id, row.message_id) for row in await connection.execute(query)
    ]
