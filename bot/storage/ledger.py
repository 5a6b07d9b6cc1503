"""The credit ledger as rows that are appended and never changed.

``credits`` is the entry's amount; ``delta`` is what it does to the member's use: a reservation adds it, a release
and a grant take it away, a settlement leaves it. ``counts_at`` is when the use began, so that a release leaves
the rolling window together with the reservation that it undoes. Direct messages are booked under server 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import bindparam, func, insert, select

from bot.models import ACTIVE_STATES
from bot.storage.engine import Connection
from bot.storage.tables import jobs, ledger

Kind = Literal["reserve", "settle", "release", "grant"]
_INSERT = insert(ledger)
_SIGN: dict[Kind, int] = {"reserve": 1, "settle": 0, "release": -1, "grant": -1}


@dataclass(frozen=True, slots=True)
class Entry:
    """One booking of a job's credits."""

    job_id: int | None
    guild_id: int | None
    member_id: int
    kind: Kind
    credits: int
    counts_at: int
    at: int


async def append(connection: Connection, *entries: Entry) -> None:
    """Book entries; those of no credits are left out."""
    rows = [
        {
            "job_id": entry.job_id,
            "guild_id": entry.guild_id or 0,
            "member_id": entry.member_id,
            "kind": entry.kind,
            "credits": entry.credits,
            "delta": _SIGN[entry.kind] * entry.credits,
            "counts_at": entry.counts_at,
            "at": entry.at,
        }
        for entry in entries
        if entry.credits
    ]
    if rows:
        await connection.execute(_INSERT, rows)


_STANDING = select(
    select(func.count())
    .where(jobs.c.member_id == bindparam("its_member"), jobs.c.state.in_(list(ACTIVE_STATES)))
    .scalar_subquery(),
    select(func.coalesce(func.sum(ledger.c.delta), 0))
    .where(
        ledger.c.guild_id == bindparam("its_guild"),
        ledger.c.member_id == bindparam("its_member"),
        ledger.c.counts_at > bindparam("its_since"),
    )
    .scalar_subquery(),
)


async def standing(connection: Connection, guild_id: int | None, member_id: int, since: int) -> tuple[int, int]:
    """A member's unfinished jobs everywhere, and their credits spent or reserved here in the window."""
    values = {"its_guild": guild_id or 0, "its_member": member_id, "its_since": since}
    row = (await connection.execute(_STANDING, values)).one()
    return row[0], row[1]


async def used_since(connection: Connection, guild_id: int | None, member_id: int, since: int) -> int:
    """Credits spent or reserved in the window; negative where more was granted."""
    query = select(func.coalesce(func.sum(ledger.c.delta), 0)).where(
        ledger.c.guild_id == (guild_id or 0), ledger.c.member_id == member_id, ledger.c.counts_at > since
    )
    return (await connection.execute(query)).scalar_one()


async def reserved_by(connection: Connection, guild_id: int | None, member_id: int) -> int:
    """Credits of a member's unfinished jobs in a server."""
    server = jobs.c.guild_id.is_(None) if guild_id is None else jobs.c.guild_id == guild_id
    query = select(func.coalesce(func.sum(jobs.c.credits), 0)).where(
        jobs.c.member_id == member_id, server, jobs.c.state.in_(list(ACTIVE_STATES))
    )
    return (await connection.execute(query)).scalar_one()


async def next_return(
    connection: Connection, guild_id: int | None, member_id: int, since: int
) -> tuple[int, int] | None:
    """When the oldest use in the window began, and its credits; None without use."""
    total = func.sum(ledger.c.delta)
    query = (
        select(ledger.c.counts_at, total)
        .where(ledger.c.guild_id == (guild_id or 0), ledger.c.member_id == member_id, ledger.c.counts_at > since)
        .group_by(ledger.c.counts_at)
        .having(total > 0)
        .order_by(ledger.c.counts_at)
        .limit(1)
    )
    row = (await connection.execute(query)).first()
    return None if row is None else (row[0], row[1])


async def faults(connection: Connection) -> list[str]:
    """What does not add up, one line a job; empty when the books are right."""
    sums = {
        kind: func.coalesce(func.sum(ledger.c.credits).filter(ledger.c.kind == kind), 0)
        for kind in ("reserve", "settle", "release")
    }
    query = (
        select(jobs.c.code, jobs.c.state, jobs.c.credits, *(total.label(kind) for kind, total in sums.items()))
        .select_from(jobs.outerjoin(ledger, ledger.c.job_id == jobs.c.id))
        .group_by(jobs.c.id, jobs.c.code, jobs.c.state, jobs.c.credits)
    )
    active = {state.value for state in ACTIVE_STATES}
    found: list[str] = []
    for row in await connection.execute(query):
        booked = row.settle + row.release
        if row.reserve != row.credits:
            found.append(f"job {row.code}: reserved {row.reserve} of {row.credits} credits")
        elif row.state in active and booked:
            found.append(f"job {row.code}: unfinished, but {booked} credits are booked")
        elif row.state not in active and booked != row.reserve:
            found.append(f"job {row.code}: ended with {booked} of {row.reserve} credits booked")
    return found
