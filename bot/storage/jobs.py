"""Jobs as rows: every transition is conditional on the state that it leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import BigInteger, Row, bindparam, case, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from bot.models import (
    ACTIVE_STATES,
    Failure,
    ImageRequest,
    Job,
    JobState,
    NewJob,
    Origin,
    Picture,
    ReplyToken,
    Task,
    TaskState,
)
from bot.storage import lineage, pictures, posts, remix_threads
from bot.storage.compiled import Compiled, either
from bot.storage.database import Connection
from bot.storage.job_rows import IN_ITS_CHANNEL, added_job, job_of, job_values, task_of
from bot.storage.tables import jobs, reply_tokens, source_owners, tasks

_LAST = 20
_INSERT_JOB = Compiled(insert(jobs).returning(jobs.c.id))
_INSERT_TASKS = Compiled(insert(tasks).returning(tasks.c.id))
_BY_ID = Compiled(select(jobs).where(jobs.c.id == bindparam("p_id")))
_TOKEN = Compiled(
    select(reply_tokens.c.token, reply_tokens.c.issued_at).where(reply_tokens.c.job_id == bindparam("p_id"))
)
_INSERT_TOKEN = Compiled(insert(reply_tokens))
_DROP_TOKEN = Compiled(delete(reply_tokens).where(reply_tokens.c.job_id == bindparam("p_id")))
_BY_CODE = Compiled(select(jobs).where(jobs.c.code == bindparam("p_code")))
_TASKS_OF = Compiled(select(tasks).where(tasks.c.job_id == bindparam("p_id")).order_by(tasks.c.number))
_APPLICATION = select(jobs.c.application_id).where(jobs.c.id == bindparam("p_id"))
_CHANNEL = case(
    (jobs.c.channel_id == bindparam("p_channel", type_=BigInteger), IN_ITS_CHANNEL),
    else_=bindparam("p_channel", type_=BigInteger),
)
_PLACED = Compiled(
    update(jobs)
    .where(jobs.c.id == bindparam("p_id"), jobs.c.state.in_(either(ACTIVE_STATES)))
    .values(message_id=bindparam("p_message"), message_channel_id=_CHANNEL)
    .returning(jobs.c.state)
)
_ENDED_IN = select(jobs.c.state).where(jobs.c.id == bindparam("p_id"), jobs.c.message_id == bindparam("p_message"))
_FINISHED = Compiled(
    update(jobs)
    .where(jobs.c.id == bindparam("p_id"), jobs.c.state == bindparam("p_leaves"))
    .values(state=bindparam("p_state"), failure=bindparam("p_failure"), finished_at=bindparam("p_now"))
)


class Taken(Exception):
    """The code, or the right to retry, belongs to another job; the transaction is void."""


def add(connection: Connection, new: NewJob) -> Job:
    """Insert a queued job with its tasks. Raises ``Taken``."""
    return add_tasks(connection, new, add_without_tasks(connection, new))()


def add_without_tasks(connection: Connection, new: NewJob) -> int:
    """Insert a queued job and all that belongs to it but its tasks, which cost something; its id. Raises ``Taken``."""
    request = new.plan.request
    try:
        job_id: int = _INSERT_JOB.rows(connection, job_values(new))[0].id
    except IntegrityError as error:
        raise Taken from error
    lineage.add(connection, job_id, _parents(request))
    owners = {one.owner_id for one in request.references} - {None}
    if owners:
        rows = [{"job_id": job_id, "owner_id": owner} for owner in owners]
        connection.execute(insert(source_owners), rows)
    if new.reply is not None:
        token = {"job_id": job_id, "token": new.reply.token, "issued_at": new.reply.issued_at}
        _INSERT_TOKEN.run_later(connection, token)
    return job_id


def add_tasks(connection: Connection, new: NewJob, job_id: int) -> Callable[[], Job]:
    """Insert a job's tasks; the job can be had when they are, or in the end."""
    values = [
        {
            "job_id": job_id,
            "number": number,
            "state": TaskState.QUEUED,
            "seed": new.plan.seed + number - 1,
            "tried": "",
            "cost_microusd": new.estimate_microusd,
            "created_at": new.created_at,
        }
        for number in range(1, new.plan.request.count + 1)
    ]
    inserted = [_INSERT_TASKS.rows_later(connection, one) for one in values]
    return lambda: added_job(new, job_id, [one()[0].id for one in inserted])


def placed(connection: Connection, job_id: int, message_id: int, channel_id: int) -> JobState | None:
    """Remember the message that answers a job; gives the job's state, None if it was answered by another message.

    Delivery may have found this very message by itself, and ended the job in it, before anybody told of it.
    """
    values = {"p_id": job_id, "p_message": message_id, "p_channel": channel_id}
    row = _PLACED.first(connection, values)
    if row is None:
        row = connection.execute(_ENDED_IN, {"p_id": job_id, "p_message": message_id}).first()
    return None if row is None else JobState(row.state)


def moved(connection: Connection, job_id: int, message_id: int, channel_id: int) -> None:
    """Remember that a job ended up in another message."""
    values = {"message_id": message_id, "message_channel_id": _CHANNEL}
    connection.execute(update(jobs).where(jobs.c.id == job_id).values(values), {"p_channel": channel_id})


def get(connection: Connection, job_id: int) -> Job | None:
    """A job with its tasks and pictures, and with the right to answer while there is one."""
    found, kept = (one.rows_later(connection, {"p_id": job_id}) for one in (_BY_ID, _TOKEN))
    its_tasks, its_pictures = _belonging(connection, job_id)
    rows = found()
    if not rows:
        return None
    row = rows[0]
    replies = [ReplyToken(row.application_id, one.token, one.issued_at, row.event_id) for one in kept()]
    return job_of(row, its_tasks(), its_pictures(row.code), replies[0] if replies else None)


def brief(connection: Connection, job_id: int) -> Job | None:
    """A job without its tasks, pictures and token: what a submit needs."""
    row = _BY_ID.first(connection, {"p_id": job_id})
    return None if row is None else job_of(row)


def by_code(connection: Connection, code: str) -> Job | None:
    """A job by its code, with its tasks and pictures."""
    row = _BY_CODE.first(connection, {"p_code": code})
    return None if row is None else _whole(connection, row)


def at_message(connection: Connection, message_id: int) -> Job | None:
    """The job that a message shows."""
    row = connection.execute(select(jobs).where(jobs.c.message_id == message_id)).first()
    return None if row is None else _whole(connection, row)


def search(
    connection: Connection,
    *,
    limit: int,
    before: int | None = None,
    channel_id: int | None = None,
    guild_id: int | None = None,
    member_id: int | None = None,
    words: str = "",
) -> list[Job]:
    """Jobs whose pictures can be seen, newest first; ``before`` is the id of the last one of the page before."""
    query = select(jobs).where(jobs.c.state == JobState.DONE, jobs.c.message_id.is_not(None))
    if before is not None:
        query = query.where(jobs.c.id < before)
    if channel_id is not None:
        query = query.where(jobs.c.channel_id == channel_id)
    if guild_id is not None:
        query = query.where(jobs.c.guild_id == guild_id)
    if member_id is not None:
        query = query.where(jobs.c.member_id == member_id)
    for word in words.split():
        query = query.where(jobs.c.prompt.icontains(word, autoescape=True))
    return _with_pictures(connection, connection.execute(query.order_by(jobs.c.id.desc()).limit(limit)).all())


def of_member(connection: Connection, member_id: int, limit: int, before: int | None = None) -> list[Job]:
    """Jobs of a member with their pictures, newest first; ``before`` is the id of the last one of those before."""
    query = select(jobs).where(jobs.c.member_id == member_id).order_by(jobs.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(jobs.c.id < before)
    return _with_pictures(connection, connection.execute(query).all())


def several(connection: Connection, job_ids: Iterable[int]) -> list[Job]:
    """Jobs with their pictures, oldest first."""
    rows = connection.execute(select(jobs).where(jobs.c.id.in_(list(job_ids))).order_by(jobs.c.id)).all()
    return _with_pictures(connection, rows)


def unfinished(connection: Connection, guild_id: int, member_id: int) -> list[str]:
    """Codes of a member's jobs in a server that wait or run, so that they can be cancelled; oldest first."""
    query = (
        select(jobs.c.code)
        .where(jobs.c.member_id == member_id, jobs.c.finished_at.is_(None), jobs.c.guild_id == guild_id)
        .where(jobs.c.state != JobState.DELIVERING)
        .order_by(jobs.c.id)
    )
    return list(connection.execute(query).scalars())


def cancelled_lately(connection: Connection, member_id: int, since: int) -> bool:
    """Whether one of a member's last jobs was cancelled, as far as it was asked for since then."""
    last = select(jobs.c.id, jobs.c.created_at).where(jobs.c.member_id == member_id)
    last = last.order_by(jobs.c.id.desc()).limit(_LAST).subquery()
    query = select(tasks.c.id).join(last, last.c.id == tasks.c.job_id)
    query = query.where(last.c.created_at > since, tasks.c.state == TaskState.CANCELLED)
    return connection.execute(query.limit(1)).first() is not None


def application_of(connection: Connection, job_id: int) -> int | None:
    """Whose job it is; None where there is no such job, or nobody has said."""
    return connection.execute(_APPLICATION, {"p_id": job_id}).scalar()


def writer_of(connection: Connection, job_id: int) -> int:
    """Whose words a job is made of: of those who tried it again, and again, whoever first said just that.

    0 where they had their data erased.
    """
    row = _BY_ID.rows(connection, {"p_id": job_id})[0]
    while row.retry_of is not None:
        before = _BY_ID.rows(connection, {"p_id": row.retry_of})[0]
        if before.prompt != row.prompt and before.member_id:
            break
        row = before
    return row.member_id


def was_retried(connection: Connection, job_id: int) -> bool:
    """Whether a failed job was asked for again already."""
    return connection.execute(select(jobs.c.id).where(jobs.c.retry_of == job_id)).first() is not None


def finish(
    connection: Connection,
    job_id: int,
    leaves: JobState,
    state: JobState,
    failure: Failure | None,
    now: int,
) -> bool:
    """Leave a state for a terminal one; the reply token is dropped. False if the job had left it already."""
    values = {"p_id": job_id, "p_leaves": leaves, "p_state": state, "p_failure": failure, "p_now": now}
    if _FINISHED.run(connection, values) != 1:
        return False
    _DROP_TOKEN.run_later(connection, {"p_id": job_id})
    return True


def forget_message(connection: Connection, job_id: int) -> list[int]:
    """The message that held a job was deleted: its pictures are nowhere any more.

    Gives the threads whose head shows one of them; what it shows is out of date from now on.
    """
    query = update(jobs).where(jobs.c.id == job_id).values(message_id=None, erase_message=False).returning(jobs.c.code)
    code = connection.execute(query).scalar_one_or_none()
    posts.mark_showing(connection, [job_id])
    return [] if code is None else remix_threads.outdate(connection, code)


def _with_pictures(connection: Connection, rows: Sequence[Row[Any]]) -> list[Job]:
    found = pictures.of_jobs(connection, {row.id: row.code for row in rows})
    return [job_of(row, (), found.get(row.id, ())) for row in rows]


def _whole(connection: Connection, row: Row[Any]) -> Job:
    its_tasks, its_pictures = _belonging(connection, row.id)
    return job_of(row, its_tasks(), its_pictures(row.code))


def _belonging(
    connection: Connection, job_id: int
) -> tuple[Callable[[], tuple[Task, ...]], Callable[[str], tuple[Picture, ...]]]:
    """A job's tasks, and its pictures by its code, once they are asked for."""
    its_tasks = _TASKS_OF.rows_later(connection, {"p_id": job_id})
    return lambda: tuple(map(task_of, its_tasks())), pictures.of_job(connection, job_id)


def _parents(request: ImageRequest) -> tuple[str, ...]:
    """Codes of the pictures that a request's own come from: what it starts from, or what it makes anew on `max`."""
    codes = [one.code for one in request.references if one.code is not None]
    if request.origin is Origin.MAX and request.parent is not None and request.parent not in codes:
        codes.append(request.parent)
    return tuple(codes)
