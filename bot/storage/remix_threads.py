"""Threads in which people remix one picture together, as rows."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from sqlalchemy import Row, case, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from bot.models import JobState, RemixThread
from bot.storage.database import Connection
from bot.storage.tables import jobs, remix_threads

_ROOT_JOB = func.substr(remix_threads.c.root, 1, func.length(remix_threads.c.root) - 2)
"""The code of the job that a thread's first picture is of: a picture's has a dash and one digit more."""
_HISTORY = 340
"""Characters of former pictures' codes, the last one first: twenty of the longest."""
_CODE = re.compile(r"[2-9a-z]+-[1-4]")
"""A whole code; the history's last one may have been cut."""


def add(connection: Connection, remix_thread: RemixThread) -> bool:
    """Enter a thread; False if it was entered already."""
    values = {
        "thread_id": remix_thread.thread_id,
        "guild_id": remix_thread.guild_id,
        "root": remix_thread.root,
        "code": remix_thread.code,
    }
    try:
        with connection.begin_nested():
            connection.execute(insert(remix_threads), values)
    except IntegrityError:
        return False
    return True


def get(connection: Connection, thread_id: int) -> RemixThread | None:
    """A thread's row."""
    row = connection.execute(select(remix_threads).where(remix_threads.c.thread_id == thread_id)).first()
    return None if row is None else _remix_thread(row)


def move(connection: Connection, thread_id: int, code: str) -> bool:
    """Make a picture the current one, and remember the one before; False where the channel is no such thread."""
    now = remix_threads.c
    longer = func.substr(now.code + " " + now.history, 1, _HISTORY)
    values = {"code": code, "history": case((now.code == code, now.history), else_=longer)}
    return connection.execute(update(remix_threads).where(now.thread_id == thread_id).values(values)).rowcount == 1


def back(connection: Connection, thread_id: int, code: str, to: str, history: Collection[str]) -> bool:
    """Make a former picture the current one again, with those before it; False where ``code`` is not current.

    The one that is left stands nowhere else from now on: it is what is shown, until the header follows.
    """
    its = remix_threads.c.thread_id == thread_id, remix_threads.c.code == code
    values = {"code": to, "history": " ".join(history), "shown": code}
    return connection.execute(update(remix_threads).where(*its).values(values)).rowcount == 1


def shown(connection: Connection, thread_id: int, header_id: int | None, code: str | None) -> None:
    """Remember what the header message shows; what is out of date already counts as not shown."""
    now = remix_threads.c
    values: dict[str, Any] = {"header_id": header_id, "shown": code}
    if code is not None:
        values["shown"] = case((now.code == code, now.code), else_=now.shown)
    connection.execute(update(remix_threads).where(now.thread_id == thread_id).values(values))


def outdate(connection: Connection, job_code: str) -> list[int]:
    """A job's pictures are gone: what the heads of threads show of it is out of date. Gives those threads."""
    of_job = remix_threads.c.code.in_([f"{job_code}-{number}" for number in range(1, 5)])
    query = update(remix_threads).where(of_job).values(shown=None).returning(remix_threads.c.thread_id)
    return list(connection.execute(query).scalars())


def touch(connection: Connection, thread_id: int) -> bool:
    """Something else happened in a thread that its head tells; False where the channel is no such thread."""
    touched = connection.execute(update(remix_threads).where(remix_threads.c.thread_id == thread_id).values(shown=None))
    return touched.rowcount == 1


def touch_these(connection: Connection, channel_ids: Collection[int]) -> list[int]:
    """The same for several channels; gives those that are such threads."""
    query = update(remix_threads).where(remix_threads.c.thread_id.in_(channel_ids)).values(shown=None)
    return list(connection.execute(query.returning(remix_threads.c.thread_id)).scalars())


def behind(connection: Connection, application_id: int) -> list[int]:
    """Threads of an application whose header does not show the current picture."""
    query = (
        select(remix_threads.c.thread_id)
        .join(jobs, jobs.c.code == _ROOT_JOB)
        .where(
            jobs.c.application_id == application_id,
            or_(remix_threads.c.shown.is_(None), remix_threads.c.shown != remix_threads.c.code),
        )
    )
    return list(connection.execute(query).scalars())


def application_of(connection: Connection, thread_id: int) -> int | None:
    """Whose thread it is: that of the application that made its first picture."""
    query = select(jobs.c.application_id).join(remix_threads, jobs.c.code == _ROOT_JOB)
    return connection.execute(query.where(remix_threads.c.thread_id == thread_id)).scalar()


def forget(connection: Connection, thread_id: int) -> None:
    """The thread is gone."""
    connection.execute(delete(remix_threads).where(remix_threads.c.thread_id == thread_id))


def participants(connection: Connection, thread_id: int) -> list[tuple[int, int]]:
    """Who has made pictures in a thread and in how many requests, in the order in which they joined."""
    query = (
        select(jobs.c.member_id, func.count())
        .where(jobs.c.channel_id == thread_id, jobs.c.state == JobState.DONE)
        .group_by(jobs.c.member_id)
        .order_by(func.min(jobs.c.id))
    )
    return [(row[0], row[1]) for row in connection.execute(query)]


def _remix_thread(row: Row[Any]) -> RemixThread:
    history = tuple(code for code in row.history.split() if _CODE.fullmatch(code))
    return RemixThread(row.thread_id, row.guild_id, row.root, row.code, row.header_id, row.shown, history)
