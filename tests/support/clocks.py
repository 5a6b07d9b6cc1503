"""Clocks that a test moves by itself, instead of waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from bot.clock import SystemClock

START = 1_800_000_000_000
"""Where a clock that stands still begins (epoch ms)."""


class StillClock:
    """Time that stands still until a test moves it; whoever waits for a time then wakes.

    The monotonic clock shows the same until somebody sets the wall clock: ``set_by``.
    """

    set_by = 0
    """By how much somebody has set the wall clock (ms)."""

    def __init__(self, start: int = START) -> None:
        self._now = start
        self._waiting: list[tuple[int | None, asyncio.Event]] = []
        self._changed = asyncio.Event()

    @property
    def time(self) -> int:
        """What the monotonic clock shows (ms)."""
        return self._now

    @time.setter
    def time(self, now: int) -> None:
        self._now = now
        for until, event in self._waiting:
            if until is not None and until <= now:
                event.set()

    def now(self) -> int:
        return self._now + self.set_by

    def monotonic(self) -> int:
        return self._now

    async def wait(self, event: asyncio.Event, until: int | None) -> None:
        if event.is_set() or (until is not None and until <= self._now):
            return
        entry = (until, event)
        self._waiting.append(entry)
        self._changed.set()
        try:
            await event.wait()
        finally:
            self._waiting.remove(entry)

    def advance(self, seconds: float) -> None:
        self.time += round(seconds * 1000)

    @property
    def due(self) -> int | None:
        """The next time that somebody waits for (epoch ms)."""
        return min((until for until, event in self._waiting if until and not event.is_set()), default=None)

    async def asleep(self, least: int = 1) -> None:
        """Wait until so many wait here for whom nothing has happened yet."""
        await self._until(lambda: sum(not event.is_set() for _, event in self._waiting) >= least)

    async def planned(self) -> int:
        """Wait until somebody waits for a time; gives that (epoch ms)."""
        await self._until(lambda: self.due is not None)
        return self.due or 0

    async def _until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not condition():
                self._changed.clear()
                await self._changed.wait()


class AheadClock(SystemClock):
    """The machine's clock, which a test can put forward."""

    ahead = 0

    def now(self) -> int:
        return super().now() + self.ahead

    def monotonic(self) -> int:
        return super().monotonic() + self.ahead
