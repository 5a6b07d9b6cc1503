"""Pure: what is left of the credits that moderators gave a member on top of their limit.

A grant can be drawn from for 24 hours. What is drawn does not count against the limit, neither then nor later: so a
grant never costs its receiver anything, however long after it was given it is used.
"""

from __future__ import annotations

from collections.abc import Iterable

from bot.clock import DAY_MS
from bot.models import Booked


def left(granted: Iterable[Booked], drawn: Iterable[Booked], now: int) -> int:
    """Credits that can be drawn now; each draw takes from the oldest grant that was open at its time."""
    grants = [[at, amount] for at, amount in sorted(granted)]
    taken: dict[int, int] = {}
    for at, amount in drawn:  # what came back of a draw stands at the draw's own time
        taken[at] = taken.get(at, 0) + amount
    for at, amount in sorted(taken.items()):
        wanted = amount
        for grant in grants:
            if _open(grant[0], at):
                part = min(grant[1], wanted)
                grant[1] -= part
                wanted -= part
    return sum(amount for at, amount in grants if _open(at, now))


def _open(granted_at: int, at: int) -> bool:
    return granted_at <= at < granted_at + DAY_MS
