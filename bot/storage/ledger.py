"""The credit ledger as rows that are appended and never changed.

``credits`` is the entry's amount; ``delta`` is what it does to the member's use of their limit: a reservation adds it,
a release takes it away, a settlement leaves it. A grant opens credits beside the limit, and a draw is the part of a
reservation that was paid from them: it takes that part away from the use again (a draw of less than nothing is what
came back). Grants and draws are their member's own matter: the server's pool leaves them out.

``counts_at`` is when the use began, so that a release or a draw leaves the rolling window together with the reservation
that it belongs to. Direct messages are booked under server 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import bindparam, func, insert, select

from bot.models import ACTIVE_STATES, Booked
from bot.storage.database import Connection
from bot.storage.tables import jobs, ledger, pool_buckets
from bot.storage.triggers import BUCKET_MS

Kind = Literal["reserve", "settle", "release", "grant", "draw"]
_INSERT = insert(ledger)
_SIGN: dict[Kind, int] = {"reserve": 1, "settle": 0, "release": -1, "grant": 0, "draw": -1}
_MEMBERS_OWN = ("grant", "draw")


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One booking of a job's credits."""

    job_id: int | None
    guild_id: int | None
    member_id: int
    kind: Kind
    credits: int
    counts_at: int
    at: int


def append(connection: Connection, *entries: LedgerEntry) -> None:
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
        connection.execute(_INSERT, rows)


_STANDING = select(
    select(func.count())
    .where(jobs.c.member_id == bindparam("p_member"), jobs.c.finished_at.is_(None))
    .scalar_subquery(),
    select(func.coalesce(func.sum(ledger.c.delta), 0))
    .where(
        ledger.c.guild_id == bindparam("p_guild"),
        ledger.c.member_id == bindparam("p_member"),
        ledger.c.counts_at > bindparam("p_since"),
    )
    .scalar_subquery(),
)


def standing(connection: Connection, guild_id: int | None, member_id: int, since: int) -> tuple[int, int]:
    """A member's unfinished jobs everywhere, and their credits spent or reserved here in the window."""
    values = {"p_guild": guild_id or 0, "p_member": member_id, "p_since": since}
    row = connection.execute(_STANDING, values).one()
    return int(row[0]), int(row[1])


_HERE = (ledger.c.guild_id == bindparam("p_guild"), ledger.c.counts_at > bindparam("p_since"))
_POOL = select(
    select(func.coalesce(func.sum(pool_buckets.c.credits), 0))
    .where(pool_buckets.c.guild_id == bindparam("p_guild"), pool_buckets.c.bucket >= bindparam("p_bucket"))
    .scalar_subquery()
    # Named by what is wanted, not by what is not, the index alone answers.
    + select(func.coalesce(func.sum(ledger.c.delta), 0))
    .where(*_HERE, ledger.c.counts_at < bindparam("p_until"), ledger.c.kind.in_(["reserve", "release"]))
    .scalar_subquery()
)
_DRAWN = select(func.coalesce(func.sum(ledger.c.credits), 0)).where(
    ledger.c.job_id == bindparam("p_job"), ledger.c.kind == "draw"
)
_USED = select(
    func.coalesce(func.sum(ledger.c.delta), 0),
    func.coalesce(func.sum(ledger.c.delta).filter(ledger.c.kind.not_in(_MEMBERS_OWN)), 0),
).where(*_HERE, ledger.c.member_id == bindparam("p_member"))
_BESIDE = (
    select(ledger.c.kind, ledger.c.counts_at, ledger.c.credits)
    .where(*_HERE, ledger.c.member_id == bindparam("p_member"), ledger.c.kind.in_(_MEMBERS_OWN))
    .order_by(ledger.c.id)
)


def used_since(connection: Connection, guild_id: int | None, member_id: int, since: int) -> tuple[int, int]:
    """A member's credits spent or reserved in the window: those that count against the limit, and all."""
    values = {"p_guild": guild_id or 0, "p_member": member_id, "p_since": since}
    row = connection.execute(_USED, values).one()
    return int(row[0]), int(row[1])


def beside_limit(
    connection: Connection, guild_id: int | None, member_id: int, since: int
) -> tuple[list[Booked], list[Booked]]:
    """A member's grants since then, and what was drawn from them."""
    values = {"p_guild": guild_id or 0, "p_member": member_id, "p_since": since}
    rows = connection.execute(_BESIDE, values).all()
    granted = [(row.counts_at, row.credits) for row in rows if row.kind == "grant"]
    return granted, [(row.counts_at, row.credits) for row in rows if row.kind == "draw"]


def drawn_by(connection: Connection, job_id: int) -> int:
    """How much of a job's reservation was paid from grants."""
    return int(connection.execute(_DRAWN, {"p_job": job_id}).scalar_one())


def pool_since(connection: Connection, guild_id: int, since: int) -> int:
    """Credits that all members of a server together have spent or reserved in the window.

    Whole buckets are added up; of the one in which the window begins the bookings themselves.
    """
    first = since // BUCKET_MS + 1
    values = {"p_guild": guild_id, "p_since": since, "p_bucket": first, "p_until": first * BUCKET_MS}
    return int(connection.execute(_POOL, values).scalar_one())


def pool_return(connection: Connection, guild_id: int, since: int) -> int | None:
    """When the oldest use of a server in the window began; None without use."""
    query = (
        select(ledger.c.counts_at)
        .where(ledger.c.guild_id == guild_id, ledger.c.counts_at > since, ledger.c.kind.not_in(_MEMBERS_OWN))
        .group_by(ledger.c.counts_at)
        .having(func.sum(ledger.c.delta) > 0)
        .order_by(ledger.c.counts_at)
        .limit(1)
    )
    return connection.execute(query).scalar_one_or_none()


def reserved_by(connection: Connection, guild_id: int | None, member_id: int, since: int) -> int:
    """Credits of a member's unfinished jobs in a server, as far as they count in the window."""
    server = jobs.c.guild_id.is_(None) if guild_id is None else jobs.c.guild_id == guild_id
    query = select(func.coalesce(func.sum(jobs.c.credits), 0)).where(
        jobs.c.member_id == member_id, server, jobs.c.finished_at.is_(None), jobs.c.created_at > since
    )
    return connection.execute(query).scalar_one()


def next_return(connection: Connection, guild_id: int | None, member_id: int, since: int) -> tuple[int, int] | None:
    """When the oldest use in the window began, and its credits; None without use."""
    total = func.sum(ledger.c.delta)
    query = (
        select(ledger.c.counts_at, total)
        .where(
            ledger.c.guild_id == (guild_id or 0),
            ledger.c.member_id == member_id,
            ledger.c.counts_at > since,
        )
        .group_by(ledger.c.counts_at)
        .having(total > 0)
        .order_by(ledger.c.counts_at)
        .limit(1)
    )
    row = connection.execute(query).first()
    return None if row is None else (row[0], row[1])


def faults(connection: Connection) -> list[str]:
    """What does not add up, one line a job; empty when the books are right."""
    sums = {
        kind: func.coalesce(func.sum(ledger.c.credits).filter(ledger.c.kind == kind), 0)
        for kind in ("reserve", "settle", "release", "draw")
    }
    query = (
        select(jobs.c.code, jobs.c.state, jobs.c.credits, *(total.label(kind) for kind, total in sums.items()))
        .select_from(jobs.outerjoin(ledger, ledger.c.job_id == jobs.c.id))
        .group_by(jobs.c.id, jobs.c.code, jobs.c.state, jobs.c.credits)
    )
    active = {state.value for state in ACTIVE_STATES}
    found: list[str] = []
    for row in connection.execute(query):
        booked = row.settle + row.release
        if row.reserve != row.credits:
            found.append(f"job {row.code}: reserved {row.reserve} of {row.credits} credits")
        elif row.state in active and booked:
            found.append(f"job {row.code}: unfinished, but {booked} credits are booked")
        elif not 0 <= row.draw <= (row.reserve if row.state in active else row.settle):
            found.append(f"job {row.code}: {row.draw} credits of {row.reserve} are drawn from grants")
        elif row.state not in active and booked != row.reserve:
            found.append(f"job {row.code}: ended with {booked} of {row.reserve} credits booked")
    return found
