"""Smooth-edged shapes: rounded boxes, arrowheads, and ways with rounded corners, made of small cached masks."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from PIL import Image, ImageDraw

from bot.drawing.tree.palette import RGB
from bot.drawing.tree.plan import Box, Point

FINE = 4
"""How many times finer masks are drawn before they are made smooth."""


@lru_cache(maxsize=64)
def box_mask(size: tuple[int, int], radius: int) -> Image.Image:
    """A mask of a box with rounded corners; not to be changed."""
    mask = Image.new("L", size, 255)
    radius = min(radius, size[0] // 2, size[1] // 2)
    disc = _ring(radius, radius)
    for x, left in ((0, 0), (size[0] - radius, radius)):
        for y, top in ((0, 0), (size[1] - radius, radius)):
            mask.paste(disc.crop((left, top, left + radius, top + radius)), (x, y))
    return mask


def box(image: Image.Image, place: Box, radius: int, colour: RGB) -> None:
    """Fill a box with rounded corners."""
    image.paste(colour, place, box_mask((place[2] - place[0], place[3] - place[1]), radius))


def grown(place: Box, by: int) -> Box:
    """The box, larger on every side (or smaller)."""
    return place[0] - by, place[1] - by, place[2] + by, place[3] + by


@lru_cache(maxsize=128)
def _ring(outer: int, width: int) -> Image.Image:
    """A ring of an outer radius; a disc if it is as wide as that."""
    side = max(1, 2 * outer)
    mask = Image.new("L", (side * FINE, side * FINE))
    draw = ImageDraw.Draw(mask)
    draw.ellipse((0, 0, side * FINE - 1, side * FINE - 1), 255)
    if width < outer:
        inner, far = width * FINE, (side - width) * FINE - 1
        draw.ellipse((inner, inner, far, far), 0)
    return mask.reduce(FINE)


@lru_cache(maxsize=8)
def _head(length: int) -> Image.Image:
    """An arrowhead that points right."""
    side = length * FINE
    mask = Image.new("L", (side, side))
    ImageDraw.Draw(mask).polygon(
        [(0, side // 12), (side - 1, side // 2), (0, side - side // 12), (side // 5, side // 2)], 255
    )
    return mask.reduce(FINE)


def arrow(image: Image.Image, tip: Point, length: int, colour: RGB) -> None:
    """An arrowhead that points right and ends at ``tip``."""
    image.paste(colour, (tip[0] - length, tip[1] - length // 2), _head(length))


def trace(image: Image.Image, points: Sequence[Point], width: int, radius: int, colour: RGB, dash: int = 0) -> None:
    """A line along right angles with rounded corners; ``width`` is even, ``dash`` the length of dashes and gaps."""
    ends = list(points)
    half = width // 2
    for index in range(1, len(points) - 1):
        before, corner, after = ends[index - 1], points[index], points[index + 1]
        into, out = _direction(before, corner), _direction(corner, after)
        room = min(_length(points[index - 1], corner), _length(corner, after)) // 2
        bend = min(radius, room)
        start = corner[0] - into[0] * bend, corner[1] - into[1] * bend
        _straight(image, before, start, half, colour, dash)
        _bend(image, corner, into, out, bend, width, colour)
        ends[index] = corner[0] + out[0] * bend, corner[1] + out[1] * bend
    _straight(image, ends[-2], ends[-1], half, colour, dash)


def _bend(image: Image.Image, corner: Point, into: Point, out: Point, bend: int, width: int, colour: RGB) -> None:
    half = width // 2
    outer = bend + half
    middle = corner[0] + (out[0] - into[0]) * bend, corner[1] + (out[1] - into[1]) * bend
    left, top = middle[0] - outer * (into[0] - out[0] < 0), middle[1] - outer * (into[1] - out[1] < 0)
    ring = _ring(outer, width)
    x, y = left - middle[0] + outer, top - middle[1] + outer
    image.paste(colour, (left, top), ring.crop((x, y, x + outer, y + outer)))


def _straight(image: Image.Image, start: Point, end: Point, half: int, colour: RGB, dash: int) -> None:
    (left, right), (top, bottom) = sorted((start[0], end[0])), sorted((start[1], end[1]))
    level = top == bottom
    length = right - left if level else bottom - top
    for at in range(0, length, 2 * dash or max(1, length)):
        stop = min(length, at + (dash or length))
        place = (
            (left + at, top - half, left + stop, top + half)
            if level
            else (left - half, top + at, left + half, top + stop)
        )
        image.paste(colour, place)


def _direction(start: Point, end: Point) -> Point:
    across, down = end[0] - start[0], end[1] - start[1]
    return (across > 0) - (across < 0), (down > 0) - (down < 0)


def _length(start: Point, end: Point) -> int:
    return abs(end[0] - start[0]) + abs(end[1] - start[1])
