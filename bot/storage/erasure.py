"""The erasure of what is kept of a member, and what a member may ask to see of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Row, delete, func, insert, literal_column, select, union_all, update

from bot.models import FORGOTTEN_PROMPT
from bot.storage import pictures, posts, remix_threads
from bot.storage.database import Connection
from bot.storage.job_rows import references_of, sources_of
from bot.storage.ledger import OF_MEMBER
from bot.storage.tables import (
    blocks,
    erasures,
    jobs,
    ledger,
    members,
    reports,
    source_owners,
    strikes,
)

NOBODY = 0
"""The member that erased rows belong to."""
_ERASED_MODERATOR = -1
"""Who made a block, where they had their data erased; 0 there is the strike rule."""
_ERASED_NAME = "somebody"
_NO_JOB = -1
"""Their erasure is begun, and they have no request."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What a slice of an erasure came to."""

    messages: int
    """How many of the bot's are to be deleted."""
    threads: Sequence[int]
    """Whose head names the member."""
    more: bool
    """Whether rows may be left."""


def unfinished(connection: Connection, member_id: int) -> bool:
    """Whether a member has a job under way."""
    query = select(jobs.c.id).where(jobs.c.member_id == member_id, jobs.c.finished_at.is_(None)).limit(1)
    return connection.execute(query).first() is not None


def bookings(connection: Connection, member_id: int) -> Sequence[Row[*tuple[Any, ...]]]:
    """A member's entries in the ledger, oldest first: kind, credits, server and time of each."""
    reserved, at = ledger.alias("reserved"), func.coalesce(ledger.c.at, ledger.c.counts_at).label("at")
    what = (ledger.c.id, ledger.c.kind, ledger.c.credits)
    of_jobs = (
        select(*what, reserved.c.guild_id, at)
        .join(reserved, reserved.c.job_id == ledger.c.job_id)
        .where(reserved.c.member_id == member_id, reserved.c.delta != literal_column("0"), reserved.c.kind == "reserve")
    )
    granted = select(*what, ledger.c.guild_id, at).where(ledger.c.member_id == member_id, ledger.c.job_id.is_(None))
    query = union_all(of_jobs, granted).order_by("id")
    return connection.execute(query).all()


def begin(connection: Connection, member_id: int, now: int) -> int:
    """Note an erasure, and do what is little; ``erase_some`` does the rest, also after a restart.

    Gives how many of the bot's messages are to be deleted so far. What the member asks for from now on stays theirs.
    """
    newest = select(func.max(jobs.c.id)).where(jobs.c.member_id == member_id)
    until = connection.execute(newest).scalar() or 0
    shown = posts.mark_of(connection, member_id)
    connection.execute(update(reports).where(reports.c.reporter_id == member_id).values(reason=""))
    connection.execute(update(blocks).where(blocks.c.actor_id == member_id).values(actor_id=_ERASED_MODERATOR))
    connection.execute(delete(members).where(members.c.member_id == member_id))
    connection.execute(delete(erasures).where(erasures.c.member_id == member_id))
    connection.execute(insert(erasures).values(member_id=member_id, at=now, until_job=until or _NO_JOB))
    return shown


def begun(connection: Connection) -> list[int]:
    """The members whose erasure is not done yet."""
    return list(connection.execute(select(erasures.c.member_id).where(erasures.c.until_job != 0)).scalars())


def erase_some(connection: Connection, limit: int, member_id: int) -> Erased:
    """Take a member out of some more rows: first of their own requests, then of those that started from them."""
    until = connection.execute(select(erasures.c.until_job).where(erasures.c.member_id == member_id)).scalar() or 0
    query = (
        select(jobs.c.id, jobs.c.channel_id, jobs.c.in_thread)
        .where(jobs.c.member_id == member_id, jobs.c.id <= until)
        .order_by(jobs.c.id)
        .limit(limit)
    )
    rows = connection.execute(query).all()
    if rows:
        marked = _erase_jobs(connection, [row.id for row in rows])
        channels = {row.channel_id for row in rows if row.in_thread}
        return Erased(marked, remix_threads.touch_these(connection, channels) if channels else [], more=True)
    if _forget_as_owner(connection, member_id, limit):
        return Erased(0, [], more=True)
    connection.execute(update(erasures).where(erasures.c.member_id == member_id).values(until_job=0))
    return Erased(0, [], more=False)


def _erase_jobs(connection: Connection, ids: Sequence[int]) -> int:
    """Whose these requests were, and what was asked for, is forgotten; gives how many messages are to be deleted."""
    pictures.forget_addresses(connection, ids)
    connection.execute(delete(source_owners).where(source_owners.c.job_id.in_(ids)))
    theirs = jobs.c.id.in_(ids)
    marked = connection.execute(update(jobs).where(theirs, jobs.c.message_id.is_not(None)).values(erase_message=True))
    nothing = {"member_name": _ERASED_NAME, "prompt": FORGOTTEN_PROMPT, "sources": "[]"}
    connection.execute(update(jobs).where(theirs).values(member_id=NOBODY, **nothing))
    return marked.rowcount + posts.mark_showing(connection, ids)


def _forget_as_owner(connection: Connection, member_id: int, limit: int) -> bool:
    """Take a member out of some of what others started from, whose pictures stay theirs; False where nothing is."""
    named = (
        select(jobs.c.id, jobs.c.sources)
        .join(source_owners, source_owners.c.job_id == jobs.c.id)
        .where(source_owners.c.owner_id == member_id)
        .limit(limit)
    )
    rows = connection.execute(named).all()
    for row in rows:
        kept = [
            replace(one, owner_id=None, url=None) if one.owner_id == member_id else one
            for one in references_of(row.sources)
        ]
        connection.execute(update(jobs).where(jobs.c.id == row.id).values(sources=sources_of(kept)))
    posts.mark_showing(connection, [row.id for row in rows])  # trees may begin with what they brought
    its = source_owners.c.job_id.in_([row.id for row in rows])
    connection.execute(delete(source_owners).where(source_owners.c.owner_id == member_id, its))
    return bool(rows)


def sweep(connection: Connection, limit: int, now: int, window: int) -> bool:
    """Finish some erasures: what no longer counts loses its member. True while more may be left.

    Bookings, strikes and reports younger than ``window`` keep the member for as long as they count: erasing must
    neither refill a quota nor lift a pause. A block in force stays until it ends; then it goes, whoever's it is.
    """
    # By their ids: PostgreSQL, which cannot know that these are few, might look through the whole ledger for them.
    waiting = connection.execute(select(erasures.c.member_id)).scalars().all()
    old = select(ledger.c.id).where(ledger.c.member_id.in_(waiting), ledger.c.counts_at <= now - window, OF_MEMBER)
    old = old.limit(limit)
    booked = connection.execute(update(ledger).where(ledger.c.id.in_(old)).values(member_id=NOBODY)).rowcount
    if booked == limit:
        return True
    connection.execute(delete(strikes).where(strikes.c.member_id.in_(waiting), strikes.c.at <= now - window))
    connection.execute(
        update(reports)
        .where(reports.c.reporter_id.in_(waiting), reports.c.at <= now - window)
        .values(reporter_id=-reports.c.id)  # each another one: a job has one report of each reporter
    )
    connection.execute(delete(blocks).where(blocks.c.until <= now - window))
    connection.execute(delete(erasures).where(erasures.c.at <= now - window, erasures.c.until_job == 0))
    return False


def messages_to_erase(connection: Connection, application_id: int, limit: int) -> list[tuple[int, int, int]]:
    """An application's messages that an erasure has marked: the job's id, the channel's, the message's.

    No condition on the message here: SQLite would look through all that there ever were.
    """
    query = (
        select(jobs.c.id, jobs.c.message_channel_id, jobs.c.channel_id, jobs.c.message_id)
        .where(jobs.c.erase_message.is_(True), jobs.c.application_id == application_id)
        .limit(limit)
    )
    return [(row.id, row.message_channel_id or row.channel_id, row.message_id) for row in connection.execute(query)]
