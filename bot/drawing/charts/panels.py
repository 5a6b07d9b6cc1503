"""The frame around a part of the picture, and lines of words inside it."""

from __future__ import annotations

from PIL import Image, ImageDraw

from bot.drawing.tree.lettering import fitted, font_of
from bot.drawing.tree.palette import LINE, RAISED, RGB, SOFT, TEXT
from bot.drawing.tree.plan import Box
from bot.drawing.tree.strokes import box, grown

WORD, SMALL = 40, 36
"""Sizes of letters in pixels. The picture is shown at a quarter to a third of its width: these are 9 to 13 there."""

SIDE, HEAD, PAD = 36, 96, 28
"""A panel's margin at the left and right, the height of its title's line, and its margin below, in pixels."""

_TITLE = 58


def panel(image: Image.Image, place: Box, title: str) -> Box:
    """Draw a panel with its title; what is left inside."""
    sheet(image, place)
    left, top, right, bottom = place
    write(image, (left + SIDE, top + _TITLE), title, TEXT, WORD, "lm", bold=True)
    return left + SIDE, top + HEAD, right - SIDE, bottom - PAD


def sheet(image: Image.Image, place: Box) -> None:
    """Draw the ground of a panel."""
    _slab(image, place, 24, LINE)
    _slab(image, grown(place, -2), 22, RAISED)


def _slab(image: Image.Image, place: Box, radius: int, colour: RGB) -> None:
    """A large rounded box in three parts, so that no mask of its whole size is kept."""
    left, top, right, bottom = place
    for edge in (top, bottom - 2 * radius):
        box(image, (left, edge, right, edge + 2 * radius), radius, colour)
    image.paste(colour, (left, top + radius, right, bottom - radius))


def heading(image: Image.Image, x: float, top: int, text: str, anchor: str) -> None:
    """Write what a column is, in the line of the panel's title."""
    write(image, (x, top + _TITLE), text, SOFT, SMALL, anchor)


def write(
    image: Image.Image,
    at: tuple[float, float],
    text: str,
    ink: RGB,
    size: int,
    anchor: str,
    room: float = 10_000,
    bold: bool = False,
) -> float:
    """Write one line, cut to ``room`` pixels; how wide it became."""
    font = font_of(size)
    text = fitted(text, font, room)
    ImageDraw.Draw(image).text(at, text, ink, font, anchor=anchor, stroke_width=0.4 if bold else 0, stroke_fill=ink)
    return font.getlength(text)


def width_of(text: str, size: int) -> float:
    """How wide a line is."""
    return font_of(size).getlength(text)
