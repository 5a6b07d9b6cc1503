"""The worker: whose turn it is, where each task goes, what happens to it there, and how all that ends and resumes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from bot.errors import Ambiguous, BadKey, InvalidRequest, MalformedAnswer, Moderated, RateLimited, Unavailable
from bot.generation.progress import Stage
from bot.generation.recovery import LEASE_MS, Lease
from bot.generation.worker import Worker
from bot.models import (
    Failure,
    ImageFormat,
    Job,
    JobState,
    Member,
    Model,
    OpenTask,
    Place,
    Reference,
    ReplyToken,
    TaskState,
)
from bot.providers.base import Accepted, Finished, NotYet, Ticket
from tests.support.bot import until
from tests.support.clocks import START
from tests.support.generation import ALICE, APPLICATION, BOB, PLACE, TIMEOUT, Generation, generation_on, working
from tests.support.scripted import ESTIMATE, PICTURE, Held, ScriptedProvider
from tests.support.storage import by_our_clock, in_one_process

URL = "https://cdn.discordapp.com/attachments/1/2/boat.png"


def seeds(*jobs: Job) -> list[int]:
    """The seeds of jobs' tasks, in order."""
    return [task.seed for job in jobs for task in job.tasks]


# Whose turn it is, and how many at once


@in_one_process
async def test_of_two_members_each_gets_a_turn_before_either_gets_a_second(tmp_path: Path) -> None:
    a = ScriptedProvider("a", slots=2)
    async with generation_on(tmp_path, a) as parts:
        worker = parts.worker()
        first = await parts.give(worker, member=ALICE, count=2)
        second = await parts.give(worker, member=BOB)
        async with working(parts, worker) as work:
            await work.ended(first, second)
    assert a.seeds == [first.seed, second.seed, first.seed + 1]


async def test_no_more_tasks_are_sent_than_a_provider_has_slots(tmp_path: Path) -> None:
    a = ScriptedProvider("a", slots=2)
    async with generation_on(tmp_path, a) as parts:
        worker = parts.worker()
        await parts.give(worker, count=3)
        async with working(parts, worker) as work:
            await work.at_rest()
            assert (len(a.submits), worker.running, worker.queue.waiting) == (2, 2, 1)


async def test_a_task_that_ended_makes_room_for_the_next(tmp_path: Path) -> None:
    a = ScriptedProvider("a", slots=1)
    async with generation_on(tmp_path, a) as parts:
        worker = parts.worker()
        job = await parts.give(worker, count=3)
        async with working(parts, worker) as work:
            await work.ended(job)
    assert a.seeds == seeds(job)


async def test_nothing_is_ordered_while_a_crowd_waits_for_its_answers(tmp_path: Path) -> None:
    a = ScriptedProvider("a", slots=2)
    async with generation_on(tmp_path, a) as parts:
        crowd = [ReplyToken(1, f"token {number}", parts.clock.now(), number) for number in range(16)]
        for one in crowd:
            parts.arrivals.check(one)
        worker = parts.worker()
        job = await parts.give(worker)
        async with working(parts, worker) as work:
            await work.at_rest()
            assert not a.submits
            for one in crowd[1:]:
                parts.arrivals.answered(one)
            parts.clock.time += 20
            await work.at_rest()
            assert not a.submits  # one of it still waits
            parts.arrivals.answered(crowd[0])
            parts.clock.time += 20
            await work.ended(job)


async def test_a_crowd_that_never_ends_keeps_orders_waiting_for_half_a_second_at_most(tmp_path: Path) -> None:
    a = ScriptedProvider("a", slots=2)
    async with generation_on(tmp_path, a) as parts:
        worker = parts.worker()
        job = await parts.give(worker)

        def crowd() -> None:
            for number in range(16):
                parts.arrivals.check(ReplyToken(1, f"{parts.clock.time} {number}", parts.clock.now(), number))

        crowd()
        async with working(parts, worker) as work:
            await work.at_rest()
            assert not a.submits
            parts.clock.time += 480
            crowd()
            await work.at_rest()
            assert not a.submits
            parts.clock.time += 20
            await work.ended(job)
            assert parts.arrivals.waiting(16)


async def test_a_submit_that_broke_gives_its_slot_back(tmp_path: Path) -> None:
    a = ScriptedProvider("a", slots=1)
    async with generation_on(tmp_path, a) as parts:
        parts.files.kept[URL] = RuntimeError("nonsense")
        worker = parts.worker()
        broken = await parts.give(worker, references=(Reference(URL),))
        whole = await parts.give(worker)
        async with working(parts, worker) as work:
            await work.ended(broken, whole)
        assert (await parts.task(broken)).failure is Failure.INTERNAL
        assert a.seeds == seeds(whole)


async def test_the_way_to_a_new_members_turn_counts_what_comes_before_it_and_the_free_slots(tmp_path: Path) -> None:
    a = ScriptedProvider("a", slots=2)
    async with generation_on(tmp_path, a) as parts:
        worker = parts.worker()
        assert worker.queue.ahead(PLACE.guild_id, BOB.id) == 0
        await parts.give(worker, member=ALICE, count=4)
        async with working(parts, worker) as work:
            await work.at_rest()
            assert [worker.queue.ahead(PLACE.guild_id, one.id) for one in (ALICE, BOB)] == [3, 1]
            assert worker.queue.ahead(999, BOB.id) == 1  # another server


async def test_how_long_a_picture_takes_is_known_after_three(parts: Generation) -> None:
    worker = parts.worker("a")
    async with working(parts, worker) as work:
        for known in (False, False, True):
            await work.ended(await parts.give(worker, providers=["a"]))
            assert (worker.seconds_until_done("a", Model.PRO, ahead=0, count=1) is not None) == known


# What a provider's answers lead to


async def test_a_finished_picture_is_ready_to_be_delivered(parts: Generation) -> None:
    worker = parts.worker()
    async with working(parts, worker) as work:
        job = await parts.give(worker)
        await work.ended(job)
    assert (await parts.job(job)).state is JobState.DELIVERING
    assert (worker.queue.waiting, worker.running) == (0, 0)


async def test_what_one_provider_does_not_take_goes_to_the_next(parts: Generation) -> None:
    a, b = parts.providers.values()
    a.on_submit.next(InvalidRequest())
    worker = parts.worker()
    async with working(parts, worker) as work:
        job = await parts.give(worker)
        await work.ended(job)
    assert (a.seeds, b.seeds) == (seeds(job), seeds(job))
    assert (await parts.task(job)).provider == "b"


async def test_what_may_have_been_taken_goes_to_nobody_else(parts: Generation) -> None:
    a, b = parts.providers.values()
    a.on_submit.next(Ambiguous())
    worker = parts.worker()
    async with working(parts, worker) as work:
        await work.ended(await parts.give(worker))
    assert (len(a.submits), len(b.submits)) == (1, 0)


async def test_content_that_one_provider_refuses_is_shown_to_nobody_else(tmp_path: Path) -> None:
    a, b = ScriptedProvider("a", slots=1), ScriptedProvider("b")
    async with generation_on(tmp_path, a, b) as parts:
        a.on_submit.next(Moderated())
        worker = parts.worker()
        async with working(parts, worker) as work:
            await work.ended(await parts.give(worker, count=3))
    assert (len(a.submits), len(b.submits), worker.queue.waiting) == (1, 0, 0)


async def test_a_provider_that_is_down_rests_while_another_works(parts: Generation) -> None:
    a, b = parts.providers.values()
    a.on_submit.next(Unavailable())
    worker = parts.worker()
    async with working(parts, worker) as work:
        first = await parts.give(worker)
        await work.at_rest()
        second = await parts.give(worker)
        await work.at_rest()
    assert (a.seeds, b.seeds) == (seeds(first), seeds(first, second))


@by_our_clock
async def test_the_only_provider_is_asked_again_after_two_seconds(parts: Generation) -> None:
    a = parts.providers["a"]
    a.on_submit.next(Unavailable())
    worker = parts.worker("a")
    async with working(parts, worker) as work:
        await parts.give(worker, providers=["a"])
        await work.at_rest()
        assert parts.clock.due == START + 2_000
        parts.clock.advance(2)
        await work.at_rest()
        assert len(a.submits) == 2


@by_our_clock
@pytest.mark.parametrize("asked", [2.5, 2.9])
async def test_a_rate_limits_pause_is_obeyed_where_it_is_longer(parts: Generation, asked: float) -> None:
    a = parts.providers["a"]
    a.on_submit.next(RateLimited(retry_after=asked))
    worker = parts.worker("a")
    async with working(parts, worker) as work:
        await parts.give(worker, providers=["a"])
        await work.at_rest()
        assert parts.clock.due == START + round(asked * 1000)


async def test_a_task_is_given_up_after_three_tries_with_each_provider(parts: Generation) -> None:
    a, b = parts.providers.values()
    for provider in (a, b):
        provider.on_submit.next(*[Unavailable()] * 10)
    worker = parts.worker()
    async with working(parts, worker) as work:
        job = await parts.give(worker)
        await work.ended(job)
    assert len(a.submits) + len(b.submits) == 6
    task = await parts.task(job)
    assert (task.failure, task.cost_microusd) == (Failure.UNAVAILABLE, 0)


@by_our_clock
async def test_a_busy_provider_is_waited_for_as_long_as_for_a_picture(parts: Generation) -> None:
    """Being too fast is nobody's fault: tries are not counted, but a member does not wait for ever."""
    parts.providers["a"].on_submit.next(*[RateLimited(retry_after=5)] * 100)
    worker = parts.worker("a")
    async with working(parts, worker) as work:
        job = await parts.give(worker, providers=["a"])
        await work.ended(job)
    assert (await parts.task(job)).failure is Failure.RATE_LIMITED
    assert TIMEOUT < (parts.clock.time - START) / 1000 <= 2 * TIMEOUT


async def test_a_long_wait_in_our_own_queue_is_no_reason_to_give_a_task_up(parts: Generation) -> None:
    parts.providers["a"].on_submit.next(RateLimited(retry_after=5))
    worker = parts.worker("a")
    job = await parts.give(worker, providers=["a"])
    parts.clock.advance(2 * TIMEOUT)
    async with working(parts, worker) as work:
        await work.ended(job)
    assert (await parts.task(job)).failure is None


@by_our_clock
async def test_a_picture_that_came_at_once_ends_the_doubling_of_the_pauses(parts: Generation) -> None:
    a = parts.providers["a"]
    made = Finished(data=PICTURE)
    a.on_submit.next(Unavailable(), made, Unavailable(), made)
    worker = parts.worker("a")
    async with working(parts, worker) as work:
        await work.ended(await parts.give(worker, providers=["a"]))
        begun = parts.clock.time
        await work.ended(await parts.give(worker, providers=["a"]))
    assert parts.clock.time - begun == 2_000


async def test_members_of_other_servers_do_not_wait_for_a_raid(tmp_path: Path) -> None:
    a = ScriptedProvider("a", slots=2)
    async with generation_on(tmp_path, a) as parts:
        worker = parts.worker()
        raid = [await parts.give(worker, member=Member(1000 + n, "raider"), place=Place(1, 11)) for n in range(5)]
        other = await parts.give(worker, place=Place(2, 22))
        async with working(parts, worker) as work:
            await work.ended(*raid, other)
    assert other.seed in a.seeds[:2]


async def test_the_operator_hears_of_a_provider_that_refuses_the_bot(parts: Generation) -> None:
    parts.providers["a"].on_submit.next(BadKey())
    worker = parts.worker()
    async with working(parts, worker) as work:
        await work.ended(await parts.give(worker))
    async with asyncio.timeout(5):
        assert (await parts.events.alerts.waiting()).name == "a-bad_key"


# Called back, and cancelled


async def test_a_vendor_that_calls_back_is_asked_at_once(parts: Generation) -> None:
    a = parts.providers["a"]
    a.on_submit.next(Accepted(Ticket("remote"), retry_after=4.0))
    worker = parts.worker()
    async with working(parts, worker) as work:
        job = await parts.give(worker)
        await work.at_rest()
        assert a.polls == []
        worker.hint("remote")
        assert await parts.ready() == [job.id]
    assert parts.clock.time == START


async def test_a_call_back_about_a_task_of_somebody_elses_is_ignored(parts: Generation) -> None:
    worker = parts.worker()
    async with working(parts, worker) as work:
        worker.hint("nobody knows")
        await work.ended(await parts.give(worker))


async def test_a_cancelled_jobs_waiting_tasks_are_not_sent(tmp_path: Path) -> None:
    a = ScriptedProvider("a", slots=1)
    async with generation_on(tmp_path, a) as parts:
        worker = parts.worker()
        cancelled = await parts.give(worker, count=3)
        async with working(parts, worker) as work:
            await work.at_rest()
            await parts.cancel(cancelled)
            worker.cancelled(cancelled.id)
            later = await parts.give(worker)
            await work.ended(later)
    assert a.seeds == [cancelled.seed, later.seed]


async def test_a_cancelled_jobs_running_task_makes_room_when_the_vendor_has_ended_it(tmp_path: Path) -> None:
    a = ScriptedProvider("a", slots=1)
    a.on_poll.next(NotYet(), NotYet())
    async with generation_on(tmp_path, a) as parts:
        worker = parts.worker()
        async with working(parts, worker) as work:
            cancelled = await parts.give(worker)
            await work.at_rest()
            await parts.cancel(cancelled)
            worker.cancelled(cancelled.id)
            later = await parts.give(worker)
            await work.at_rest()
            assert len(a.submits) == 1
            await work.ended(later)
    assert [ticket.remote_id for ticket in a.polls] == ["a-1"] * 3 + ["a-2"]
    assert len(a.fetches) == 1


async def test_a_cancelled_jobs_task_that_is_being_sent_makes_room_when_it_is_answered(tmp_path: Path) -> None:
    a = ScriptedProvider("a", slots=1)
    async with generation_on(tmp_path, a) as parts:
        worker = parts.worker()
        async with working(parts, worker) as work:
            cancelled, held = await held_submit(parts, worker)
            await parts.cancel(cancelled)
            worker.cancelled(cancelled.id)
            later = await parts.give(worker)
            await parts.clock.asleep()
            assert len(a.submits) == 1
            await parts.delivered(await parts.job(cancelled))
            held.let_go.set()
            await work.ended(later)


# The end of a process


def lease_of(parts: Generation) -> Callable[[], Awaitable[int]]:
    async def lease() -> int:
        return parts.rows.ask("SELECT lease_until FROM workers")[0][0]

    return lease


async def held_submit(parts: Generation, worker: Worker) -> tuple[Job, Held[Accepted | Finished]]:
    """A job whose only task is being sent."""
    held = Held[Accepted | Finished](Finished(data=PICTURE))
    parts.providers["a"].on_submit.next(held)
    job = await parts.give(worker)
    await held.reached.wait()
    return job, held


async def at_work(worker: Worker) -> None:
    await asyncio.gather(worker.run(), worker.queue.run())


async def test_stopping_lets_a_submit_under_way_end(parts: Generation) -> None:
    worker = parts.worker()
    await worker.recovery.begin(APPLICATION)
    running = asyncio.create_task(at_work(worker))
    job, held = await held_submit(parts, worker)
    stopping = asyncio.create_task(worker.stop(10))
    await running
    held.let_go.set()
    await stopping
    assert (await parts.task(job)).state is TaskState.MADE


async def test_a_submit_that_does_not_end_in_time_is_found_by_the_next_start(parts: Generation) -> None:
    worker = parts.worker()
    async with working(parts, worker):
        job, _ = await held_submit(parts, worker)
    assert (await parts.task(job)).state is TaskState.SUBMITTING
    await worker.recovery.leave()
    async with working(parts, parts.worker()):
        assert await parts.ready() == [job.id]
    assert (await parts.task(job)).failure is Failure.INTERRUPTED


async def test_stopping_sends_nothing_more(tmp_path: Path) -> None:
    a = ScriptedProvider("a", slots=1)
    async with generation_on(tmp_path, a) as parts:
        worker = parts.worker()
        await worker.recovery.begin(APPLICATION)
        running = asyncio.create_task(at_work(worker))
        job, held = await held_submit(parts, worker)
        waiting = await parts.give(worker)
        stopping = asyncio.create_task(worker.stop(10))
        held.let_go.set()
        await asyncio.gather(stopping, running)
        assert a.seeds == seeds(job)
        assert (await parts.task(waiting)).state is TaskState.QUEUED


@by_our_clock
async def test_the_lease_is_renewed_while_a_stop_waits_for_submits(parts: Generation) -> None:
    worker = parts.worker()
    await worker.recovery.begin(APPLICATION)
    running = asyncio.create_task(at_work(worker))
    _, held = await held_submit(parts, worker)
    parts.clock.advance(2)
    stopping = asyncio.create_task(worker.stop(10))
    await until(lease_of(parts), START + 2_000 + LEASE_MS)
    held.let_go.set()
    await asyncio.gather(stopping, running)


async def test_a_submit_may_end_while_a_stop_renews_the_lease(
    parts: Generation, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = parts.worker()
    await worker.recovery.begin(APPLICATION)
    running = asyncio.create_task(at_work(worker))
    job, held = await held_submit(parts, worker)

    async def slowly(_: Lease) -> None:
        held.let_go.set()
        while worker._submits:  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0)

    monkeypatch.setattr(Lease, "prolong", slowly)
    await asyncio.gather(worker.stop(10), running)
    assert (await parts.task(job)).state is TaskState.MADE


async def test_the_lease_is_kept_until_delivery_has_ended_as_well(parts: Generation) -> None:
    worker = parts.worker()
    async with working(parts, worker):
        pass
    assert parts.rows.count("workers") == 1
    await worker.recovery.leave()
    assert parts.rows.count("workers") == 0


@by_our_clock
async def test_the_lease_is_renewed_every_three_seconds(parts: Generation) -> None:
    leases: list[int] = []
    async with working(parts, parts.worker()) as work:
        for _ in range(3):
            await work.at_rest()
            leases += [until for (until,) in parts.rows.ask("SELECT lease_until FROM workers")]
            parts.clock.time = parts.clock.due or 0
    assert leases == [START + 10_000, START + 13_000, START + 16_000]


# Somebody sets the clock

TWENTY_MINUTES_MS = 20 * 60 * 1000


@pytest.mark.parametrize("set_by", [-TWENTY_MINUTES_MS, TWENTY_MINUTES_MS])
async def test_a_running_task_is_asked_about_in_time_though_the_clock_is_set(parts: Generation, set_by: int) -> None:
    a = parts.providers["a"]
    a.on_poll.next(NotYet(), NotYet())
    worker = parts.worker()
    async with working(parts, worker) as work:
        job = await parts.give(worker)
        await work.at_rest()
        parts.clock.set_by = set_by
        began = parts.clock.time
        await work.ended(job)
    assert (await parts.task(job)).state is TaskState.MADE
    assert parts.clock.time - began < 10_000


@by_our_clock
@pytest.mark.parametrize("set_by", [-TWENTY_MINUTES_MS, TWENTY_MINUTES_MS])
async def test_a_rest_is_as_long_as_meant_though_the_clock_is_set(tmp_path: Path, set_by: int) -> None:
    a = ScriptedProvider("a")
    a.on_submit.next(Unavailable())
    async with generation_on(tmp_path, a) as parts:
        worker = parts.worker()
        async with working(parts, worker) as work:
            job = await parts.give(worker)
            await work.at_rest()
            began = parts.clock.time
            parts.clock.set_by = set_by
            worker.hint("nothing that runs")
            await work.ended(job)
        assert (await parts.task(job)).state is TaskState.MADE
        assert 2_000 <= parts.clock.time - began < 10_000


async def test_a_start_after_the_clock_was_set_back_asks_about_what_runs(parts: Generation) -> None:
    job = await parts.accept()
    await parts.taken(job, remote_id="remote")
    parts.clock.set_by = -TWENTY_MINUTES_MS
    parts.providers["a"].on_poll.next(NotYet())
    began = parts.clock.time
    async with working(parts, parts.worker()) as work:
        await work.ended(job)
    assert (await parts.task(job)).state is TaskState.MADE
    assert parts.clock.time - began < 10_000


@by_our_clock
async def test_the_lease_is_renewed_though_the_clock_was_set_back(parts: Generation) -> None:
    async with working(parts, parts.worker()) as work:
        await work.at_rest()
        parts.clock.set_by = -TWENTY_MINUTES_MS
        parts.clock.advance(3)
        await work.at_rest()
        leases = [until for (until,) in parts.rows.ask("SELECT lease_until FROM workers")]
    assert leases == [START - TWENTY_MINUTES_MS + 13_000]


# The start of the next


async def test_a_queued_task_is_sent_by_the_next_start(parts: Generation) -> None:
    job = await parts.accept(count=2)
    async with working(parts, parts.worker()) as work:
        await work.ended(job)
    sent = parts.providers["a"].seeds
    assert (sorted(sent) if parts.database.shared else sent) == seeds(job)  # on a server the two go side by side


async def test_a_running_task_is_asked_about_at_once_by_the_next_start(parts: Generation) -> None:
    job = await parts.accept()
    await parts.taken(job, remote_id="remote")
    async with working(parts, parts.worker()):
        assert await parts.ready() == [job.id]
    a = parts.providers["a"]
    assert (a.submits, a.polls) == ([], [Ticket("remote")])


async def test_a_running_task_holds_its_slot_after_a_start(tmp_path: Path) -> None:
    a = ScriptedProvider("a", slots=1)
    async with generation_on(tmp_path, a) as parts:
        await parts.taken(await parts.accept())
        a.on_poll.next(NotYet())
        worker = parts.worker()
        await parts.give(worker)
        async with working(parts, worker) as work:
            await work.at_rest()
            assert (len(a.submits), worker.queue.waiting) == (0, 1)


async def test_a_cancelled_task_that_the_vendor_works_on_holds_its_slot_after_a_start(tmp_path: Path) -> None:
    a = ScriptedProvider("a", slots=1)
    async with generation_on(tmp_path, a) as parts:
        cancelled = await parts.accept()
        await parts.taken(cancelled, remote_id="remote")
        await parts.cancel(cancelled)
        await parts.delivered(await parts.job(cancelled))
        a.on_poll.next(NotYet())
        worker = parts.worker()
        later = await parts.give(worker)
        async with working(parts, worker) as work:
            await work.at_rest()
            assert (a.submits, a.polls) == ([], [Ticket("remote")])
            await work.ended(later)
    assert a.seeds == seeds(later)


async def test_a_job_that_waited_for_its_delivery_is_delivered_by_the_next_start(parts: Generation) -> None:
    job = await parts.made(await parts.accept(), 1)
    async with working(parts, parts.worker()):
        assert await parts.ready() == [job.id]


async def test_a_task_that_had_tried_one_provider_goes_on_with_the_others(parts: Generation) -> None:
    a, b = parts.providers.values()
    a.on_submit.next(InvalidRequest())
    held = Held[Accepted | Finished](Unavailable())
    b.on_submit.next(held)
    first = parts.worker()
    async with working(parts, first) as work:
        job = await parts.give(first)
        await held.reached.wait()
        held.let_go.set()
        await work.at_rest()
    async with working(parts, parts.worker()) as work:
        await work.ended(job)
    assert (len(a.submits), len(b.submits)) == (1, 2)


@pytest.mark.parametrize(
    ("taken", "failure", "cost"),
    [(False, Failure.UNAVAILABLE, 0), (True, Failure.INTERRUPTED, ESTIMATE)],
    ids=["waiting", "running"],
)
async def test_a_task_whose_provider_cannot_be_asked_any_more_ends_and_is_paid_where_it_ran(
    parts: Generation, taken: bool, failure: Failure, cost: int
) -> None:
    job = await parts.accept(providers=["a"])
    if taken:
        await parts.taken(job)
    del parts.providers["a"]
    async with working(parts, parts.worker("b")):
        assert await parts.ready() == [job.id]
    task = await parts.task(job)
    assert (task.state, task.failure, task.cost_microusd) == (TaskState.FAILED, failure, cost)


@pytest.fixture
def one_broken(parts: Generation, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first running task that is taken over meets a fault."""
    knows, faults = parts.steps.knows, iter([RuntimeError("nonsense")])

    def knows_or_breaks(provider: str | None) -> bool:
        if fault := next(faults, None):
            raise fault
        return knows(provider)

    monkeypatch.setattr(parts.steps, "knows", knows_or_breaks)


@pytest.mark.usefixtures("one_broken")
async def test_a_task_that_cannot_be_taken_over_ends_and_keeps_no_other_from_it(parts: Generation) -> None:
    broken, whole = await parts.accept(), await parts.accept()
    await parts.taken(broken)
    await parts.taken(whole)
    async with working(parts, parts.worker()) as work:
        await work.ended(broken, whole)
    assert ((await parts.task(broken)).failure, (await parts.task(whole)).failure) == (Failure.INTERNAL, None)


@pytest.mark.usefixtures("one_broken")
async def test_what_is_taken_over_does_not_wait_for_what_could_not_be_ended(
    parts: Generation, monkeypatch: pytest.MonkeyPatch
) -> None:
    ending, give_up = asyncio.Event(), parts.steps.give_up

    async def slow(task: OpenTask, failure: Failure) -> object:
        await ending.wait()
        return await give_up(task, failure)

    monkeypatch.setattr(parts.steps, "give_up", slow)
    broken = await parts.accept()
    await parts.taken(broken)
    async with working(parts, parts.worker()):
        late = await parts.accept()
        await parts.taken(late)
        parts.clock.advance(3)
        assert await parts.ready() == [late.id]
        ending.set()
        assert await parts.ready() == [broken.id]


# What is told of a job while it is waited for


async def test_whoever_waits_is_told_that_a_picture_is_ordered_shown_and_nearly_done(tmp_path: Path) -> None:
    a = ScriptedProvider("a")
    a.on_poll.next(NotYet(0.2), NotYet(0.3, preview=Finished(data=PICTURE)))
    async with generation_on(tmp_path, a) as parts:
        worker, progress = parts.worker(), parts.events.progress
        job = await parts.give(worker)
        progress.accepted(job.id, parts.clock.monotonic(), parts.clock.now(), queued=True)
        stages: list[Stage] = []
        async with working(parts, worker) as work:
            for _ in range(3):
                await work.at_rest()
                found = progress.of(job.id)
                assert found is not None
                stages.append(found.stage)
                parts.clock.time = parts.clock.due or 0
            assert stages == [Stage.ORDERED, Stage.ORDERED, Stage.ARRIVING]
            assert found.preview is not None
            assert (await parts.processor.inspect(found.preview)).format is ImageFormat.JPEG


async def test_who_waited_when_the_last_process_ended_is_told_what_becomes_of_it(tmp_path: Path) -> None:
    a = ScriptedProvider("a", slots=2)
    async with generation_on(tmp_path, a) as parts:
        runs = await parts.accept()
        await parts.taken(runs, remote_id="remote")
        waits, waits_on = await parts.accept(), await parts.accept()
        a.on_poll.next(NotYet(), NotYet(), NotYet())
        progress = parts.events.progress
        async with working(parts, parts.worker()) as work:
            await work.at_rest()
            found = [progress.of(job.id) for job in (runs, waits, waits_on)]
            assert [one and (one.shown, one.stage) for one in found] == [
                (Stage.ORDERED, Stage.ORDERED),
                (Stage.QUEUED, Stage.ORDERED),
                (Stage.QUEUED, Stage.QUEUED),
            ]


@pytest.mark.parametrize("shown", [MalformedAnswer("nonsense"), b"no picture", PICTURE + bytes(4 * 1024 * 1024)])
async def test_a_preview_that_is_no_small_picture_is_not_shown(tmp_path: Path, shown: bytes | Exception) -> None:
    a = ScriptedProvider("a")
    a.on_poll.next(NotYet(0.3, preview=Finished(url="https://example.com/preview")))
    a.on_fetch.next(shown)
    async with generation_on(tmp_path, a) as parts:
        worker, progress = parts.worker(), parts.events.progress
        job = await parts.give(worker)
        progress.accepted(job.id, parts.clock.monotonic(), parts.clock.now(), queued=True)
        async with working(parts, worker) as work:
            await work.ended(job)
            found = progress.of(job.id)
            assert found is not None
            assert (found.stage, found.preview) == (Stage.ARRIVING, None)


async def test_of_several_pictures_the_first_says_that_they_arrive(tmp_path: Path) -> None:
    a = ScriptedProvider("a", slots=1)
    async with generation_on(tmp_path, a) as parts:
        worker, progress = parts.worker(), parts.events.progress
        job = await parts.give(worker, count=2)
        progress.accepted(job.id, parts.clock.monotonic(), parts.clock.now(), queued=False)
        async with working(parts, worker) as work:
            await work.at_rest()
            assert not parts.events.ready_to_deliver.take()
            parts.clock.time = parts.clock.due or 0
            await parts.ready()
            assert not progress.lacks(job.id, Stage.ARRIVING)
            assert parts.rows.count("jobs", "state='running'") == 1
            await work.ended(job)
