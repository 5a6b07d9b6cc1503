"""Which processes work on this database: a lease each, so that a dead one's jobs are taken over."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, insert, select, text, update

from bot.models import JobState
from bot.storage.database import Connection
from bot.storage.tables import jobs, pool_buckets, secrets, spend_buckets, tasks, workers
from bot.storage.triggers import BUCKET_MS

_SERVER_TIME = text("SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)")


def time(connection: Connection, now: int) -> int:
    """The time by which all processes on this database measure leases (epoch ms).

    A server's own, since its clients' clocks may differ; a file is shared by one machine, whose clock says ``now``.
    """
    return now if connection.dialect.name == "sqlite" else int(connection.execute(_SERVER_TIME).scalar_one())


def renew(connection: Connection, worker: str, now: int, lease_ms: int) -> bool:
    """Prolong a lease, or enter a process that has none. True when the lease had not run out."""
    held = connection.execute(select(workers.c.lease_until).where(workers.c.id == worker)).scalar()
    if held is None:
        connection.execute(insert(workers).values(id=worker, lease_until=now + lease_ms))
    else:
        connection.execute(update(workers).where(workers.c.id == worker).values(lease_until=now + lease_ms))
    return held is not None and held >= now


def expire(connection: Connection, me: str, application_id: int, now: int, lease_ms: int) -> list[str]:
    """Remove the leases that have run out; gives the ids that stand in this application's jobs and tasks alone.

    No lease reaches further than ``lease_ms``, unless the clock was set back since: then it counts from now.
    """
    longest = now + lease_ms
    connection.execute(update(workers).where(workers.c.lease_until > longest).values(lease_until=longest))
    connection.execute(delete(workers).where(workers.c.id != me, workers.c.lease_until < now))
    alive = select(workers.c.id)
    accepted = select(jobs.c.worker).where(
        jobs.c.finished_at.is_(None), jobs.c.application_id == application_id, jobs.c.worker.not_in(alive)
    )
    claimed = (
        select(tasks.c.worker)
        .join(jobs, jobs.c.id == tasks.c.job_id)
        .where(tasks.c.slot.is_not(None), jobs.c.application_id == application_id, tasks.c.worker.not_in(alive))
    )
    return sorted(connection.execute(accepted.union(claimed)).scalars())


def own(connection: Connection, application_id: int) -> None:
    """Jobs of versions that did not say whose they are become this application's."""
    connection.execute(update(jobs).where(jobs.c.application_id.is_(None)).values(application_id=application_id))


def leave(connection: Connection, worker: str) -> None:
    """Strike out a process that stops in order."""
    connection.execute(delete(workers).where(workers.c.id == worker))


def adopt(connection: Connection, worker: str, gone: Sequence[str]) -> list[int]:
    """Take over the unfinished jobs, and the tasks under way, of workers that are gone; gives those jobs' ids."""
    unfinished = update(jobs).where(jobs.c.worker.in_(gone), jobs.c.finished_at.is_(None)).values(worker=worker)
    taken = list(connection.execute(unfinished.returning(jobs.c.id)).scalars())
    theirs = tasks.c.slot.is_not(None) & tasks.c.worker.in_(gone)
    connection.execute(update(tasks).where(theirs).values(worker=worker))
    return taken


def deliveries(connection: Connection, of: Sequence[str]) -> list[int]:
    """Ids of the jobs of these workers whose message waits to be edited, oldest first."""
    query = (
        select(jobs.c.id)
        .where(jobs.c.worker.in_(of), jobs.c.finished_at.is_(None), jobs.c.state == JobState.DELIVERING)
        .order_by(jobs.c.id)
    )
    return list(connection.execute(query).scalars())


def drop_old_sums(connection: Connection, before: int) -> None:
    """Forget the sums of spend and pools that no window reaches any more."""
    for table in (spend_buckets, pool_buckets):
        connection.execute(delete(table).where(table.c.bucket < before // BUCKET_MS))


def secret(connection: Connection, name: str, fresh: str) -> str:
    """This installation's secret of that name; ``fresh`` becomes it if there is none yet."""
    found = connection.execute(select(secrets.c.value).where(secrets.c.name == name)).scalar()
    if found is not None:
        return found
    connection.execute(insert(secrets).values(name=name, value=fresh))
    return fresh
