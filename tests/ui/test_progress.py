"""The cards of jobs that wait: when they move, what they then say, and that they never come after the outcome."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.generation.service import Receipt
from bot.models import Job
from bot.ui.views import jobs as render
from playground.components import walk
from playground.model import Message
from tests.support.posting import BY_TOKEN, Posting, posting_on, running
from tests.support.scripted import PICTURE


@pytest.fixture
async def posting(tmp_path: Path) -> AsyncGenerator[Posting]:
    async with posting_on(tmp_path) as found:
        yield found


@asynccontextmanager
async def cards(posting: Posting) -> AsyncGenerator[None]:
    """Cards that move until the test is done with them."""
    task = asyncio.create_task(posting.cards.run())
    try:
        yield
    finally:
        posting.cards.stop()
        await task


async def waiting(posting: Posting, *, queued: bool = True, count: int = 1) -> tuple[Job, Message]:
    """A job that was just accepted and answered."""
    token, message = await posting.answered()
    job = await posting.accept(token=token, count=count)
    await posting.placed(job, message)
    clock = posting.parts.clock
    posting.parts.events.progress.accepted(job.id, clock.monotonic(), clock.now(), queued=queued)
    return job, message


async def moved(posting: Posting, message: Message, words: str) -> None:
    await posting.discord.until(lambda: words in message.text)


async def still(posting: Posting) -> None:
    """Wait until nothing happens any more."""
    await posting.parts.clock.asleep()
    while posting.cards.edits:
        await asyncio.wait(posting.cards.edits.values())
        await posting.parts.clock.asleep()


async def test_a_card_leaves_the_queue_when_a_service_works_on_it(posting: Posting) -> None:
    job, message = await waiting(posting)
    async with cards(posting):
        posting.parts.clock.advance(20)
        posting.parts.events.progress.ordered(job.id, posting.parts.clock.now())
        await moved(posting, message, f"**Painting** · begun <t:{posting.parts.clock.now() // 1000}:R>")
        assert message.buttons == ["Tell me", "Cancel"]
        assert posting.calls == [BY_TOKEN]


async def test_a_card_moves_at_most_twice(posting: Posting) -> None:
    job, message = await waiting(posting, count=4)
    progress = posting.parts.events.progress
    async with cards(posting):
        posting.parts.clock.advance(6)
        for _ in range(4):
            progress.ordered(job.id, posting.parts.clock.now())
        await moved(posting, message, "**Painting 4 pictures**")
        for _ in range(3):
            progress.arriving(job.id)
        await moved(posting, message, "**Arriving**")
        progress.ordered(job.id, posting.parts.clock.now())
        await still(posting)
    assert posting.calls == [BY_TOKEN, BY_TOKEN]


async def test_a_card_does_not_move_in_the_first_five_seconds(posting: Posting) -> None:
    job, message = await waiting(posting)
    async with cards(posting):
        posting.parts.events.progress.ordered(job.id, posting.parts.clock.now())
        posting.parts.clock.advance(4.9)
        await still(posting)
        assert posting.calls == []
        posting.parts.clock.advance(0.1)
        await moved(posting, message, "**Painting**")


async def test_a_job_that_is_done_within_five_seconds_is_edited_once(posting: Posting) -> None:
    job, message = await waiting(posting)
    async with cards(posting), running(posting):
        posting.parts.events.progress.ordered(job.id, posting.parts.clock.now())
        posting.parts.clock.advance(2)
        await posting.parts.made(job, 1)
        posting.parts.events.ready_to_deliver.notify(job.id)
        await posting.discord.until(lambda: len(message.pictures) == 1)
        posting.parts.clock.advance(60)
        await still(posting)
    assert posting.calls == [BY_TOKEN]


async def test_a_card_that_says_painting_already_is_not_edited_to_say_so(posting: Posting) -> None:
    job, _ = await waiting(posting, queued=False)
    async with cards(posting):
        posting.parts.clock.advance(10)
        posting.parts.events.progress.ordered(job.id, posting.parts.clock.now())
        await still(posting)
    assert posting.calls == []


async def test_the_outcome_waits_for_an_edit_that_is_under_way_and_comes_last(posting: Posting) -> None:
    job, message = await waiting(posting, count=2)
    let_go = asyncio.Event()
    posting.discord.faults.next(*BY_TOKEN, held=let_go)
    async with cards(posting), running(posting):
        posting.parts.clock.advance(10)
        posting.parts.events.progress.arriving(job.id)
        await moved(posting, message, "**Arriving**")
        await posting.parts.made(job, 1, 2)
        posting.parts.events.ready_to_deliver.notify(job.id)
        posting.parts.events.progress.arriving(job.id)
        await posting.parts.clock.asleep(2)
        assert "Cancel" in message.buttons
        let_go.set()
        await posting.discord.until(lambda: len(message.pictures) == 2)
        await still(posting)
    assert "Cancel" not in message.buttons
    assert posting.calls == [BY_TOKEN, BY_TOKEN]


async def test_no_edit_begins_once_the_outcome_is_there(posting: Posting) -> None:
    job, message = await waiting(posting)
    await posting.parts.made(job, 1)
    async with cards(posting):
        posting.parts.clock.advance(10)
        posting.parts.events.progress.ordered(job.id, posting.parts.clock.now())
        await still(posting)
    assert posting.calls == []
    assert "One moment" in message.text


async def test_an_edit_that_fails_is_not_tried_again_and_harms_nothing(posting: Posting) -> None:
    job, message = await waiting(posting)
    posting.discord.faults.next(*BY_TOKEN, status=403)
    async with cards(posting), running(posting):
        posting.parts.clock.advance(10)
        posting.parts.events.progress.ordered(job.id, posting.parts.clock.now())
        await posting.discord.until(lambda: len(posting.calls) == 1)
        await still(posting)
        posting.parts.events.progress.arriving(job.id)
        await still(posting)
        assert posting.calls == [BY_TOKEN]
        await posting.parts.made(job, 1)
        posting.parts.events.ready_to_deliver.notify(job.id)
        await posting.discord.until(lambda: len(message.pictures) == 1)


async def test_nothing_moves_where_no_token_or_only_an_old_one_is_left(posting: Posting) -> None:
    message, clock = await posting.placeholder(), posting.parts.clock
    mention = await posting.accept()
    await posting.placed(mention, message)
    posting.parts.events.progress.accepted(mention.id, clock.monotonic(), clock.now(), queued=True)
    old, _ = await waiting(posting)
    async with cards(posting):
        clock.advance(15 * 60)
        for job in (mention, old):
            posting.parts.events.progress.ordered(job.id, clock.now())
        await still(posting)
    assert posting.calls == []


async def test_nothing_moves_while_discord_refuses_many_calls(posting: Posting) -> None:
    job, _ = await waiting(posting)
    for _ in range(5_000):
        posting.requests.answered(403)
    async with cards(posting):
        posting.parts.clock.advance(10)
        posting.parts.events.progress.ordered(job.id, posting.parts.clock.now())
        await still(posting)
    assert posting.calls == []


async def test_what_the_service_shows_of_the_picture_is_shown_covered(posting: Posting) -> None:
    job, message = await waiting(posting)
    async with cards(posting), running(posting):
        posting.parts.clock.advance(10)
        posting.parts.events.progress.arriving(job.id, PICTURE)
        await moved(posting, message, "**Arriving**")
        assert [one.filename for one in message.pictures] == ["preview.jpg"]
        [item] = [item for one in walk(message.components) if one["type"] == 12 for item in one["items"]]
        assert item["spoiler"] is True
        assert item["description"] == f"Preview: {job.request.prompt}"
        await posting.parts.made(job, 1)
        posting.parts.events.ready_to_deliver.notify(job.id)
        await posting.discord.until(lambda: "Cancel" not in message.buttons)
        assert [one.filename for one in message.pictures] == [f"atelier-{job.code}-1.png"]


@pytest.mark.parametrize(("ahead", "says"), [(0, "**Painting** · begun"), (3, "**In the queue** · number 3 · asked")])
async def test_the_first_card_says_the_place_in_the_queue(posting: Posting, ahead: int, says: str) -> None:
    job = await posting.accept()
    assert says in str(render.waiting(Receipt(job, ahead)).to_components())
