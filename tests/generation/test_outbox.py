"""The end of a job: what was delivered is paid, everything else returns, and all that once."""

from __future__ import annotations

import asyncio

import pytest

from bot.generation.outbox import PostedMessage
from bot.models import Failure, Job, JobState, Origin, Place, RemixThread, ReplyToken
from bot.storage import jobs, remix_threads, tasks
from tests.support.clocks import START
from tests.support.generation import PLACE, Generation
from tests.support.scripted import PICTURE

MESSAGE = 555
POSTED = PostedMessage(MESSAGE, PLACE.channel_id, {})
THREAD = 300
IN_THREAD = Place(THREAD, 100, in_thread=True, parent_id=200)
OPENED = RemixThread(THREAD, 100, root="first-1", code="first-1")


async def remixed(parts: Generation, **asked: object) -> Job:
    """A job in a thread whose pictures are all made, and wait to be delivered."""
    shown = remix_threads.shown
    await parts.database.write(remix_threads.add, OPENED)
    await parts.database.write(shown, THREAD, 1, OPENED.code)
    job = await parts.accept(place=IN_THREAD, **asked)
    return await parts.made(job, *[task.number for task in job.tasks])


def thread_of(parts: Generation) -> tuple[str, str | None]:
    """A thread's current picture, and the one that its head shows."""
    [(code, shown)] = parts.rows.ask("SELECT code, shown FROM remix_threads")
    return code, shown


# What waits


async def test_a_job_waits_with_its_pictures_by_their_numbers(parts: Generation) -> None:
    job = await parts.made(await parts.accept(count=3), 1, 3)
    pending = await parts.outbox.pending(job.id)
    assert pending is not None
    assert (pending.job, pending.images) == (job, {1: PICTURE, 3: PICTURE})


async def test_a_job_that_is_still_being_made_does_not_wait(parts: Generation) -> None:
    job = await parts.accept()
    assert await parts.outbox.pending(job.id) is None


async def test_a_job_that_was_delivered_waits_no_more(parts: Generation) -> None:
    job = await parts.made(await parts.accept(), 1)
    await parts.outbox.delivered(job, POSTED, way="token")
    assert await parts.outbox.pending(job.id) is None


# Delivered


async def test_what_was_delivered_is_settled_and_the_rest_released(parts: Generation) -> None:
    job = await parts.made(await parts.accept(count=3), 1, 3)
    await parts.outbox.delivered(job, POSTED, way="token")
    assert parts.booked() == [("reserve", 3), ("settle", 2), ("release", 1)]
    assert await parts.faults() == []


async def test_a_job_with_a_picture_is_done_and_says_why_others_are_missing(parts: Generation) -> None:
    job = await parts.made(await parts.accept(count=2), 2)
    parts.clock.advance(5)
    await parts.outbox.delivered(job, POSTED, way="token")
    now = await parts.job(job)
    assert (now.state, now.failure, now.finished_at) == (JobState.DONE, Failure.NOT_MADE, START + 5_000)


async def test_a_job_without_any_picture_failed_and_costs_nothing(parts: Generation) -> None:
    job = await parts.made(await parts.accept(count=2))
    await parts.outbox.delivered(job, POSTED, way="token")
    assert (await parts.job(job)).state is JobState.FAILED
    assert parts.booked() == [("reserve", 2), ("release", 2)]


async def test_of_several_failures_the_one_that_the_member_can_change_is_told(parts: Generation) -> None:
    job = await parts.accept(count=2)
    for task, failure in zip(job.tasks, (Failure.UNAVAILABLE, Failure.MODERATED), strict=True):
        await parts.database.write(tasks.end, task.id, job.id, failure=failure)
    await parts.outbox.delivered(await parts.job(job), POSTED, way="token")
    assert (await parts.job(job)).failure is Failure.MODERATED


async def test_after_delivery_only_where_the_pictures_are_is_kept(parts: Generation) -> None:
    job = await parts.made(await parts.accept(count=2), 1, 2)
    where = {1: (11, "https://cdn.example/1"), 2: (12, "https://cdn.example/2")}
    await parts.outbox.delivered(job, PostedMessage(MESSAGE, 200, where), way="token")
    assert parts.rows.count("kept_images") == 0
    assert [(one.attachment_id, one.url) for one in (await parts.job(job)).pictures] == list(where.values())


async def test_the_right_to_answer_is_forgotten_with_the_job_ended(parts: Generation) -> None:
    job = await parts.made(await parts.accept(reply=ReplyToken(1, "secret", START)), 1)
    await parts.outbox.delivered(job, POSTED, way="token")
    assert (await parts.job(job)).reply is None
    assert parts.rows.count("reply_tokens") == 0


async def test_the_message_that_shows_a_job_is_remembered_where_it_is_another(parts: Generation) -> None:
    job = await parts.accept()
    await parts.database.write(jobs.placed, job.id, 1, PLACE.channel_id)
    await parts.outbox.delivered(await parts.made(job, 1), PostedMessage(MESSAGE, 999, {}), way="direct_message")
    now = await parts.job(job)
    assert (now.message_id, now.message_channel_id) == (MESSAGE, 999)


# Undeliverable


async def test_what_nobody_can_be_shown_costs_nothing(parts: Generation) -> None:
    job = await parts.made(await parts.accept(count=2), 1, 2)
    await parts.outbox.undeliverable(job)
    now = await parts.job(job)
    assert (now.state, now.failure) == (JobState.FAILED, Failure.UNDELIVERABLE)
    assert parts.booked() == [("reserve", 2), ("release", 2)]


async def test_what_nobody_can_be_shown_is_not_kept(parts: Generation) -> None:
    job = await parts.made(await parts.accept(), 1)
    await parts.outbox.undeliverable(job)
    assert parts.rows.count("kept_images") == 0


# Once


async def test_a_job_delivered_twice_at_once_is_booked_once(parts: Generation) -> None:
    job = await parts.made(await parts.accept(), 1)
    await asyncio.gather(*(parts.outbox.delivered(job, POSTED, way="token") for _ in range(2)))
    assert parts.booked() == [("reserve", 1), ("settle", 1)]


@pytest.mark.parametrize("delivered_first", [True, False])
async def test_a_job_that_ended_does_not_end_otherwise(parts: Generation, delivered_first: bool) -> None:
    job = await parts.made(await parts.accept(), 1)
    ends = [lambda: parts.outbox.delivered(job, POSTED, way="token"), lambda: parts.outbox.undeliverable(job)]
    for end in ends if delivered_first else reversed(ends):
        await end()
    assert (await parts.job(job)).state is (JobState.DONE if delivered_first else JobState.FAILED)
    assert parts.booked() == [("reserve", 1), ("settle" if delivered_first else "release", 1)]


async def test_a_job_that_ended_is_counted_once(parts: Generation) -> None:
    job = await parts.made(await parts.accept(), 1)
    for _ in range(2):
        await parts.outbox.delivered(job, POSTED, way="token")
    labels = {"origin": "imagine", "model": "pro", "state": "done"}
    assert parts.events.metrics.registry.get_sample_value("atelier_jobs_total", labels) == 1


# Threads


async def test_one_remix_in_a_thread_becomes_its_current_picture(parts: Generation) -> None:
    job = await remixed(parts, origin=Origin.REMIX)
    await parts.outbox.delivered(job, POSTED, way="token")
    assert thread_of(parts) == (f"{job.code}-1", OPENED.code)
    assert parts.events.thread_changed.take() == [THREAD]


@pytest.mark.parametrize(
    "asked", [{"origin": Origin.REMIX, "count": 2}, {"origin": Origin.IMAGINE}], ids=["of-several", "not-a-remix"]
)
async def test_other_pictures_in_a_thread_leave_its_current_one_and_renew_its_head(
    parts: Generation, asked: dict[str, object]
) -> None:
    job = await remixed(parts, **asked)
    await parts.outbox.delivered(job, POSTED, way="token")
    assert thread_of(parts) == (OPENED.code, None)
    assert parts.events.thread_changed.take() == [THREAD]


async def test_a_remix_that_failed_leaves_its_thread_as_it_is(parts: Generation) -> None:
    await parts.database.write(remix_threads.add, OPENED)
    job = await parts.made(await parts.accept(place=IN_THREAD, origin=Origin.REMIX))
    await parts.outbox.delivered(job, POSTED, way="token")
    assert thread_of(parts)[0] == OPENED.code
    assert parts.events.thread_changed.take() == []


async def test_a_remix_in_another_channel_moves_no_thread(parts: Generation) -> None:
    await parts.database.write(remix_threads.add, OPENED)
    job = await parts.made(await parts.accept(origin=Origin.REMIX), 1)
    await parts.outbox.delivered(job, POSTED, way="token")
    assert thread_of(parts)[0] == OPENED.code
    assert parts.events.thread_changed.take() == []
