"""Lets a crowd be answered first: a member waits for the first words at most three seconds, for a picture longer."""

from __future__ import annotations

import asyncio

from bot.admission.arrivals import Arrivals
from bot.clock import Clock

_CROWD = 8
_HELD_MS = 500
_LOOK_MS = 20


class Crowd:
    """Many who wait for their first answer at the same time, as one part sees them that lets them go first: what it has
    to do, and can wait, is held until the last of them has that answer, once and not for long.
    """

    def __init__(self, arrivals: Arrivals, clock: Clock) -> None:
        self._arrivals = arrivals
        self._clock = clock
        self._held_since: int | None = None
        self._passed = asyncio.Event()
        self._watching: asyncio.Task[None] | None = None
        self.look_again: int | None = None
        """When to see whether the crowd has been answered (monotonic ms), as nobody tells; None: nothing is held."""

    def holds(self) -> bool:
        """Whether something that can wait is to wait now."""
        now = self._clock.monotonic()
        if not self._arrivals.waiting(_CROWD if self._held_since is None else 1):
            self._held_since = None
        elif self._held_since is None:
            self._held_since = now
        held = self._held_since is not None and now - self._held_since < _HELD_MS
        self.look_again = now + _LOOK_MS if held else None
        if not held:
            self._let_go()
        return held

    async def passed(self) -> None:
        """Return once nothing is held any more."""
        if not self.holds():
            return
        if self._watching is None:
            self._watching = asyncio.create_task(self._watch())
        await self._passed.wait()

    async def _watch(self) -> None:
        try:
            while self.holds():
                await self._clock.wait(asyncio.Event(), self.look_again)
        finally:
            self._watching = None
            self._let_go()

    def _let_go(self) -> None:
        self._passed.set()
        self._passed = asyncio.Event()
