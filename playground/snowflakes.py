"""Snowflakes: Discord's 64-bit ids, made from the server's clock, unique and rising."""

from collections.abc import Callable

EPOCH_MS = 1_420_070_400_000
"""The first millisecond of 2015, from which Discord counts."""


class Snowflakes:
    """A source of ids; they rise even while an injected clock stands still or goes back."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._last = 0
        self._guilds = 0

    def next(self) -> int:
        """The next id: the clock's milliseconds in the upper bits, a counter in the lower 12."""
        now = (int(self._clock() * 1000) - EPOCH_MS) << 22
        self._last = max(now, self._last + 1)
        return self._last

    def next_guild(self) -> int:
        """An id for a server: with 2, 4, 8 or 16 shards the first server is on shard 0, the next on shard 1, …"""
        later = (self.next() >> 22) + 1
        self._last = (later + (self._guilds - later) % 16) << 22
        self._guilds += 1
        return self._last


def seconds_of(snowflake: int) -> float:
    """When an id was made, in seconds of the Unix clock."""
    return ((snowflake >> 22) + EPOCH_MS) / 1000


def parse(value: object) -> int | None:
    """An id from the text or number that a client sent, or None if it is neither."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 20 else None
