"""Draws what was made as one picture: totals, pictures a day, members, providers, and costs a day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil

from bot.drawing.figures import axis, count, dollars, totals
from bot.drawing.palette import GROUND, LINE, RAISED, REST, SOFT, TEXT, mixed, provider_colours
from bot.drawing.svg import Canvas
from bot.drawing.text import clean, width_of
from bot.models.usage import PENNY, Series, Share, UsageChart, series_of, summed

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""

WIDTH = 1000
"""Pixels: nearly twice what a chat shows, so that 20 pixels are legible letters there."""

MARGIN, GAP, INSET = 30, 18, 24
WORD, SMALL = 23, 20
HEADER, HEAD, ROW = 160, 60, 42
"""Heights in pixels: what stands above the panels, a panel's title, a row of a list."""

PICTURES, COSTS = 340, 240
"""Heights of the panels of columns."""

TOP = 10
"""How many members have a row; the rest share one."""

BAR = mixed(RAISED, TEXT, 0.5)
"""No hue: hues are providers'."""

LEAST, WIDEST = 3, 100
"""The least pixels of a bar of anything at all, so that it is seen beside a million; the widest column."""


def draw_usage(usage: UsageChart) -> bytes:
    """The chart as a PNG, 1000 pixels wide and 530 to about 1300 high."""
    return usage_canvas(usage).png()


def usage_canvas(usage: UsageChart) -> Canvas:
    """The chart before it is rasterised."""
    series = series_of(usage)
    members = 0 if usage.empty else min(len(usage.members), TOP + 1)
    providers = 0 if usage.empty or not usage.providers else len(series)
    spent = usage.cost_usd >= PENNY and len(usage.days) > 1  # one day’s costs are in the header
    top = HEADER + PICTURES
    bottom = top + (GAP + HEAD + ROW * max(members, providers) + INSET / 2 if members or providers else 0)
    canvas = Canvas(WIDTH, bottom + spent * (GAP + COSTS) + MARGIN, GROUND)
    _header(canvas, usage)
    _pictures(canvas, (MARGIN, HEADER, WIDTH - MARGIN, top), usage, series)
    left, right = (WIDTH - GAP) / 2, (WIDTH + GAP) / 2
    if members:
        _members(canvas, (MARGIN, top + GAP, left if providers else WIDTH - MARGIN, bottom), usage.members)
    if providers:
        _providers(canvas, (right if members else MARGIN, top + GAP, WIDTH - MARGIN, bottom), usage, series)
    if spent:
        room = _panel(canvas, (MARGIN, bottom + GAP, WIDTH - MARGIN, bottom + GAP + COSTS), "Cost a day")
        _columns(canvas, room, usage, [(round(day.cost_usd, 4),) for day in usage.days], [BAR], dollars, 0.0001)
    return canvas


def _header(canvas: Canvas, usage: UsageChart) -> None:
    """The title, the subtitle, and the totals with bright numbers."""
    room = WIDTH - 2 * MARGIN
    canvas.text((MARGIN, 46), usage.title or "Usage", 36, TEXT, room, bold=True)
    canvas.text((MARGIN, 89), usage.subtitle, 22, SOFT, room)
    text = "" if usage.empty else "  ·  ".join(totals(usage))
    size = next((size for size in (26, 24, 22) if width_of(text, size) <= room), 20)
    x = float(MARGIN)
    for word in text.split(" "):
        ink = TEXT if any(letter.isdigit() for letter in word) else SOFT
        x += canvas.text((x, 129), word, size, ink, WIDTH - MARGIN - x) + size * 0.27


def _colours(series: Sequence[Series]) -> list[str]:
    own = provider_colours(one.name for one in series if len(one.keys) == 1)
    return [own[one.name] if len(one.keys) == 1 else REST for one in series]


def _panel(canvas: Canvas, box: Box, title: str) -> Box:
    """Draw a panel with its title; what is left inside."""
    left, top, right, bottom = box
    canvas.rect(left + 1, top + 1, right - left - 2, bottom - top - 2, RAISED, 15, LINE)
    canvas.text((left + INSET, top + 35), title, WORD, bold=True)
    return left + INSET, top + HEAD, right - INSET, bottom - INSET / 2


def _pictures(canvas: Canvas, box: Box, usage: UsageChart, series: Sequence[Series]) -> None:
    room = _panel(canvas, box, "Pictures a day")
    if usage.pictures:
        amounts = [tuple(one.of(day) for one in series) for day in usage.days]
        _columns(canvas, room, usage, amounts, _colours(series), count)
    else:
        canvas.text((WIDTH / 2, (room[1] + room[3]) / 2), "No pictures yet", 30, SOFT, anchor="middle")


def _columns(
    canvas: Canvas,
    room: Box,
    usage: UsageChart,
    amounts: Sequence[Sequence[float]],
    colours: Sequence[str],
    written: Callable[[float], str],
    least: float = 1,
) -> None:
    """A column a day, stacked of its amounts, above an axis of round numbers of which ``least`` is the smallest."""
    left, top, right, base = room[0] + 78, room[1] + 28, room[2], room[3] - 34
    ticks = axis(max(map(sum, amounts)), least, max(1, int((base - top) // 40)))
    for tick in ticks:
        y = base - tick / ticks[-1] * (base - top)
        canvas.rect(left, round(y) - 1, right - left, 2, LINE if tick else mixed(LINE, SOFT, 0.5))
        canvas.text((left - 12, y), written(tick), SMALL, SOFT, 84, "end")
    pitch = (right - left) / len(amounts)
    tops: dict[int, float] = {}
    for index, parts in enumerate(amounts):
        if any(parts):
            scale = max((base - top) / ticks[-1], LEAST / sum(parts))
            tops[index] = _column(canvas, (left + pitch * (index + 0.5), base), pitch, parts, colours, scale)
    said = {index: written(sum(amounts[index])) for index in tops}
    if any(width_of(text, SMALL) > pitch - 8 for text in said.values()):  # then above the highest column alone
        highest = min(tops, key=lambda index: tops[index])
        said = {highest: said[highest]}
    for index, text in said.items():
        _label(canvas, (left + pitch * (index + 0.5), tops[index] - 15), text, TEXT, (left, right), ground=True)
    labels = [clean(day.label, 12) for day in usage.days]
    every = ceil((max(width_of(label, SMALL) for label in labels) + 16) / pitch)
    for index in range(len(labels) - 1, -1, -every):
        _label(canvas, (left + pitch * (index + 0.5), base + 20), labels[index], SOFT, (room[0], right))


def _column(
    canvas: Canvas, at: tuple[float, float], pitch: float, parts: Sequence[float], colours: Sequence[str], scale: float
) -> float:
    """One column, a line apart between layers; the height of its top."""
    width, y = min(WIDEST, pitch * 0.72), at[1]
    for amount, colour in zip(parts, colours, strict=True):
        height = amount * scale
        canvas.rect(at[0] - width / 2, y - height, width, height - (2 if y < at[1] and height > 6 else 0), colour)
        y -= height
    return y


def _label(
    canvas: Canvas, at: tuple[float, float], text: str, ink: str, ends: tuple[float, float], *, ground: bool = False
) -> None:
    """A word in the middle of a column, but between the ends; ``ground`` keeps lines from crossing it."""
    half = width_of(text, SMALL) / 2
    x = min(max(at[0], ends[0] + half), ends[1] - half)
    if ground:
        canvas.rect(x - half - 4, at[1] - 12, 2 * half + 8, 24, RAISED)
    canvas.text((x, at[1]), text, SMALL, ink, anchor="middle")


def _members(canvas: Canvas, box: Box, members: Sequence[Share]) -> None:
    """Names, bars of pictures with their number at the end, and credits."""
    left, top, right, _ = _panel(canvas, box, f"Member{'s' * (len(members) != 1)}")
    rest = summed(f"+ {len(members) - TOP:,} other{'s' * (len(members) > TOP + 1)}", members[TOP:])
    start = left + (right - left) * 0.4
    canvas.text((start, box[1] + 35), "pictures", SMALL, SOFT)
    canvas.text((right, box[1] + 35), "credits", SMALL, SOFT, anchor="end")
    most = max(one.pictures for one in members[:TOP]) or 1
    for rank, one in enumerate((*members[:TOP], rest) if len(members) > TOP else members):
        y, own = top + ROW * (rank + 0.5), rank < TOP
        name = clean(one.name, 60) or f"member {rank + 1}"
        canvas.text((left, y), name, WORD, TEXT if own else SOFT, start - left - 14)
        length = max(LEAST, one.pictures / most * (right - start - 165)) if one.pictures and own else 0
        canvas.rect(start, y - 9, length, 18, BAR, 3)
        canvas.text((start + length + (9 if length else 0), y), count(one.pictures), WORD, TEXT if own else SOFT)
        canvas.text((right, y), count(one.credits), WORD, SOFT, anchor="end")


def _providers(canvas: Canvas, box: Box, usage: UsageChart, series: Sequence[Series]) -> None:
    """The legend: colours, names, pictures and costs; beneath each a line as long as its part of all pictures."""
    left, top, right, _ = _panel(canvas, box, f"Provider{'s' * (len(series) != 1)}")
    column = right - 112
    canvas.text((column, box[1] + 35), "pictures", SMALL, SOFT, anchor="end")
    canvas.text((right, box[1] + 35), "cost", SMALL, SOFT, anchor="end")
    shares = [one.share(usage) for one in series]
    whole = sum(one.pictures for one in shares) or 1
    for index, (colour, one) in enumerate(zip(_colours(series), shares, strict=True)):
        y = top + ROW * (index + 0.5) - 5
        canvas.rect(left, y - 8, 16, 16, colour, 5)
        used = canvas.text((column, y), count(one.pictures), WORD, anchor="end")
        canvas.text((left + 27, y), clean(one.name, 40) or "no name", WORD, room=column - used - left - 40)
        canvas.text((right, y), dollars(one.cost_usd), WORD, SOFT, anchor="end")
        canvas.rect(left, y + 18, right - left, 5, GROUND, 2)
        canvas.rect(left, y + 18, one.pictures / whole * (right - left), 5, colour, 2)
