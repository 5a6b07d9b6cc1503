"""What was made, when, by whom and with whom, added up for the moderators."""

from __future__ import annotations

from sqlalchemy import Integer, cast, func, select

from bot.models import JobState, TaskState, UsageRow
from bot.storage.database import Connection
from bot.storage.ledger import USED
from bot.storage.tables import jobs, ledger, tasks


def made(
    connection: Connection, guild_id: int, since: int, day_ms: int, *, member_id: int | None = None
) -> list[UsageRow]:
    """What was delivered in a server since then (its credits), and what its calls cost."""
    delivered = cast((tasks.c.state == TaskState.MADE) & (jobs.c.state == JobState.DONE), Integer)
    day = (jobs.c.created_at - since) // day_ms
    query = (
        select(
            day.label("day"),
            jobs.c.member_id,
            func.max(jobs.c.member_name).label("name"),
            tasks.c.provider,
            func.sum(delivered).label("pictures"),
            func.sum(delivered * (jobs.c.credits // jobs.c.image_count)).label("credits"),
            func.sum(tasks.c.cost_microusd).label("cost"),
        )
        .select_from(ledger.join(jobs, jobs.c.id == ledger.c.job_id).join(tasks, tasks.c.job_id == jobs.c.id))
        .where(ledger.c.guild_id == guild_id, ledger.c.counts_at >= since, USED, ledger.c.kind == "reserve")
        .where(tasks.c.provider.is_not(None))
        .group_by("day", jobs.c.member_id, tasks.c.provider)
    )
    if member_id is not None:
        query = query.where(jobs.c.member_id == member_id)
    return [
        UsageRow(row.day, row.member_id, row.name, row.provider, int(row.pictures), int(row.credits), int(row.cost))
        for row in connection.execute(query)
    ]
