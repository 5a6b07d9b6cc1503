"""Which processes work on this database: a lease each, so that a dead one's jobs find a new home."""

from __future__ import annotations

import os

from sqlalchemy import delete, insert, select, update

from bot.storage.engine import Connection
from bot.storage.tables import jobs, secrets, workers


async def register(connection: Connection, worker: str, host: str, pid: int, lease_until: int) -> None:
    """Enter a process that starts working."""
    await connection.execute(insert(workers).values(id=worker, host=host, pid=pid, lease_until=lease_until))


async def renew(connection: Connection, worker: str, lease_until: int) -> bool:
    """Prolong a lease; False when another process took it for dead and removed it."""
    result = await connection.execute(update(workers).where(workers.c.id == worker).values(lease_until=lease_until))
    return result.rowcount == 1


async def bury(connection: Connection, me: str, host: str, now: int) -> list[str]:
    """Remove the workers that are gone and give their ids.

    Gone is one whose lease ran out, or whose process on this very host no longer lives: so a restart after a
    crash need not wait for the lease. Ids that stand in unfinished jobs but in no lease are gone as well.
    """
    rows = (await connection.execute(select(workers).where(workers.c.id != me))).all()
    gone = [row.id for row in rows if row.lease_until < now or (row.host == host and not _alive(row.pid))]
    if gone:
        await connection.execute(delete(workers).where(workers.c.id.in_(gone)))
    known = select(workers.c.id)
    unknown = select(jobs.c.worker).where(jobs.c.worker.not_in(known), jobs.c.finished_at.is_(None)).distinct()
    return sorted({*gone, *(await connection.execute(unknown)).scalars()})


async def leave(connection: Connection, worker: str) -> None:
    """Strike out a process that stops in order."""
    await connection.execute(delete(workers).where(workers.c.id == worker))


async def secret(connection: Connection, name: str, fresh: str) -> str:
    """This installation's secret of that name; ``fresh`` becomes it if there is none yet."""
    found = (await connection.execute(select(secrets.c.value).where(secrets.c.name == name))).scalar()
    if found is not None:
        return found
    await connection.execute(insert(secrets).values(name=name, value=fresh))
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
