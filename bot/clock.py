"""Time, injected: the wall clock in milliseconds and a wait that a test can drive."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol

DAY_MS = 24 * 60 * 60 * 1000


class Clock(Protocol):
    """How the program knows the time."""

    def now(self) -> int:
        """UTC epoch milliseconds."""
        ...

    async def wait(self, event: asyncio.Event, until: int | None) -> None:
        """Return when the event is set, or at ``until`` (epoch ms); None waits for the event alone."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> int:
        """UTC epoch milliseconds."""
        return time.time_ns() // 1_000_000

    async def wait(self, event: asyncio.Event, until: int | None) -> None:
        """Return when the event is set or the time has come."""
        if until is None:
            await event.wait()
            return
        seconds = (until - self.now()) / 1000
        if seconds <= 0 or event.is_set():
            return
        loop = asyncio.get_running_loop()
        timer = loop.call_later(seconds, event.set)
        try:
            await event.wait()
        finally:
            timer.cancel()


class WakeSignal:
    """Tells a sleeping loop which rows changed; losing a notice is harmless, because the rows are the truth."""

    def __init__(self) -> None:
        self.event = asyncio.Event()
        self._ids: list[int] = []

    def notify(self, row_id: int | None = None) -> None:
        """Wake whoever waits; ``row_id`` says which row to look at."""
        if row_id is not None:
            self._ids.append(row_id)
        self.event.set()

    def take(self) -> list[int]:
        """The ids notified since the last call; the signal is clear afterwards."""
        self.event.clear()
        ids, self._ids = self._ids, []
        return ids
