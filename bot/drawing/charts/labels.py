"""Words around the columns: totals above, days below, and the names of layers at the right."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image

from bot.drawing.charts.panels import SMALL, WORD, width_of, write
from bot.drawing.charts.plot import ABOVE, Chart, Plot
from bot.drawing.tree.palette import RAISED, SOFT, TEXT
from bot.drawing.tree.plan import Box
from bot.drawing.tree.strokes import box

EVERY = (1, 2, 3, 5, 7, 10, 15)
"""Of how many days one may be named."""

NAME_LINE = 46


def write_totals(image: Image.Image, plot: Plot, chart: Chart) -> None:
    """The total above each column if they have room beside each other, else above the highest alone."""
    totals = {index: sum(amounts) for index, amounts in enumerate(chart.amounts) if any(amounts)}
    said = {index: chart.total(total) for index, total in totals.items()}
    if any(width_of(text, WORD) > plot.pitch - 10 for text in said.values()):
        highest = max(totals, key=lambda index: totals[index])
        said = {highest: said[highest]}
    for index, text in said.items():
        half = width_of(text, WORD) / 2
        x = round(min(max(plot.middle(index), plot.place[0] + half), plot.place[2] - half))
        y = plot.place[3] - plot.heights(chart.amounts[index])[-1]
        image.paste(RAISED, (x - round(half) - 4, y - 42, x + round(half) + 4, y - 6))  # lines must not cross it
        write(image, (x, y - 12), text, TEXT, WORD, "ms")


def write_days(image: Image.Image, room: Box, plot: Plot, labels: Sequence[str]) -> None:
    """The days' labels, so many from the last backwards as do not touch."""
    widest = max(width_of(label, SMALL) for label in labels)
    every = next((step for step in EVERY if plot.pitch * step >= widest + 24), len(labels))
    for index in range(len(labels) - 1, -1, -every):
        half = width_of(labels[index], SMALL) / 2
        x = min(max(plot.middle(index), room[0] + half), room[2] - half)
        write(image, (x, plot.place[3] + 36), labels[index], SOFT, SMALL, "mm")


def write_names(image: Image.Image, room: Box, plot: Plot, chart: Chart) -> None:
    """The layers' names in the layers' order, beside those of the last column that has any if they are thick enough."""
    last = max((index for index, amounts in enumerate(chart.amounts) if any(amounts)), default=0)
    ends = plot.heights(chart.amounts[last])
    x, right = plot.place[2] + 16, room[2]
    for layer, height in zip(chart.layers, spread(ends, plot.place[3] - plot.place[1] + ABOVE), strict=True):
        if layer.name:
            y = plot.place[3] - height
            box(image, (x, y - 13, x + 26, y + 13), 8, layer.colour)
            write(image, (x + 40, y), layer.name, TEXT, SMALL, "lm", right - x - 40)


def spread(ends: Sequence[int], room: int) -> list[int]:
    """The heights of lines of words beside spans that end at these heights: a line apart, and within the room."""
    found: list[int] = []
    for start, end in zip((0, *ends[:-1]), ends, strict=True):
        found.append(max((start + end) // 2, found[-1] + NAME_LINE if found else NAME_LINE // 2))
    limit = room - NAME_LINE // 2
    for index in range(len(found) - 1, -1, -1):
        found[index] = min(found[index], limit)
        limit = found[index] - NAME_LINE
    return found
