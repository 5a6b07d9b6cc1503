"""Counts Discord's refusals: 10,000 of them within 10 minutes ban the address for a while (Discord reference)."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

import structlog

_log = structlog.get_logger(__name__)

_INVALID = {401, 403, 429}
_WINDOW_SECONDS = 600.0
_STEP_SECONDS = 10.0
WARN = 1_000
STOP = 5_000


class InvalidRequests:
    """A rolling window in steps of ten seconds; ``alarm`` is told the count when it passes ``WARN``."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.alarm: Callable[[int], None] = lambda _: None
        self._monotonic = monotonic
        self._steps: deque[list[float]] = deque()  # begin of the step, count
        self._count = 0
        self._warned = False

    def answered(self, status: int, *, shared: bool = False) -> None:
        """Discord answered with this HTTP status; ``shared`` 429s are of a limit that others use too, and are free."""
        if status not in _INVALID or (status == 429 and shared):
            return
        count = self.count + 1
        now = self._monotonic()
        if not self._steps or now - self._steps[-1][0] >= _STEP_SECONDS:
            self._steps.append([now, 0])
        self._steps[-1][1] += 1
        self._count = count
        if count >= WARN and not self._warned:
            self._warned = True
            _log.error("Discord refuses many calls", within_10_minutes=count, stops_optional_work_at=STOP)
            self.alarm(count)

    @property
    def count(self) -> int:
        """How many there were within the last 10 minutes."""
        oldest = self._monotonic() - _WINDOW_SECONDS
        while self._steps and self._steps[0][0] <= oldest:
            self._count -= int(self._steps.popleft()[1])
        if self._count < WARN // 2:
            self._warned = False
        return self._count

    @property
    def optional_allowed(self) -> bool:
        """Whether calls may be made that nobody would miss: hints, the log channel, headers of threads."""
        return self.count < STOP
