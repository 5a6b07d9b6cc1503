"""Runs functions in processes of their own, for what may crash, hang, eat memory or hold Python's lock.

What comes back is read as JSON and bytes, never unpickled: the process may have been taken over by a hostile file.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import pickle
import struct
import subprocess
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from types import TracebackType
from typing import IO, Self, TypeVarTuple, cast

from bot.errors import IsolatedCallFailed

_Ts = TypeVarTuple("_Ts")

Result = bytes | tuple[Mapping[str, object], bytes]
"""What a function gives that runs elsewhere: bytes, and facts about them that JSON can hold."""

_KEPT = ("HOME", "PATH", "SYSTEMROOT")  # all that a process learns of the environment, which holds keys
_LARGEST_ANSWER = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What one process may take."""

    memory: int = 768 * 1024 * 1024
    """Bytes that it may allocate."""
    seconds: float = 30.0
    """How long a call may take, by the clock, and of the processor."""
    idle_seconds: float = 60.0
    """How long a process is kept for the next call; 0: each call has a process of its own."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a function gave, for the caller to check."""

    facts: Mapping[str, object]
    data: bytes = field(repr=False)


class ProcessPool:
    """Up to ``size`` processes, started when they are needed; ``async with`` it, unless none is kept idle."""

    def __init__(self, size: int = 1, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._turns = asyncio.Semaphore(size)
        self._threads = ThreadPoolExecutor(size, thread_name_prefix="isolated")
        self._processes: set[_Process] = set()
        self._resting: dict[_Process, asyncio.TimerHandle] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        for timer in self._resting.values():
            timer.cancel()
        for process in self._processes:
            process.kill()
        await asyncio.to_thread(self._threads.shutdown)
        for process in self._processes:
            process.clear()

    async def run(self, work: Callable[[*_Ts], Result] | str, *arguments: *_Ts) -> Answer:
        """What a module's function gives for values that can be pickled.

        By its name, such as ``"bot.media.pixels:inspect"``, it is loaded in the process alone.

        Raises ``IsolatedCallFailed``: what the function raised, or that it died, took too long or could not be started.
        """
        loop, kept = asyncio.get_running_loop(), False
        async with self._turns:
            process = self._take()
            try:
                async with asyncio.timeout(self._limits.seconds):
                    head, data = await loop.run_in_executor(self._threads, process.ask, work, arguments)
                kept = self._limits.idle_seconds > 0
            except TimeoutError:
                raise IsolatedCallFailed(None, f"not done after {self._limits.seconds} s") from None
            finally:
                if kept:
                    timer = loop.call_later(self._limits.idle_seconds, self._end, process)
                    self._resting[process] = timer
                else:
                    self._end(process)
        return _answer(head, data)

    def _take(self) -> _Process:
        while self._resting:
            process, timer = self._resting.popitem()  # the one used last
            timer.cancel()
            if process.alive:
                return process
            self._end(process)
        try:
            process = _Process(self._limits)
        except OSError as error:  # no memory, processes or files are left, perhaps only now
            raise IsolatedCallFailed(None, f"no process could be started: {error}") from None
        self._processes.add(process)
        return process

    def _end(self, process: _Process) -> None:
        self._resting.pop(process, None)
        process.kill()
        with contextlib.suppress(RuntimeError):  # the pool is being closed, which clears what is left
            self._threads.submit(process.clear)
            self._processes.discard(process)


class _Process:
    """One process and its pipes. ``ask`` and ``clear`` block; a ``kill`` meanwhile ends the former."""

    def __init__(self, limits: Limits) -> None:
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
        self._process = subprocess.Popen(  # noqa: S603  # ourselves
            [sys.executable, "-m", "bot.isolation", str(limits.memory), str(int(limits.seconds) + 1)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # decoders talk about what they do not like
            env=environment,
        )

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, work: Callable[..., Result] | str, arguments: tuple[object, ...]) -> tuple[object, bytes]:
        """Hand a call over and wait for its end."""
        try:
            stdin = cast(IO[bytes], self._process.stdin)
            pickle.dump((work, arguments), stdin, protocol=pickle.HIGHEST_PROTOCOL)  # large bytes are not copied
            stdin.flush()
            sizes: tuple[int, int] = struct.unpack(">II", self._read(8))
            head = json.loads(self._read(sizes[0]))
            return head, self._read(sizes[1])
        except (OSError, ValueError, RecursionError) as error:
            raise IsolatedCallFailed(None, f"the process died: {error}") from None

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def clear(self) -> None:
        """Forget a process that was killed."""
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):  # what it did not read is lost
                cast(IO[bytes], pipe).close()

    def _read(self, size: int) -> bytes:
        if size > _LARGEST_ANSWER:
            raise ValueError(f"an answer of {size} bytes")
        read = cast(IO[bytes], self._process.stdout).read(size)
        if len(read) < size:
            raise ValueError("no answer")
        return read


def _answer(head: object, data: bytes) -> Answer:
    said = cast(dict[str, object], head) if isinstance(head, dict) else {}
    facts = said.get("facts")
    if not isinstance(facts, dict):
        raise IsolatedCallFailed(str(said.get("error"))[:100], str(said.get("detail"))[:500])
    return Answer(cast(dict[str, object], facts), data)
