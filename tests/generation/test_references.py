"""Pictures to start from: how many bytes of them all jobs together hold while they are sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.errors import SourceGone
from bot.generation.references import ReferenceImages
from bot.models import Reference
from tests.support.generation import Generation, generation_on
from tests.support.photographs import png

URL = "https://cdn.discordapp.com/attachments/1/2/boat.png"
BOAT = png().data


@pytest.fixture
async def parts(tmp_path: Path) -> AsyncIterator[Generation]:
    async with generation_on(tmp_path) as parts:
        parts.files.kept[URL] = BOAT
        yield parts


def references_of(parts: Generation, pictures: int) -> ReferenceImages:
    """With room for so many pictures."""
    room = pictures * len(BOAT)
    return ReferenceImages(parts.files.fetch, parts.files.refresh, parts.processor, parts.clock, room)


async def test_all_jobs_together_hold_no_more_than_there_is_room_for(parts: Generation) -> None:
    references, held, most = references_of(parts, 5), 0, 0
    jobs = [await parts.accept(references=(Reference(URL),) * 2) for _ in range(7)]

    async def send(job) -> None:
        nonlocal held, most
        async with references.of(job) as images:
            held += len(images)
            most = max(most, held)
            assert [one.data for one in images] == [BOAT, BOAT]
            await references.addresses([])  # something is awaited while they are sent
            await asyncio.sleep(0)
            held -= len(images)

    async with asyncio.timeout(20):
        await asyncio.gather(*map(send, jobs))
    assert 0 < most <= 5


async def test_a_job_with_more_than_there_is_room_for_is_sent_alone(parts: Generation) -> None:
    references = references_of(parts, 2)
    job = await parts.accept(references=(Reference(URL),) * 4)
    async with asyncio.timeout(20), references.of(job) as images:
        assert len(images) == 4


async def test_what_is_only_kept_makes_room(parts: Generation) -> None:
    references = references_of(parts, 1)
    for _ in range(3):
        async with asyncio.timeout(20), references.of(await parts.accept(references=(Reference(URL),))):
            pass
    assert len(parts.files.fetched) == 3


async def test_a_job_whose_pictures_are_gone_takes_no_room(parts: Generation) -> None:
    references = references_of(parts, 1)
    gone = await parts.accept(references=(Reference(URL), Reference(URL + "?gone")))
    with pytest.raises(SourceGone):
        async with references.of(gone):
            pass
    async with asyncio.timeout(20), references.of(await parts.accept(references=(Reference(URL),))) as images:
        assert len(images) == 1
