"""Jobs and tasks as rows: read as they were written, and moved only out of the states that a step may leave."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.models import (
    ACTIVE_STATES,
    TERMINAL_STATES,
    AspectRatio,
    Failure,
    ImageFormat,
    ImageRequest,
    Job,
    JobState,
    Member,
    Model,
    NewJob,
    OpenTask,
    Origin,
    Place,
    Plan,
    Reference,
    ReplyToken,
    Task,
    TaskState,
    Variation,
)
from bot.storage import Connection, Database, checkup, jobs, tasks
from bot.storage import tables as table
from tests.support.storage import database_in

NOW = 1_800_000_000_000
ALICE = Member(7, "alice")
BEFORE_DELIVERY = {JobState.QUEUED, JobState.SUBMITTING, JobState.RUNNING}


@pytest.fixture
async def database(tmp_path: Path) -> AsyncGenerator[Database]:
    async with database_in(tmp_path) as database:
        yield database


PLAIN = NewJob(
    code="plain",
    worker="me",
    member=ALICE,
    place=Place(200, 100),
    plan=Plan(ImageRequest("a red kite"), 2, ("a",), 5),
    reply=None,
    created_at=NOW,
    estimate_microusd=40_000,
    application_id=1,
)
REFERENCES = (
    Reference("https://cdn.discordapp.com/1.png", "first-1", 8, 201, 301, 401, age_restricted=True),
    Reference(None, owner_id=9),
)
RICH = NewJob(
    code="rich",
    worker="me",
    member=ALICE,
    place=Place(200, None, age_restricted=True, file_limit=1, reachable=False, in_thread=True, parent_id=199),
    plan=Plan(
        ImageRequest(
            "日本の凧 🪁",
            Model.MAX,
            AspectRatio.R9_21,
            count=4,
            seed=2_147_483_640,
            guidance=3.5,
            format=ImageFormat.PNG,
            enhance=True,
            references=REFERENCES,
            vary=Variation.STRONG,
            origin=Origin.VARIATION,
            parent="first-1",
        ),
        tolerance=6,
        providers=("a", "b"),
        seed=2_147_483_640,
        spoiler=True,
    ),
    reply=ReplyToken(1, "a token", NOW - 1, 3),
    created_at=NOW,
    estimate_microusd=80_000,
    application_id=1,
    event_id=3,
    message_id=2**62,
)
SUBTLE = replace(PLAIN, plan=replace(PLAIN.plan, request=ImageRequest("a kite", vary=Variation.SUBTLE)))
REMADE = replace(PLAIN, plan=replace(PLAIN.plan, request=ImageRequest("a kite", origin=Origin.MAX, parent="first-1")))


# Written, and read


@pytest.mark.parametrize("new", [PLAIN, RICH, SUBTLE, REMADE], ids=["plain", "rich", "subtle", "remade"])
async def test_a_job_is_given_back_as_it_is_read_afterwards(database: Database, new: NewJob) -> None:
    added = await database.write(jobs.add, new)
    assert await database.read(jobs.get, added.id) == added


@pytest.mark.parametrize("new", [PLAIN, RICH, SUBTLE, REMADE], ids=["plain", "rich", "subtle", "remade"])
async def test_a_job_is_read_as_it_was_asked_for(database: Database, new: NewJob) -> None:
    job = await database.write(jobs.add, new)
    request, plan = new.plan.request, new.plan
    assert job == Job(
        id=job.id,
        code=new.code,
        state=JobState.QUEUED,
        member_id=ALICE.id,
        member_name=ALICE.name,
        place=new.place,
        request=request,
        tolerance=plan.tolerance,
        providers=plan.providers,
        seed=plan.seed,
        created_at=NOW,
        message_id=new.message_id,
        reply=new.reply,
        spoiler=plan.spoiler,
        worker=new.worker,
        event_id=new.event_id,
        tasks=tuple(
            Task(
                job.tasks[number - 1].id,
                job.id,
                number,
                TaskState.QUEUED,
                plan.seed + number - 1,
                cost_microusd=new.estimate_microusd,
            )
            for number in range(1, request.count + 1)
        ),
    )


async def test_a_code_that_is_taken_is_refused_and_leaves_nothing(database: Database) -> None:
    await database.write(jobs.add, PLAIN)
    with pytest.raises(jobs.Taken):
        await database.write(jobs.add, replace(RICH, code=PLAIN.code))
    assert len(await database.read(lambda one: one.execute(select(table.tasks)).all())) == 1


async def test_a_job_is_tried_again_once(database: Database) -> None:
    first = await database.write(jobs.add, PLAIN)
    await database.write(jobs.add, replace(PLAIN, code="again", retry_of=first.id))
    with pytest.raises(jobs.Taken):
        await database.write(jobs.add, replace(PLAIN, code="third", retry_of=first.id))


async def test_the_longest_name_is_kept_as_far_as_it_fits(database: Database) -> None:
    job = await database.write(jobs.add, replace(PLAIN, member=Member(7, "x" * 300)))
    assert job.member_name == "x" * 100
    assert await database.read(jobs.get, job.id) == job


async def test_a_job_in_brief_is_the_same_without_its_tasks(database: Database) -> None:
    job = await database.write(jobs.add, RICH)
    assert await database.read(jobs.brief, job.id) == replace(job, tasks=(), reply=None)


async def test_an_unfinished_task_is_read_as_it_was_given_to_the_queue(database: Database) -> None:
    job = await database.write(jobs.add, RICH)
    assert await database.read(tasks.queued, ["me"]) == [OpenTask.of(job, task) for task in job.tasks]


# What a task may leave, and for what

TASK_STEPS: dict[str, tuple[Callable[[Connection, OpenTask], Any], set[TaskState], TaskState]] = {
    "claim": (
        lambda connection, task: tasks.claim(connection, task, "a", "me", NOW) is not None,
        {TaskState.QUEUED},
        TaskState.SUBMITTING,
    ),
    "unclaim": (
        lambda connection, task: tasks.unclaim(connection, task.id, ("a",)),
        {TaskState.SUBMITTING},
        TaskState.QUEUED,
    ),
    "accepted": (
        lambda connection, task: tasks.accepted(connection, task, "r", None, None),
        {TaskState.SUBMITTING},
        TaskState.RUNNING,
    ),
    "made": (
        lambda connection, task: tasks.end(connection, task.id, task.job_id, failure=None),
        {TaskState.QUEUED, TaskState.SUBMITTING, TaskState.RUNNING},
        TaskState.MADE,
    ),
    "failed": (
        lambda connection, task: tasks.end(connection, task.id, task.job_id, failure=Failure.NOT_MADE),
        {TaskState.QUEUED, TaskState.SUBMITTING, TaskState.RUNNING},
        TaskState.FAILED,
    ),
    "fail_queued": (
        lambda connection, task: bool(tasks.fail_queued(connection, task.job_id, Failure.MODERATED)),
        {TaskState.QUEUED},
        TaskState.FAILED,
    ),
}


async def in_state(database: Database, state: TaskState) -> OpenTask:
    """The only task of a job, in this state."""
    job = await database.write(jobs.add, PLAIN)
    held = {"slot": "a", "worker": "me"} if state in {TaskState.SUBMITTING, TaskState.RUNNING} else {}
    await database.write(lambda one: one.execute(update(table.tasks).values(state=state, **held)).rowcount)
    return OpenTask.of(job, job.tasks[0])


async def row_of(database: Database, task: OpenTask) -> dict[str, Any]:
    query = select(table.tasks).where(table.tasks.c.id == task.id)
    return await database.read(lambda one: dict(one.execute(query).one()._mapping))


@pytest.mark.parametrize(
    ("step", "state"),
    [(name, state) for name, (_, leaves, _) in TASK_STEPS.items() for state in TaskState if state in leaves],
)
async def test_a_task_goes_on_from_the_states_that_a_step_leaves(
    database: Database, step: str, state: TaskState
) -> None:
    task = await in_state(database, state)
    take, _, enters = TASK_STEPS[step]
    assert await database.write(take, task)
    assert (await row_of(database, task))["state"] == enters


@pytest.mark.parametrize(
    ("step", "state"),
    [(name, state) for name, (_, leaves, _) in TASK_STEPS.items() for state in TaskState if state not in leaves],
)
async def test_a_task_stays_as_it_is_in_any_other_state(database: Database, step: str, state: TaskState) -> None:
    task = await in_state(database, state)
    before = await row_of(database, task)
    assert not await database.write(TASK_STEPS[step][0], task)
    if state is TaskState.CANCELLED and step == "unclaim":  # nobody has taken it: it has cost nothing
        before["cost_microusd"] = 0
    assert await row_of(database, task) == before


@pytest.mark.parametrize("state", TaskState)
async def test_a_cancelled_jobs_task_is_cancelled_unless_it_had_ended(database: Database, state: TaskState) -> None:
    task = await in_state(database, state)
    await database.write(tasks.cancel, task.job_id)
    ended = state in {TaskState.MADE, TaskState.FAILED}
    assert (await row_of(database, task))["state"] == (state if ended else TaskState.CANCELLED)


@pytest.mark.parametrize("state", TaskState)
async def test_of_a_cancelled_job_only_what_nobody_has_seen_costs_nothing(database: Database, state: TaskState) -> None:
    task = await in_state(database, state)
    await database.write(tasks.cancel, task.job_id)
    assert (await row_of(database, task))["cost_microusd"] == (0 if state is TaskState.QUEUED else 40_000)


@pytest.mark.parametrize("state", TaskState)
async def test_of_a_dead_process_only_what_was_being_sent_is_interrupted(database: Database, state: TaskState) -> None:
    task = await in_state(database, state)
    await database.write(tasks.interrupt, ["me"])
    interrupted = (await row_of(database, task))["failure"] == Failure.INTERRUPTED
    assert interrupted == (state is TaskState.SUBMITTING)


# What a job may leave, and for what


async def job_in(database: Database, state: JobState, count: int = 1) -> Job:
    """A job in this state, its tasks waiting."""
    new = replace(PLAIN, plan=replace(PLAIN.plan, request=ImageRequest("a kite", count=count)))
    job = await database.write(jobs.add, new)
    await database.write(lambda one: one.execute(update(table.jobs).values(state=state)).rowcount)
    return job


async def state_of(database: Database, job: Job) -> JobState:
    found = await database.read(jobs.brief, job.id)
    assert found is not None
    return found.state


@pytest.mark.parametrize("state", JobState)
@pytest.mark.parametrize("leaves", JobState)
async def test_a_job_ends_only_from_the_states_that_are_named(
    database: Database, leaves: JobState, state: JobState
) -> None:
    job = await job_in(database, state)
    ended = await database.write(jobs.finish, job.id, leaves, JobState.FAILED, Failure.INTERNAL, NOW)
    assert ended == (state is leaves)
    assert await state_of(database, job) is (JobState.FAILED if ended else state)


@pytest.mark.parametrize("state", JobState)
async def test_a_message_that_comes_after_the_end_of_its_job_is_not_remembered(
    database: Database, state: JobState
) -> None:
    job = await job_in(database, state)
    assert await database.write(jobs.placed, job.id, 1, 2) == (state if state in ACTIVE_STATES else None)
    found = await database.read(jobs.brief, job.id)
    assert found is not None
    assert found.message_id == (None if state in TERMINAL_STATES else 1)


@pytest.mark.parametrize("state", sorted(TERMINAL_STATES))
async def test_a_job_that_ended_in_the_message_that_comes_late_says_so(database: Database, state: JobState) -> None:
    job = await job_in(database, state)
    await database.write(jobs.moved, job.id, 1, 2)
    assert await database.write(jobs.placed, job.id, 1, 2) is state
    assert await database.write(jobs.placed, job.id, 3, 2) is None


@pytest.mark.parametrize("state", JobState)
async def test_a_job_goes_to_delivery_only_while_it_is_made(database: Database, state: JobState) -> None:
    job = await job_in(database, state)
    await database.write(lambda one: one.execute(update(table.tasks).values(state=TaskState.MADE)).rowcount)
    made = state in BEFORE_DELIVERY
    assert await database.write(tasks.to_delivery, job.id) == made
    assert await state_of(database, job) is (JobState.DELIVERING if made else state)


@pytest.mark.parametrize("open_state", [TaskState.QUEUED, TaskState.SUBMITTING, TaskState.RUNNING])
async def test_a_job_is_not_delivered_while_a_task_of_it_is_open(database: Database, open_state: TaskState) -> None:
    job = await job_in(database, JobState.RUNNING, count=2)
    await database.write(lambda one: one.execute(update(table.tasks).values(state=open_state)).rowcount)
    await database.write(tasks.end, job.tasks[0].id, job.id, failure=None)
    assert await state_of(database, job) is JobState.RUNNING


@pytest.mark.parametrize("state", JobState)
async def test_the_claim_of_a_task_moves_a_waiting_job_only(database: Database, state: JobState) -> None:
    job = await job_in(database, state)
    await database.write(tasks.claim, OpenTask.of(job, job.tasks[0]), "a", "me", NOW)
    assert await state_of(database, job) is (JobState.SUBMITTING if state is JobState.QUEUED else state)


async def test_what_was_copied_into_another_database_is_not_sent_from_this_one(database: Database) -> None:
    job = await job_in(database, JobState.QUEUED)
    task = OpenTask.of(job, job.tasks[0])
    await database.write(checkup.mark_moved, NOW)
    assert await database.write(tasks.claim, task, "a", "me", NOW) is None
    await database.write(checkup.mark_moved, None)
    assert await database.write(tasks.claim, task, "a", "me", NOW) is not None


@pytest.mark.parametrize("state", JobState)
async def test_a_taken_task_moves_a_job_that_did_not_run_yet(database: Database, state: JobState) -> None:
    job = await job_in(database, state)
    task = OpenTask.of(job, job.tasks[0])
    await database.write(lambda one: one.execute(update(table.tasks).values(state=TaskState.SUBMITTING)).rowcount)
    await database.write(tasks.accepted, task, "r", None, None)
    starts = state in {JobState.QUEUED, JobState.SUBMITTING}
    assert await state_of(database, job) is (JobState.RUNNING if starts else state)
