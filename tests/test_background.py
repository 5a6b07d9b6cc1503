"""Parts that run as long as the program: what breaks is started again, said once, and ends nothing else."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from structlog.testing import capture_logs

from bot.background import Background, regardless
from bot.errors import BadToken
from tests.support.clocks import StillClock


class Part:
    """Breaks so many times, then runs on."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.starts = 0
        self.runs = asyncio.Event()

    async def run(self) -> None:
        self.starts += 1
        if self.errors:
            raise self.errors.pop(0)
        self.runs.set()
        await asyncio.Event().wait()


@asynccontextmanager
async def background(clock: StillClock) -> AsyncGenerator[Background]:
    parts = Background(clock, random.Random(1), (BadToken,))
    try:
        yield parts
    finally:
        await parts.end()


async def pass_time(clock: StillClock, part: Part) -> list[float]:
    """Let time go on until the part runs; gives the pauses (seconds)."""
    pauses: list[float] = []
    while not part.runs.is_set():
        for _ in range(9):  # what was started runs on until only time can change anything
            await asyncio.sleep(0)
        if not part.runs.is_set():
            due = await clock.planned()
            pauses.append((due - clock.time) / 1000)
            clock.time = due
    return pauses


async def test_a_part_that_breaks_is_started_again_after_growing_pauses() -> None:
    clock, part = StillClock(), Part(*(RuntimeError("out") for _ in range(7)))
    async with background(clock) as parts:
        with capture_logs():
            parts.start("part", part.run, longest=30)
            pauses = [pause for pause in await pass_time(clock, part) if pause < 60]
    assert part.starts == 8
    bounds = (1, 2, 4, 8, 16, 30, 30)
    assert all(longest / 2 <= pause <= longest for pause, longest in zip(pauses, bounds, strict=True))


async def test_what_breaks_again_and_again_is_said_once_and_once_when_it_is_well() -> None:
    clock, part = StillClock(), Part(*(RuntimeError("out") for _ in range(5)))
    async with background(clock) as parts:
        with capture_logs() as logs:
            parts.start("part", part.run)
            await pass_time(clock, part)
            clock.time = await clock.planned()
            for _ in range(9):
                await asyncio.sleep(0)
    assert [(one["event"], one["part"]) for one in logs] == [
        ("broke, and is tried again from now on", "part"),
        ("well again", "part"),
    ]


async def test_a_part_that_breaks_leaves_the_others_alone() -> None:
    clock, broken, sound = StillClock(), Part(RuntimeError("out")), Part()
    async with background(clock) as parts:
        with capture_logs():
            parts.start("broken", broken.run)
            parts.start("sound", sound.run)
            await pass_time(clock, broken)
    assert (broken.starts, sound.starts) == (2, 1)


async def test_what_no_restart_can_mend_is_raised() -> None:
    clock = StillClock()
    async with background(clock) as parts:
        parts.start("sound", Part().run)
        parts.start("fatal", Part(BadToken("withdrawn")).run)
        with pytest.raises(BadToken, match="withdrawn"):
            await parts.until(asyncio.Event())


async def test_a_part_that_ends_by_itself_ends_nothing_else() -> None:
    async def at_once() -> None:
        pass

    stop = asyncio.Event()
    async with background(StillClock()) as parts:
        parts.start("short", at_once)
        waiting = asyncio.create_task(parts.until(stop))
        for _ in range(5):
            await asyncio.sleep(0)
        assert not waiting.done()
        stop.set()
        await waiting


async def test_of_several_things_to_be_done_the_next_comes_though_one_breaks() -> None:
    async def break_() -> None:
        raise OSError("disk full")

    with capture_logs() as logs:
        await regardless("write", break_())
    assert [(one["event"], one["step"], one["error"]) for one in logs] == [("not done", "write", "OSError")]


async def test_nothing_runs_on_once_the_end_has_returned() -> None:
    """Not even a part that was started again a moment ago: what it uses is closed next."""
    clock, part, cleaned = StillClock(), Part(RuntimeError("out")), asyncio.Event()

    async def run() -> None:
        try:
            await part.run()
        finally:
            for _ in range(20):
                await asyncio.sleep(0)
            if part.starts > 1:
                cleaned.set()

    async with background(clock) as parts:
        with capture_logs():
            parts.start("part", run)
            while part.starts < 2:
                for _ in range(40):
                    await asyncio.sleep(0)
                clock.time = await clock.planned() if part.starts < 2 else clock.time
        await parts.end()
        assert cleaned.is_set()


async def test_a_part_that_lets_a_cancellation_out_is_started_again_and_ends_nothing_else() -> None:
    clock, part, cancelled = StillClock(), Part(), False

    async def run() -> None:
        nonlocal cancelled
        if not cancelled:
            cancelled = True
            raise asyncio.CancelledError
        await part.run()

    async with background(clock) as parts:
        with capture_logs() as seen:
            parts.start("part", run)
            await pass_time(clock, part)
        assert part.starts == 1
        assert [one["part"] for one in seen] == ["part"]
