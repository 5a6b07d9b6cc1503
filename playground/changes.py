"""Waiting for a condition without polling: it is looked at whenever something changes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Changes:
    """Wakes who waits, at each change."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()

    def notify(self) -> None:
        """Tell every waiter that something changed."""
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def until(self, condition: Callable[[], T | None], timeout: float | None = 30) -> T:
        """Wait until a condition's value is true, and give that value; TimeoutError after `timeout` seconds, if any."""
        async with asyncio.timeout(timeout):
            while not (value := condition()):
                await self._changed.wait()
        return value
