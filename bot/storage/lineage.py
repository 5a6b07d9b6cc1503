"""Which picture came from which: one row for each picture that a job started from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import BigInteger, insert, literal, or_, select

from bot.storage.database import Connection
from bot.storage.tables import jobs, lineage


def add(connection: Connection, job_id: int, parents: Sequence[str]) -> None:
    """Remember a job's parents, given by their codes; a code that is not known is left out."""
    if not parents:
        return
    wanted = [(code.rpartition("-")[0], int(code.rpartition("-")[2])) for code in parents]
    query = select(jobs.c.code, jobs.c.id).where(jobs.c.code.in_({code for code, _ in wanted}))
    ids = {row.code: row.id for row in connection.execute(query)}
    rows = [
        {"job_id": job_id, "position": position, "parent_job_id": ids[code], "parent_number": number}
        for position, (code, number) in enumerate(wanted)
        if code in ids
    ]
    if rows:
        connection.execute(insert(lineage), rows)


def edges(connection: Connection, job_ids: Iterable[int]) -> list[tuple[int, int, int]]:
    """The steps from or to these jobs: child's job, parent's job, parent picture's number from 1."""
    ids = list(job_ids)
    query = (
        select(lineage.c.job_id, lineage.c.parent_job_id, lineage.c.parent_number)
        .where(or_(lineage.c.job_id.in_(ids), lineage.c.parent_job_id.in_(ids)))
        .order_by(lineage.c.job_id, lineage.c.position)
    )
    return [(row.job_id, row.parent_job_id, row.parent_number) for row in connection.execute(query)]


def related(connection: Connection, job_id: int, limit: int) -> list[tuple[int, int, int]]:
    """All steps of the family that a job belongs to, nearest first, until about ``limit`` jobs are found."""
    known, frontier = {job_id}, {job_id}
    found: dict[tuple[int, int, int], None] = {}
    while frontier and len(known) < limit:
        steps = edges(connection, sorted(frontier)[:500])
        found |= dict.fromkeys(steps)
        frontier = {one for child, parent, _ in steps for one in (child, parent)} - known
        known |= frontier
    return list(found)


def line(connection: Connection, job_id: int, limit: int = 100) -> list[int]:
    """A job and what it came from, step by step to where it began: of several parents the first."""
    start = select(literal(job_id, BigInteger).label("job_id"), literal(0).label("depth")).cte("line", recursive=True)
    further = (
        select(lineage.c.parent_job_id, start.c.depth + 1)
        .join(start, lineage.c.job_id == start.c.job_id)
        .where(lineage.c.position == 0, start.c.depth < limit)
    )
    found = start.union_all(further)
    return list(connection.execute(select(found.c.job_id).order_by(found.c.depth)).scalars())
