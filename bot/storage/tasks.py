"""Tasks as rows: their way from ``queued`` to an end, each step conditional on the state that it leaves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    Row,
    ScalarSelect,
    Select,
    String,
    and_,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from bot.models import Failure, Job, JobState, Model, OpenTask, TaskState
from bot.storage import notices
from bot.storage.compiled import Compiled, either
from bot.storage.database import Connection
from bot.storage.job_rows import job_of
from bot.storage.tables import MOVED, jobs, remote_tasks, spend_buckets, tasks, watermarks
from bot.storage.triggers import BUCKET_MS

_UNFINISHED = [TaskState.QUEUED, TaskState.SUBMITTING, TaskState.RUNNING]
_TO_DELIVERY = Compiled(
    update(jobs)
    .where(
        jobs.c.id == bindparam("p_id"),
        jobs.c.state.in_(either([JobState.QUEUED, JobState.SUBMITTING, JobState.RUNNING])),
        ~select(tasks.c.id).where(tasks.c.job_id == bindparam("p_id"), tasks.c.state.in_(either(_UNFINISHED))).exists(),
    )
    .values(state=JobState.DELIVERING)
    .returning(jobs.c.worker)
)
_ITS_REMOTE = remote_tasks.c.task_id == tasks.c.id
_FREE = {"slot": None, "worker": None}
"""Nobody works on it any more, here or at a vendor's."""
_END = Compiled(
    update(tasks)
    .where(tasks.c.id == bindparam("p_id"), tasks.c.state.in_(either(_UNFINISHED)))
    .values(
        state=bindparam("p_state"),
        failure=bindparam("p_failure"),
        bad_source=bindparam("p_bad_source", type_=Integer),
        # None leaves what is there.
        cost_microusd=func.coalesce(bindparam("p_cost", type_=BigInteger), tasks.c.cost_microusd),
        **_FREE,
    )
)
_CLAIM = Compiled(
    update(tasks)
    .where(
        tasks.c.id == bindparam("p_id"),
        or_(
            and_(
                tasks.c.state == TaskState.QUEUED,
                tasks.c.worker.is_not_distinct_from(bindparam("p_held", type_=String)),
            ),
            and_(
                tasks.c.state == TaskState.SUBMITTING,
                tasks.c.worker == bindparam("p_worker"),
                tasks.c.submitted_at == bindparam("p_unsent", type_=BigInteger),
            ),
        ),
        ~select(watermarks.c.name).where(watermarks.c.name == MOVED).exists(),
    )
    .values(
        state=TaskState.SUBMITTING,
        provider=bindparam("p_provider"),
        submitted_at=bindparam("p_now"),
        worker=bindparam("p_worker"),
        slot=bindparam("p_provider"),
    )
)
_ACCEPTED = Compiled(
    update(tasks)
    .where(tasks.c.id == bindparam("p_id"), tasks.c.state == TaskState.SUBMITTING)
    .values(
        state=TaskState.RUNNING,
        cost_microusd=func.coalesce(bindparam("p_cost", type_=BigInteger), tasks.c.cost_microusd),
    )
)
_COST_OF_CANCELLED = Compiled(
    update(tasks)
    .where(tasks.c.id == bindparam("p_id"), tasks.c.state == TaskState.CANCELLED)
    .values(cost_microusd=bindparam("p_cost", type_=BigInteger))
)
_RELEASE = Compiled(
    update(tasks)
    .where(tasks.c.id == bindparam("p_id"), tasks.c.state == TaskState.CANCELLED)
    .values(cost_microusd=func.coalesce(bindparam("p_cost", type_=BigInteger), tasks.c.cost_microusd), **_FREE)
)
_REMOTE = Compiled(insert(remote_tasks))
_FORGET_REMOTE = Compiled(delete(remote_tasks).where(remote_tasks.c.task_id == bindparam("p_id")))
_JOB_SUBMITTING = Compiled(
    update(jobs)
    .where(jobs.c.id == bindparam("p_id"), jobs.c.state == JobState.QUEUED)
    .values(state=JobState.SUBMITTING)
)
_JOB_RUNNING = Compiled(
    update(jobs)
    .where(jobs.c.id == bindparam("p_id"), jobs.c.state.in_(either([JobState.QUEUED, JobState.SUBMITTING])))
    .values(state=JobState.RUNNING)
)
_STATE = select(tasks.c.state).where(tasks.c.id == bindparam("p_id"))
_JOB = Compiled(select(jobs).where(jobs.c.id == bindparam("p_id")))
_SPENT_FROM = select(func.coalesce(func.sum(spend_buckets.c.microusd), 0))
SPENT_AT_MOST = _SPENT_FROM.where(spend_buckets.c.bucket >= bindparam("p_bucket") - 1).scalar_subquery()
"""With the whole of the bucket in which the window begins."""


def _of_begun(column: Column[int]) -> ScalarSelect[int]:
    return select(column).where(spend_buckets.c.bucket == bindparam("p_begun")).scalar_subquery()


SPENT = (
    _SPENT_FROM.where(spend_buckets.c.bucket >= bindparam("p_bucket")).scalar_subquery()
    + select(func.coalesce(func.sum(tasks.c.cost_microusd), 0))
    .where(tasks.c.id >= _of_begun(spend_buckets.c.first_task), tasks.c.id <= _of_begun(spend_buckets.c.last_task))
    .where(tasks.c.created_at > bindparam("p_since"), tasks.c.created_at < bindparam("p_until"))
    .scalar_subquery()
)
"""What was spent in a ``window``."""
_SPEND = select(SPENT)


def window(since: int) -> dict[str, int]:
    """Parameters of a sum: whole buckets are added up; of the one in which the window begins the rows themselves."""
    begun = since // BUCKET_MS
    return {"p_since": since, "p_begun": begun, "p_bucket": begun + 1, "p_until": (begun + 1) * BUCKET_MS}


def spend_since(connection: Connection, since: int) -> int:
    """What all tasks since then cost or will probably cost, in millionths of a dollar."""
    return int(connection.execute(_SPEND, window(since)).scalar_one())


def claim(connection: Connection, task: OpenTask, provider: str, worker: str, now: int) -> Job | None:
    """``queued`` → ``submitting``, committed before anything is sent; gives the job as it was.

    None if the task had ended, is another process's by now, or was copied into another database. ``task.submitted_at``
    is when this was tried before, and nothing was sent since no answer came: it may have been committed all the same.
    """
    values: dict[str, Any] = {"p_id": task.id, "p_held": task.worker, "p_unsent": task.submitted_at}
    values |= {"p_provider": provider, "p_worker": worker, "p_now": now}
    job = _JOB.rows_later(connection, {"p_id": task.job_id})
    if _CLAIM.run(connection, values) != 1:
        return None
    _JOB_SUBMITTING.run_later(connection, {"p_id": task.job_id})
    return job_of(job()[0])


def is_queued(connection: Connection, task_id: int) -> bool:
    """Whether a task waits, and no provider has seen it."""
    return connection.execute(_STATE, {"p_id": task_id}).scalar() == TaskState.QUEUED


def unclaim(
    connection: Connection, task_id: int, tried: Sequence[str], refusals: int = 0, refused_at: int | None = None
) -> bool:
    """``submitting`` → ``queued`` after an explicit refusal; ``tried`` are those not to be asked again.

    ``refused_at`` is when a provider first answered 429 (epoch ms). False if it had ended; a cancelled one has cost
    nothing.
    """
    back = connection.execute(
        update(tasks)
        .where(tasks.c.id == task_id, tasks.c.state == TaskState.SUBMITTING)
        .values(
            state=TaskState.QUEUED,
            tried=",".join(tried),
            provider=None,
            submitted_at=None,
            refusals=refusals,
            refused_at=refused_at,
            **_FREE,
        )
    )
    if back.rowcount != 1:
        release(connection, task_id, 0)
    return back.rowcount == 1


def accepted(connection: Connection, task: OpenTask, remote_id: str, polling_url: str | None, cost: int | None) -> bool:
    """``submitting`` → ``running``: a provider took it. ``cost`` in millionths of a dollar; None: as estimated.

    False if it had ended; what it costs is noted of a cancelled one all the same.
    """
    if _ACCEPTED.run(connection, {"p_id": task.id, "p_cost": cost}) != 1:
        cost_of_cancelled(connection, task.id, cost)
        return False
    _REMOTE.run_later(connection, {"task_id": task.id, "remote_id": remote_id, "polling_url": polling_url})
    _JOB_RUNNING.run_later(connection, {"p_id": task.job_id})
    return True


def end(
    connection: Connection,
    task_id: int,
    job_id: int,
    *,
    failure: Failure | None,
    cost: int | None = None,
    by: str | None = None,
    bad_source: int | None = None,
) -> bool:
    """End a task as made or failed; the job goes on to delivery when none is left. False if it had ended.

    ``cost`` in millionths of a dollar; None leaves the estimate standing. ``by`` is the process that knows of it.
    ``bad_source`` is the number, from 1, of the picture to start from that is the reason of the failure.
    """
    state = TaskState.MADE if failure is None else TaskState.FAILED
    values = {"p_id": task_id, "p_state": state, "p_failure": failure, "p_cost": cost, "p_bad_source": bad_source}
    if _END.run(connection, values) != 1:
        release(connection, task_id, cost)
        return False
    _FORGET_REMOTE.run_later(connection, {"p_id": task_id})
    to_delivery(connection, job_id, by)
    return True


def cost_of_cancelled(connection: Connection, task_id: int, cost: int | None) -> None:
    """Note what a cancelled task will cost, where that is known now; the vendor goes on, and it keeps its slot."""
    if cost is not None:
        _COST_OF_CANCELLED.run_later(connection, {"p_id": task_id, "p_cost": cost})


def release(connection: Connection, task_id: int, cost: int | None) -> None:
    """The vendor has ended a cancelled task, or was never sent it: it gives its slot back."""
    _RELEASE.run_later(connection, {"p_id": task_id, "p_cost": cost})
    _FORGET_REMOTE.run_later(connection, {"p_id": task_id})


def fail_queued(connection: Connection, job_id: int, failure: Failure) -> tuple[int, ...]:
    """End a job's tasks that no provider has seen; gives their ids."""
    ended = connection.execute(
        update(tasks)
        .where(tasks.c.job_id == job_id, tasks.c.state == TaskState.QUEUED)
        .values(state=TaskState.FAILED, failure=failure, cost_microusd=0, **_FREE)
        .returning(tasks.c.id)
    )
    ids = tuple(ended.scalars())
    to_delivery(connection, job_id)
    return ids


def cancel(connection: Connection, job_id: int) -> bool:
    """End what is left of a job, which goes on to delivery; False if nothing was left.

    A task that no provider has seen costs nothing. Of the others the estimate stays, and ``provider`` tells them apart;
    they keep their slots until the vendor has ended them.
    """
    connection.execute(
        update(tasks)
        .where(tasks.c.job_id == job_id, tasks.c.state == TaskState.QUEUED)
        .values(state=TaskState.CANCELLED, cost_microusd=0, **_FREE)
    )
    connection.execute(
        update(tasks).where(tasks.c.job_id == job_id, tasks.c.state.in_(_UNFINISHED)).values(state=TaskState.CANCELLED)
    )
    return to_delivery(connection, job_id)


def to_delivery(connection: Connection, job_id: int, by: str | None = None) -> bool:
    """Move a job whose tasks have all ended to ``delivering``; where its process is not ``by``, that is told."""
    job = _TO_DELIVERY.first(connection, {"p_id": job_id})
    if job is not None and job.worker != by:
        notices.send(connection, "deliver", f"{job.worker} {job_id}")
    return job is not None


def interrupt(connection: Connection, workers: Sequence[str]) -> None:
    """End the tasks that were being sent when their process died: they may be billed, so are not sent again.

    One that was cancelled meanwhile, and of which no vendor has told an id, cannot be asked about: it holds no slot.
    """
    theirs = tasks.c.slot.is_not(None) & tasks.c.worker.in_(workers)
    ended = connection.execute(
        update(tasks)
        .where(theirs, tasks.c.state == TaskState.SUBMITTING)
        .values(state=TaskState.FAILED, failure=Failure.INTERRUPTED, **_FREE)
        .returning(tasks.c.job_id)
    )
    for job_id in sorted(set(ended.scalars())):
        to_delivery(connection, job_id)
    lost = (tasks.c.state == TaskState.CANCELLED) & ~select(remote_tasks).where(_ITS_REMOTE).exists()
    connection.execute(update(tasks).where(theirs, lost | (tasks.c.state == TaskState.QUEUED)).values(**_FREE))


OPEN_TASKS = select(
    tasks,
    remote_tasks.c.remote_id,
    remote_tasks.c.polling_url,
    jobs.c.code,
    jobs.c.member_id,
    jobs.c.guild_id,
    jobs.c.model,
    jobs.c.providers,
    jobs.c.created_at.label("job_created_at"),
    (jobs.c.sources != "[]").label("has_references"),
).select_from(tasks.join(jobs, jobs.c.id == tasks.c.job_id).outerjoin(remote_tasks, _ITS_REMOTE))
"""Unfinished tasks with as much of their jobs as a queue needs."""


def active(connection: Connection, workers: Sequence[str]) -> list[OpenTask]:
    """What vendors do for these workers, cancelled tasks included; oldest first."""
    return _read(connection, OPEN_TASKS.where(tasks.c.slot.is_not(None), tasks.c.worker.in_(workers)))


def queued(connection: Connection, workers: Sequence[str]) -> list[OpenTask]:
    """The tasks of these workers' jobs that no process works on, oldest first."""
    waits = (tasks.c.state == TaskState.QUEUED) & tasks.c.slot.is_(None)
    return _read(connection, OPEN_TASKS.where(jobs.c.worker.in_(workers), jobs.c.finished_at.is_(None), waits))


def open_tasks(rows: Iterable[Row[Any]]) -> list[tuple[Row[Any], OpenTask]]:
    """What a query for ``OPEN_TASKS`` has found, oldest first."""
    interned: dict[str, tuple[str, ...]] = {"": ()}
    # Sorted here: a database that sorts may look through all tasks in their order.
    return [(row, _open_task(row, interned)) for row in sorted(rows, key=lambda row: row.id)]


def _read(connection: Connection, query: Select[Any]) -> list[OpenTask]:
    return [task for _, task in open_tasks(connection.execute(query))]


def _open_task(row: Row[Any], interned: dict[str, tuple[str, ...]]) -> OpenTask:
    for text in (row.providers, row.tried):
        if text not in interned:
            interned[text] = tuple(text.split(","))
    return OpenTask(
        row.id,
        row.job_id,
        row.member_id,
        Model(row.model),
        interned[row.providers],
        interned[row.tried],
        row.job_created_at,
        TaskState(row.state),
        row.number,
        row.seed,
        row.provider,
        row.remote_id,
        row.polling_url,
        row.submitted_at,
        bool(row.has_references),
        row.guild_id,
        row.code,
        row.refusals or 0,
        row.refused_at,
        row.worker,
    )
