"""Pure: when to ask a provider again.

Four sources, best first: the progress that the vendor reports, extrapolated to its end; how long it said that it
would take; how long this model took there lately; and growing pauses. A vendor's ``Retry-After`` is obeyed where it
is longer.
"""

from __future__ import annotations

import math
from collections import deque
from itertools import pairwise

from bot.models import Model

SHORTEST = 0.05
LONGEST = 10.0
_FIRST = 0.25
"""Seconds after which a task of which nothing is known is asked about first: early, since some end at once."""
_SPARSE = (2.0, 4.4)
"""Seconds after the submit of the next questions while nothing is known: few, since most tasks take longer."""
_DENSE = 0.4
_SLOPE = 0.035
"""After that: seconds between questions at least, and as a share of how long the task has taken."""
_WIDEST = 0.11
"""The longest pause while others have ended already, as a share of how long the task has taken."""
_REMEMBERED = 64
_ENOUGH = 3
_MARGIN = 0.04
"""Seconds after the expected end at which to ask: too early costs a whole further poll, too late only this."""

_QUANTILES = (0.1, 0.3, 0.5, 0.7, 0.85, 0.98)
_LATEST_FIRST = 1.5
_TOO_EARLY = 0.15
"""Progress from which alone no end is reckoned."""
_SECOND_LOOK = 1.0

Sample = tuple[float, float]
"""Seconds since the submit, and the progress from 0 to 1 that was reported then."""


class PollSchedule:
    """Plans polls; learns how long each (provider, model) takes."""

    def __init__(self) -> None:
        self._durations: dict[tuple[str, Model], deque[float]] = {}

    def observe(self, provider: str, model: Model, noticed: float, not_yet: float = 0.0) -> None:
        """Remember a task that had not ended after ``not_yet`` seconds and had after ``noticed``: about the middle.

        Without the earlier bound the pauses themselves would be learned, and grow with each task.
        """
        seconds = (noticed + not_yet) / 2
        self._durations.setdefault((provider, model), deque(maxlen=_REMEMBERED)).append(seconds)

    def usual(self, provider: str, model: Model) -> float | None:
        """How many seconds a task took there lately, in the middle; None while too little is known."""
        known = sorted(self._durations.get((provider, model), ()))
        return known[len(known) // 2] if len(known) >= _ENOUGH else None

    def next_delay(
        self,
        provider: str,
        model: Model,
        elapsed: float,
        polls: int,
        samples: tuple[Sample, ...] = (),
        retry_after: float | None = None,
        expected: float | None = None,
    ) -> float:
        """Seconds until the next poll, at least 0.05 and at most 10 (longer only where the vendor says so).

        ``expected`` is how long the vendor said that the task would take in all.
        """
        end = expected_end(samples)
        if end is None and expected is not None and expected + _MARGIN > elapsed:
            wanted = expected + _MARGIN - elapsed
        elif end is None:
            wanted = self._by_experience(provider, model, elapsed, polls)
        else:
            wanted = _towards(end, elapsed, samples, retry_after or 0)
        delay = min(LONGEST, max(SHORTEST, wanted))
        return max(delay, retry_after) if retry_after is not None and math.isfinite(retry_after) else delay

    def _by_experience(self, provider: str, model: Model, elapsed: float, polls: int) -> float:
        known = sorted(self._durations.get((provider, model), ()))
        if len(known) < _ENOUGH:
            return _blindly(elapsed, polls)
        # Ask where an end is likely: at the next of a few quantiles of what is known.
        for share in _QUANTILES:
            at = known[min(len(known) - 1, int(share * len(known)))] + _MARGIN
            if at > elapsed + SHORTEST:
                return self._until(at, elapsed, known[0], first=not polls)
        return max(min(_DENSE, elapsed * 0.5), elapsed * _SLOPE, (elapsed - known[-1]) * 0.5)

    def _until(self, at: float, elapsed: float, soonest: float, *, first: bool) -> float:
        """Seconds until a likely end, or less: the first question also learns the progress, so it comes no later than
        halfway of a long task; and where ends lie far apart, some questions are asked between them."""
        if first:
            return min(at - elapsed, max(_LATEST_FIRST, soonest * 0.5))
        return at - elapsed if elapsed < soonest else min(at - elapsed, max(_DENSE, elapsed * _WIDEST))


def _blindly(elapsed: float, polls: int) -> float:
    if not polls:
        return _FIRST
    return next((at - elapsed for at in _SPARSE if at > elapsed + SHORTEST), max(_DENSE, elapsed * _SLOPE))


def _towards(end: float, elapsed: float, samples: tuple[Sample, ...], retry_after: float) -> float:
    """Look once more shortly before the expected end, for a better estimate; then go straight for it.

    The further off the end is, the coarser is the estimate: vendors round their progress, and a task begins later
    than its submit. The look before the end leaves room for the pause that the vendor asks for.
    """
    left = end - elapsed
    look = min(left * 0.8, left - retry_after - 0.15)
    if len(samples) == 1 and samples[0][1] < _TOO_EARLY:
        # Of so little, the vendor's rounding and the time before it began are a large part.
        return _SECOND_LOOK
    if look > 0.3 and samples[-1][1] < 0.85:
        return look
    margin = _MARGIN + 0.01 * max(left, 0)
    return left + margin if left + margin > 0 else max(SHORTEST, -left * 0.5)


def expected_end(samples: tuple[Sample, ...]) -> float | None:
    """When progress reaches 1 by the latest trend, in seconds since the submit; None if it tells nothing.

    The trend is taken between two reports, since a task may start late; from a single one it is taken from zero.
    """
    useful = [(at, progress) for at, progress in samples if 0.02 < progress < 1]
    if not useful or any(later[1] < earlier[1] for earlier, later in pairwise(useful)):
        return None
    at, progress = useful[-1]
    first_at, first_progress = useful[0] if len(useful) > 1 else (0.0, 0.0)
    gained = progress - first_progress
    if gained < 0.02 or at <= first_at:
        return at / progress
    return at + (1 - progress) * (at - first_at) / gained
