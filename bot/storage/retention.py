"""Old rows are thinned out, a few in each transaction; what is kept how long is said in ``bot.maintenance.retention``.

Jobs, audit entries, reports and strikes are numbered as they come, so the oldest are found by their number: no index on
times is needed. How far the thinning of jobs has come is a row of its own (``watermarks``).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from sqlalchemy import Table, delete, insert, select, update

from bot.models import FORGOTTEN_PROMPT, JobState
from bot.storage.database import Connection
from bot.storage.job_rows import references_of, sources_of
from bot.storage.pictures import forget_addresses
from bot.storage.sqlite import raw
from bot.storage.tables import (
    audit,
    blocks,
    jobs,
    remote_tasks,
    reports,
    source_owners,
    strikes,
    tasks,
    watermarks,
)

_INCREMENTAL = 2
"""SQLite's number for a file whose pages can be given back a few at a time."""

ROWS_BY_AGE = {"audit": audit, "reports": reports, "strikes": strikes}
"""Tables whose rows are deleted by their age."""


def drop_addresses(connection: Connection, limit: int, before: int) -> bool:
    """Forget where vendors and Discord kept what was finished long ago: signed addresses have expired.

    True while more may be left, as for all of these.
    """
    ids, more = _next_jobs(connection, "addresses", before, limit)
    forget_addresses(connection, ids)
    cancelled = select(tasks.c.id).where(tasks.c.job_id.in_(ids))
    connection.execute(delete(remote_tasks).where(remote_tasks.c.task_id.in_(cancelled)))
    connection.execute(update(jobs).where(jobs.c.id.in_(ids)).values(event_id=None))
    started = select(jobs.c.id, jobs.c.sources).where(jobs.c.id.in_(ids), jobs.c.sources.contains('"url":'))
    for row in connection.execute(started).all():
        kept = sources_of([replace(one, url=None) for one in references_of(row.sources)])
        connection.execute(update(jobs).where(jobs.c.id == row.id).values(sources=kept))
    return more


def thin_jobs(connection: Connection, limit: int, before: int, states: Collection[JobState]) -> bool:
    """Forget the words and sources of jobs that ended in these states; what lineage and books need stays."""
    ids, more = _next_jobs(connection, ",".join(sorted(states)), before, limit)
    ended = jobs.c.id.in_(ids) & jobs.c.state.in_([state.value for state in states])
    thinned = connection.execute(
        update(jobs).where(ended).values(prompt=FORGOTTEN_PROMPT, sources="[]").returning(jobs.c.id)
    )
    connection.execute(delete(source_owners).where(source_owners.c.job_id.in_(list(thinned.scalars()))))
    return more


def drop_rows(connection: Connection, limit: int, before: int, table: str) -> bool:
    """Delete the rows of one of ``ROWS_BY_AGE`` that are older than ``before`` (epoch ms)."""
    rows: Table = ROWS_BY_AGE[table]
    oldest = connection.execute(select(rows.c.id, rows.c.at).order_by(rows.c.id).limit(limit)).all()
    gone = [row.id for row in oldest if row.at < before]
    if gone:
        connection.execute(delete(rows).where(rows.c.id.in_(gone)))
    return len(gone) == limit


def drop_blocks(connection: Connection, _limit: int, before: int) -> bool:
    """Delete blocks that ended before then; one row a blocked member, so that there are few."""
    connection.execute(delete(blocks).where(blocks.c.until < before))
    return False


def free_pages(connection: Connection, limit: int) -> bool:
    """Give some of the file's free pages back to the system; PostgreSQL does that by itself."""
    if connection.dialect.name != "sqlite":
        return False
    driver = raw(connection)
    free, incremental = (driver.execute(f"PRAGMA {name}").fetchone()[0] for name in ("freelist_count", "auto_vacuum"))
    if incremental != _INCREMENTAL:
        return False
    for _ in range(min(limit, free)):
        driver.execute("PRAGMA incremental_vacuum(1)")  # one page a step: the driver makes one step of a pragma
    return free > limit


def _next_jobs(connection: Connection, name: str, before: int, limit: int) -> tuple[Sequence[int], bool]:
    """Ids of the next jobs that ended before then, and whether there may be more; notes how far that is."""
    position = connection.execute(select(watermarks.c.position).where(watermarks.c.name == name)).scalar()
    query = (
        select(jobs.c.id, jobs.c.created_at, jobs.c.finished_at)
        .where(jobs.c.id > (position or 0))
        .order_by(jobs.c.id)
        .limit(limit)
    )
    rows = [row for row in connection.execute(query).all() if row.created_at < before]
    if not rows:
        return (), False
    if position is None:
        connection.execute(insert(watermarks).values(name=name, position=rows[-1].id))
    else:
        connection.execute(update(watermarks).where(watermarks.c.name == name).values(position=rows[-1].id))
    return [row.id for row in rows if row.finished_at is not None], len(rows) == limit
