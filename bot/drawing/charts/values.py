"""What is charted, and its sums."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

PENNY = 0.00005
"""US dollars: whatever is less is shown as nothing."""


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
