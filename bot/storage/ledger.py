"""The credit ledger as rows that are appended and never changed.

``credits`` is the entry's amount; ``delta`` is what it does to the member's use of their limit: a reservation adds it,
a release takes it away, a settlement leaves it. A grant opens credits beside the limit, and a draw is the part of a
reservation that was paid from them: it takes that part away from the use again (a draw of less than nothing is what
came back). Grants and draws are their member's own matter: the server's pool leaves them out.

``counts_at`` is when the use began, so that a release or a draw leaves the rolling window together with the reservation
that it belongs to. Direct messages are booked under server 0. A settlement says neither whose it is nor where: its
job's reservation does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    and_,
    bindparam,
    case,
    func,
    insert,
    literal,
    literal_column,
    or_,
    select,
)

from bot.clock import DAY_MS
from bot.models import ACTIVE_STATES, Booked
from bot.storage.compiled import Compiled, either
from bot.storage.database import Connection, Key
from bot.storage.pipeline import lock
from bot.storage.standing import BLOCKS_MEMBER
from bot.storage.tables import blocks, jobs, ledger, pool_buckets, servers
from bot.storage.tasks import SPENT, SPENT_AT_MOST, window

Kind = Literal["reserve", "settle", "release", "grant", "draw"]
_INSERT = Compiled(insert(ledger))
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

    def row(self) -> dict[str, Any]:
        """What is kept of it: of a settlement nothing that its job's reservation says, and no time twice."""
        settled = self.kind == "settle"
        return {
            "job_id": self.job_id,
            "guild_id": None if settled else self.guild_id or 0,
            "member_id": None if settled else self.member_id,
            "kind": self.kind,
            "credits": self.credits,
            "delta": _SIGN[self.kind] * self.credits,
            "counts_at": None if settled else self.counts_at,
            "at": self.at if settled or self.at != self.counts_at else None,
        }


def append(connection: Connection, *entries: LedgerEntry) -> None:
    """Book entries; those of no credits are left out."""
    rows = [entry.row() for entry in entries if entry.credits]
    if rows:
        _INSERT.run_later(connection, *rows)


# These are literally as in the indexes' own conditions, else those are not taken.
USED = ledger.c.delta != literal_column("0")
"""What changes a member's use."""
OF_MEMBER = or_(USED, ledger.c.job_id.is_(None))
"""What is found by its member: all but settlements."""
_HERE = (ledger.c.guild_id == bindparam("p_guild"), ledger.c.counts_at > bindparam("p_since"))
_THEIRS = (ledger.c.member_id == bindparam("p_member"), ledger.c.counts_at > bindparam("p_since"))
# Of a member's own bookings: SQLite would rather go by the server, and read what all of its members have booked.
_server_of_own = ledger.c.guild_id + literal_column("0")
_THEIRS_HERE = (*_THEIRS, _server_of_own == bindparam("p_guild"))
_OF_ALL = and_(ledger.c.kind.in_(either(["reserve", "release"])), USED)
_POOLED_FROM = select(func.coalesce(func.sum(pool_buckets.c.credits), 0)).where(
    pool_buckets.c.guild_id == bindparam("p_guild")
)
_POOLED_AT_MOST = _POOLED_FROM.where(pool_buckets.c.bucket >= bindparam("p_bucket") - 1).scalar_subquery()
_POOLED = (
    _POOLED_FROM.where(pool_buckets.c.bucket >= bindparam("p_bucket")).scalar_subquery()
    + select(func.coalesce(func.sum(ledger.c.delta), 0))
    .where(*_HERE, ledger.c.counts_at < bindparam("p_until"), _OF_ALL)
    .scalar_subquery()
)
_EVERYWHERE = select(func.coalesce(func.sum(ledger.c.delta), 0)).where(*_THEIRS, _OF_ALL).scalar_subquery()
_TOTALS = select(_EVERYWHERE, _POOLED)
# The single bookings of ten minutes may be tens of thousands: they are added up only where the answer hangs on them.
_POOL_ROOM, _BUDGET_ROOM = (bindparam(name, type_=BigInteger) for name in ("p_pool_room", "p_budget_room"))
_AT_MOST = (
    select(_POOLED_AT_MOST.label("pooled"), SPENT_AT_MOST.label("spent")).cte("at_most").prefix_with("MATERIALIZED")
)
_POOLED_NEARLY = case((_AT_MOST.c.pooled <= _POOL_ROOM, _AT_MOST.c.pooled), else_=_POOLED)
_SPENT_NEARLY = case((_AT_MOST.c.spent <= _BUDGET_ROOM, _AT_MOST.c.spent), else_=SPENT)
_STANDING = Compiled(
    select(
        select(func.count())
        .where(jobs.c.member_id == bindparam("p_member"), jobs.c.finished_at.is_(None))
        .label("active"),
        select(func.coalesce(func.sum(ledger.c.delta), 0)).where(*_THEIRS_HERE, USED).label("used"),
        _EVERYWHERE.label("everywhere"),
        _POOLED_NEARLY.label("together"),
        _SPENT_NEARLY.label("spent"),
        select(jobs.c.id).where(jobs.c.event_id == bindparam("p_event")).exists().label("heard"),
        func.coalesce(
            select(servers.c.version).where(servers.c.guild_id == bindparam("p_guild")).scalar_subquery(), 0
        ).label("rules_version"),
        select(blocks.c.member_id).where(BLOCKS_MEMBER).exists().label("blocked"),
    )
)
# Divides by zero where there is no room: a server then skips what follows, the commit included.
_HELD = Compiled(
    select(
        (literal(1) // case((and_(_POOLED_NEARLY <= _POOL_ROOM, _SPENT_NEARLY <= _BUDGET_ROOM), 1), else_=0)).label(
            "is"
        )
    )
)
UNLIMITED = 2**62


@dataclass(frozen=True, slots=True)
class Room:
    """What a window may hold before an acceptance, so that this one still fits: of credits, and of the budget."""

    pool: int = UNLIMITED
    budget_microusd: int = UNLIMITED


@dataclass(frozen=True, slots=True)
class CreditTotals:
    """Credits spent or reserved in the window, grants included."""

    everywhere: int
    """By the member, over all servers and messages."""
    together: int
    """By all members of the server."""


_EXACTLY = Room(-1, -1)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a member stands as they ask."""

    active: int
    """Their unfinished jobs everywhere."""
    used: int
    """Credits that count against their limit here."""
    totals: CreditTotals
    spent_microusd: int
    """Of the operator's budget, by everybody everywhere."""
    heard: bool
    """Whether this very interaction or message was accepted already, perhaps by another process."""
    rules_version: int
    """Of the server's rules; 0 where none are set."""
    blocked: bool
    """Whether the member may make no pictures in this server."""


def standing(
    connection: Connection,
    guild_id: int | None,
    member_id: int,
    now: int,
    event_id: int | None = None,
    room: Room = _EXACTLY,
) -> Standing:
    """All that an acceptance looks at, in one statement: most of its time is that of statements.

    What a server's members used together, and what was spent, may be told as up to ten minutes' more than it is, as
    long as that is within the ``room``.
    """
    within = _window(guild_id, member_id, now - DAY_MS)
    values: dict[str, int | None] = {**within, **_of_room(room), "p_event": event_id, "p_now": now}
    row = _STANDING.rows(connection, values)[0]
    return Standing(
        active=int(row.active),
        used=int(row.used),
        totals=CreditTotals(int(row.everywhere), int(row.together)),
        spent_microusd=int(row.spent),
        heard=bool(row.heard),
        rules_version=row.rules_version,
        blocked=bool(row.blocked),
    )


def hold(connection: Connection, guild_id: int | None, since: int, room: Room) -> None:
    """Look once more, alone, whether there is room in a server's pool and in the budget; wait for the commit with that.

    What others have taken since ``standing`` was read fails the unit's next statement, or its commit, and it is run
    again. Nobody else accepts from here to the commit, so what follows is to be all that is left, and asked for later:
    it is then one word to the server. SQLite has one writer: nothing has changed since ``standing``.
    """
    if connection.dialect.name == "sqlite":
        return
    keys: list[Key] = [] if room.pool == UNLIMITED else [("pool", guild_id)]
    if room.budget_microusd != UNLIMITED:
        keys.append(("budget",))
    if keys:
        lock(connection, keys)
        _HELD.run_later(connection, {**_window(guild_id, 0, since), **_of_room(room)})


def totals(connection: Connection, guild_id: int | None, member_id: int, since: int) -> CreditTotals:
    """What the operator's ceilings look at."""
    everywhere, together = connection.execute(_TOTALS, _window(guild_id, member_id, since)).one()
    return CreditTotals(int(everywhere), int(together))


def _window(guild_id: int | None, member_id: int, since: int) -> dict[str, int]:
    return {"p_guild": guild_id or 0, "p_member": member_id, **window(since)}


def _of_room(room: Room) -> dict[str, int]:
    return {"p_pool_room": room.pool, "p_budget_room": room.budget_microusd}


_DRAWN = Compiled(
    select(func.coalesce(func.sum(ledger.c.credits), 0).label("credits")).where(
        ledger.c.job_id == bindparam("p_job"), ledger.c.kind == "draw"
    )
)
_USED = select(
    func.coalesce(func.sum(ledger.c.delta), 0),
    func.coalesce(func.sum(ledger.c.delta).filter(ledger.c.kind.not_in(_MEMBERS_OWN)), 0),
).where(*_THEIRS_HERE, USED)
_BESIDE = (
    select(ledger.c.kind, ledger.c.counts_at, ledger.c.credits)
    .where(*_THEIRS_HERE, OF_MEMBER, ledger.c.kind.in_(_MEMBERS_OWN))
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
    return int(_DRAWN.rows(connection, {"p_job": job_id})[0].credits)


def pool_return(connection: Connection, guild_id: int, since: int) -> tuple[int, int] | None:
    """When the oldest use of a server's members in the window began, and its credits; None without use."""
    return _oldest(connection, since, ledger.c.guild_id == guild_id, _OF_ALL)


def return_everywhere(connection: Connection, member_id: int, since: int) -> tuple[int, int] | None:
    """The same of a member over all servers and messages."""
    return _oldest(connection, since, ledger.c.member_id == member_id, _OF_ALL)


def reserved_by(connection: Connection, guild_id: int | None, member_id: int, since: int) -> int:
    """Credits of a member's unfinished jobs in a server, as far as they count in the window."""
    server = jobs.c.guild_id.is_(None) if guild_id is None else jobs.c.guild_id == guild_id
    query = select(func.coalesce(func.sum(jobs.c.credits), 0)).where(
        jobs.c.member_id == member_id, server, jobs.c.finished_at.is_(None), jobs.c.created_at > since
    )
    return connection.execute(query).scalar_one()


def next_return(connection: Connection, guild_id: int | None, member_id: int, since: int) -> tuple[int, int] | None:
    """The same of a member in one place, as far as it counts against their limit."""
    return _oldest(connection, since, ledger.c.member_id == member_id, _server_of_own == (guild_id or 0), USED)


def _oldest(connection: Connection, since: int, *where: ColumnElement[bool]) -> tuple[int, int] | None:
    total = func.sum(ledger.c.delta)
    query = (
        select(ledger.c.counts_at, total)
        .where(ledger.c.counts_at > since, *where)
        .group_by(ledger.c.counts_at)
        .having(total > 0)
        .order_by(ledger.c.counts_at)
        .limit(1)
    )
    row = connection.execute(query).first()
    return None if row is None else (row[0], row[1])


_SUMS = {
    kind: func.coalesce(func.sum(ledger.c.credits).filter(ledger.c.kind == kind), 0)
    for kind in ("reserve", "settle", "release", "draw")
}
_BOOKED = (
    select(jobs.c.code, jobs.c.state, jobs.c.credits, *(total.label(kind) for kind, total in _SUMS.items()))
    .select_from(jobs.outerjoin(ledger, ledger.c.job_id == jobs.c.id))
    .group_by(jobs.c.id, jobs.c.code, jobs.c.state, jobs.c.credits)
)


def unsettled(connection: Connection) -> list[str]:
    """Codes of jobs that have ended, and whose reservation nothing was booked against: they can be settled late."""
    ended = _BOOKED.where(jobs.c.finished_at.is_not(None))
    return [
        row.code for row in connection.execute(ended) if row.reserve == row.credits and not row.settle + row.release
    ]


def faults(connection: Connection, newest: int | None = None) -> list[str]:
    """What does not add up, one line a job, of all jobs or the newest; empty when the books are right."""
    looked_at = _BOOKED
    if newest is not None:
        looked_at = looked_at.where(jobs.c.id > select(func.max(jobs.c.id)).scalar_subquery() - newest)
    active = {state.value for state in ACTIVE_STATES}
    found: list[str] = []
    for row in connection.execute(looked_at):
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
