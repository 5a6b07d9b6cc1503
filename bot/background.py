"""Parts that run as long as the program does: one that breaks is started again, and does not end the program."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import structlog

from bot.clock import Clock
from bot.errors import AtelierError

_log = structlog.get_logger(__name__)

_STEADY_MS = 60_000
"""A part that was started again and has run for so long is well."""

Part = Callable[[], Coroutine[Any, Any, None]]


class Background:
    """Holds the parts' tasks. What breaks is logged once, and once more when it is well again."""

    def __init__(self, clock: Clock, rng: random.Random, fatal: tuple[type[Exception], ...]) -> None:
        """``fatal`` are the errors that no restart can mend."""
        self._clock = clock
        self._rng = rng
        self._fatal = fatal
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, name: str, part: Part, *, longest: float = 30.0) -> None:
        """Run a part until it returns; ``longest`` is the longest pause before it is started again, in seconds."""
        self._tasks.append(asyncio.create_task(self._keep(name, part, longest), name=name))

    async def until(self, stop: asyncio.Event) -> None:
        """Return when ``stop`` is set; raises the fatal error of a part."""
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stopping.done():
                running = [task for task in self._tasks if not task.done()]
                await asyncio.wait([stopping, *running], return_when=asyncio.FIRST_COMPLETED)
                for task in running:
                    if task.done():
                        task.result()
        finally:
            stopping.cancel()

    async def ended(self, *names: str, timeout: float) -> None:
        """Give these parts some time to return by themselves."""
        tasks = [task for task in self._tasks if task.get_name() in names]
        await asyncio.wait(tasks, timeout=timeout)

    async def end(self) -> None:
        """Cut off whatever still runs."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _keep(self, name: str, part: Part, longest: float) -> None:
        failures = 0
        while True:
            running = asyncio.create_task(part())
            try:
                if failures and await self._steady(running):
                    _log.info("well again", part=name)
                    failures = 0
                return await running
            except (Exception, asyncio.CancelledError) as error:  # whatever broke here, the others go on
                if isinstance(error, self._fatal) or _is_cancelled():
                    raise
                if not failures:
                    expected = isinstance(error, AtelierError)
                    _log.error(
                        "broke, and is tried again from now on",
                        part=name,
                        error=str(error) if expected else type(error).__name__,
                        exc_info=None if expected else error,
                    )
            finally:
                if not running.done():  # what it uses is closed only after it has ended
                    running.cancel()
                    await asyncio.wait([running])
            seconds = backoff(failures, base=1.0, cap=longest, rng=self._rng)
            failures += 1
            await self._clock.wait(asyncio.Event(), self._clock.monotonic() + int(seconds * 1000))

    async def _steady(self, running: asyncio.Task[None]) -> bool:
        """Whether a part that was started again runs on."""
        ended = asyncio.Event()
        running.add_done_callback(lambda _: ended.set())
        await self._clock.wait(ended, self._clock.monotonic() + _STEADY_MS)
        return not running.done()


def _is_cancelled() -> bool:
    """Whether this very task was cancelled; else a part has let a cancellation of its own out."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def regardless(what: str, step: Awaitable[object]) -> None:
    """Do one of several things that must all be tried: where it breaks that is logged, and the next comes."""
    try:
        await step
    except Exception as error:  # noqa: BLE001 - as above
        _log.warning(
            "not done", step=what, error=str(error) if isinstance(error, AtelierError) else type(error).__name__
        )


def backoff(attempt: int, *, base: float, cap: float, rng: random.Random) -> float:
    """Seconds before a further try: doubling from ``base`` to ``cap``, and somewhere in the upper half of that."""
    longest = min(cap, base * 2 ** min(attempt, 32))
    return longest * rng.uniform(0.5, 1.0)
