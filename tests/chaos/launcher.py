"""Starts bots as processes of their own, by way of ``program.py``, and knows when each has ended."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import shutil
import signal
import sys
import threading
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

REPO = Path(__file__).parents[2]


@dataclass(eq=False)
class Process:
    """One bot; ``status`` is its exit status, negative for the signal that ended it, None while it runs."""

    pid: int
    points: Path = Path()
    """Where it notes the fault points that it reached."""
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    status: int | None = None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal; one that has ended gets none."""
        if not self.ended.is_set():
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def limit_files(self, size: int) -> None:
        """Let every write beyond ``size`` bytes of a file fail, as on a disk that is full; -1 lifts that."""
        with suppress(ProcessLookupError):
            resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    async def end(self, timeout: float = 30) -> int:
        """Wait until it has ended; gives its exit status."""
        async with asyncio.timeout(timeout):
            await self.ended.wait()
        return self.status if self.status is not None else 1


class Launcher:
    """Talks to the process that forks the bots."""

    def __init__(self, nursery: asyncio.subprocess.Process) -> None:
        self._nursery = nursery
        self._running: dict[int, Process] = {}
        self._begun: asyncio.Queue[int] = asyncio.Queue()
        self._numbers = count(1)

    async def start(self, env: dict[str, str], folder: Path, log: Path) -> Process:
        """Start a bot; what it prints is added to ``log`` by way of a pipe, which no limit of files holds for."""
        pipe = folder / f"output.{next(self._numbers)}"
        os.mkfifo(pipe)
        threading.Thread(target=_copy, args=(pipe, log), daemon=True).start()
        wanted = {"env": env, "folder": str(folder), "log": str(pipe)}
        if self._nursery.stdin is None:
            raise AssertionError("it was started with a pipe")
        self._nursery.stdin.write(json.dumps(wanted).encode() + b"\n")
        pid = await self._begun.get()
        return self._running[pid]

    async def listen(self) -> None:
        """Take in what the nursery says, until it ends."""
        if self._nursery.stdout is None:
            raise AssertionError("it was started with a pipe")
        async for line in self._nursery.stdout:
            said = json.loads(line)
            if "status" not in said:
                self._running[said["pid"]] = Process(said["pid"])
                self._begun.put_nowait(said["pid"])
                continue
            process = self._running.pop(said["pid"])
            process.status = said["status"]
            process.ended.set()

    def kill_all(self) -> None:
        """End what still runs."""
        for process in list(self._running.values()):
            process.signal(signal.SIGKILL)


def _copy(pipe: Path, log: Path) -> None:
    with pipe.open("rb") as read, log.open("ab") as write:
        pipe.unlink()  # both ends are open
        shutil.copyfileobj(read, write, 1 << 12)


@asynccontextmanager
async def launching() -> AsyncGenerator[Launcher]:
    """A launcher; leaving ends every process that it has started."""
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(REPO), "PYTHONUNBUFFERED": "1"}
    nursery = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.chaos.program",
        cwd=REPO,
        env=env,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    launcher = Launcher(nursery)
    listening = asyncio.create_task(launcher.listen())
    try:
        yield launcher
    finally:
        launcher.kill_all()
        if nursery.stdin is not None:
            nursery.stdin.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(5):
                await nursery.wait()
        if nursery.returncode is None:
            nursery.kill()
            await nursery.wait()
        await listening
