"""Draws what was made as one picture: totals, pictures a day, members, providers, and costs a day."""

from __future__ import annotations

import io

from PIL import Image

from bot.drawing.charts.columns import draw_columns
from bot.drawing.charts.figures import count, dollars, tick_dollars
from bot.drawing.charts.layout import MARGIN, WIDTH, placed
from bot.drawing.charts.panels import SMALL, panel, sheet, width_of, write
from bot.drawing.charts.plot import Chart, Layer
from bot.drawing.charts.rows import BAR, draw_members, draw_providers
from bot.drawing.charts.series import Series, series_of, shares_of
from bot.drawing.charts.values import UsageChart
from bot.drawing.charts.wording import totals
from bot.drawing.tree.lettering import plain
from bot.drawing.tree.palette import DEEP, LINE, RAISED, SOFT, TEXT, mixed
from bot.drawing.tree.plan import Box
from bot.drawing.tree.strokes import box

SHADES = (70, 120, 90, 170, 240, 190, 280, 210, 150, 190, 110, 60)
"""Heights of the columns behind the words that nothing was made."""


def draw(usage: UsageChart) -> bytes:
    """The chart as a PNG, 1600 pixels wide and 800 to about 2000 high."""
    series = series_of(usage)
    places = placed(usage, series)
    image = Image.new("RGB", (WIDTH, places.height), DEEP)
    _header(image, usage)
    if usage.empty:
        _nothing(image, places.pictures)
    else:
        _pictures(image, places.pictures, usage, series)
    if places.members:
        draw_members(image, places.members, usage.members)
    if places.providers:
        draw_providers(image, places.providers, series, shares_of(usage, series))
    if places.costs:
        _costs(image, places.costs, usage)
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=6)
    return out.getvalue()


def _header(image: Image.Image, usage: UsageChart) -> None:
    """The title, the subtitle, and the totals with bright numbers."""
    room = WIDTH - 2 * MARGIN
    write(image, (MARGIN, 74), plain(usage.title, 200) or "Usage", TEXT, 62, "lm", room, bold=True)
    write(image, (MARGIN, 142), plain(usage.subtitle, 200), SOFT, 40, "lm", room)
    if usage.empty:
        return
    text = "  ·  ".join(totals(usage))
    size = next((size for size in (46, 42, 38) if width_of(text, size) <= room), 34)
    x, space = float(MARGIN), width_of(" ", size)
    for word in text.split(" "):
        ink = TEXT if any(letter.isdigit() for letter in word) else SOFT
        x += write(image, (x, 210), word, ink, size, "lm", WIDTH - x) + space if word else space


def _pictures(image: Image.Image, place: Box, usage: UsageChart, series: tuple[Series, ...]) -> None:
    room = panel(image, place, "Pictures a day")
    if not usage.pictures:
        middle = (room[0] + room[2]) / 2, (room[1] + room[3]) / 2
        write(image, middle, "No pictures", SOFT, SMALL, "mm")
        return
    amounts = tuple(tuple(float(one.of(day)) for one in series) for day in usage.days)
    layers = tuple(Layer(one.name, one.colour) for one in series)
    draw_columns(image, room, Chart(_labels(usage), amounts, layers, 1, count, count))


def _costs(image: Image.Image, place: Box, usage: UsageChart) -> None:
    amounts = tuple((round(day.cost_usd, 4),) for day in usage.days)  # a column of less would be none
    chart = Chart(_labels(usage), amounts, (Layer("", BAR),), 0.0001, tick_dollars, dollars)
    draw_columns(image, panel(image, place, "Cost a day"), chart)


def _labels(usage: UsageChart) -> tuple[str, ...]:
    return tuple(plain(day.label, 10) for day in usage.days)


def _nothing(image: Image.Image, place: Box) -> None:
    """The shades of a chart to come, and words."""
    sheet(image, place)
    left, top, right, bottom = place
    middle, base, pitch = (left + right) // 2, bottom - 60, 112
    for index, height in enumerate(SHADES):
        x = middle + pitch * index - pitch * len(SHADES) // 2 + 12
        box(image, (x, base - height, x + pitch - 24, base + 10), 10, mixed(RAISED, LINE, 0.5))
    image.paste(RAISED, (left + 60, base, right - 60, base + 10))  # columns stand flat
    image.paste(LINE, (left + 60, base, right - 60, base + 2))
    write(image, (middle, top + 116), "No pictures yet", TEXT, 54, "mm", bold=True)
    write(image, (middle, top + 190), "The first one that is made will be counted here.", SOFT, 40, "mm")
