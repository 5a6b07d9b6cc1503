"""Functions in processes of their own: what they may take, what they learn, and how they end."""

from __future__ import annotations

import asyncio
import ctypes
import errno
import os
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot.errors import IsolatedCallFailed
from bot.isolation.pool import Limits, ProcessPool
from tests.support.processes import gone

MIB = 1024 * 1024


def process_of() -> bytes:
    return str(os.getpid()).encode()


def doubled(data: bytes, times: int) -> tuple[dict[str, object], bytes]:
    return {"size": len(data), "times": times}, data * times


def crash() -> bytes:
    ctypes.string_at(0)
    return b""


def exits() -> bytes:
    os._exit(3)


def hangs() -> bytes:
    time.sleep(600)
    return b""


def eats(size: int) -> bytes:
    return b"x" * len(bytearray(size))


def fails() -> bytes:
    raise LookupError("nothing here")


def talks() -> bytes:
    os.write(1, b"libpicture warning: strange\n")
    sys.stdout.write("and more\n")
    return b"done"


class Hostile(str):
    """What would run code where it is unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os._exit, ("1",)


def pickles() -> tuple[dict[str, object], bytes]:
    return {"text": Hostile("words")}, pickle.dumps(Hostile("bytes"))


def environment() -> bytes:
    return " ".join(os.environ).encode()


async def process_in(pool: ProcessPool) -> int:
    return int((await pool.run(process_of)).data)


async def test_facts_and_large_bytes_come_back() -> None:
    async with ProcessPool() as pool:
        answer = await pool.run(doubled, b"ab" * 3 * MIB, 2)
    assert answer.facts == {"size": 6 * MIB, "times": 2}
    assert answer.data == b"ab" * 6 * MIB


async def test_one_process_serves_call_after_call() -> None:
    async with ProcessPool() as pool:
        first, second = await process_in(pool), await process_in(pool)
    assert first == second != os.getpid()


async def test_without_idle_time_each_call_has_a_process_of_its_own() -> None:
    async with ProcessPool(limits=Limits(idle_seconds=0)) as pool:
        assert await process_in(pool) != await process_in(pool)


async def test_what_a_function_raises_is_told_and_costs_no_process() -> None:
    async with ProcessPool() as pool:
        before = await process_in(pool)
        with pytest.raises(IsolatedCallFailed, match="LookupError: nothing here") as caught:
            await pool.run(fails)
        assert caught.value.kind == "LookupError"
        assert await process_in(pool) == before


@pytest.mark.parametrize("end", [crash, exits], ids=lambda end: end.__name__)
async def test_a_process_that_dies_fails_its_call_and_is_renewed(end) -> None:
    async with ProcessPool() as pool:
        before = await process_in(pool)
        with pytest.raises(IsolatedCallFailed, match="died") as caught:
            await pool.run(end)
        assert caught.value.kind is None
        assert await process_in(pool) != before


async def test_a_process_that_cannot_be_started_fails_its_call(monkeypatch: pytest.MonkeyPatch) -> None:
    async with ProcessPool() as pool:
        with monkeypatch.context() as patch:
            patch.setattr(os, "pipe", _no_files_left)
            with pytest.raises(IsolatedCallFailed, match="started") as caught:
                await pool.run(process_of)
        assert caught.value.kind is None
        assert await process_in(pool)


def _no_files_left() -> tuple[int, int]:
    raise OSError(errno.EMFILE, "Too many open files")


async def test_a_call_without_an_end_is_ended() -> None:
    async with ProcessPool(limits=Limits(seconds=3)) as pool:
        with pytest.raises(IsolatedCallFailed, match="not done after"):
            await pool.run(hangs)
        assert await process_in(pool)


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is the kernel's, and Linux's alone")
async def test_memory_has_a_bound() -> None:
    async with ProcessPool(limits=Limits(memory=128 * MIB)) as pool:
        with pytest.raises(IsolatedCallFailed) as caught:
            await pool.run(eats, 256 * MIB)
        assert caught.value.kind == "MemoryError"
        assert len((await pool.run(eats, MIB)).data) == MIB


async def test_a_process_that_died_while_it_rested_is_noticed() -> None:
    async with ProcessPool() as pool:
        before = await process_in(pool)
        os.kill(before, signal.SIGKILL)
        await gone(before)
        assert await process_in(pool) != before


async def test_an_idle_process_is_ended() -> None:
    async with ProcessPool(limits=Limits(idle_seconds=0.05)) as pool:
        await gone(await process_in(pool))


async def test_closing_ends_what_runs_and_what_rests() -> None:
    async with ProcessPool(2) as pool:
        resting = await process_in(pool)
        running = asyncio.create_task(pool.run(hangs))
        await asyncio.sleep(0)
    with pytest.raises(IsolatedCallFailed):
        await running
    await gone(resting)


async def test_no_more_processes_run_than_are_allowed() -> None:
    async with ProcessPool(2) as pool:
        found = await asyncio.gather(*(process_in(pool) for _ in range(6)))
    assert len(set(found)) <= 2


async def test_what_is_printed_is_no_answer() -> None:
    async with ProcessPool() as pool:
        assert (await pool.run(talks)).data == b"done"


async def test_an_answer_is_never_unpickled() -> None:
    async with ProcessPool() as pool:
        answer = await pool.run(pickles)
    assert answer.facts == {"text": "words"}
    assert isinstance(answer.data, bytes)


async def test_it_learns_no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "secret")
    async with ProcessPool() as pool:
        assert b"TOKEN" not in (await pool.run(environment)).data


async def test_signals_of_the_whole_group_are_left_to_the_bot() -> None:
    async with ProcessPool() as pool:
        before = await process_in(pool)
        os.kill(before, signal.SIGTERM)
        os.kill(before, signal.SIGINT)
        assert await process_in(pool) == before


PARENT = """
import asyncio, os, sys
from bot.isolation.pool import ProcessPool
from tests.isolation.test_pool import process_of

async def main():
    async with ProcessPool() as pool:
        print(int((await pool.run(process_of)).data), flush=True)
        await asyncio.sleep(600)

asyncio.run(main())
"""


async def test_a_killed_bot_leaves_no_process_behind() -> None:
    root = str(Path(__file__).parents[2])
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, cwd=root, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": root}
    )
    assert parent.stdout is not None
    child = int(await parent.stdout.readline())
    parent.kill()
    await parent.communicate()
    await gone(child)
