"""`Tell me`: one mention of who asked for it, and of nobody else, when a picture that took long is ready."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from bot.models import Job
from bot.storage import Connection, wanted_mentions
from bot.storage import posts as post_rows
from playground.model import Message
from tests.support.posting import BY_EDIT, BY_MESSAGE, BY_TOKEN, Posting, posting_on

FOLLOW_UP = ("POST", "/webhooks/{application_id}/{token}")


@pytest.fixture
async def posting(tmp_path: Path) -> AsyncGenerator[Posting]:
    async with posting_on(tmp_path) as found:
        yield found


async def wanted(posting: Posting, *, seconds: float) -> tuple[Job, Message]:
    """A job whose requester wants to be mentioned, and that is made after so many seconds."""
    token, message = await posting.answered()
    job = await posting.accept(token=token)
    await posting.placed(job, message)
    await posting.parts.database.write(lambda one: wanted_mentions.add(one, job.id))
    await posting.parts.database.write(lambda one: wanted_mentions.add(one, job.id))  # a second click
    posting.parts.clock.advance(seconds)
    return await posting.parts.made(job, 1), message


def still_wanted(connection: Connection) -> int:
    return len(connection.exec_driver_sql("SELECT * FROM wanted_mentions").all())


async def test_who_asked_is_mentioned_once_and_nobody_else_is(posting: Posting) -> None:
    job, message = await wanted(posting, seconds=61)
    await posting.once(job)
    assert posting.calls == [BY_TOKEN, FOLLOW_UP]
    alice = posting.discord.alice
    told = posting.discord.messages()[-1]
    where = f"{posting.discord.guild.id}/{posting.discord.channel.id}/{message.id}"
    assert told.text == f"<@{alice.id}>, your picture is ready: https://discord.com/channels/{where}"
    assert posting.discord.calls[-1].body["allowed_mentions"] == {"parse": [], "users": [alice.id]}
    assert await posting.parts.database.read(still_wanted) == 0
    assert await posting.parts.database.read(post_rows.exists, told.id), "an erasure takes it along"


async def test_a_picture_of_less_than_a_minute_mentions_nobody(posting: Posting) -> None:
    job, _ = await wanted(posting, seconds=59)
    await posting.once(job)
    assert posting.calls == [BY_TOKEN]
    assert await posting.parts.database.read(still_wanted) == 0


async def test_without_a_token_the_mention_stands_in_the_channel(posting: Posting) -> None:
    job, _ = await wanted(posting, seconds=15 * 60)
    await posting.once(job)
    assert posting.calls == [BY_EDIT, BY_MESSAGE]


async def test_a_mention_that_discord_refuses_is_not_tried_again(posting: Posting) -> None:
    job, _ = await wanted(posting, seconds=61)
    posting.discord.faults.next(*FOLLOW_UP, status=403, code=50001)
    await posting.once(job)
    assert posting.calls == [BY_TOKEN, FOLLOW_UP]
