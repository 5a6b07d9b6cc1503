"""How jobs stand and what was booked lately, for somebody who watches one bot: never prompts, never tokens."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, or_, select

from bot.storage.database import Connection
from bot.storage.tables import jobs, ledger, tasks


@dataclass(frozen=True, slots=True)
class Standing:
    """A job's state and its tasks'."""

    id: int
    code: str
    member_id: int
    state: str
    finished: bool
    tasks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Booking:
    """A row of the ledger."""

    id: int
    code: str | None
    member_id: int
    kind: str
    credits: int


def newest_booking(connection: Connection) -> int:
    """The id of the newest row of the ledger; 0 without any."""
    return connection.execute(select(func.coalesce(func.max(ledger.c.id), 0))).scalar_one()


def bookings_after(connection: Connection, last: int) -> list[Booking]:
    """What was booked since a row of the ledger, oldest first."""
    member = func.coalesce(ledger.c.member_id, jobs.c.member_id)
    query = (
        select(ledger.c.id, jobs.c.code, member, ledger.c.kind, ledger.c.credits)
        .select_from(ledger.outerjoin(jobs, jobs.c.id == ledger.c.job_id))
        .where(ledger.c.id > last)
        .order_by(ledger.c.id)
    )
    return [Booking(*row) for row in connection.execute(query)]


def standings(connection: Connection, known: Collection[int]) -> list[Standing]:
    """The jobs that have not ended, and those of ``known``, which may have."""
    ended = jobs.c.finished_at.is_not(None).label("ended")
    query = (
        select(
            jobs.c.id, jobs.c.code, jobs.c.member_id, jobs.c.state, ended, tasks.c.state.label("task"), tasks.c.provider
        )
        .select_from(jobs.join(tasks, tasks.c.job_id == jobs.c.id))
        .where(or_(jobs.c.finished_at.is_(None), jobs.c.id.in_(known)))
        .order_by(jobs.c.id, tasks.c.number)
    )
    found: dict[int, Standing] = {}
    for row in connection.execute(query):
        before = found[row.id].tasks if row.id in found else ()
        told = f"{row.task} at {row.provider}" if row.provider else str(row.task)
        found[row.id] = Standing(row.id, row.code, row.member_id, row.state, bool(row.ended), (*before, told))
    return list(found.values())
