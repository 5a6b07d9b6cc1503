"""Time, injected: a wall clock for what is stored, a monotonic one for what is waited for; a test can drive both.

Somebody may set the wall clock, or the network does; whatever is due in this process goes by the monotonic one.
"""

from __future__ import annotations

import asyncio
import time
from typing import Protocol

DAY_MS = 24 * 60 * 60 * 1000


class Clock(Protocol):
    """How the program knows the time."""

    def now(self) -> int:
        """UTC epoch milliseconds: for what is stored, and for what members and Discord see."""
        ...

    def monotonic(self) -> int:
        """Milliseconds since some moment that only this process knows; they never go back."""
        ...

    async def wait(self, event: asyncio.Event, until: int | None) -> None:
        """Return when the event is set, or at ``until`` (monotonic ms); None waits for the event alone."""
        ...


def monotonic_of(clock: Clock, then: int) -> int:
    """A past moment of the wall clock (epoch ms) as one of the monotonic clock; one that lies ahead counts as now."""
    return clock.monotonic() - max(0, clock.now() - then)


class SystemClock:
    """The machine's clocks."""

    def now(self) -> int:
        """UTC epoch milliseconds."""
        return time.time_ns() // 1_000_000

    def monotonic(self) -> int:
        """Milliseconds that never go back."""
        return time.monotonic_ns() // 1_000_000

    async def wait(self, event: asyncio.Event, until: int | None) -> None:
        """Return when the event is set or the time has come."""
        if until is None:
            await event.wait()
            return
        seconds = (until - self.monotonic()) / 1000
        if seconds <= 0 or event.is_set():
            return
        loop = asyncio.get_running_loop()
        timer = loop.call_later(seconds, event.set)
        try:
            await event.wait()
        finally:
            timer.cancel()


class MovableClock(SystemClock):
    """The machine's clocks, which somebody who tries the bot out may put forward; whoever waits notices."""

    def __init__(self) -> None:
        self._ahead = 0
        self._waiting: dict[object, tuple[asyncio.Event, int, asyncio.TimerHandle]] = {}

    def now(self) -> int:
        """UTC epoch milliseconds, and as much as it was put forward."""
        return super().now() + self._ahead

    def monotonic(self) -> int:
        """Milliseconds that never go back."""
        return super().monotonic() + self._ahead

    async def wait(self, event: asyncio.Event, until: int | None) -> None:
        """Return when the event is set or the time has come, be it by a jump."""
        if until is None or until <= self.monotonic():
            await super().wait(event, until)
            return
        key = object()
        self._waiting[key] = (event, until, self._timer(event, until))
        try:
            await event.wait()
        finally:
            self._waiting.pop(key)[2].cancel()

    def put_forward(self, milliseconds: int) -> None:
        """Let so much time pass at once."""
        self._ahead += milliseconds
        for key, (event, until, timer) in list(self._waiting.items()):
            timer.cancel()
            self._waiting[key] = (event, until, self._timer(event, until))

    def _timer(self, event: asyncio.Event, until: int) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(max(0, until - self.monotonic()) / 1000, event.set)


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
