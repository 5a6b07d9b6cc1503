"""How old an interaction is, whatever the machine's clock says: Discord waits 3 s for an answer, and not longer."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from itertools import islice

from bot.errors import TooLate
from bot.models import ReplyToken

ANSWERABLE_MS = 3_000
"""So long Discord waits for the first answer to an interaction (Discord reference: receiving and responding)."""
_TOO_OLD_MS = 2_500
"""So old it is refused: reserving credits and sending the answer take a while too."""
_WINDOW_MS = 1_800_000
_LATELY = 4
_LATELY_MS = 1_000
_PENDING = 10_000


class Arrivals:
    """Learns how far Discord's clock and ours are apart: what came fastest lately is taken for new.

    A monotonic clock is read, so a wall clock that is wrong, or is put right, makes no interaction older. What was late
    before anything else came cannot be told from a clock that differs, and counts as new.
    """

    def __init__(
        self,
        monotonic: Callable[[], float] = time.monotonic,
        *,
        too_old_ms: int = _TOO_OLD_MS,
        answerable_ms: int = ANSWERABLE_MS,
    ) -> None:
        self._monotonic = monotonic
        self._too_old_ms = too_old_ms
        self._answerable_ms = answerable_ms
        self._window_ends = 0.0
        self._checked: dict[str, float] = {}
        """When those that are not answered yet passed, by token."""
        self._took: deque[tuple[float, float]] = deque(maxlen=_LATELY)
        """The last answers: when, and how long after their check (ms)."""
        self._fastest = self._fastest_before = float("inf")

    def age_ms(self, issued_at: int) -> int:
        """Milliseconds since Discord made an interaction, by its snowflake (epoch ms); each call also learns."""
        now = self._monotonic() * 1000
        if now >= self._window_ends:
            self._fastest_before, self._fastest = self._fastest, float("inf")
            self._window_ends = now + _WINDOW_MS
        apart = now - issued_at
        self._fastest = min(self._fastest, apart)
        return round(apart - min(self._fastest, self._fastest_before))

    def waiting(self, least: int) -> bool:
        """Whether so many interactions of the last second still wait for their first answer."""
        newest_first = islice(reversed(self._checked.values()), least - 1, None)
        return (at := next(newest_first, None)) is not None and self._monotonic() * 1000 - at < _LATELY_MS

    def check(self, reply: ReplyToken | None) -> None:
        """Raise ``TooLate`` where an interaction can hardly be answered any more; None is no interaction."""
        if reply is None:
            return
        age, now = self.age_ms(reply.issued_at), self._monotonic() * 1000
        lately = [took for at, took in self._took if now - at < _LATELY_MS]
        on_its_way = min(lately) if len(lately) == _LATELY else 0  # in a crowd; a single slow answer says nothing
        if age > self._too_old_ms or age + on_its_way > self._answerable_ms:
            raise TooLate(age)
        if len(self._checked) >= _PENDING:
            self._checked.clear()
        self._checked.pop(reply.token, None)  # the oldest come first
        self._checked[reply.token] = now

    def answered(self, reply: ReplyToken) -> None:
        """An interaction that passed was answered, or it was too late: how long that takes at present."""
        now = self._monotonic() * 1000
        if (checked := self._checked.pop(reply.token, None)) is not None:
            self._took.append((now, now - checked))
