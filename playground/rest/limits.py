"""Rate limits as Discord tells and enforces them: fixed windows a bucket, and fifty requests a second for a bot."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass

WINDOW_SECONDS, PER_WINDOW = 5.0, 5
GLOBAL_PER_SECOND = 50


@dataclass(slots=True)
class _Window:
    ends: float
    used: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a request may pass, and the headers that say how much is left."""

    allowed: bool
    retry_after: float
    is_global: bool
    headers: dict[str, str]


class Limits:
    """Counts requests. Interactions' own endpoints do not count for the bot's fifty a second."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._windows: dict[str, _Window] = {}
        self._second = _Window(0.0)

    def ask(self, bucket: str, *, counts_globally: bool) -> Verdict:
        """Count a request for its bucket, such as `channel:123`."""
        now = self._clock()
        if counts_globally:
            if now >= self._second.ends:
                self._second = _Window(now + 1)
            self._second.used += 1
            if self._second.used > GLOBAL_PER_SECOND:
                return Verdict(False, self._second.ends - now, True, {"X-RateLimit-Global": "true"})
        window = self._windows.get(bucket)
        if window is None or now >= window.ends:
            window = self._windows[bucket] = _Window(now + WINDOW_SECONDS)
            if len(self._windows) > 10_000:
                self._windows = {key: one for key, one in self._windows.items() if one.ends > now}
        window.used += 1
        left = max(0, PER_WINDOW - window.used)
        headers = {
            "X-RateLimit-Limit": str(PER_WINDOW),
            "X-RateLimit-Remaining": str(left),
            "X-RateLimit-Reset": f"{time.time() + window.ends - now:.3f}",
            "X-RateLimit-Reset-After": f"{window.ends - now:.3f}",
            # The identity of a limit, without the object it is for: discord.py adds that by itself.
            "X-RateLimit-Bucket": hashlib.blake2s(bucket.partition(":")[0].encode(), digest_size=8).hexdigest(),
        }
        return Verdict(window.used <= PER_WINDOW, window.ends - now, False, headers)
