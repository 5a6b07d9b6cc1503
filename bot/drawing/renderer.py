"""Draws in a process of its own, because resvg holds Python's lock until it is done and nothing else could run."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVarTuple

from bot.errors import DrawingFailed, IsolatedCallFailed
from bot.isolation.pool import Limits, ProcessPool

_Ts = TypeVarTuple("_Ts")


class Renderer:
    """One drawing at a time, each in a fresh process that leaves neither memory nor a fault behind."""

    def __init__(self, timeout: float = 30) -> None:
        self._pool = ProcessPool(1, Limits(seconds=timeout, idle_seconds=0))

    async def draw(self, work: Callable[[*_Ts], bytes] | str, *arguments: *_Ts) -> bytes:
        """What a module's function, or the one of this name, makes of its arguments. Raises ``DrawingFailed``."""
        try:
            return (await self._pool.run(work, *arguments)).data
        except IsolatedCallFailed as error:
            raise DrawingFailed(str(error)) from error
