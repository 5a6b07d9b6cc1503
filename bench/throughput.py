"""Jobs a second that several processes accept and finish on one PostgreSQL a millisecond away, and what bounds it.

`python -m bench.throughput --seconds 15`: each process is one of its own (``bench.asker``), 1,000 servers of 50 members
ask, a pool and a budget are set. Then a burst: 160 members of one server at the same moment.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import time
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import psutil
import psycopg

from bot.storage import open_database
from bot.storage.pipeline import key_number
from tests.support.postgres import Cluster, cluster

_SETTINGS = ("jit=off",)
_SAMPLE_S = 0.02
_HOLDS = "SELECT granted FROM pg_locks WHERE locktype = 'advisory' AND classid = %s AND objid = %s AND objsubid = 1"


@dataclass
class Seen:
    """What a run gave; of ``looks`` at the budget's lock, ``held`` found that somebody had it."""

    seconds: float = 0.0
    waits: list[float] = field(default_factory=list[float])
    finished: int = 0
    refused: Counter[str] = field(default_factory=Counter[str])
    trips: int = 0
    cpu: dict[str, float] = field(default_factory=dict[str, float])
    looks: int = 0
    held: int = 0
    waiting: int = 0

    @property
    def rate(self) -> float:
        return self.finished / self.seconds

    def a_job(self, of: float) -> float:
        return of / max(1, self.finished)

    def after(self, share: float) -> float:
        """Milliseconds after which such a share of the acceptances was done."""
        waits = sorted(self.waits)
        return waits[min(len(waits) - 1, int(share * len(waits)))] * 1000 if waits else 0.0


class Child:
    """A program that is told by lines, and answers by lines."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def told(self, line: str = "") -> str:
        """What it answers to a line; without one, what it says by itself."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        if line:
            self.process.stdin.write(line.encode())
        answer = (await self.process.stdout.readline()).decode()
        if not answer:
            raise RuntimeError("a process of the benchmark ended by itself")
        return answer


@asynccontextmanager
async def child(*arguments: str) -> AsyncGenerator[Child]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", *arguments), stdin=pipe, stdout=pipe, limit=1 << 24
    )
    try:
        yield Child(process)
    finally:
        if process.stdin is not None:
            process.stdin.close()
        await process.wait()


def _cpu(pid: int, *, itself: bool = True, below: bool = True) -> float:
    """Processor seconds of a process, and of those that it started."""
    root = psutil.Process(pid)
    times = [one.cpu_times() for one in ([root] if itself else []) + (root.children(recursive=True) if below else [])]
    return sum(one.user + one.system for one in times)


async def _watch(server: Cluster, seen: Seen, stop: asyncio.Event) -> None:
    """Look now and then who has the lock of the budget, and who waits for it."""
    number = key_number(("budget",)) % (1 << 64)
    halves = (number >> 32, number & 0xFFFFFFFF)
    async with await psycopg.AsyncConnection.connect(server.url("postgres"), autocommit=True) as connection:
        while not stop.is_set():
            granted = [row[0] for row in await (await connection.execute(_HOLDS, halves)).fetchall()]
            seen.looks, seen.held = seen.looks + 1, seen.held + any(granted)
            seen.waiting += granted.count(False)
            await asyncio.sleep(_SAMPLE_S)


async def run(server: Cluster, processes: int, at_once: int, seconds: float, late_ms: float, what: str) -> Seen:
    """Let so many processes ask, each so many at once."""
    address = server.database()
    async with open_database(address):  # its tables
        pass
    async with AsyncExitStack() as stack:
        line = await stack.enter_async_context(child("bench.distance", str(server.port), str(late_ms)))
        away = address.replace(str(server.port), (await line.told()).strip(), 1)
        bots = [
            await stack.enter_async_context(child("bench.asker", away, str(seed), str(at_once), str(seconds)))
            for seed in range(1, processes + 1)
        ]
        await asyncio.gather(*(bot.told() for bot in bots))
        seen, stop = Seen(), asyncio.Event()
        watching = asyncio.create_task(_watch(server, seen, stop))
        before, trips, began = _costs(server, line, bots), int(await line.told("?\n")), time.perf_counter()
        for told in await asyncio.gather(*(bot.told(what) for bot in bots)):
            of_one: dict[str, Any] = json.loads(told)
            seen.waits += of_one["waits"]
            seen.finished += of_one["finished"]
            seen.refused.update(of_one["refused"])
        seen.seconds, after = time.perf_counter() - began, _costs(server, line, bots)
        seen.trips = int(await line.told("?\n")) - trips
        seen.cpu = {part: after[part] - before[part] for part in before}
        stop.set()
        await watching
    return seen


def _costs(server: Cluster, line: Child, bots: Sequence[Child]) -> dict[str, float]:
    pids = [bot.process.pid for bot in bots]
    return {
        "server": _cpu(server.pid),
        "bots": sum(_cpu(pid, below=False) for pid in pids),
        "decoding": sum(_cpu(pid, itself=False) for pid in pids),
        "line": _cpu(line.process.pid),
    }


def _show(processes: int, seen: Seen) -> None:
    held = seen.held / max(1, seen.looks)
    cores = sum(seen.cpu.values()) / seen.seconds
    cpu = ", ".join(f"{part} {seen.a_job(of) * 1000:.1f}" for part, of in seen.cpu.items())
    print(
        f"{processes:>9}  {seen.rate:>6.1f}  {seen.after(0.5):>5.0f} / {seen.after(0.99):>5.0f} ms"
        f"  {seen.a_job(seen.trips):>5.1f}  {held:>6.0%} {held * 1000 / max(seen.rate, 0.1):>6.1f} ms"
        f"  {seen.waiting / max(1, seen.looks):>6.1f}  {cores:>4.2f} of {os.cpu_count()}  {cpu}"
        f"  {dict(seen.refused) or ''}",
        flush=True,
    )


def main() -> None:
    """Run what was asked for, and print a line for each number of processes."""
    parser = argparse.ArgumentParser(prog="bench.throughput", description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--processes", type=int, nargs="*", default=[1, 2, 4])
    parser.add_argument("--at-once", type=int, default=24, help="jobs that all processes together have under way")
    parser.add_argument("--burst", type=int, default=160)
    parser.add_argument("--late-ms", type=float, default=0.5, help="each way, on top of loopback")
    parser.add_argument("--no-fsync", action="store_true", help="a server that does not wait for its disk")
    arguments = parser.parse_args()
    late = arguments.late_ms
    settings = (*_SETTINGS, "fsync=off") if arguments.no_fsync else _SETTINGS
    print(f"load of the machine: {os.getloadavg()[0]:.1f}")
    print("processes  jobs/s  accepted: 50/99 %  trips  budget's lock    waiting  cores      ms of processor a job")
    with cluster(settings) as server:
        for number in arguments.processes:
            at_once = max(1, arguments.at_once // number)
            _show(number, asyncio.run(run(server, number, at_once, arguments.seconds, late, "ask\n")))
        for number in arguments.processes:
            seen = asyncio.run(run(server, number, arguments.burst // number, 0, late, "burst\n"))
            told = len(seen.waits) - seen.refused.total()
            print(
                f"burst of {len(seen.waits)} to {number} process(es): {told} accepted, {dict(seen.refused)} refused; "
                f"half within {seen.after(0.5):,.0f} ms, the last {seen.after(1):,.0f} ms"
            )


if __name__ == "__main__":
    main()
