"""Members' reports of pictures, as rows."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from bot.models import Report, ReportState
from bot.storage.database import Connection
from bot.storage.tables import reports


def add(connection: Connection, guild_id: int, job_id: int, reporter_id: int, at: int, reason: str) -> int | None:
    """Keep a report; None if this member has reported this job already."""
    values = {"guild_id": guild_id, "job_id": job_id, "reporter_id": reporter_id, "at": at, "reason": reason}
    known = select(reports.c.id).where(reports.c.job_id == job_id, reports.c.reporter_id == reporter_id)
    if connection.execute(known).first() is not None:
        return None
    try:
        query = insert(reports).values(**values, state=ReportState.OPEN).returning(reports.c.id)
        return connection.execute(query).scalar_one()
    except IntegrityError:  # another process was faster
        return None


def reports_of(connection: Connection, reporter_id: int) -> list[Report]:
    """The reports that a member has made, oldest first."""
    rows = connection.execute(select(reports).where(reports.c.reporter_id == reporter_id).order_by(reports.c.id))
    return [_report(row) for row in rows]


def count_since(connection: Connection, guild_id: int, reporter_id: int, since: int) -> int:
    """How often a member has reported in a server since then."""
    query = (
        select(func.count())
        .select_from(reports)
        .where(reports.c.guild_id == guild_id, reports.c.reporter_id == reporter_id, reports.c.at > since)
    )
    return connection.execute(query).scalar_one()


def get(connection: Connection, report_id: int) -> Report | None:
    """A report by its id."""
    row = connection.execute(select(reports).where(reports.c.id == report_id)).first()
    return None if row is None else _report(row)


def withdraw(connection: Connection, report_id: int) -> None:
    """Take a report back that nobody has read."""
    connection.execute(delete(reports).where(reports.c.id == report_id))


def answer(connection: Connection, report_id: int, leaves: ReportState, enters: ReportState) -> bool:
    """Move a report on, and with it what others reported of the same picture; False if it had left that state."""
    one = (reports.c.id == report_id) & (reports.c.state == leaves)
    if connection.execute(update(reports).where(one).values(state=enters)).rowcount != 1:
        return False
    job_id = select(reports.c.job_id).where(reports.c.id == report_id).scalar_subquery()
    others = (reports.c.job_id == job_id) & (reports.c.state == leaves)
    connection.execute(update(reports).where(others).values(state=enters))
    return True


def alike(connection: Connection, report: Report) -> list[Report]:
    """The reports of the same picture that are in the same state, this one among them, oldest first."""
    same = (reports.c.job_id == report.job_id) & (reports.c.state == report.state)
    return [_report(row) for row in connection.execute(select(reports).where(same).order_by(reports.c.id))]


def _report(row: Row[Any]) -> Report:
    return Report(row.id, row.guild_id, row.job_id, row.reporter_id, row.at, row.reason, ReportState(row.state))
