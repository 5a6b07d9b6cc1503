"""Which processes work on this database: a lease each, so that a dead one's jobs are taken over."""

from __future__ import annotations

import os
from collections.abc import Sequence

from sqlalchemy import delete, insert, select, update

from bot.models import JobState
from bot.storage.database import Connection
from bot.storage.tables import jobs, pool_buckets, secrets, spend_buckets, workers
from bot.storage.triggers import BUCKET_MS


def register(connection: Connection, worker: str, host: str, pid: int, lease_until: int) -> None:
    """Enter a process that starts working."""
    connection.execute(insert(workers).values(id=worker, host=host, pid=pid, lease_until=lease_until))


def renew(connection: Connection, worker: str, lease_until: int) -> bool:
    """Prolong a lease; False when another process took it for dead and removed it."""
    result = connection.execute(update(workers).where(workers.c.id == worker).values(lease_until=lease_until))
    return result.rowcount == 1


def expire(connection: Connection, me: str, host: str, now: int) -> list[str]:
    """Remove the workers that are gone and give their ids.

    Gone is one whose lease ran out, or whose process on this very host no longer lives: so a restart after a
    crash need not wait for the lease. Ids that stand in unfinished jobs but in no lease are gone as well.
    """
    rows = connection.execute(select(workers).where(workers.c.id != me)).all()
    gone = [row.id for row in rows if row.lease_until < now or (row.host == host and not _alive(row.pid))]
    if gone:
        connection.execute(delete(workers).where(workers.c.id.in_(gone)))
    unknown = (
        select(jobs.c.worker).where(jobs.c.finished_at.is_(None), jobs.c.worker.not_in(select(workers.c.id))).distinct()
    )
    return sorted({*gone, *connection.execute(unknown).scalars()})


def leave(connection: Connection, worker: str) -> None:
    """Strike out a process that stops in order."""
    connection.execute(delete(workers).where(workers.c.id == worker))


def adopt(connection: Connection, worker: str, gone: Sequence[str]) -> None:
    """Take over the unfinished jobs of workers that are gone."""
    connection.execute(update(jobs).where(jobs.c.worker.in_(gone), jobs.c.finished_at.is_(None)).values(worker=worker))


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


def _alive(pid: int) -> bool:
    if pid == os.getpid():  # the number was given again, to us: in a container every process is number 1
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
