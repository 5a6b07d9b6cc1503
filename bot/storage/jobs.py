"""Jobs and their tasks as rows: every transition is conditional on the state that it leaves."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, cast

from sqlalchemy import BigInteger, Row, bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from bot.models import (
    ACTIVE_STATES,
    AspectRatio,
    Failure,
    ImageFormat,
    ImageRequest,
    Job,
    JobState,
    Member,
    Model,
    Origin,
    Place,
    Plan,
    Reference,
    ReplyToken,
    Task,
    TaskState,
    Variation,
)
from bot.storage import lineage, pictures, remix_threads
from bot.storage.engine import Connection
from bot.storage.tables import jobs, tasks

_ACTIVE = [state.value for state in ACTIVE_STATES]
_INSERT_JOB = insert(jobs).returning(jobs.c.id)
_INSERT_TASKS = insert(tasks).returning(tasks.c.id)
_BRIEF = select(jobs).where(jobs.c.id == bindparam("its_id"))
_TASKS_OF = select(tasks).where(tasks.c.job_id == bindparam("its_id")).order_by(tasks.c.number)
_UNFINISHED = [TaskState.QUEUED.value, TaskState.SUBMITTING.value, TaskState.RUNNING.value]


_TO_DELIVERY = (
    update(jobs)
    .where(
        jobs.c.id == bindparam("its_id"),
        jobs.c.state.in_([JobState.QUEUED, JobState.SUBMITTING, JobState.RUNNING]),
        ~select(tasks.c.id).where(tasks.c.job_id == bindparam("its_id"), tasks.c.state.in_(_UNFINISHED)).exists(),
    )
    .values(state=JobState.DELIVERING)
)
_END_TASK = (
    update(tasks)
    .where(tasks.c.id == bindparam("its_id"), tasks.c.state.in_(_UNFINISHED))
    .values(
        state=bindparam("its_state"),
        failure=bindparam("its_failure"),
        # None leaves what is there.
        cost_microusd=func.coalesce(bindparam("its_cost", type_=BigInteger), tasks.c.cost_microusd),
    )
)
_SPEND = select(func.coalesce(func.sum(tasks.c.cost_microusd), 0)).where(tasks.c.created_at > bindparam("its_since"))
_CLAIM = (
    update(tasks)
    .where(tasks.c.id == bindparam("its_id"), tasks.c.state == TaskState.QUEUED)
    .values(state=TaskState.SUBMITTING, provider=bindparam("its_provider"), submitted_at=bindparam("its_now"))
)
_MOVE_CLAIMED = (
    update(jobs)
    .where(jobs.c.id == bindparam("its_id"), jobs.c.state == JobState.QUEUED)
    .values(state=JobState.SUBMITTING)
)
_PLACED = (
    update(jobs)
    .where(jobs.c.id == bindparam("its_id"), jobs.c.state.in_([state.value for state in ACTIVE_STATES]))
    .values(message_id=bindparam("its_message"), message_channel_id=bindparam("its_channel"))
)


@dataclass(frozen=True, slots=True)
class NewJob:
    """All that is known of a job when it is accepted."""

    code: str
    worker: str
    member: Member
    place: Place
    plan: Plan
    reply: ReplyToken | None
    created_at: int
    estimate_microusd: int
    """What one of its pictures will probably cost."""
    message_id: int | None = None
    retry_of: int | None = None


@dataclass(frozen=True, slots=True)
class OpenTask:
    """An unfinished task with as much of its job as the worker's queue needs."""

    id: int
    job_id: int
    member_id: int
    model: Model
    providers: tuple[str, ...]
    tried: tuple[str, ...]
    created_at: int
    state: TaskState
    number: int
    seed: int
    provider: str | None = None
    remote_id: str | None = None
    polling_url: str | None = None
    submitted_at: int | None = None

    @property
    def candidates(self) -> tuple[str, ...]:
        """The providers that have not refused it yet, in order."""
        return tuple(name for name in self.providers if name not in self.tried)


class Taken(Exception):
    """The code, or the right to retry, belongs to another job; the transaction is void."""


async def add(connection: Connection, new: NewJob) -> tuple[int, tuple[int, ...]]:
    """Insert a queued job with its tasks; gives their ids. Raises ``Taken``."""
    request, place = new.plan.request, new.place
    values: dict[str, Any] = {
        "code": new.code,
        "state": JobState.QUEUED,
        "worker": new.worker,
        "guild_id": place.guild_id,
        "channel_id": place.channel_id,
        "age_restricted": place.age_restricted,
        "file_limit": place.file_limit,
        "reachable": place.reachable,
        "in_thread": place.in_thread,
        "parent_channel_id": place.parent_id,
        "spoiler": new.plan.spoiler,
        "erase_message": False,
        "member_id": new.member.id,
        "member_name": new.member.name[:100],
        "prompt": request.prompt,
        "model": request.model,
        "aspect_ratio": request.aspect_ratio,
        "image_count": request.count,
        "asked_seed": request.seed,
        "guidance": request.guidance,
        "format": request.format,
        "enhance": request.enhance,
        "sources": _written(request.references),
        "vary": request.vary is not None,
        "strong": request.vary is Variation.STRONG,
        "origin": request.origin,
        "parent": request.parent,
        "retry_of": new.retry_of,
        "tolerance": new.plan.tolerance,
        "providers": ",".join(new.plan.providers),
        "seed": new.plan.seed,
        "credits": new.plan.credits,
        "created_at": new.created_at,
        "message_id": new.message_id,
        "message_channel_id": None,  # until `placed`: a retry must not be posted before its own placeholder
        "application_id": new.reply.application_id if new.reply else None,
        "reply_token": new.reply.token if new.reply else None,
        "reply_issued_at": new.reply.issued_at if new.reply else None,
    }
    try:
        job_id = (await connection.execute(_INSERT_JOB, values)).scalar_one()
    except IntegrityError as error:
        raise Taken from error
    rows = [
        {
            "job_id": job_id,
            "number": number,
            "state": TaskState.QUEUED,
            "seed": new.plan.seed + number,
            "tried": "",
            "cost_microusd": new.estimate_microusd,
            "created_at": new.created_at,
        }
        for number in range(request.count)
    ]
    result = await connection.execute(_INSERT_TASKS, rows)
    await lineage.add(connection, job_id, _parents(request))
    return job_id, tuple(sorted(result.scalars()))


async def spend_since(connection: Connection, since: int) -> int:
    """What all tasks since then cost or will probably cost, in millionths of a dollar."""
    return (await connection.execute(_SPEND, {"its_since": since})).scalar_one()


async def placed(connection: Connection, job_id: int, message_id: int, channel_id: int) -> bool:
    """Remember the message that answers a job; False if it was answered otherwise already."""
    values = {"its_id": job_id, "its_message": message_id, "its_channel": channel_id}
    return (await connection.execute(_PLACED, values)).rowcount == 1


async def moved(connection: Connection, job_id: int, message_id: int, channel_id: int) -> None:
    """Remember that a job ended up in another message."""
    values = {"message_id": message_id, "message_channel_id": channel_id}
    await connection.execute(update(jobs).where(jobs.c.id == job_id).values(values))


async def get(connection: Connection, job_id: int) -> Job | None:
    """A job with its tasks and pictures."""
    row = (await connection.execute(_BRIEF, {"its_id": job_id})).first()
    return None if row is None else await _whole(connection, row)


async def by_code(connection: Connection, code: str) -> Job | None:
    """A job by its code, with its tasks and pictures."""
    row = (await connection.execute(select(jobs).where(jobs.c.code == code))).first()
    return None if row is None else await _whole(connection, row)


async def search(
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
    rows = (await connection.execute(query.order_by(jobs.c.id.desc()).limit(limit))).all()
    return await _with_pictures(connection, rows)


async def of_member(connection: Connection, member_id: int, limit: int) -> list[Job]:
    """All jobs of a member with their pictures, newest first."""
    query = select(jobs).where(jobs.c.member_id == member_id).order_by(jobs.c.id.desc()).limit(limit)
    return await _with_pictures(connection, (await connection.execute(query)).all())


async def several(connection: Connection, job_ids: Iterable[int]) -> list[Job]:
    """Jobs with their pictures, oldest first."""
    rows = (await connection.execute(select(jobs).where(jobs.c.id.in_(list(job_ids))).order_by(jobs.c.id))).all()
    return await _with_pictures(connection, rows)


async def at_message(connection: Connection, message_id: int) -> Job | None:
    """The job that a message shows."""
    row = (await connection.execute(select(jobs).where(jobs.c.message_id == message_id))).first()
    return None if row is None else await _whole(connection, row)


async def brief(connection: Connection, job_id: int) -> Job | None:
    """A job without its tasks and pictures: what a submit needs."""
    row = (await connection.execute(_BRIEF, {"its_id": job_id})).first()
    return None if row is None else _job(row)


async def unfinished(connection: Connection, guild_id: int, member_id: int) -> list[str]:
    """Codes of a member's jobs in a server that wait or run, oldest first."""
    query = (
        select(jobs.c.code)
        .where(jobs.c.member_id == member_id, jobs.c.state.in_(_ACTIVE), jobs.c.guild_id == guild_id)
        .order_by(jobs.c.id)
    )
    return list((await connection.execute(query)).scalars())


async def was_retried(connection: Connection, job_id: int) -> bool:
    """Whether a failed job was asked for again already."""
    return (await connection.execute(select(jobs.c.id).where(jobs.c.retry_of == job_id))).first() is not None


async def claim(connection: Connection, task: OpenTask, provider: str, now: int) -> bool:
    """``queued`` → ``submitting``, committed before anything is sent."""
    values = {"its_id": task.id, "its_provider": provider, "its_now": now}
    if (await connection.execute(_CLAIM, values)).rowcount != 1:
        return False
    await connection.execute(_MOVE_CLAIMED, {"its_id": task.job_id})
    return True


async def unclaim(connection: Connection, task_id: int, tried: Sequence[str]) -> bool:
    """``submitting`` → ``queued`` after an explicit refusal; ``tried`` are those not to be asked again."""
    back = await connection.execute(
        update(tasks)
        .where(tasks.c.id == task_id, tasks.c.state == TaskState.SUBMITTING)
        .values(state=TaskState.QUEUED, tried=",".join(tried), provider=None, submitted_at=None)
    )
    return back.rowcount == 1


async def accepted(
    connection: Connection, task: OpenTask, remote_id: str, polling_url: str | None, cost: int | None
) -> bool:
    """``submitting`` → ``running``: a provider took it."""
    values: dict[str, Any] = {"state": TaskState.RUNNING, "remote_id": remote_id, "polling_url": polling_url}
    if cost is not None:
        values["cost_microusd"] = cost
    taken = await connection.execute(
        update(tasks).where(tasks.c.id == task.id, tasks.c.state == TaskState.SUBMITTING).values(values)
    )
    await _move(connection, task.job_id, (JobState.QUEUED, JobState.SUBMITTING), JobState.RUNNING)
    return taken.rowcount == 1


async def end_task(
    connection: Connection, task_id: int, job_id: int, *, failure: Failure | None, cost: int | None = None
) -> bool:
    """End a task as made or failed; the job goes on to delivery when none is left. False if it had ended.

    ``cost`` in millionths of a dollar; None leaves the estimate standing.
    """
    state = TaskState.MADE if failure is None else TaskState.FAILED
    values = {"its_id": task_id, "its_state": state, "its_failure": failure, "its_cost": cost}
    if (await connection.execute(_END_TASK, values)).rowcount != 1:
        return False
    await to_delivery(connection, job_id)
    return True


async def fail_queued(connection: Connection, job_id: int, failure: Failure) -> tuple[int, ...]:
    """End a job's tasks that no provider has seen; gives their ids."""
    ended = await connection.execute(
        update(tasks)
        .where(tasks.c.job_id == job_id, tasks.c.state == TaskState.QUEUED)
        .values(state=TaskState.FAILED, failure=failure, cost_microusd=0)
        .returning(tasks.c.id)
    )
    ids = tuple(ended.scalars())
    await to_delivery(connection, job_id)
    return ids


async def to_delivery(connection: Connection, job_id: int) -> bool:
    """Move a job whose tasks have all ended to ``delivering``."""
    return (await connection.execute(_TO_DELIVERY, {"its_id": job_id})).rowcount == 1


async def finish(
    connection: Connection,
    job_id: int,
    leaves: Iterable[JobState],
    state: JobState,
    failure: Failure | None,
    now: int,
) -> bool:
    """Enter a terminal state; the reply token is dropped. False if the job had left those states already."""
    ended = await connection.execute(
        update(jobs)
        .where(jobs.c.id == job_id, jobs.c.state.in_(list(leaves)))
        .values(state=state, failure=failure, finished_at=now, reply_token=None)
    )
    return ended.rowcount == 1


async def cancel_tasks(connection: Connection, job_id: int) -> None:
    """End what is left of a cancelled job; a task no provider has seen costs nothing."""
    await connection.execute(
        update(tasks)
        .where(tasks.c.job_id == job_id, tasks.c.state == TaskState.QUEUED)
        .values(state=TaskState.CANCELLED, cost_microusd=0)
    )
    await connection.execute(
        update(tasks).where(tasks.c.job_id == job_id, tasks.c.state.in_(_UNFINISHED)).values(state=TaskState.CANCELLED)
    )


async def adopt(connection: Connection, worker: str, orphans_of: Sequence[str]) -> None:
    """Take over the unfinished jobs of workers that are gone."""
    await connection.execute(
        update(jobs).where(jobs.c.worker.in_(orphans_of), jobs.c.state.in_(_ACTIVE)).values(worker=worker)
    )


async def interrupt(connection: Connection, orphans_of: Sequence[str]) -> None:
    """End the tasks that were being sent when their process died: they may be billed, so are not sent again."""
    theirs = select(jobs.c.id).where(jobs.c.worker.in_(orphans_of), jobs.c.state.in_(_ACTIVE))
    ended = await connection.execute(
        update(tasks)
        .where(tasks.c.state == TaskState.SUBMITTING, tasks.c.job_id.in_(theirs))
        .values(state=TaskState.FAILED, failure=Failure.INTERRUPTED)
        .returning(tasks.c.job_id)
    )
    for job_id in sorted(set(ended.scalars())):
        await to_delivery(connection, job_id)


async def open_tasks(connection: Connection, of: Sequence[str]) -> list[OpenTask]:
    """The queued and running tasks of these workers, oldest first."""
    query = (
        select(
            tasks.c.id,
            tasks.c.job_id,
            jobs.c.member_id,
            jobs.c.model,
            jobs.c.providers,
            tasks.c.tried,
            jobs.c.created_at,
            tasks.c.state,
            tasks.c.number,
            tasks.c.seed,
            tasks.c.provider,
            tasks.c.remote_id,
            tasks.c.polling_url,
            tasks.c.submitted_at,
        )
        .join(jobs, jobs.c.id == tasks.c.job_id)
        .where(
            jobs.c.worker.in_(of),
            jobs.c.state.in_(_ACTIVE),
            tasks.c.state.in_([TaskState.QUEUED, TaskState.RUNNING]),
        )
        .order_by(tasks.c.id)
    )
    found: list[OpenTask] = []
    interned: dict[str, tuple[str, ...]] = {"": ()}
    for row in await connection.execute(query):
        for text in (row.providers, row.tried):
            if text not in interned:
                interned[text] = tuple(text.split(","))
        found.append(
            OpenTask(
                row.id,
                row.job_id,
                row.member_id,
                Model(row.model),
                interned[row.providers],
                interned[row.tried],
                row.created_at,
                TaskState(row.state),
                row.number,
                row.seed,
                row.provider,
                row.remote_id,
                row.polling_url,
                row.submitted_at,
            )
        )
    return found


async def to_deliver(connection: Connection, of: Sequence[str]) -> list[int]:
    """Ids of the jobs of these workers whose message waits to be edited."""
    query = select(jobs.c.id).where(jobs.c.worker.in_(of), jobs.c.state == JobState.DELIVERING).order_by(jobs.c.id)
    return list((await connection.execute(query)).scalars())


async def forget_message(connection: Connection, job_id: int) -> list[int]:
    """The message that held a job was deleted: its pictures are nowhere any more.

    Gives the threads whose head shows one of them; what it shows is out of date from now on.
    """
    query = update(jobs).where(jobs.c.id == job_id).values(message_id=None, erase_message=False).returning(jobs.c.code)
    code = (await connection.execute(query)).scalar_one_or_none()
    return [] if code is None else await remix_threads.outdate(connection, code)


async def _move(connection: Connection, job_id: int, leaves: Sequence[JobState], enters: JobState) -> None:
    await connection.execute(
        update(jobs).where(jobs.c.id == job_id, jobs.c.state.in_(list(leaves))).values(state=enters)
    )


async def _with_pictures(connection: Connection, rows: Sequence[Row[Any]]) -> list[Job]:
    found = await pictures.of_jobs(connection, {row.id: row.code for row in rows})
    return [_job(row, (), found.get(row.id, ())) for row in rows]


async def _whole(connection: Connection, row: Row[Any]) -> Job:
    its_tasks = tuple(_task(one) for one in await connection.execute(_TASKS_OF, {"its_id": row.id}))
    its_pictures = await pictures.of_job(connection, row.id, row.code)
    return _job(row, its_tasks, its_pictures)


def _task(row: Row[Any]) -> Task:
    return Task(
        id=row.id,
        job_id=row.job_id,
        index=row.number,
        state=TaskState(row.state),
        seed=row.seed,
        provider=row.provider,
        remote_id=row.remote_id,
        polling_url=row.polling_url,
        submitted_at=row.submitted_at,
        failure=None if row.failure is None else Failure(row.failure),
        cost_microusd=row.cost_microusd,
    )


def _job(row: Row[Any], its_tasks: tuple[Task, ...] = (), its_pictures: tuple[Any, ...] = ()) -> Job:
    reply = None
    if row.reply_token is not None:
        reply = ReplyToken(row.application_id, row.reply_token, row.reply_issued_at)
    return Job(
        id=row.id,
        code=row.code,
        state=JobState(row.state),
        member_id=row.member_id,
        member_name=row.member_name,
        place=Place(
            row.channel_id,
            row.guild_id,
            row.age_restricted,
            row.file_limit,
            row.reachable,
            row.in_thread,
            row.parent_channel_id,
        ),
        request=ImageRequest(
            prompt=row.prompt,
            model=Model(row.model),
            aspect_ratio=None if row.aspect_ratio is None else AspectRatio(row.aspect_ratio),
            count=row.image_count,
            seed=row.asked_seed,
            guidance=row.guidance,
            format=ImageFormat(row.format),
            enhance=row.enhance,
            references=_read(row.sources),
            vary=(Variation.STRONG if row.strong else Variation.SUBTLE) if row.vary else None,
            origin=Origin(row.origin),
            parent=row.parent,
        ),
        tolerance=row.tolerance,
        providers=tuple(row.providers.split(",")),
        seed=row.seed,
        created_at=row.created_at,
        message_id=row.message_id,
        message_channel_id=row.message_channel_id,
        reply=reply,
        failure=None if row.failure is None else Failure(row.failure),
        finished_at=row.finished_at,
        tasks=its_tasks,
        pictures=its_pictures,
        spoiler=row.spoiler,
    )


def _parents(request: ImageRequest) -> tuple[str, ...]:
    """Codes of the pictures that a request's own come from: what it starts from, or what it makes anew on `max`."""
    codes = [one.code for one in request.references if one.code is not None]
    if request.origin is Origin.MAX and request.parent is not None and request.parent not in codes:
        codes.append(request.parent)
    return tuple(codes)


def _written(references: tuple[Reference, ...]) -> str:
    return json.dumps([asdict(one) for one in references])


def _read(text: str) -> tuple[Reference, ...]:
    """References as they were kept; the first schema kept pairs of address and code."""
    kept: list[Any] = json.loads(text)
    return tuple(
        Reference(**cast(dict[str, Any], one)) if isinstance(one, dict) else Reference(one[0], one[1]) for one in kept
    )
