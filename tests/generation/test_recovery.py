"""The lease on the database: while it is renewed a process's jobs are its own, afterwards they are taken over."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest

from bot.generation.recovery import LEASE_MS, RENEW_MS, Lease, Orphans
from bot.models import Failure, Job, JobState, TaskState
from bot.storage import workers
from tests.support.clocks import START
from tests.support.generation import Generation
from tests.support.scripted import ESTIMATE

ELSEWHERE = "another machine"


def lease(parts: Generation, worker: str = "me") -> Lease:
    return Lease(parts.database, parts.clock, worker)


async def register(
    parts: Generation, worker: str, *, host: str = ELSEWHERE, pid: int = 1, lease_until: int = START
) -> None:
    """Another process that works on this database."""
    await parts.database.write(workers.register, worker, host, pid, lease_until)


def held_by(parts: Generation, job: Job) -> str:
    return str(parts.rows.ask(f"SELECT worker FROM jobs WHERE id={job.id}")[0][0])


def dead_process() -> int:
    """The number of a process that has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    return ended.pid


# One's own


async def test_a_start_registers_this_process_for_fifteen_seconds(parts: Generation) -> None:
    assert await lease(parts).begin() == Orphans()
    registered = parts.rows.ask("SELECT id, host, pid, lease_until FROM workers")
    assert registered == [("me", socket.gethostname(), os.getpid(), START + LEASE_MS)]


async def test_a_renewal_prolongs_the_lease_and_plans_the_next(parts: Generation) -> None:
    mine = lease(parts)
    await mine.begin()
    parts.clock.advance(4)
    await mine.renew()
    assert parts.rows.ask("SELECT lease_until FROM workers") == [(START + 4_000 + LEASE_MS,)]
    assert mine.renew_at == START + 4_000 + RENEW_MS


async def test_a_renewal_leaves_ones_own_jobs_alone(parts: Generation) -> None:
    mine = lease(parts)
    await mine.begin()
    await parts.accept(worker="me")
    assert await mine.renew() == Orphans()


async def test_who_was_taken_for_dead_registers_again(parts: Generation) -> None:
    mine = lease(parts)
    await mine.begin()
    await parts.database.write(workers.leave, "me")
    await mine.renew()
    assert parts.rows.ask("SELECT id, lease_until FROM workers") == [("me", START + LEASE_MS)]


async def test_who_was_taken_for_dead_leaves_its_jobs_to_whoever_took_them(parts: Generation) -> None:
    mine = lease(parts)
    await mine.begin()
    job = await parts.accept(worker="me")
    await register(parts, "other", lease_until=START + LEASE_MS)
    await parts.database.write(workers.leave, "me")
    await parts.database.write(workers.adopt, "other", ["me"])
    assert await mine.renew() == Orphans()
    assert held_by(parts, job) == "other"


async def test_a_process_that_ends_in_order_lets_go(parts: Generation) -> None:
    mine = lease(parts)
    await mine.begin()
    await mine.end()
    assert parts.rows.count("workers") == 0


# Who is gone


async def test_jobs_of_a_lease_that_ran_out_are_taken_over(parts: Generation) -> None:
    await register(parts, "late", lease_until=START - 1)
    job = await parts.accept(worker="late")
    orphans = await lease(parts).begin()
    assert [task.job_id for task in orphans.tasks] == [job.id]
    assert held_by(parts, job) == "me"


async def test_jobs_of_a_lease_that_holds_are_left(parts: Generation) -> None:
    await register(parts, "alive", lease_until=START)
    job = await parts.accept(worker="alive")
    assert await lease(parts).begin() == Orphans()
    assert held_by(parts, job) == "alive"


async def test_jobs_of_a_process_that_is_gone_from_this_machine_are_taken_over_before_its_lease_ends(
    parts: Generation,
) -> None:
    await register(parts, "crashed", host=socket.gethostname(), pid=dead_process(), lease_until=START + LEASE_MS)
    await parts.accept(worker="crashed")
    assert len((await lease(parts).begin()).tasks) == 1


async def test_jobs_of_a_process_that_lives_on_this_machine_are_left(parts: Generation) -> None:
    await register(parts, "alive", host=socket.gethostname(), pid=os.getppid(), lease_until=START + LEASE_MS)
    await parts.accept(worker="alive")
    assert await lease(parts).begin() == Orphans()


async def test_a_lease_under_this_process_own_number_is_a_dead_ones(parts: Generation) -> None:
    """In a container every process is number 1."""
    await register(parts, "before", host=socket.gethostname(), pid=os.getpid(), lease_until=START + LEASE_MS)
    await parts.accept(worker="before")
    assert len((await lease(parts).begin()).tasks) == 1


async def test_jobs_of_a_worker_without_a_lease_are_taken_over(parts: Generation) -> None:
    await parts.accept(worker="unknown")
    assert len((await lease(parts).begin()).tasks) == 1


async def test_what_is_left_meanwhile_is_taken_over_with_a_renewal(parts: Generation) -> None:
    await register(parts, "other", lease_until=START + LEASE_MS)
    job = await parts.accept(worker="other")
    mine = lease(parts)
    await mine.begin()
    parts.clock.advance(LEASE_MS / 1000 + 1)
    assert [task.job_id for task in (await mine.renew()).tasks] == [job.id]


async def test_what_one_takes_over_the_next_leaves(parts: Generation) -> None:
    await parts.accept(worker="unknown")
    await lease(parts).begin()
    await parts.database.write(workers.leave, "me")
    await register(parts, "me", lease_until=START + LEASE_MS)
    assert await lease(parts, "second").begin() == Orphans()


# What is taken over


async def test_a_waiting_task_is_taken_over_as_it_was_accepted(parts: Generation) -> None:
    job = await parts.accept(count=2)
    found = (await lease(parts).begin()).tasks
    assert [(one.job_id, one.number, one.seed) for one in found] == [(job.id, 1, job.seed), (job.id, 2, job.seed + 1)]
    assert {(one.state, one.providers, one.tried, one.created_at) for one in found} == {
        (TaskState.QUEUED, ("a", "b"), (), job.created_at)
    }


async def test_a_running_task_is_taken_over_with_what_it_takes_to_ask_about_it(parts: Generation) -> None:
    await parts.taken(await parts.accept(), remote_id="remote")
    parts.clock.advance(9)
    [found] = (await lease(parts).begin()).tasks
    assert (found.state, found.provider, found.remote_id, found.submitted_at) == (
        TaskState.RUNNING,
        "a",
        "remote",
        START,
    )


async def test_a_task_that_was_being_sent_is_not_sent_again_and_its_estimate_stays_booked(parts: Generation) -> None:
    job = await parts.accept()
    await parts.sent(job)
    orphans = await lease(parts).begin()
    assert (orphans.tasks, orphans.deliveries) == ((), (job.id,))
    task = await parts.task(job)
    assert (task.state, task.failure, task.cost_microusd) == (TaskState.FAILED, Failure.INTERRUPTED, ESTIMATE)


async def test_a_job_is_not_delivered_before_its_other_tasks_have_ended(parts: Generation) -> None:
    job = await parts.accept(count=2)
    await parts.sent(job, 1)
    orphans = await lease(parts).begin()
    assert ([task.number for task in orphans.tasks], orphans.deliveries) == ([2], ())


async def test_a_job_that_waits_for_its_delivery_is_taken_over(parts: Generation) -> None:
    job = await parts.made(await parts.accept(), 1)
    assert await lease(parts).begin() == Orphans((), (job.id,))


@pytest.mark.parametrize("state", [JobState.DONE, JobState.FAILED, JobState.CANCELLED])
async def test_a_job_that_has_ended_stays_whose_it_was(parts: Generation, state: JobState) -> None:
    job = await parts.accept(worker="gone")
    if state is JobState.CANCELLED:
        await parts.cancel(job)
    else:
        await parts.delivered(await parts.made(job, *([1] if state is JobState.DONE else [])))
    assert (await parts.job(job)).state is state
    assert await lease(parts).begin() == Orphans()
    assert held_by(parts, job) == "gone"
