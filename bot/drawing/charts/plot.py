"""A chart of columns as values, and the pixels where its columns stand. Draws nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.drawing.charts.figures import Axis, axis
from bot.drawing.charts.panels import SMALL, width_of
from bot.drawing.tree.palette import RGB
from bot.drawing.tree.plan import Box

AXIS, ABOVE, BELOW = 128, 36, 56
"""Room for the axis' numbers at the left, for a total above the highest column, and for the days below, in pixels."""

NAME, SWATCH, ASIDE = 260, 76, 44
"""The most of a layer's name, what stands before it, and what stays free at the right without names, in pixels."""

WIDEST, PITCH = 150, 230
"""The most pixels of a column, and from one to the next."""

LEAST = 4
"""Pixels of a column of anything at all, so that one picture beside a million is still seen."""

LINES, APART = 5, 50
"""The most lines of an axis above its base, and the least pixels between them."""


@dataclass(frozen=True, slots=True)
class Layer:
    """What one colour stands for; one without a name needs no explaining."""

    name: str
    colour: RGB


@dataclass(frozen=True, slots=True)
class Chart:
    """The columns' labels, their amounts layer by layer from the bottom, and how amounts are written.

    ``least`` is the smallest step of the axis, a power of ten. At least one amount is not 0.
    """

    labels: tuple[str, ...]
    amounts: tuple[tuple[float, ...], ...]
    layers: tuple[Layer, ...]
    least: float
    tick: Callable[[float], str]
    total: Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Plot:
    """Where columns stand: the box of the axis' range, the axis, and the pitch and width of columns."""

    place: Box
    axis: Axis
    pitch: float
    width: int

    def middle(self, index: int) -> float:
        """The middle of a column."""
        return self.place[0] + self.pitch * (index + 0.5)

    def heights(self, amounts: Sequence[float]) -> list[int]:
        """How high each layer ends above the base, in pixels."""
        whole = sum(amounts)
        full = self.place[3] - self.place[1]
        stretch = max(whole / self.axis.top * full, LEAST) / whole if whole else 0.0
        return [round(sum(amounts[: index + 1]) * stretch) for index in range(len(amounts))]


def plotted(room: Box, chart: Chart) -> Plot:
    """The plot of a chart in the inside of a panel, in the middle if there are too few columns to fill it."""
    left, top, right, bottom = room[0] + AXIS, room[1] + ABOVE, room[2] - aside(chart.layers), room[3] - BELOW
    count = len(chart.labels)
    pitch = min(PITCH, (right - left) / count)
    free = round(right - left - pitch * count) // 2
    steps = axis(max(map(sum, chart.amounts)), chart.least, max(1, min(LINES, (bottom - top) // APART)))
    width = max(6, min(WIDEST, round(pitch * 0.72)))
    return Plot((left + free, top, right - free, bottom), steps, pitch, width)


def aside(layers: Sequence[Layer]) -> int:
    """The pixels at the right that the layers' names need."""
    return round(max((min(NAME, width_of(one.name, SMALL)) + SWATCH for one in layers if one.name), default=ASIDE))
