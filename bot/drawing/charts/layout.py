"""Where each panel stands: the days across the whole width, the lists beneath, the costs where there is room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.drawing.charts.rows import LOOSE_ROW, members_height, providers_height
from bot.drawing.charts.series import Series
from bot.drawing.charts.values import PENNY, UsageChart
from bot.drawing.tree.plan import Box

WIDTH, MARGIN, GAP = 1600, 48, 28
HEADER = 258
"""Height of the header with its totals, in pixels."""

DAYS, COSTS, LOW_COSTS = 524, 350, 330
"""Heights of the panels of columns; the last is the least of costs beneath the providers."""

NOTHING = 190, 600
"""Where the panel begins that says that there is nothing, and its height."""

LEFT, RIGHT = MARGIN, WIDTH - MARGIN
SPLIT = 872
"""Where the left one of two panels ends."""


@dataclass(frozen=True, slots=True)
class Places:
    """The boxes of the panels in pixels; what has nothing to say has none."""

    height: int
    pictures: Box
    members: Box | None = None
    providers: Box | None = None
    costs: Box | None = None


def placed(usage: UsageChart, series: Sequence[Series]) -> Places:
    """The places of all panels, none of which meets another."""
    if usage.empty:
        top, height = NOTHING
        return Places(top + height + MARGIN, (LEFT, top, RIGHT, top + height))
    days = LEFT, HEADER, RIGHT, HEADER + DAYS
    top = days[3] + GAP
    spent = usage.cost_usd >= PENNY and len(usage.days) > 1  # one day’s costs are in the header
    if usage.members and usage.providers:
        return _two_lists(usage, series, days, spent)
    if not usage.members and not usage.providers:
        costs = (LEFT, top, RIGHT, top + COSTS) if spent else None
        return Places((costs or days)[3] + MARGIN, days, costs=costs)
    height = members_height(usage.members) if usage.members else providers_height(series)
    bottom = top + (max(height, COSTS) if spent else height)
    one = LEFT, top, SPLIT if spent else RIGHT, bottom
    members, providers = (one, None) if usage.members else (None, one)
    return Places(bottom + MARGIN, days, members, providers, (SPLIT + GAP, top, RIGHT, bottom) if spent else None)


def _two_lists(usage: UsageChart, series: Sequence[Series], days: Box, spent: bool) -> Places:
    """Members at the left, providers at the right, and costs below those if the members are many, else below both."""
    top = days[3] + GAP
    left, right = members_height(usage.members), providers_height(series)
    if spent and members_height(usage.members, LOOSE_ROW) >= right + GAP + LOW_COSTS:
        bottom = top + max(left, right + GAP + LOW_COSTS)
        costs = SPLIT + GAP, top + right + GAP, RIGHT, bottom
        members, providers = (LEFT, top, SPLIT, bottom), (SPLIT + GAP, top, RIGHT, top + right)
        return Places(bottom + MARGIN, days, members, providers, costs)
    bottom = top + max(left, right)
    members, providers = (LEFT, top, SPLIT, bottom), (SPLIT + GAP, top, RIGHT, bottom)
    costs = (LEFT, bottom + GAP, RIGHT, bottom + GAP + COSTS) if spent else None
    return Places((costs or members)[3] + MARGIN, days, members, providers, costs)
