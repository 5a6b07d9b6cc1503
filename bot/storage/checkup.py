"""What an installation at rest can be asked: is the file whole, has anything got stuck, who has left jobs behind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import DatabaseError

from bot.models import ACTIVE_STATES, Failure, JobState, TaskState
from bot.storage import jobs as job_rows
from bot.storage import pictures
from bot.storage.database import Connection
from bot.storage.tables import MOVED, jobs, remote_tasks, tasks, wanted_mentions, watermarks, workers
from bot.storage.workers import time


@dataclass(frozen=True, slots=True)
class StuckJob:
    """A job that should have ended long ago."""

    id: int
    code: str
    state: JobState
    created_at: int


def damage(connection: Connection) -> str | None:
    """What SQLite finds wrong with its file; None when it is whole. A server looks after itself."""
    if connection.dialect.name != "sqlite":
        return None
    try:
        found = str(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar())
    except DatabaseError as error:  # too damaged to be looked at
        found = str(error.orig)
    return None if found == "ok" else found


def stuck(connection: Connection, before: int) -> list[StuckJob]:
    """Unfinished jobs that were accepted before then (epoch ms), oldest first."""
    query = (
        select(jobs.c.id, jobs.c.code, jobs.c.state, jobs.c.created_at)
        .where(jobs.c.finished_at.is_(None), jobs.c.created_at < before)
        .order_by(jobs.c.id)
    )
    return [StuckJob(row.id, row.code, JobState(row.state), row.created_at) for row in connection.execute(query)]


def left_behind(connection: Connection, now: int) -> int:
    """How many unfinished jobs belong to processes whose lease has run out: the next start takes them over."""
    alive = select(workers.c.id).where(workers.c.lease_until >= time(connection, now))
    query = select(func.count()).select_from(jobs).where(jobs.c.finished_at.is_(None), jobs.c.worker.not_in(alive))
    return connection.execute(query).scalar_one()


def in_use(connection: Connection, now: int) -> bool:
    """Whether a process holds a lease on the database."""
    held = workers.c.lease_until >= time(connection, now)
    return connection.execute(select(workers.c.id).where(held)).first() is not None


def give_up(connection: Connection, job_id: int, now: int) -> bool:
    """End a job that got stuck, as one that nobody could be told of; False if it has ended meanwhile.

    What may have been ordered keeps its cost; nothing else of it is booked here.
    """
    end = (
        job_rows.finish(connection, job_id, one, JobState.FAILED, Failure.UNDELIVERABLE, now) for one in ACTIVE_STATES
    )
    if not any(end):
        return False
    theirs = tasks.c.job_id == job_id
    connection.execute(
        update(tasks)
        .where(theirs, tasks.c.state == TaskState.QUEUED)
        .values(state=TaskState.FAILED, failure=Failure.UNDELIVERABLE, cost_microusd=0)
    )
    connection.execute(
        update(tasks)
        .where(theirs, tasks.c.state.in_([TaskState.SUBMITTING, TaskState.RUNNING]))
        .values(state=TaskState.FAILED, failure=Failure.INTERRUPTED)
    )
    ended = select(tasks.c.id).where(theirs)
    connection.execute(delete(wanted_mentions).where(wanted_mentions.c.job_id == job_id))
    connection.execute(delete(remote_tasks).where(remote_tasks.c.task_id.in_(ended)))
    pictures.drop_kept(connection, job_id)
    return True


def moved_away(connection: Connection) -> str | None:
    """What an operator reads where all of a database was copied into another one: then no bot may go on with it."""
    at = connection.execute(select(watermarks.c.position).where(watermarks.c.name == MOVED)).scalar()
    if at is None:
        return None
    when = datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
    return (
        f"DATABASE_URL: all of this database was copied into another one ({when}): what waits in both would be"
        " ordered, and paid, twice. Name that one. If it is lost: atelier migrate --reopen"
    )


def mark_moved(connection: Connection, at: int | None) -> None:
    """Note that all of a database was copied into another one (epoch ms); None: that it is the one to go on with."""
    connection.execute(delete(watermarks).where(watermarks.c.name == MOVED))
    if at is not None:
        connection.execute(insert(watermarks).values(name=MOVED, position=at))
