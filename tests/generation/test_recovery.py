"""The lease on the database: while it is renewed a process's jobs are its own, afterwards they are taken over."""

from __future__ import annotations

import pytest

from bot.generation.recovery import LEASE_MS, RENEW_MS, Lease, Orphans
from bot.models import Failure, Job, JobState, TaskState
from bot.storage import workers
from tests.support.clocks import START
from tests.support.generation import APPLICATION, Generation
from tests.support.scripted import ESTIMATE
from tests.support.storage import by_our_clock


def lease(parts: Generation, worker: str = "me") -> Lease:
    return Lease(parts.database, parts.clock, worker)


async def register(parts: Generation, worker: str, *, lease_until: int = START) -> None:
    """Another process that works on this database."""
    await parts.database.write(workers.renew, worker, lease_until - LEASE_MS, LEASE_MS)


def held_by(parts: Generation, job: Job) -> str:
    return str(parts.rows.ask(f"SELECT worker FROM jobs WHERE id={job.id}")[0][0])


# One's own


@by_our_clock
async def test_a_start_registers_this_process_for_ten_seconds(parts: Generation) -> None:
    assert await lease(parts).begin(APPLICATION) == Orphans()
    assert parts.rows.ask("SELECT id, lease_until FROM workers") == [("me", START + 10_000)]


@by_our_clock
async def test_a_renewal_prolongs_the_lease_and_plans_the_next(parts: Generation) -> None:
    mine = lease(parts)
    await mine.begin(APPLICATION)
    parts.clock.advance(4)
    await mine.renew()
    assert parts.rows.ask("SELECT lease_until FROM workers") == [(START + 4_000 + LEASE_MS,)]
    assert mine.renew_at == START + 4_000 + RENEW_MS


async def test_a_renewal_leaves_ones_own_jobs_alone(parts: Generation) -> None:
    mine = lease(parts)
    await mine.begin(APPLICATION)
    await parts.accept(worker="me")
    assert await mine.renew() == Orphans()


@by_our_clock
async def test_who_was_taken_for_dead_registers_again(parts: Generation) -> None:
    mine = lease(parts)
    await mine.begin(APPLICATION)
    await parts.database.write(workers.leave, "me")
    await mine.renew()
    assert parts.rows.ask("SELECT id, lease_until FROM workers") == [("me", START + LEASE_MS)]


async def test_who_was_taken_for_dead_leaves_its_jobs_to_whoever_took_them(parts: Generation) -> None:
    mine = lease(parts)
    await mine.begin(APPLICATION)
    job = await parts.accept(worker="me")
    await register(parts, "other", lease_until=START + LEASE_MS)
    await parts.database.write(workers.leave, "me")
    await parts.database.write(workers.adopt, "other", ["me"])
    assert await mine.renew() == Orphans()
    assert held_by(parts, job) == "other"


async def test_a_process_that_ends_in_order_lets_go(parts: Generation) -> None:
    mine = lease(parts)
    await mine.begin(APPLICATION)
    await mine.end()
    assert parts.rows.count("workers") == 0


# Who is gone


@by_our_clock
async def test_jobs_of_a_lease_that_ran_out_are_taken_over(parts: Generation) -> None:
    await register(parts, "late", lease_until=START - 1)
    job = await parts.accept(worker="late")
    orphans = await lease(parts).begin(APPLICATION)
    assert [(task.job_id, task.job_code) for task in orphans.tasks] == [(job.id, job.code)]
    assert held_by(parts, job) == "me"


async def test_jobs_of_a_lease_that_holds_are_left(parts: Generation) -> None:
    await register(parts, "alive", lease_until=START)
    job = await parts.accept(worker="alive")
    assert await lease(parts).begin(APPLICATION) == Orphans()
    assert held_by(parts, job) == "alive"


async def test_a_lease_is_the_only_proof_of_life(parts: Generation) -> None:
    """In containers host names and process numbers are the same everywhere: a lease that holds is never ended early."""
    await register(parts, "perhaps dead", lease_until=START + LEASE_MS)
    await parts.accept(worker="perhaps dead")
    mine = lease(parts)
    assert await mine.begin(APPLICATION) == Orphans()
    for _ in range(3):
        parts.clock.advance(RENEW_MS / 1000)
        assert await mine.renew() == Orphans()


async def test_who_was_held_up_gives_the_others_time_to_renew(parts: Generation) -> None:
    """A lock on the database, or a clock that was set forward, holds everybody up."""
    mine = lease(parts)
    await mine.begin(APPLICATION)
    await register(parts, "other", lease_until=START + LEASE_MS)
    job = await parts.accept(worker="other")
    parts.clock.advance(20 * 60)
    assert await mine.renew() == Orphans()
    await parts.database.write(workers.renew, "other", parts.clock.now(), LEASE_MS)
    assert await mine.renew() == Orphans()
    assert held_by(parts, job) == "other"


@by_our_clock
async def test_a_lease_from_before_the_clock_was_set_back_runs_out_all_the_same(parts: Generation) -> None:
    await register(parts, "dead", lease_until=START + 20 * 60_000)
    await parts.accept(worker="dead")
    mine = lease(parts)
    assert await mine.begin(APPLICATION) == Orphans()
    found = Orphans()
    for _ in range(4):
        parts.clock.advance(RENEW_MS / 1000)
        found = await mine.renew()
    assert len(found.tasks) == 1


async def test_jobs_of_another_application_are_left_to_it(parts: Generation) -> None:
    """Two bots with two tokens on one database: the other's vendor keys and messages are not this one's."""
    queued = await parts.accept(worker="other", application_id=2)
    sent = await parts.accept(worker="other", application_id=2)
    await parts.sent(sent)
    paid = await parts.accept(worker="other", application_id=2)
    await parts.taken(paid)
    made = await parts.made(await parts.accept(worker="other", application_id=2), 1)
    mine = lease(parts)
    assert (await mine.begin(APPLICATION), await mine.renew()) == (Orphans(), Orphans())
    assert {held_by(parts, job) for job in (queued, sent, paid, made)} == {"other"}
    assert (await parts.task(sent)).state is TaskState.SUBMITTING
    theirs = await lease(parts, "theirs").begin(2)
    assert ([task.job_id for task in theirs.tasks], theirs.deliveries) == ([queued.id, paid.id], (sent.id, made.id))


async def test_jobs_of_a_version_that_named_no_application_are_the_first_ones_that_starts(parts: Generation) -> None:
    job = await parts.accept()
    await parts.database.write(lambda one: one.exec_driver_sql("UPDATE jobs SET application_id=NULL"))
    assert len((await lease(parts, "first").begin(APPLICATION)).tasks) == 1
    assert await lease(parts, "second").begin(2) == Orphans()
    assert parts.rows.ask(f"SELECT application_id FROM jobs WHERE id={job.id}") == [(APPLICATION,)]


async def test_jobs_of_a_worker_without_a_lease_are_taken_over(parts: Generation) -> None:
    await parts.accept(worker="unknown")
    assert len((await lease(parts).begin(APPLICATION)).tasks) == 1


@by_our_clock
async def test_what_is_left_meanwhile_is_taken_over_with_a_renewal(parts: Generation) -> None:
    await register(parts, "other", lease_until=START + LEASE_MS)
    job = await parts.accept(worker="other")
    mine = lease(parts)
    await mine.begin(APPLICATION)
    parts.clock.advance(LEASE_MS / 1000)
    assert await mine.renew() == Orphans()
    parts.clock.advance(1)
    assert [task.job_id for task in (await mine.renew()).tasks] == [job.id]


async def test_what_one_takes_over_the_next_leaves(parts: Generation) -> None:
    await parts.accept(worker="unknown")
    await lease(parts).begin(APPLICATION)
    await parts.database.write(workers.leave, "me")
    await register(parts, "me", lease_until=START + LEASE_MS)
    assert await lease(parts, "second").begin(APPLICATION) == Orphans()


# What is taken over


async def test_a_waiting_task_is_taken_over_as_it_was_accepted(parts: Generation) -> None:
    job = await parts.accept(count=2)
    found = (await lease(parts).begin(APPLICATION)).tasks
    assert [(one.job_id, one.number, one.seed) for one in found] == [(job.id, 1, job.seed), (job.id, 2, job.seed + 1)]
    assert {(one.state, one.providers, one.tried, one.created_at) for one in found} == {
        (TaskState.QUEUED, ("a", "b"), (), job.created_at)
    }


async def test_a_running_task_is_taken_over_with_what_it_takes_to_ask_about_it(parts: Generation) -> None:
    await parts.taken(await parts.accept(), remote_id="remote")
    parts.clock.advance(9)
    [found] = (await lease(parts).begin(APPLICATION)).tasks
    assert (found.state, found.provider, found.remote_id, found.submitted_at) == (
        TaskState.RUNNING,
        "a",
        "remote",
        START,
    )


@by_our_clock
async def test_of_a_job_that_another_process_goes_on_with_only_the_task_is_taken_over(parts: Generation) -> None:
    await register(parts, "alive", lease_until=START)
    job = await parts.accept(worker="alive")
    await parts.taken(job, worker="gone")
    orphans = await lease(parts).begin(APPLICATION)
    assert ([task.job_id for task in orphans.tasks], orphans.jobs, held_by(parts, job)) == ([job.id], set(), "alive")


async def test_a_task_that_was_being_sent_is_not_sent_again_and_its_estimate_stays_booked(parts: Generation) -> None:
    job = await parts.accept()
    await parts.sent(job)
    orphans = await lease(parts).begin(APPLICATION)
    assert (orphans.tasks, orphans.deliveries) == ((), (job.id,))
    task = await parts.task(job)
    assert (task.state, task.failure, task.cost_microusd) == (TaskState.FAILED, Failure.INTERRUPTED, ESTIMATE)


async def test_a_job_is_not_delivered_before_its_other_tasks_have_ended(parts: Generation) -> None:
    job = await parts.accept(count=2)
    await parts.sent(job, 1)
    orphans = await lease(parts).begin(APPLICATION)
    assert ([task.number for task in orphans.tasks], orphans.deliveries) == ([2], ())


async def test_a_job_that_waits_for_its_delivery_is_taken_over(parts: Generation) -> None:
    job = await parts.made(await parts.accept(), 1)
    assert await lease(parts).begin(APPLICATION) == Orphans((), (job.id,), frozenset({job.id}), processes=1)


async def test_a_cancelled_job_whose_message_does_not_say_so_yet_is_taken_over(parts: Generation) -> None:
    job = await parts.accept()
    await parts.cancel(job)
    assert await lease(parts).begin(APPLICATION) == Orphans((), (job.id,), frozenset({job.id}), processes=1)


@pytest.mark.parametrize("state", [JobState.DONE, JobState.FAILED, JobState.CANCELLED])
async def test_a_job_that_has_ended_stays_whose_it_was(parts: Generation, state: JobState) -> None:
    job = await parts.accept(worker="gone")
    if state is JobState.CANCELLED:
        await parts.cancel(job)
        await parts.delivered(await parts.job(job))
    else:
        await parts.delivered(await parts.made(job, *([1] if state is JobState.DONE else [])))
    assert (await parts.job(job)).state is state
    assert await lease(parts).begin(APPLICATION) == Orphans()
    assert held_by(parts, job) == "gone"
