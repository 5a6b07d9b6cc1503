"""Draws what was made as one picture: totals, pictures a day, members, providers, and costs a day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil

from bot.drawing.figures import axis, count, dollars
from bot.drawing.palette import GROUND, LINE, RAISED, REST, SOFT, TEXT, mixed, provider_colours
from bot.drawing.svg import Canvas, Point
from bot.drawing.text import clean, width_of
from bot.models.captions import ChartCaptions
from bot.models.usage import PENNY, Series, Share, UsageChart, series_of, summed

Box = tuple[float, float, float, float]  # left, top, right, bottom
_Layer = tuple[str, Sequence[float]]  # a colour, and an amount for each day
_Written = Callable[[float], str]
_Row = tuple[Share, str, str, float]  # the last column's words, a colour, and how much of the room its line fills

WIDTH = 1000  # nearly twice what a chat shows, so that 20 pixels are legible letters there
MARGIN, GAP, INSET = 30, 18, 24
WORD, SMALL = 23, 20
HEADER, HEAD, ROW = 160, 60, 42  # heights: what stands above the panels, a panel's title, a row of a list
PICTURES, COSTS = 340, 240  # heights of the panels of columns
TOP = 10  # members with a row of their own; the rest share one
LEAST, WIDEST = 3, 100  # a bar of anything at all is seen beside a million; the widest column
BAR = mixed(RAISED, TEXT, 0.5)  # no hue: hues are providers'


def draw_usage(usage: UsageChart, captions: ChartCaptions) -> bytes:
    """The chart as a PNG, 1000 pixels wide and 530 to about 1300 high."""
    return usage_canvas(usage, captions).png()


def usage_canvas(usage: UsageChart, captions: ChartCaptions) -> Canvas:
    """The chart before it is rasterised."""

    def counted(number: float) -> str:
        return captions.number(count(number))

    def paid(amount: float) -> str:
        return captions.number(dollars(amount))

    series = series_of(usage)
    own = provider_colours(one.name for one in series if len(one.keys) == 1)
    colours = [own[one.name] if len(one.keys) == 1 else REST for one in series]
    every = (
        (captions.members, captions.credits, _members(usage, counted)),
        (captions.providers, captions.cost, _providers(usage, series, colours, paid)),
    )
    lists = [one for one in every if one[2]]
    spent = usage.cost_usd >= PENNY and len(usage.days) > 1  # one day’s costs are in the header
    top, rows = HEADER + PICTURES, max(len(rows) for *_, rows in every)
    bottom = top + (GAP + HEAD + ROW * rows + INSET / 2 if rows else 0)
    canvas = Canvas(WIDTH, bottom + spent * (GAP + COSTS) + MARGIN, GROUND)
    room = WIDTH - 2 * MARGIN
    canvas.text((MARGIN, 46), usage.title or captions.title, 36, TEXT, room, bold=True)
    canvas.text((MARGIN, 89), usage.subtitle, 22, SOFT, room)
    text = " · ".join(captions.totals)
    canvas.text((MARGIN, 129), text, min(26, 26 * (room - 1) / width_of(text, 26)), TEXT, room)
    labels = [clean(day.label, 12) for day in usage.days]
    box = _panel(canvas, (MARGIN, HEADER, WIDTH - MARGIN, top), captions.pictures_a_day)
    if usage.pictures:
        layers = [(colour, [one.of(day) for day in usage.days]) for colour, one in zip(colours, series, strict=True)]
        _columns(canvas, box, labels, layers, counted, 1)
    else:
        canvas.text((WIDTH / 2, (box[1] + box[3]) / 2), captions.nothing, 30, SOFT, anchor="middle")
    wide = (room + GAP) / max(1, len(lists))
    for index, (title, last, its) in enumerate(lists):
        left = MARGIN + index * wide
        _list(canvas, (left, top + GAP, left + wide - GAP, bottom), (title, last), its, captions)
    if spent:
        box = _panel(canvas, (MARGIN, bottom + GAP, WIDTH - MARGIN, bottom + GAP + COSTS), captions.cost_a_day)
        _columns(canvas, box, labels, [(BAR, [round(day.cost_usd, 4) for day in usage.days])], paid, 0.0001)
    return canvas


def _panel(canvas: Canvas, box: Box, title: str) -> Box:
    """Draw a panel with its title; what is left inside."""
    left, top, right, bottom = box
    canvas.rect(left + 1, top + 1, right - left - 2, bottom - top - 2, RAISED, 15, LINE)
    canvas.text((left + INSET, top + 35), title, WORD, bold=True)
    return left + INSET, top + HEAD, right - INSET, bottom - INSET / 2


def _columns(
    canvas: Canvas, room: Box, labels: Sequence[str], layers: Sequence[_Layer], written: _Written, least: float
) -> None:
    """A column a day of all its layers, above an axis of round numbers, of which ``least`` is the smallest."""
    left, top, right, base = room[0] + 78, room[1] + 28, room[2], room[3] - 34
    sums = [sum(day) for day in zip(*(amounts for _, amounts in layers), strict=True)]
    ticks = axis(max(sums), least, max(1, int((base - top) // 40)))
    for tick in ticks:
        y = base - tick / ticks[-1] * (base - top)
        canvas.rect(left, round(y) - 1, right - left, 2, LINE if tick else mixed(LINE, SOFT, 0.5))
        canvas.text((left - 12, y), written(tick), SMALL, SOFT, 84, "end")
    pitch = (right - left) / len(sums)
    wide = min(WIDEST, pitch * 0.72)
    said = {index: written(whole) for index, whole in enumerate(sums) if whole}
    if any(width_of(text, SMALL) > pitch - 8 for text in said.values()):  # then above the highest column alone
        said = {sums.index(max(sums)): written(max(sums))}
    for index, whole in enumerate(sums):
        middle, y = left + pitch * (index + 0.5), base
        for colour, amounts in layers:
            height = amounts[index] * max((base - top) / ticks[-1], LEAST / (whole or 1))
            apart = 2 if y < base and height > 6 else 0  # a line between layers
            canvas.rect(middle - wide / 2, y - height, wide, height - apart, colour)
            y -= height
        _label(canvas, (middle, y - 15), said.get(index, ""), TEXT, (left, right))
    every = ceil((max(width_of(label, SMALL) for label in labels) + 16) / pitch)
    for index in range(len(labels) - 1, -1, -every):
        _label(canvas, (left + pitch * (index + 0.5), base + 20), labels[index], SOFT, (room[0], right))


def _label(canvas: Canvas, at: Point, text: str, ink: str, ends: tuple[float, float]) -> None:
    """A word in the middle of a column, but between the ends; its ground keeps lines from crossing it."""
    half = width_of(text, SMALL) / 2
    x = min(max(at[0], ends[0] + half), ends[1] - half)
    canvas.rect(x - half - 4, at[1] - 12, 2 * half + 8 if text else 0, 24, RAISED)
    canvas.text((x, at[1]), text, SMALL, ink, anchor="middle")


def _members(usage: UsageChart, written: _Written) -> list[_Row]:
    """The first ten, whose lines are compared with the first one's, and the others together."""
    first, others = usage.members[:TOP], usage.members[TOP:]
    most = max((one.pictures for one in first), default=0) or 1
    rest = summed(f"+ {len(others)}", others)
    rows = [(one, written(one.credits), BAR, one.pictures / most) for one in first]
    return [*rows, (rest, written(rest.credits), RAISED, 0.0)] if others else rows


def _providers(usage: UsageChart, series: Sequence[Series], colours: Sequence[str], written: _Written) -> list[_Row]:
    """The legend of the columns; each line is as long as its part of all pictures."""
    shares = [one.share(usage) for one in series] if usage.providers else []
    whole = sum(one.pictures for one in shares) or 1
    return [(one, written(one.cost_usd), ink, one.pictures / whole) for one, ink in zip(shares, colours, strict=False)]


def _list(canvas: Canvas, box: Box, titles: tuple[str, str], rows: Sequence[_Row], captions: ChartCaptions) -> None:
    """Colours, names, pictures and a last column, and beneath each a line that fills a part of the room."""
    left, top, right, _ = _panel(canvas, box, titles[0])
    column = right - 112
    canvas.text((column, box[1] + 35), captions.pictures, SMALL, SOFT, anchor="end")
    canvas.text((right, box[1] + 35), titles[1], SMALL, SOFT, anchor="end")
    for index, (one, said, colour, part) in enumerate(rows):
        y, start = top + ROW * (index + 0.5) - 5, left
        if colour not in (BAR, RAISED):
            canvas.rect(left, y - 8, 16, 16, colour, 5)
            start += 27
        used = canvas.text((column, y), captions.number(count(one.pictures)), WORD, anchor="end")
        name = clean(one.name, 60) or captions.nameless.format(rank=index + 1)
        canvas.text((start, y), name, WORD, room=column - used - start - 13)
        canvas.text((right, y), said, WORD, SOFT, anchor="end")
        canvas.rect(left, y + 18, right - left, 5, GROUND, 2)
        canvas.rect(left, y + 18, max(LEAST, part * (right - left)) if part else 0, 5, colour, 2)
