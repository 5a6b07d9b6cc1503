"""Panels of rows: the members with bars, and the providers with their colours."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image

from bot.drawing.charts.figures import count, dollars
from bot.drawing.charts.panels import HEAD, PAD, WORD, heading, panel, width_of, write
from bot.drawing.charts.series import Series
from bot.drawing.charts.values import Share, summed
from bot.drawing.tree.lettering import plain
from bot.drawing.tree.palette import DEEP, RAISED, SOFT, TEXT, mixed
from bot.drawing.tree.plan import Box
from bot.drawing.tree.strokes import box

TOP = 10
"""How many members have a row; the rest share one."""

ROW, LOOSE_ROW = 62, 80
"""The least height of a member's row in pixels, and the most."""

PROVIDER_ROW, LOOSE_PROVIDER_ROW = 84, 100
"""The same of a provider's row."""

CREDITS, COSTS = 176, 186
"""Pixels of the last column of each, with what keeps it from the one before."""

BAR = mixed(RAISED, TEXT, 0.5)
"""No hue: hues are providers'."""


def members_height(members: Sequence[Share], row: int = ROW) -> int:
    """The height of the members' panel in pixels."""
    return HEAD + row * _rows(members) + PAD


def providers_height(series: Sequence[Series]) -> int:
    """The height of the providers' panel in pixels."""
    return HEAD + PROVIDER_ROW * len(series) + PAD


def draw_members(image: Image.Image, place: Box, members: Sequence[Share]) -> None:
    """Names, bars of pictures with their number at the end, and credits."""
    left, top, right, bottom = panel(image, place, f"Member{'s' * (len(members) != 1)}")
    start = left + round((right - left) * 0.4)
    heading(image, start, place[1], "pictures", "lm")
    heading(image, right, place[1], "credits", "rm")
    row = min(LOOSE_ROW, (bottom - top) // _rows(members))
    most = max((one.pictures for one in members[:TOP]), default=0)
    longest = right - CREDITS - start - max((width_of(count(one.pictures), WORD) for one in members[:TOP]), default=0)
    for rank, one in enumerate(members[:TOP]):
        y = top + row * rank + row // 2
        write(image, (left, y), plain(one.name, 60) or f"member {rank + 1}", TEXT, WORD, "lm", start - left - 24)
        length = bar_length(one.pictures, most, longest)
        if length:
            box(image, (start, y - 15, start + length, y + 15), 6, BAR)
        write(image, (start + length + 16 * (length > 0), y), count(one.pictures), TEXT, WORD, "lm")
        write(image, (right, y), count(one.credits), SOFT, WORD, "rm")
    if len(members) > TOP:
        rest = summed(f"+ {len(members) - TOP:,} other{'s' * (len(members) > TOP + 1)}", members[TOP:])
        y = top + row * TOP + row // 2
        write(image, (left, y), rest.name, SOFT, WORD, "lm", start - left - 24)
        write(image, (start, y), count(rest.pictures), SOFT, WORD, "lm")
        write(image, (right, y), count(rest.credits), SOFT, WORD, "rm")


def draw_providers(image: Image.Image, place: Box, series: Sequence[Series], shares: Sequence[Share]) -> None:
    """Names, pictures and costs; beneath each a line as long as its part of all pictures."""
    left, top, right, bottom = panel(image, place, f"Provider{'s' * (len(series) != 1)}")
    column = right - COSTS
    heading(image, column, place[1], "pictures", "rm")
    heading(image, right, place[1], "cost", "rm")
    row = min(LOOSE_PROVIDER_ROW, (bottom - top) // len(series))
    whole = sum(one.pictures for one in shares)
    for index, (layer, one) in enumerate(zip(series, shares, strict=True)):
        y = top + row * index + row // 2 - 14
        said = count(one.pictures)
        box(image, (left, y - 13, left + 26, y + 13), 8, layer.colour)
        write(image, (left + 42, y), layer.name, TEXT, WORD, "lm", column - left - 66 - width_of(said, WORD))
        write(image, (column, y), said, TEXT, WORD, "rm")
        write(image, (right, y), dollars(one.cost_usd), SOFT, WORD, "rm")
        box(image, (left, y + 31, right, y + 41), 5, DEEP)
        length = bar_length(one.pictures, whole, right - left)
        if length:
            box(image, (left, y + 31, left + length, y + 41), 5, layer.colour)


def _rows(members: Sequence[Share]) -> int:
    """The members' rows, with the one of all others."""
    return min(len(members), TOP + 1)


def bar_length(pictures: int, most: int, longest: float) -> int:
    """Pixels of a bar; one of anything at all is seen."""
    return max(6, round(pictures / most * longest)) if pictures else 0
