"""The erasure of what is kept of a member, and what a member may ask to see of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import Row, delete, insert, select, update

from bot.models import FORGOTTEN_PROMPT
from bot.storage import posts, remix_threads
from bot.storage.database import Connection
from bot.storage.tables import blocks, erasures, jobs, ledger, members, pictures, reports, source_owners, strikes

NOBODY = 0
"""The member that erased rows belong to."""
_ERASED_MODERATOR = -1
"""Who made a block, where they had their data erased; 0 there is the strike rule."""
_ERASED_NAME = "somebody"


def unfinished(connection: Connection, member_id: int) -> bool:
    """Whether a member has a job under way."""
    query = select(jobs.c.id).where(jobs.c.member_id == member_id, jobs.c.finished_at.is_(None)).limit(1)
    return connection.execute(query).first() is not None


def bookings(connection: Connection, member_id: int) -> Sequence[Row[Any]]:
    """A member's entries in the ledger, oldest first."""
    query = select(ledger).where(ledger.c.member_id == member_id).order_by(ledger.c.id)
    return connection.execute(query).all()


def erase(connection: Connection, member_id: int, now: int, window: int) -> tuple[int, list[int]]:
    """Take a member out of every row; gives how many of the bot's messages are to be deleted, and the threads whose
    head names them.

    Bookings, strikes and reports younger than ``window`` keep the member for as long as they count: erasing must
    neither refill a quota nor lift a pause. A block in force stays until it ends.
    """
    theirs = jobs.c.member_id == member_id
    threads = remix_threads.touch_all_of(connection, member_id)
    shown = posts.mark_of(connection, member_id)
    its = select(jobs.c.id).where(theirs)
    connection.execute(update(pictures).where(pictures.c.job_id.in_(its)).values(url=None))
    connection.execute(delete(source_owners).where(source_owners.c.job_id.in_(its)))
    marked = connection.execute(update(jobs).where(theirs, jobs.c.message_id.is_not(None)).values(erase_message=True))
    connection.execute(
        update(jobs)
        .where(theirs)
        .values(member_id=NOBODY, member_name=_ERASED_NAME, prompt=FORGOTTEN_PROMPT, sources="[]")
    )
    _forget_as_owner(connection, member_id)
    connection.execute(update(reports).where(reports.c.reporter_id == member_id).values(reason=""))
    connection.execute(update(blocks).where(blocks.c.actor_id == member_id).values(actor_id=_ERASED_MODERATOR))
    connection.execute(delete(members).where(members.c.member_id == member_id))
    connection.execute(delete(erasures).where(erasures.c.member_id == member_id))
    connection.execute(insert(erasures).values(member_id=member_id, at=now))
    sweep(connection, now, window)
    return marked.rowcount + shown, threads


def _forget_as_owner(connection: Connection, member_id: int) -> None:
    """Take a member out of what others started from; their pictures stay theirs."""
    named = (
        select(jobs.c.id, jobs.c.sources)
        .join(source_owners, source_owners.c.job_id == jobs.c.id)
        .where(source_owners.c.owner_id == member_id)
    )
    for row in connection.execute(named).all():
        kept: list[Any] = json.loads(row.sources)
        for one in kept:
            if isinstance(one, dict) and cast(dict[str, Any], one).get("owner_id") == member_id:
                cast(dict[str, Any], one).update(owner_id=None, url=None)
        connection.execute(update(jobs).where(jobs.c.id == row.id).values(sources=json.dumps(kept)))
    connection.execute(delete(source_owners).where(source_owners.c.owner_id == member_id))


def sweep(connection: Connection, now: int, window: int) -> None:
    """Finish erasures: what no longer counts loses its member. Blocks that have run out go, whoever's they are."""
    waiting = select(erasures.c.member_id)
    connection.execute(
        update(ledger)
        .where(ledger.c.member_id.in_(waiting), ledger.c.counts_at <= now - window)
        .values(member_id=NOBODY)
    )
    connection.execute(delete(strikes).where(strikes.c.member_id.in_(waiting), strikes.c.at <= now - window))
    connection.execute(
        update(reports)
        .where(reports.c.reporter_id.in_(waiting), reports.c.at <= now - window)
        .values(reporter_id=-reports.c.id)  # each another one: a job has one report of each reporter
    )
    connection.execute(delete(blocks).where(blocks.c.until <= now - window))
    connection.execute(delete(erasures).where(erasures.c.at <= now - window))


def messages_to_erase(connection: Connection, application_id: int, limit: int) -> list[tuple[int, int, int]]:
    """An application's messages that an erasure has marked: the job's id, the channel's, the message's."""
    query = (
        select(jobs.c.id, jobs.c.message_channel_id, jobs.c.channel_id, jobs.c.message_id)
        .where(
            jobs.c.erase_message.is_(True),
            jobs.c.message_id.is_not(None),
            jobs.c.application_id == application_id,
        )
        .limit(limit)
    )
    return [(row.id, row.message_channel_id or row.channel_id, row.message_id) for row in connection.execute(query)]
