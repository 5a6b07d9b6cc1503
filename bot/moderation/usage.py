"""Pure: rows of what was made, added up into what the chart and the moderators' card show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.models import UsageRow
from bot.models.usage import Day, Share, UsageChart

_MICRO = 1_000_000


@dataclass(frozen=True, slots=True)
class UsageSummary:
    """What was made in some days: the chart's values, and the members by their ids, biggest first."""

    chart: UsageChart
    members: tuple[tuple[int, Share], ...]


@dataclass(slots=True)
class _Sum:
    name: str
    pictures: int = 0
    credits: int = 0
    microusd: int = 0

    def add(self, one: UsageRow) -> None:
        self.pictures += one.pictures
        self.credits += one.credits
        self.microusd += one.cost_microusd

    @property
    def share(self) -> Share:
        return Share(self.name, self.pictures, self.credits, self.microusd / _MICRO)


def summarise(made: Iterable[UsageRow], labels: Sequence[str], *, of_one: bool) -> UsageSummary:
    """Add up by days, which are called so; of one member only, members are left out. The chart has no title yet."""
    members: dict[int, _Sum] = {}
    providers: dict[str, _Sum] = {}
    by_day = [_Sum(label) for label in labels]
    of_day: list[dict[str, int]] = [{} for _ in labels]
    for one in made:
        members.setdefault(one.member_id, _Sum(one.member_name)).add(one)
        providers.setdefault(one.provider, _Sum(one.provider)).add(one)
        day = min(one.day, len(labels) - 1)
        by_day[day].add(one)
        of_day[day][one.provider] = of_day[day].get(one.provider, 0) + one.pictures
    ranked = sorted(members.items(), key=lambda item: (-item[1].pictures, -item[1].credits, item[0]))
    shares = tuple((member, total.share) for member, total in ranked)
    chart = UsageChart(
        "",
        "",
        tuple(
            Day(
                one.name,
                {name: n for name, n in of_day[number].items() if n},
                one.share.cost_usd,
            )
            for number, one in enumerate(by_day)
        ),
        () if of_one else tuple(share for _, share in shares),
        tuple(sorted((one.share for one in providers.values()), key=lambda one: (-one.pictures, one.name))),
    )
    return UsageSummary(chart, shares)
