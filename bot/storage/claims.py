"""The queue that several processes share: what waits, what takes which provider's slots, which provider rests."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from sqlalchemy import and_, bindparam, delete, func, select, text, update

from bot.models import OpenTask, ProviderRest, TaskState
from bot.storage import workers
from bot.storage.compiled import Compiled
from bot.storage.database import Connection
from bot.storage.tables import jobs, provider_rests, tasks
from bot.storage.tasks import OPEN_TASKS, open_tasks

_OWN = jobs.c.application_id == bindparam("p_application")
# What waits is of open jobs, which is no news but to the planner: it need not look through all jobs.
_WAITS = and_(tasks.c.state == TaskState.QUEUED, tasks.c.slot.is_(None), jobs.c.finished_at.is_(None), _OWN)
_ACTIVE = Compiled(OPEN_TASKS.where(tasks.c.slot.is_not(None), _OWN))
_WAITING = Compiled(OPEN_TASKS.where(_WAITS))
_RESTS = Compiled(select(provider_rests).where(provider_rests.c.application_id == bindparam("p_application")))
_REST = and_(
    provider_rests.c.application_id == bindparam("p_application"), provider_rests.c.provider == bindparam("p_provider")
)
_ENTER_REST = text(
    "INSERT INTO provider_rests (application_id, provider, strikes, struck_at, until) "
    "VALUES (:p_application, :p_provider, 0, -1, 0) ON CONFLICT DO NOTHING"
)

# The same order as the queue in memory has: who has more running, or before it in the same line, comes later.
_line = func.coalesce(jobs.c.guild_id, -jobs.c.member_id).label("line")
_lane = (jobs.c.providers, tasks.c.tried, jobs.c.model)
_held = (
    select(_line, jobs.c.member_id, func.count().label("number"))
    .select_from(tasks.join(jobs, jobs.c.id == tasks.c.job_id))
    .where(tasks.c.slot.is_not(None), _OWN)
    .group_by(_line, jobs.c.member_id)
    .cte("held")
)
_lines = select(_held.c.line, func.sum(_held.c.number).label("number")).group_by(_held.c.line).cte("lines")
_in_member = (
    select(tasks.c.id, *_lane, _line, jobs.c.member_id)
    .add_columns(
        func.row_number().over(partition_by=(*_lane, _line, jobs.c.member_id), order_by=tasks.c.id).label("place")
    )
    .select_from(tasks.join(jobs, jobs.c.id == tasks.c.job_id))
    .where(_WAITS)
    .cte("in_member")
)
_lane_of = (_in_member.c.providers, _in_member.c.tried, _in_member.c.model)
_level = (_in_member.c.place + func.coalesce(_held.c.number, 0)).label("level")
_in_line = (
    select(_in_member.c.id, *_lane_of, _level)
    .add_columns(
        (
            func.row_number().over(partition_by=(*_lane_of, _in_member.c.line), order_by=(_level, _in_member.c.id))
            + func.coalesce(_lines.c.number, 0)
        ).label("above")
    )
    .select_from(
        _in_member.outerjoin(
            _held, and_(_held.c.line == _in_member.c.line, _held.c.member_id == _in_member.c.member_id)
        ).outerjoin(_lines, _lines.c.line == _in_member.c.line)
    )
    .cte("in_line")
)
_in_lane = (
    select(_in_line.c.id)
    .add_columns(
        func.row_number()
        .over(
            partition_by=(_in_line.c.providers, _in_line.c.tried, _in_line.c.model),
            order_by=(_in_line.c.above, _in_line.c.level, _in_line.c.id),
        )
        .label("turn")
    )
    .cte("in_lane")
)
_NEXT = Compiled(
    OPEN_TASKS.where(
        tasks.c.id.in_(select(_in_lane.c.id).where(_in_lane.c.turn <= bindparam("p_most")).scalar_subquery())
    )
)


def active(connection: Connection, application_id: int) -> Callable[[], list[tuple[str, OpenTask]]]:
    """What takes a slot, and at which provider: claimed, being sent, running, or cancelled and not ended there.

    This and the next two are read when they are asked for, in the order in which they were called.
    """
    rows = _ACTIVE.rows_later(connection, {"p_application": application_id})
    return lambda: [(row.slot, task) for row, task in open_tasks(rows())]


def waiting(connection: Connection, application_id: int, most: int | None = None) -> Callable[[], list[OpenTask]]:
    """What waits; with ``most`` only what is next, so many for each set of providers that may take it."""
    values = {"p_application": application_id}
    query, values = (_WAITING, values) if most is None else (_NEXT, {**values, "p_most": most})
    rows = query.rows_later(connection, values)
    return lambda: [task for _, task in open_tasks(rows())]


def take(connection: Connection, wanted: Mapping[int, str], worker: str) -> set[int]:
    """Give tasks that wait a slot each, by id and provider, and to a process; gives the ids of those that still did."""
    taken = set[int]()
    for provider in set(wanted.values()):
        ids = [task_id for task_id, name in wanted.items() if name == provider]
        free = (
            select(tasks.c.id)
            .where(tasks.c.id.in_(ids), tasks.c.state == TaskState.QUEUED, tasks.c.slot.is_(None))
            .with_for_update(skip_locked=True)
        )
        query = update(tasks).where(tasks.c.id.in_(free)).values(slot=provider, worker=worker).returning(tasks.c.id)
        taken.update(connection.execute(query).scalars())
    return taken


def give_back(connection: Connection, task_ids: Iterable[int], worker: str) -> None:
    """Let tasks wait again that a process has claimed, and has not begun to send."""
    mine = and_(tasks.c.id.in_(list(task_ids)), tasks.c.worker == worker, tasks.c.state == TaskState.QUEUED)
    connection.execute(update(tasks).where(mine).values(slot=None, worker=None))


def give_back_but(connection: Connection, known: Iterable[int], worker: str) -> None:
    """The same of all that it has claimed but does not know of, since the answer was lost."""
    unknown = and_(tasks.c.slot.is_not(None), tasks.c.worker == worker, tasks.c.state == TaskState.QUEUED)
    connection.execute(update(tasks).where(unknown, tasks.c.id.not_in(list(known))).values(slot=None, worker=None))


def rests(connection: Connection, application_id: int) -> Callable[[], dict[str, ProviderRest]]:
    """The providers that have been in trouble since they last took a task; times of ``workers.time``."""
    rows = _RESTS.rows_later(connection, {"p_application": application_id})
    return lambda: {row.provider: ProviderRest(row.strikes, row.struck_at, row.until) for row in rows()}


def strike(
    connection: Connection, job_id: int, provider: str, age_ms: Callable[[], int], at_least_ms: float, now: int
) -> None:
    """What was sent to a provider ``age_ms()`` ago met with trouble: no process of the job's application sends there.

    With SQLite each process knows for itself.
    """
    if connection.dialect.name == "sqlite":
        return
    application = connection.execute(select(jobs.c.application_id).where(jobs.c.id == job_id)).scalar()
    values = {"p_application": application, "p_provider": provider}
    connection.execute(_ENTER_REST, values)
    row = connection.execute(select(provider_rests).where(_REST).with_for_update(), values).one()
    now = workers.time(connection, now)  # once nobody else has the row
    rest = ProviderRest(row.strikes, row.struck_at, row.until).struck(now, now - age_ms(), at_least_ms)
    changed = {"strikes": rest.strikes, "struck_at": rest.struck_at, "until": rest.until}
    connection.execute(update(provider_rests).where(_REST).values(changed), values)


def well(connection: Connection, application_id: int, provider: str, age_ms: int, now: int) -> None:
    """A provider took what was sent ``age_ms`` ago: troubles before that are forgotten."""
    values = {"p_application": application_id, "p_provider": provider}
    sent_at = workers.time(connection, now) - age_ms
    connection.execute(delete(provider_rests).where(_REST, provider_rests.c.struck_at < sent_at), values)
