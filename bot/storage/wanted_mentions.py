"""Which jobs' requesters asked to be mentioned when their picture is ready."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import bindparam, delete, insert, select

from bot.storage.compiled import Compiled
from bot.storage.database import Connection
from bot.storage.tables import wanted_mentions

_TAKE = Compiled(
    delete(wanted_mentions).where(wanted_mentions.c.job_id == bindparam("p_id")).returning(wanted_mentions.c.job_id)
)


def add(connection: Connection, job_id: int) -> None:
    """Remember that this job's requester wants to be mentioned."""
    known = select(wanted_mentions.c.job_id).where(wanted_mentions.c.job_id == job_id)
    if connection.execute(known).first() is None:
        connection.execute(insert(wanted_mentions).values(job_id=job_id))


def take(connection: Connection, job_id: int) -> Callable[[], bool]:
    """Whether somebody asked for it, once it is asked for; from now on nobody has."""
    taken = _TAKE.rows_later(connection, {"p_id": job_id})
    return lambda: bool(taken())
