"""Delivery by itself: which way a job's message takes, with which files, and when a way that failed is tried again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.clock import DAY_MS
from bot.models import Failure, Job, JobState
from bot.storage import jobs
from tests.support.bot import until
from tests.support.posting import BY_EDIT, BY_MESSAGE, BY_SEARCH, BY_TOKEN, DOWN, Posting, posting_on, running
from tests.support.scripted import PICTURE
from tests.support.tiny_bot import words


@pytest.fixture
async def posting(tmp_path: Path) -> AsyncGenerator[Posting]:
    async with posting_on(tmp_path) as found:
        yield found


# Ways


async def test_a_young_token_is_the_first_way(posting: Posting) -> None:
    token, message = await posting.answered()
    job = await posting.accept(token=token)
    await posting.placed(job, message)
    await posting.once(await posting.parts.made(job, 1))
    assert posting.calls == [BY_TOKEN]
    assert len(message.pictures) == posting.taken("token") == 1


async def test_a_token_older_than_fourteen_minutes_is_not_tried(posting: Posting) -> None:
    token, message = await posting.answered()
    job = await posting.accept(token=token)
    await posting.placed(job, message)
    posting.parts.clock.advance(14 * 60)
    await posting.once(await posting.parts.made(job, 1))
    assert posting.calls == [BY_EDIT]
    assert len(message.pictures) == posting.taken("edit") == 1


async def test_a_job_without_a_token_is_edited_through_its_channel(posting: Posting) -> None:
    message, job = await posting.placeholder(), await posting.accept()
    await posting.placed(job, message)
    await posting.once(await posting.parts.made(job, 1))
    assert posting.calls == [BY_EDIT]


async def test_every_way_is_tried_once_and_in_its_order(posting: Posting) -> None:
    token, message = await posting.answered()
    job = await posting.accept(token=token)
    await posting.placed(job, message)
    for way in (BY_TOKEN, BY_EDIT, BY_MESSAGE):
        posting.discord.faults.next(*way, status=403, code=50001)
    await posting.once(await posting.parts.made(job, 1))
    assert posting.calls == [BY_TOKEN, BY_EDIT, BY_MESSAGE, ("POST", "/users/@me/channels"), BY_MESSAGE]
    assert posting.taken("direct_message") == 1


async def test_a_failure_is_worth_an_edit_but_no_new_message(posting: Posting) -> None:
    message, job = await posting.placeholder(), await posting.accept()
    await posting.placed(job, message)
    posting.discord.faults.next(*BY_EDIT, status=404, code=10008)
    await posting.once(await posting.parts.made(job))
    assert posting.calls == [BY_EDIT]
    assert (await posting.parts.job(job)).failure is Failure.UNDELIVERABLE


async def test_a_job_that_waits_for_nothing_is_not_posted(posting: Posting) -> None:
    message, job = await posting.placeholder(), await posting.accept()
    await posting.placed(job, message)
    await posting.once(job)
    assert posting.calls == []


async def test_a_job_told_of_twice_is_posted_once(posting: Posting) -> None:
    message, job = await posting.placeholder(), await posting.accept()
    await posting.placed(job, message)
    await posting.once(await posting.parts.made(job, 1), times=2)
    assert posting.calls == [BY_EDIT]


# Before its placeholder


async def test_a_picture_faster_than_its_placeholder_waits_for_it(posting: Posting) -> None:
    token, message = await posting.answered()
    job = await posting.parts.made(await posting.accept(token=token), 1)
    async with running(posting):
        posting.parts.events.ready_to_deliver.notify(job.id)
        await posting.parts.clock.planned()
        assert posting.calls == []
        await posting.placed(job, message)
        posting.parts.events.ready_to_deliver.notify(job.id)
        await posting.discord.until(lambda: message.pictures)


async def test_a_placeholder_that_never_comes_is_waited_for_for_ten_seconds(posting: Posting) -> None:
    job = await posting.parts.made(await posting.accept(), 1)
    async with running(posting):
        posting.parts.events.ready_to_deliver.notify(job.id)
        assert await posting.parts.clock.planned() == job.created_at + 10_000
        posting.parts.clock.advance(10)
        await posting.discord.until(lambda: any(one.pictures for one in posting.discord.messages()))
    assert posting.calls == [BY_SEARCH, BY_MESSAGE]


async def test_a_clock_that_is_set_forward_lets_no_placeholder_be_overtaken(posting: Posting) -> None:
    """It would be posted beside its placeholder, which is still on its way."""
    job = await posting.parts.made(await posting.accept(), 1)
    posting.parts.events.accepted[job.id] = posting.parts.clock.monotonic()
    posting.parts.clock.set_by = 20 * 60_000
    async with running(posting):
        posting.parts.events.ready_to_deliver.notify(job.id)
        assert await posting.parts.clock.planned() == job.created_at + 10_000
    assert posting.calls == []


# Files


async def test_pictures_are_posted_as_they_came_each_under_its_number(posting: Posting) -> None:
    message, job = await posting.placeholder(), await posting.accept(count=3)
    await posting.placed(job, message)
    await posting.once(await posting.parts.made(job, 1, 3))
    assert [(one.filename, one.data) for one in message.pictures] == [
        (f"atelier-{job.code}-1.png", PICTURE),
        (f"atelier-{job.code}-3.png", PICTURE),
    ]


async def test_where_each_picture_stands_is_remembered_by_its_number(posting: Posting) -> None:
    message, job = await posting.placeholder(), await posting.accept(count=3)
    await posting.placed(job, message)
    await posting.once(await posting.parts.made(job, 1, 3))
    kept = {one.number: one.attachment_id for one in (await posting.parts.job(job)).pictures}
    assert kept == {1: message.pictures[0].id, 3: message.pictures[1].id}


async def test_a_failure_takes_its_placeholders_place_without_any_file(posting: Posting) -> None:
    message, job = await posting.placeholder(), await posting.accept()
    await posting.placed(job, message)
    await posting.once(await posting.parts.made(job))
    assert (message.files, "Cancel" in message.buttons) == ([], False)
    assert await posting.state(job) is JobState.FAILED


async def test_a_small_picture_that_is_called_too_large_is_not_made_smaller(posting: Posting) -> None:
    """Whatever that place means, it is not the picture's size."""
    message, job = await posting.placeholder(), await posting.accept()
    await posting.placed(job, message)
    posting.discord.faults.next(*BY_EDIT, status=413, code=40005)
    await posting.once(await posting.parts.made(job, 1))
    assert posting.calls == [BY_EDIT]
    assert await posting.state(job) is JobState.DELIVERING


# A placeholder that was shown, and never noted


@pytest.mark.parametrize("outcome", ["made", "failed", "cancelled"])
async def test_a_placeholder_that_nobody_noted_is_found_by_its_code(posting: Posting, outcome: str) -> None:
    """Killed between Discord's answer and our commit; the interaction's token is too old by now."""
    job = await posting.accept()
    message = await posting.waiting(job)
    await posting.waiting(replace(job, code="abcde"))
    posting.parts.clock.advance(60)
    await posting.once(await posting.end(job, outcome))
    assert "Cancel" not in message.buttons
    assert len(message.pictures) == (outcome == "made")
    assert posting.calls == [BY_SEARCH, BY_EDIT]
    assert (await posting.parts.job(job)).message_id == message.id
    assert posting.taken("search") == 1


async def test_a_message_that_was_edited_already_is_found_by_what_asked_for_it(posting: Posting) -> None:
    """Killed twice: after Discord had shown the placeholder, and after it had shown the picture."""
    interaction, message = await posting.answered()
    interaction.id = posting.discord.world.snowflakes.next() - (1 << 22)
    job = await posting.accept(token=interaction, event_id=interaction.id)
    made = await posting.parts.made(job, 1)
    await posting.parts.database.write(
        lambda one: one.exec_driver_sql("UPDATE reply_tokens SET issued_at = 0").rowcount
    )
    channel = posting.client.get_partial_messageable(posting.discord.channel.id)
    await channel.get_partial_message(message.id).edit(view=words("the picture", button="Reroll"))
    posting.discord.calls.clear()
    posting.parts.clock.advance(60)
    await posting.once(made)
    assert posting.discord.messages() == [message]
    assert len(message.pictures) == 1
    assert posting.calls == [BY_SEARCH, BY_EDIT]


async def test_a_placeholder_is_looked_for_by_discords_clock_and_not_by_ours(posting: Posting) -> None:
    """Ours is twenty minutes ahead: reckoned by it, the placeholder came before its job."""
    asked = posting.discord.world.snowflakes.next()
    posting.parts.clock.advance(1200)
    job = await posting.accept(event_id=asked)
    posting.parts.clock.advance(-1200)
    message = await posting.waiting(job)
    posting.parts.clock.advance(1260)
    await posting.once(await posting.parts.made(job, 1))
    assert len(message.pictures) == 1
    assert posting.calls == [BY_SEARCH, BY_EDIT]


@pytest.mark.parametrize("outcome", ["made", "failed", "cancelled"])
async def test_where_a_placeholder_cannot_be_looked_for_the_outcome_is_a_message_of_its_own(
    posting: Posting, outcome: str
) -> None:
    job = await posting.accept()
    await posting.waiting(job)
    posting.discord.revoke_permission(posting.discord.channel, "read_message_history")
    posting.parts.clock.advance(60)
    await posting.once(await posting.end(job, outcome))
    assert posting.calls == [BY_SEARCH, BY_MESSAGE]
    assert len(posting.discord.messages()[-1].pictures) == (outcome == "made")


async def test_a_failure_whose_placeholder_was_deleted_is_not_worth_a_message(posting: Posting) -> None:
    message, job = await posting.placeholder(), await posting.accept()
    await posting.placed(job, message)
    await posting.parts.database.write(jobs.forget_message, job.id)
    await posting.once(await posting.end(job, "failed"))
    assert posting.calls == []
    assert await posting.state(job) is JobState.FAILED


# Again


async def test_a_way_that_fails_is_tried_again_after_growing_pauses(posting: Posting) -> None:
    clock = posting.parts.clock
    message, job = await posting.placeholder(), await posting.accept()
    await posting.placed(job, message)
    job = await posting.parts.made(job, 1)
    posting.discord.faults.next(*BY_EDIT, **DOWN, times=4)
    pauses: list[float] = []
    async with running(posting):
        posting.parts.events.ready_to_deliver.notify(job.id)
        for _ in range(4):
            due = await clock.planned()
            pauses.append((due - clock.time) / 1000)
            clock.time = due
        await posting.discord.until(lambda: message.pictures)
    assert all(longest / 2 <= pause <= longest for pause, longest in zip(pauses, (1, 2, 4, 8), strict=True))


async def test_pauses_begin_anew_with_the_next_trouble_of_another_job(posting: Posting) -> None:
    clock = posting.parts.clock
    async with running(posting):
        for _ in range(2):
            message, job = await posting.placeholder(), await posting.accept()
            await posting.placed(job, message)
            job = await posting.parts.made(job, 1)
            posting.discord.faults.next(*BY_EDIT, **DOWN)
            posting.parts.events.ready_to_deliver.notify(job.id)
            due = await clock.planned()
            assert due - clock.time <= 1_000
            clock.time = due
            await posting.discord.until(lambda message=message: message.pictures)


async def test_what_cannot_be_posted_for_a_day_costs_nothing(posting: Posting) -> None:
    message, job = await posting.placeholder(), await posting.accept()
    await posting.placed(job, message)
    job = await posting.parts.made(job, 1)
    posting.parts.clock.time = job.created_at + DAY_MS + 1
    posting.discord.faults.next(*BY_EDIT, **DOWN)
    await posting.once(job)
    assert (await posting.parts.job(job)).failure is Failure.UNDELIVERABLE
    assert posting.parts.booked() == [("reserve", 1), ("release", 1)]


async def test_a_job_given_up_after_a_day_is_not_forgotten_where_that_cannot_be_written(posting: Posting) -> None:
    message, job = await posting.placeholder(), await posting.accept()
    await posting.placed(job, message)
    job = await posting.parts.made(job, 1)
    posting.parts.clock.time = job.created_at + DAY_MS + 1
    posting.discord.faults.next(*BY_EDIT, **DOWN, times=2)
    await posting.rename("ledger", "mislaid")
    async with running(posting):
        with capture_logs():
            posting.parts.events.ready_to_deliver.notify(job.id)
            due = await posting.parts.clock.planned()
        await posting.rename("mislaid", "ledger")
        posting.parts.clock.time = due
        await until(lambda: posting.state(job), JobState.FAILED)
    assert posting.parts.booked() == [("reserve", 1), ("release", 1)]


async def test_a_job_that_could_not_be_read_is_not_forgotten(posting: Posting) -> None:
    message, job = await posting.placeholder(), await posting.accept()
    await posting.placed(job, message)
    job = await posting.parts.made(job, 1)
    await posting.rename("kept_images", "mislaid")
    async with running(posting):
        with capture_logs():
            posting.parts.events.ready_to_deliver.notify(job.id)
            due = await posting.parts.clock.planned()
        await posting.rename("mislaid", "kept_images")
        posting.parts.clock.time = due
        await posting.discord.until(lambda: message.pictures)


async def test_other_jobs_are_posted_while_one_waits_for_its_next_try(posting: Posting) -> None:
    messages, clock = [await posting.placeholder() for _ in range(2)], posting.parts.clock
    made: list[Job] = []
    for message in messages:
        job = await posting.accept()
        await posting.placed(job, message)
        made.append(await posting.parts.made(job, 1))
    posting.discord.faults.next(*BY_EDIT, **DOWN)
    async with running(posting):
        posting.parts.events.ready_to_deliver.notify(made[0].id)
        await clock.planned()
        posting.parts.events.ready_to_deliver.notify(made[1].id)
        await posting.discord.until(lambda: messages[1].pictures)
        assert messages[0].pictures == []


async def test_a_try_comes_when_it_was_planned_though_the_clock_was_set_back(posting: Posting) -> None:
    clock = posting.parts.clock
    message, job = await posting.placeholder(), await posting.accept()
    await posting.placed(job, message)
    job = await posting.parts.made(job, 1)
    posting.discord.faults.next(*BY_EDIT, **DOWN)
    async with running(posting):
        posting.parts.events.ready_to_deliver.notify(job.id)
        due = await clock.planned()
        clock.set_by = -20 * 60 * 1000
        clock.time = due
        await posting.discord.until(lambda: message.pictures)


# The end of a process


async def test_stopping_lets_what_is_being_posted_end(posting: Posting) -> None:
    message, job = await posting.placeholder(), await posting.accept()
    await posting.placed(job, message)
    job = await posting.parts.made(job, 1)
    async with running(posting):
        posting.discord.faults.next(*BY_EDIT, stall=0.2)
        posting.parts.events.ready_to_deliver.notify(job.id)
        await posting.discord.until(lambda: not posting.discord.faults.script)
    assert await posting.state(job) is JobState.DONE


async def test_stopping_begins_nothing_more(posting: Posting) -> None:
    message, job = await posting.placeholder(), await posting.accept()
    await posting.placed(job, message)
    job = await posting.parts.made(job, 1)
    async with running(posting) as delivery:
        await posting.parts.clock.asleep()
        stopping = asyncio.create_task(delivery.stop(10))
        posting.parts.events.ready_to_deliver.notify(job.id)
        await stopping
    assert posting.calls == []
    assert await posting.state(job) is JobState.DELIVERING
