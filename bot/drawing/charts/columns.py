"""Draws a chart of columns: stacked layers above an axis of round numbers."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image

from bot.drawing.charts.labels import write_days, write_names, write_totals
from bot.drawing.charts.panels import SMALL, width_of, write
from bot.drawing.charts.plot import Chart, Plot, plotted
from bot.drawing.tree.palette import DEEP, LINE, RAISED, RGB, SOFT, TEXT, mixed
from bot.drawing.tree.plan import Box
from bot.drawing.tree.strokes import box_mask

ROUND = 8
"""The radius of a column's head."""

TALL = 46
"""Pixels of a layer in which its number can stand."""

BLACK: RGB = (0, 0, 0)


def draw_columns(image: Image.Image, room: Box, chart: Chart) -> None:
    """Draw the axis, the columns, their totals and days, and the names of their layers."""
    plot = plotted(room, chart)
    _axis(image, room, plot, chart)
    for index, amounts in enumerate(chart.amounts):
        if any(amounts):
            _column(image, plot, index, chart)
            _numbers(image, plot, index, chart)
    write_totals(image, plot, chart)
    write_days(image, room, plot, chart.labels)
    write_names(image, room, plot, chart)


def _axis(image: Image.Image, room: Box, plot: Plot, chart: Chart) -> None:
    left, top, right, base = plot.place
    for tick in plot.axis.ticks:
        y = base - round(tick / plot.axis.top * (base - top))
        image.paste(LINE if tick else mixed(LINE, SOFT, 0.5), (left, y, right, y + 2))
        write(image, (left - 18, y), chart.tick(tick), SOFT, SMALL, "rm", left - 18 - room[0])


def _column(image: Image.Image, plot: Plot, index: int, chart: Chart) -> None:
    """One column: its layers are laid as a flat strip, whose head is then cut round."""
    ends = plot.heights(chart.amounts[index])
    width, height = plot.width, ends[-1]
    strip = Image.new("RGB", (width, height), RAISED)
    for layer, start, end in _spans(chart, ends):
        apart = 2 if start and end - start > 8 else 0
        if end > start:
            strip.paste(layer, (0, height - end, width, height - start - apart))
    radius = min(ROUND, height // 2, width // 2)
    left, top = round(plot.middle(index) - width / 2), plot.place[3] - height
    head = strip.crop((0, 0, width, radius)), box_mask((width, 2 * radius), radius).crop((0, 0, width, radius))
    image.paste(head[0], (left, top), head[1])
    image.paste(strip.crop((0, radius, width, height)), (left, top + radius))


def _numbers(image: Image.Image, plot: Plot, index: int, chart: Chart) -> None:
    """The number of each layer in it, where there is room; of a single layer the total says it."""
    amounts = chart.amounts[index]
    if sum(amount > 0 for amount in amounts) < 2:
        return
    for (colour, start, end), amount in zip(_spans(chart, plot.heights(amounts)), amounts, strict=True):
        said = chart.total(amount)
        if end - start >= TALL and width_of(said, SMALL) <= plot.width - 12:
            at = plot.middle(index), plot.place[3] - (start + end) / 2
            write(image, at, said, _ink(colour), SMALL, "mm")


def _spans(chart: Chart, ends: Sequence[int]) -> list[tuple[RGB, int, int]]:
    """The colour of each layer, and where it begins and ends above the base."""
    return [(layer.colour, start, end) for layer, start, end in zip(chart.layers, (0, *ends[:-1]), ends, strict=True)]


def _ink(ground: RGB) -> RGB:
    """Dark letters for a light ground, light ones for a dark."""
    return mixed(DEEP, BLACK, 0.5) if sum(ground) > 340 else TEXT
