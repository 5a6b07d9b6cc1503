"""Values that are kept in memory for a while: so many, so long, the oldest dropped first. A restart forgets them."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

_K = TypeVar("_K")
_V = TypeVar("_V")


class Kept(Generic[_K, _V]):
    """A bounded mapping whose entries end after some seconds."""

    def __init__(self, most: int, seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._seconds = seconds
        self._now = now
        self._kept: OrderedDict[_K, tuple[float, _V]] = OrderedDict()

    def keep(self, key: _K, value: _V) -> None:
        """Keep a value, in place of what was kept for the same key."""
        self._kept.pop(key, None)
        self._kept[key] = self._now() + self._seconds, value
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def get(self, key: _K) -> _V | None:
        """What is kept for a key; None where nothing is, or it has ended."""
        ends, value = self._kept.get(key, (0.0, None))
        if value is not None and ends <= self._now():
            del self._kept[key]
            return None
        return value
