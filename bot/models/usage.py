"""What was made in some days, as the usage chart shows it, and its sums."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

PENNY = 0.00005
"""US dollars: whatever is less is shown as nothing."""

SERIES = 6
"""How many layers an eye can follow."""


@dataclass(frozen=True, slots=True)
class Day:
    """One day, "12 Nov": the pictures of each provider, and what they cost in US dollars."""

    label: str
    by_provider: Mapping[str, int]
    cost_usd: float

    @property
    def pictures(self) -> int:
        """All pictures of the day."""
        return sum(self.by_provider.values())


@dataclass(frozen=True, slots=True)
class Share:
    """What one member made, or one provider."""

    name: str
    pictures: int
    credits: int
    cost_usd: float


@dataclass(frozen=True, slots=True)
class UsageChart:
    """What is charted: 1 to 31 days, oldest first and without holes; members and providers, biggest first.

    Without members it is the chart of one member. The members together, the providers together and the days together
    are the same pictures; where they are not, the days are believed for pictures and costs.
    """

    title: str
    subtitle: str
    days: tuple[Day, ...]
    members: tuple[Share, ...]
    providers: tuple[Share, ...]

    @property
    def pictures(self) -> int:
        """All pictures."""
        return sum(day.pictures for day in self.days)

    @property
    def cost_usd(self) -> float:
        """All costs, in US dollars."""
        return sum(day.cost_usd for day in self.days)

    @property
    def credits(self) -> int:
        """All credits; each is a provider's, and a member's too."""
        return sum(one.credits for one in self.providers or self.members)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to chart."""
        return not self.pictures and self.cost_usd < PENNY and not any(map(_made, (*self.members, *self.providers)))


@dataclass(frozen=True, slots=True)
class Series:
    """One layer of the columns: a provider, or the smallest together; ``keys`` are their names in the days."""

    name: str
    keys: frozenset[str]

    def of(self, day: Day) -> int:
        """The layer's pictures of a day."""
        return sum(pictures for key, pictures in day.by_provider.items() if key in self.keys)

    def share(self, usage: UsageChart) -> Share:
        """The layer's pictures, credits and costs in all."""
        return summed(self.name, (share for share in usage.providers if share.name in self.keys))


def series_of(usage: UsageChart) -> tuple[Series, ...]:
    """The layers from the largest to the smallest; of more than six, the smallest are one."""
    totals = {one.name: one.pictures for one in usage.providers}
    for name in {name for day in usage.days for name in day.by_provider}:
        totals[name] = sum(day.by_provider.get(name, 0) for day in usage.days)
    names = sorted(totals, key=lambda name: (-totals[name], name))
    own = names if len(names) <= SERIES else names[: SERIES - 1]
    rest = frozenset(names[len(own) :])
    found = tuple(Series(name, frozenset((name,))) for name in own)
    return (*found, Series(f"+ {len(rest)}", rest)) if rest else found


def summed(name: str, shares: Iterable[Share]) -> Share:
    """Several shares as one."""
    every = tuple(shares)
    return Share(
        name,
        sum(one.pictures for one in every),
        sum(one.credits for one in every),
        sum(one.cost_usd for one in every),
    )


def _made(one: Share) -> bool:
    return bool(one.pictures or one.credits or one.cost_usd >= PENNY)
