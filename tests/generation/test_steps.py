"""One step of one task: whatever a provider answers, the row says what is true and costs what it may cost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.errors import (
    Ambiguous,
    BadKey,
    GenerationFailed,
    InvalidRequest,
    MalformedAnswer,
    Moderated,
    OutOfFunds,
    ProviderError,
    RateLimited,
    TimedOut,
    Unavailable,
)
from bot.generation.service import bad_source_of
from bot.generation.steps import Ended, Gone, Refused, Running, Step, instruction
from bot.models import PROMPT_MAX, Failure, ImageFormat, ImageRequest, Job, JobState, Reference, TaskState, Variation
from bot.providers.base import Accepted, Finished, NotYet, Ticket
from bot.storage import tasks
from playground.attachments import Upload
from tests.support import photographs
from tests.support.clocks import START
from tests.support.generation import TIMEOUT, WEBHOOK, Generation, generation_on, opened
from tests.support.scripted import ESTIMATE, PICTURE, Held, ScriptedProvider

URL = "https://cdn.discordapp.com/attachments/1/2/boat.png"

MAYBE_BILLED = [
    pytest.param(error, failure, id=failure)
    for error, failure in [
        (Ambiguous(), Failure.AMBIGUOUS),
        (GenerationFailed(), Failure.NOT_MADE),
        (MalformedAnswer(), Failure.MALFORMED),
        (TimedOut(), Failure.TIMED_OUT),
        (RuntimeError("a bug of ours"), Failure.INTERNAL),
    ]
]


async def submit(parts: Generation, job: Job, number: int = 1, provider: str = "a") -> Step:
    return await parts.steps.submit(opened(job, number), provider, job.worker)


async def running(parts: Generation, job: Job, number: int = 1) -> Running:
    """A task that a provider has taken."""
    step = await submit(parts, job, number)
    assert isinstance(step, Running)
    return step


async def state_of(parts: Generation, job: Job, number: int = 1) -> tuple[TaskState, Failure | None, int]:
    task = await parts.task(job, number)
    return task.state, task.failure, task.cost_microusd


# Submitting


async def test_submitting_is_committed_before_the_provider_is_asked(parts: Generation) -> None:
    job = await parts.accept()
    held = Held[Accepted | Finished](Accepted(Ticket("r")))
    parts.providers["a"].on_submit.next(held)
    submitting = asyncio.create_task(submit(parts, job))
    await held.reached.wait()
    assert parts.rows.ask("SELECT state, provider, submitted_at FROM tasks") == [("submitting", "a", START)]
    held.let_go.set()
    await submitting


async def test_a_task_that_was_taken_runs_and_its_row_can_be_asked_about_after_a_restart(parts: Generation) -> None:
    job = await parts.accept()
    ticket = Ticket("remote", "https://poll.example/remote")
    parts.providers["a"].on_submit.next(Accepted(ticket, cost_microusd=41_000, retry_after=2.0, expected=6.0))
    step = await submit(parts, job)
    assert step == Running(opened(job), "a", ticket, START, retry_after=2.0, expected=6.0)
    [task] = await parts.database.read(tasks.active, [job.worker])
    assert (task.state, task.remote_id, task.polling_url) == (TaskState.RUNNING, ticket.remote_id, ticket.polling_url)


@pytest.mark.parametrize(("said", "booked"), [(None, ESTIMATE), (41_000, 41_000), (0, 0)])
async def test_what_a_taken_task_costs_is_what_the_vendor_said_else_the_estimate(
    parts: Generation, said: int | None, booked: int
) -> None:
    job = await parts.accept()
    parts.providers["a"].on_submit.next(Accepted(Ticket("r"), cost_microusd=said))
    await submit(parts, job)
    assert (await parts.task(job)).cost_microusd == booked


async def test_a_vendor_that_answers_with_the_picture_ends_the_task_at_once(parts: Generation) -> None:
    job = await parts.accept()
    parts.providers["a"].on_submit.next(Finished(data=PICTURE, cost_microusd=39_000))
    assert await submit(parts, job) == Ended(None)
    assert await state_of(parts, job) == (TaskState.MADE, None, 39_000)


@pytest.mark.parametrize(
    ("error", "tried", "rest"),
    [
        (Unavailable(), (), True),
        (RateLimited(), (), True),
        (BadKey(), ("a",), True),
        (OutOfFunds(), ("a",), True),
        (InvalidRequest(), ("a",), False),
    ],
    ids=lambda one: type(one).__name__ if isinstance(one, ProviderError) else None,
)
async def test_a_task_that_was_certainly_not_taken_is_queued_again(
    parts: Generation, error: ProviderError, tried: tuple[str, ...], rest: bool
) -> None:
    job = await parts.accept()
    parts.providers["a"].on_submit.next(error)
    step = await submit(parts, job)
    assert isinstance(step, Refused)
    assert (step.failure, step.task.tried, step.rest) == (error.failure, tried, rest)
    assert parts.rows.ask("SELECT state, tried, provider, submitted_at FROM tasks") == [
        ("queued", ",".join(tried), None, None)
    ]


async def test_a_rate_limits_pause_is_handed_on(parts: Generation) -> None:
    parts.providers["a"].on_submit.next(RateLimited(retry_after=7.0))
    step = await submit(parts, await parts.accept())
    assert isinstance(step, Refused)
    assert step.retry_after == 7.0


@pytest.mark.parametrize("error", [BadKey(), OutOfFunds(), InvalidRequest()], ids=lambda one: type(one).__name__)
async def test_a_refusal_by_the_last_provider_ends_the_task_and_costs_nothing(
    parts: Generation, error: ProviderError
) -> None:
    job = await parts.accept(providers=["a"])
    parts.providers["a"].on_submit.next(error)
    assert await submit(parts, job) == Ended(error.failure)
    assert await state_of(parts, job) == (TaskState.FAILED, error.failure, 0)


@pytest.mark.parametrize(("error", "failure"), MAYBE_BILLED)
async def test_a_task_that_may_have_been_taken_ends_and_its_estimate_stays_booked(
    parts: Generation, error: Exception, failure: Failure
) -> None:
    job = await parts.accept()
    parts.providers["a"].on_submit.next(error)
    assert await submit(parts, job) == Ended(failure)
    assert await state_of(parts, job) == (TaskState.FAILED, failure, ESTIMATE)


async def test_content_that_is_refused_costs_nothing(parts: Generation) -> None:
    job = await parts.accept()
    parts.providers["a"].on_submit.next(Moderated())
    assert await submit(parts, job) == Ended(Failure.MODERATED)
    assert await state_of(parts, job) == (TaskState.FAILED, Failure.MODERATED, 0)


async def test_content_that_is_refused_drops_the_jobs_tasks_that_nobody_has_seen(parts: Generation) -> None:
    job = await parts.accept(count=4)
    await parts.taken(job, 1)
    parts.providers["a"].on_submit.next(Moderated())
    step = await submit(parts, job, 2)
    assert step == Ended(Failure.MODERATED, dropped=(job.tasks[2].id, job.tasks[3].id))
    seen = [(task.state, task.cost_microusd) for task in (await parts.job(job)).tasks]
    assert seen == [(TaskState.RUNNING, ESTIMATE), *[(TaskState.FAILED, 0)] * 3]


async def test_a_job_waits_for_its_running_task_after_its_others_were_dropped(parts: Generation) -> None:
    job = await parts.accept(count=2)
    await parts.taken(job, 1)
    parts.providers["a"].on_submit.next(Moderated())
    await submit(parts, job, 2)
    assert (await parts.job(job)).state is JobState.RUNNING


async def test_a_task_cancelled_before_its_turn_reaches_no_provider(parts: Generation) -> None:
    job = await parts.accept()
    await parts.cancel(job)
    assert await submit(parts, job) == Gone()
    assert parts.providers["a"].submits == []


@pytest.mark.parametrize(
    "answer",
    [Accepted(Ticket("r")), Finished(data=PICTURE), Unavailable(), BadKey(), Ambiguous(), Moderated(), RuntimeError()],
    ids=lambda one: type(one).__name__,
)
async def test_a_task_cancelled_while_a_provider_is_asked_stays_cancelled(
    parts: Generation, answer: Accepted | Finished | Exception
) -> None:
    job = await parts.accept(providers=["a"])
    held = Held[Accepted | Finished](answer)
    parts.providers["a"].on_submit.next(held)
    submitting = asyncio.create_task(submit(parts, job))
    await held.reached.wait()
    await parts.cancel(job)
    held.let_go.set()
    step = await submitting
    if isinstance(answer, Accepted):  # it takes a slot over there
        assert isinstance(step, Running)
        assert step.cancelled
    else:
        assert step == Gone()
    unbilled = isinstance(answer, Unavailable | BadKey | Moderated)
    assert await state_of(parts, job) == (TaskState.CANCELLED, None, 0 if unbilled else ESTIMATE)


# What is sent


@pytest.mark.parametrize("vary", Variation)
def test_a_variation_is_asked_for_in_our_words_before_the_members_own(vary: Variation) -> None:
    asked = instruction(ImageRequest("a red kite", vary=vary))
    assert asked.endswith(" a red kite")
    assert f"{'bold' if vary is Variation.STRONG else 'subtle'} variation" in asked


def test_a_variation_of_the_longest_prompt_is_no_longer_than_one() -> None:
    assert len(instruction(ImageRequest("x" * PROMPT_MAX, vary=Variation.SUBTLE))) == PROMPT_MAX


async def test_each_task_is_sent_with_its_own_seed(parts: Generation) -> None:
    job = await parts.accept(count=2)
    for number in (1, 2):
        await submit(parts, job, number)
    assert parts.providers["a"].seeds == [job.seed, job.seed + 1]


async def test_only_a_vendor_that_calls_back_is_told_where(tmp_path: Path) -> None:
    asking, calling = ScriptedProvider("asking"), ScriptedProvider("calling", webhooks=True)
    async with generation_on(tmp_path, asking, calling) as parts:
        for provider in (asking, calling):
            await submit(parts, await parts.accept(), provider=provider.name)
    assert [one.submits[0].webhook for one in (asking, calling)] == [None, WEBHOOK]


async def test_a_picture_to_start_from_makes_the_vendors_stricter_tolerance_hold(parts: Generation) -> None:
    parts.files.kept[URL] = PICTURE
    for references in ((), (Reference(URL),)):
        await submit(parts, await parts.accept(references=references))
    offer = parts.providers["a"].capabilities
    plain, edit = (request.tolerance for request in parts.providers["a"].submits)
    assert (plain in offer.text_tolerance, edit in offer.edit_tolerance) == (True, True)
    assert edit <= plain


# Pictures to start from


async def test_sources_are_brought_before_the_task_is_claimed(parts: Generation) -> None:
    parts.files.kept[URL] = PICTURE
    parts.files.open.clear()
    job = await parts.accept(references=(Reference(URL),))
    submitting = asyncio.create_task(submit(parts, job))
    await parts.files.asked.wait()
    assert (await parts.task(job)).state is TaskState.QUEUED
    parts.files.open.set()
    assert isinstance(await submitting, Running)
    assert [one.data for one in parts.providers["a"].submits[0].references] == [PICTURE]


@pytest.mark.parametrize(
    ("make", "failure"),
    [
        (None, Failure.SOURCE_GONE),
        (photographs.text, Failure.SOURCE_UNREADABLE),
        (lambda: photographs.moving("GIF"), Failure.SOURCE_ANIMATED),
        (photographs.bomb, Failure.SOURCE_TOO_LARGE),
    ],
    ids=["deleted", "text", "moving", "bomb"],
)
async def test_a_source_that_cannot_be_used_costs_nothing_and_reaches_no_provider(
    parts: Generation, make: Callable[[], Upload] | None, failure: Failure
) -> None:
    if make is not None:
        parts.files.kept[URL] = make().data
    job = await parts.accept(references=(Reference(URL),))
    assert await submit(parts, job) == Ended(failure)
    assert await state_of(parts, job) == (TaskState.FAILED, failure, 0)
    assert (await parts.task(job)).bad_source == 1
    assert parts.providers["a"].submits == []


@pytest.mark.parametrize("number", [1, 2, 3])
async def test_it_is_kept_which_of_several_sources_cannot_be_used(parts: Generation, number: int) -> None:
    parts.files.kept[URL] = PICTURE
    references = [Reference(URL)] * 3
    references[number - 1] = Reference(URL + "?bad")
    parts.files.kept[URL + "?bad"] = photographs.bomb().data
    job = await parts.accept(references=tuple(references), count=2)
    for task in (1, 2):
        assert await submit(parts, job, task) == Ended(Failure.SOURCE_TOO_LARGE)
    assert [one.bad_source for one in (await parts.job(job)).tasks] == [number, number]
    assert bad_source_of(await parts.job(job)) == number


async def test_of_a_single_source_nobody_has_to_be_told_which_it_is(parts: Generation) -> None:
    parts.files.kept[URL] = photographs.bomb().data
    job = await parts.accept(references=(Reference(URL),))
    await submit(parts, job)
    assert bad_source_of(await parts.job(job)) is None


async def test_a_job_cancelled_while_its_sources_are_brought_reaches_no_provider(parts: Generation) -> None:
    parts.files.kept[URL] = PICTURE
    parts.files.open.clear()
    job = await parts.accept(references=(Reference(URL),))
    submitting = asyncio.create_task(submit(parts, job))
    await parts.files.asked.wait()
    await parts.cancel(job)
    parts.files.open.set()
    assert await submitting == Gone()
    assert parts.providers["a"].submits == []


async def test_a_cancelled_jobs_sources_are_not_asked_for(parts: Generation) -> None:
    job = await parts.accept(references=(Reference(URL),))
    await parts.cancel(job)
    assert await submit(parts, job) == Gone()
    assert parts.files.fetched == []


# Asking how it stands


async def test_a_task_that_still_runs_says_how_far_it_is(parts: Generation) -> None:
    step = await running(parts, await parts.accept())
    parts.providers["a"].on_poll.next(NotYet(progress=0.4, retry_after=3.0))
    again = await parts.steps.poll(step)
    assert isinstance(again, Running)
    assert (again.progress, again.retry_after) == (0.4, 3.0)


@pytest.mark.parametrize(
    ("error", "pause"),
    [
        (Unavailable(), 1.0),
        (RateLimited(), 1.0),
        (RateLimited(retry_after=5.0), 5.0),
        (BadKey(), 1.0),
        (OutOfFunds(), 1.0),
    ],
    ids=["down", "rate-limited", "rate-limited-with-a-pause", "key", "funds"],
)
async def test_a_question_that_failed_is_asked_again_after_a_pause(
    parts: Generation, error: ProviderError, pause: float
) -> None:
    job = await parts.accept()
    step = await running(parts, job)
    parts.providers["a"].on_poll.next(error)
    again = await parts.steps.poll(step)
    assert isinstance(again, Running)
    assert again.retry_after == pause
    assert (await parts.task(job)).state is TaskState.RUNNING


@pytest.mark.parametrize(
    ("error", "failure"), [*MAYBE_BILLED, pytest.param(InvalidRequest(), Failure.INVALID_REQUEST, id="forgotten")]
)
async def test_a_task_that_a_vendor_gave_up_ends_and_its_estimate_stays_booked(
    parts: Generation, error: Exception, failure: Failure
) -> None:
    job = await parts.accept()
    step = await running(parts, job)
    parts.providers["a"].on_poll.next(error)
    assert await parts.steps.poll(step) == Ended(failure)
    assert await state_of(parts, job) == (TaskState.FAILED, failure, ESTIMATE)


async def test_content_that_is_refused_later_drops_what_nobody_has_seen(parts: Generation) -> None:
    job = await parts.accept(count=2)
    step = await running(parts, job)
    parts.providers["a"].on_poll.next(Moderated())
    assert await parts.steps.poll(step) == Ended(Failure.MODERATED, dropped=(job.tasks[1].id,))
    assert (await parts.job(job)).state is JobState.DELIVERING


@pytest.mark.parametrize("answer", [NotYet(), Unavailable()], ids=["runs", "down"])
async def test_a_task_that_takes_longer_than_is_waited_for_ends(
    parts: Generation, answer: NotYet | ProviderError
) -> None:
    job = await parts.accept()
    step = await running(parts, job)
    parts.clock.advance(TIMEOUT)
    parts.providers["a"].on_poll.next(answer)
    assert await parts.steps.poll(step) == Ended(Failure.TIMED_OUT)
    assert await state_of(parts, job) == (TaskState.FAILED, Failure.TIMED_OUT, ESTIMATE)


async def test_a_picture_that_comes_in_the_last_moment_is_taken(parts: Generation) -> None:
    step = await running(parts, await parts.accept())
    parts.clock.advance(TIMEOUT)
    assert await parts.steps.poll(step) == Ended(None)


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize(
    ("answer", "cost"),
    [(Finished(data=PICTURE, cost_microusd=123), 123), (GenerationFailed(), ESTIMATE), (Moderated(), 0)],
    ids=["finished", "failed", "moderated"],
)
async def test_a_task_cancelled_while_it_ran_stays_cancelled_and_costs_what_the_vendor_says(
    parts: Generation, answer: Finished | ProviderError, cost: int, known: bool
) -> None:
    job = await parts.accept()
    step = await running(parts, job)
    await parts.cancel(job)
    parts.providers["a"].on_poll.next(answer)
    assert await parts.steps.poll(replace(step, cancelled=known)) == Gone()
    assert await state_of(parts, job) == (TaskState.CANCELLED, None, cost)
    assert parts.rows.count("kept_images") == 0
    assert bool(parts.providers["a"].fetches) == (isinstance(answer, Finished) and not known)


async def test_a_cancelled_task_that_never_ends_is_given_up_in_time(parts: Generation) -> None:
    step = replace(await running(parts, await parts.accept()), cancelled=True)
    parts.providers["a"].on_poll.next(NotYet(), NotYet())
    assert isinstance(await parts.steps.poll(step), Running)
    parts.clock.advance(TIMEOUT)
    assert not isinstance(await parts.steps.poll(step), Running)


# The picture


async def made(parts: Generation, *, count: int = 1, cost: int | None = None, **asked: object) -> tuple[Job, Step]:
    """A job whose first picture is finished at the vendor; what fetching it led to."""
    job = await parts.accept(count=count, **asked)
    step = await running(parts, job)
    parts.providers["a"].on_poll.next(Finished(url="https://delivery.example/1.png", cost_microusd=cost))
    return job, await parts.steps.poll(step)


async def test_a_finished_picture_is_kept_as_it_came_with_what_decoding_says_of_it(parts: Generation) -> None:
    data = photographs.encoded(photographs.scene(96, 64), "PNG")
    parts.providers["a"].on_fetch.next(data)
    job, step = await made(parts, format=ImageFormat.JPEG)
    assert step == Ended(None)
    [picture] = (await parts.job(job)).pictures
    assert (picture.code, picture.number, picture.seed, picture.provider) == (f"{job.code}-1", 1, job.seed, "a")
    assert (picture.width, picture.height, picture.format, picture.size) == (96, 64, ImageFormat.PNG, len(data))
    pending = await parts.outbox.pending(job.id)
    assert pending is not None
    assert pending.images == {1: data}


async def test_a_job_waits_for_delivery_when_its_last_task_has_ended(parts: Generation) -> None:
    job = await parts.accept(count=2)
    states: list[JobState] = []
    for number in (1, 2):
        await parts.steps.poll(await running(parts, job, number))
        states.append((await parts.job(job)).state)
    assert states == [JobState.RUNNING, JobState.DELIVERING]


async def test_a_picture_that_cannot_be_fetched_twice_is_fetched_at_the_third_try(parts: Generation) -> None:
    parts.providers["a"].on_fetch.next(Unavailable(), Unavailable())
    _, step = await made(parts)
    assert step == Ended(None)
    assert len(parts.providers["a"].fetches) == 3


async def test_a_picture_that_cannot_be_fetched_thrice_is_lost_and_paid(parts: Generation) -> None:
    parts.providers["a"].on_fetch.next(*[Unavailable()] * 3)
    job, step = await made(parts, cost=39_000)
    assert step == Ended(Failure.UNAVAILABLE)
    assert await state_of(parts, job) == (TaskState.FAILED, Failure.UNAVAILABLE, 39_000)


async def test_an_address_that_makes_no_sense_is_not_tried_again(parts: Generation) -> None:
    parts.providers["a"].on_fetch.next(MalformedAnswer())
    _, step = await made(parts)
    assert step == Ended(Failure.MALFORMED)
    assert len(parts.providers["a"].fetches) == 1


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html>not here</html>",
        PICTURE[: len(PICTURE) // 2],
        photographs.moving("GIF").data,
        photographs.bomb().data,
    ],
    ids=["nothing", "a-page", "half-a-picture", "a-moving-one", "a-bomb"],
)
async def test_a_picture_that_is_none_ends_the_task_and_is_paid(parts: Generation, data: bytes) -> None:
    parts.providers["a"].on_fetch.next(data)
    job, step = await made(parts)
    assert step == Ended(Failure.MALFORMED)
    assert await state_of(parts, job) == (TaskState.FAILED, Failure.MALFORMED, ESTIMATE)


async def test_a_task_that_no_provider_takes_is_given_up_and_costs_nothing(parts: Generation) -> None:
    job = await parts.accept()
    assert await parts.steps.give_up(opened(job), Failure.UNAVAILABLE) == Ended(Failure.UNAVAILABLE)
    assert await state_of(parts, job) == (TaskState.FAILED, Failure.UNAVAILABLE, 0)


async def test_a_task_that_may_have_been_sent_is_given_up_at_its_estimate(parts: Generation) -> None:
    """Its rows could not be written while it was sent: nobody here knows whether the vendor bills it."""
    job = await parts.accept()
    await parts.sent(job)
    await parts.steps.give_up(opened(job), Failure.INTERNAL)
    assert await state_of(parts, job) == (TaskState.FAILED, Failure.INTERNAL, ESTIMATE)
