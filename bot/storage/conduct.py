"""Blocks, strikes and reports as rows."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from bot.models import Block, Report, ReportState
from bot.storage.engine import Connection
from bot.storage.tables import blocks, reports, strikes


async def block(connection: Connection, guild_id: int, one: Block) -> None:
    """Block a member, in place of an earlier block."""
    await unblock(connection, guild_id, one.member_id)
    values = {"until": one.until, "at": one.at, "actor_id": one.actor_id, "reason": one.reason}
    await connection.execute(insert(blocks).values(guild_id=guild_id, member_id=one.member_id, **values))


async def unblock(connection: Connection, guild_id: int, member_id: int) -> bool:
    """Lift a member's block; False if there was none."""
    gone = await connection.execute(
        delete(blocks).where(blocks.c.guild_id == guild_id, blocks.c.member_id == member_id)
    )
    return gone.rowcount == 1


async def is_blocked(connection: Connection, guild_id: int, member_id: int, now: int) -> bool:
    """Whether a block of a member is in force."""
    query = select(blocks.c.member_id).where(
        blocks.c.guild_id == guild_id,
        blocks.c.member_id == member_id,
        or_(blocks.c.until.is_(None), blocks.c.until > now),
    )
    return (await connection.execute(query)).first() is not None


async def blocked(connection: Connection, guild_id: int, now: int, limit: int) -> list[Block]:
    """The blocks in force in a server, newest first."""
    query = (
        select(blocks)
        .where(blocks.c.guild_id == guild_id, or_(blocks.c.until.is_(None), blocks.c.until > now))
        .order_by(blocks.c.at.desc())
        .limit(limit)
    )
    return [
        Block(row.member_id, row.at, row.until, row.actor_id, row.reason) for row in await connection.execute(query)
    ]


async def blocks_of(connection: Connection, member_id: int) -> list[tuple[int, Block]]:
    """A member's blocks with the server of each."""
    rows = await connection.execute(select(blocks).where(blocks.c.member_id == member_id))
    return [(row.guild_id, Block(row.member_id, row.at, row.until, row.actor_id, row.reason)) for row in rows]


async def strikes_of(connection: Connection, member_id: int) -> list[tuple[int, int]]:
    """The servers and times of a member's strikes."""
    query = select(strikes.c.guild_id, strikes.c.at).where(strikes.c.member_id == member_id).order_by(strikes.c.at)
    return [(row.guild_id, row.at) for row in await connection.execute(query)]


async def reports_of(connection: Connection, reporter_id: int) -> list[Report]:
    """The reports that a member has made, oldest first."""
    rows = await connection.execute(select(reports).where(reports.c.reporter_id == reporter_id).order_by(reports.c.id))
    return [_report(row) for row in rows]


async def strike(connection: Connection, guild_id: int, member_id: int, at: int, since: int) -> int:
    """Note a refusal for content; gives how many there are since then."""
    await connection.execute(insert(strikes).values(guild_id=guild_id, member_id=member_id, at=at))
    theirs = (strikes.c.guild_id == guild_id) & (strikes.c.member_id == member_id)
    await connection.execute(delete(strikes).where(theirs, strikes.c.at <= since))
    return (await connection.execute(select(func.count()).select_from(strikes).where(theirs))).scalar_one()


async def forgive(connection: Connection, guild_id: int, member_id: int) -> None:
    """Forget a member's strikes."""
    await connection.execute(delete(strikes).where(strikes.c.guild_id == guild_id, strikes.c.member_id == member_id))


async def report(
    connection: Connection, guild_id: int, job_id: int, reporter_id: int, at: int, reason: str
) -> int | None:
    """Keep a report; None if this member has reported this job already."""
    values = {"guild_id": guild_id, "job_id": job_id, "reporter_id": reporter_id, "at": at, "reason": reason}
    known = select(reports.c.id).where(reports.c.job_id == job_id, reports.c.reporter_id == reporter_id)
    if (await connection.execute(known)).first() is not None:
        return None
    try:
        query = insert(reports).values(**values, state=ReportState.OPEN).returning(reports.c.id)
        return (await connection.execute(query)).scalar_one()
    except IntegrityError:  # another process was faster
        return None


async def reports_since(connection: Connection, guild_id: int, reporter_id: int, since: int) -> int:
    """How often a member has reported in a server since then."""
    query = (
        select(func.count())
        .select_from(reports)
        .where(reports.c.guild_id == guild_id, reports.c.reporter_id == reporter_id, reports.c.at > since)
    )
    return (await connection.execute(query)).scalar_one()


async def reported(connection: Connection, report_id: int) -> Report | None:
    """A report by its id."""
    row = (await connection.execute(select(reports).where(reports.c.id == report_id))).first()
    return None if row is None else _report(row)


def _report(row: Row[Any]) -> Report:
    return Report(row.id, row.guild_id, row.job_id, row.reporter_id, row.at, row.reason, ReportState(row.state))


async def withdraw(connection: Connection, report_id: int) -> None:
    """Take a report back that nobody has read."""
    await connection.execute(delete(reports).where(reports.c.id == report_id))


async def answer(connection: Connection, report_id: int, leaves: ReportState, enters: ReportState) -> bool:
    """Move a report on; False if it had left that state already."""
    one = (reports.c.id == report_id) & (reports.c.state == leaves)
    return (await connection.execute(update(reports).where(one).values(state=enters))).rowcount == 1
