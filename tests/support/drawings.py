"""Reads what a drawing consists of, from its SVG and from its PNG, and values to draw."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any
from xml.etree import ElementTree

from PIL import Image

from bot.drawing import chart, family_tree
from bot.drawing.svg import Canvas
from bot.models.family import Family, Relative, Shown
from bot.models.usage import Day, Share, UsageChart
from bot.ui.views.family import tree_captions
from bot.ui.views.usage_words import captions

SVG = "{http://www.w3.org/2000/svg}"
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Shape:
    """One element: its name, attributes, text, and the box it fills (a text's is as high as its letters)."""

    name: str
    attributes: dict[str, str]
    text: str
    box: Box

    @property
    def fill(self) -> str:
        return self.attributes["fill"]


def shapes(canvas: Canvas, *names: str) -> list[Shape]:
    """The elements of these names, in the order in which they are drawn."""
    root = ElementTree.fromstring(canvas.svg())  # our own
    assert {element.tag for element in root} <= {SVG + name for name in ("rect", "circle", "path", "image", "text")}
    found = [(element.tag.removeprefix(SVG), dict(element.attrib), element.text or "") for element in root]
    return [Shape(name, its, text, _box(name, its)) for name, its, text in found if not names or name in names]


def _box(name: str, its: dict[str, str]) -> Box:
    def get(key: str) -> float:
        return float(its[key])

    if name == "text":
        left, base, size = get("x"), get("y"), get("font-size")
        return left, base - size * 0.7, left + get("textLength"), base + size * 0.15
    if name == "circle":
        return get("cx") - get("r"), get("cy") - get("r"), get("cx") + get("r"), get("cy") + get("r")
    if name == "path":
        numbers = [float(number) for number in re.findall(r"-?[\d.]+", its["d"])]
        return numbers[0], numbers[1], numbers[0], numbers[1]
    return get("x"), get("y"), get("x") + get("width"), get("y") + get("height")


def overlap(one: Box, other: Box) -> bool:
    """Whether two boxes share more than a hair's breadth."""
    return one[0] + 0.1 < other[2] and other[0] + 0.1 < one[2] and one[1] + 0.1 < other[3] and other[1] + 0.1 < one[3]


def inside(one: Box, other: Box) -> bool:
    """Whether the first box does not leave the second."""
    return (
        one[0] >= other[0] - 0.1 and one[1] >= other[1] - 0.1 and one[2] <= other[2] + 0.1 and one[3] <= other[3] + 0.1
    )


def overlapping_texts(canvas: Canvas) -> list[tuple[str, str]]:
    """Texts that are written over each other."""
    return [(a.text, b.text) for a, b in combinations(shapes(canvas, "text"), 2) if overlap(a.box, b.box)]


def opened(data: bytes) -> Image.Image:
    """A PNG, decoded."""
    image = Image.open(io.BytesIO(data))
    image.load()
    assert image.format == "PNG"
    return image.convert("RGB")


def encoded(size: tuple[int, int] = (256, 192), colour: str = "#FF0000") -> bytes:
    """A JPEG of one colour."""
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "JPEG", quality=95)
    return out.getvalue()


def relative(
    number: int, *parents: int, member: int = 1, name: str = "Anna", words: str = "add a boat", **more: Any
) -> Relative:
    """A picture of a family by its number."""
    return Relative(f"c{number}-1", tuple(f"c{p}-1" for p in parents), member, name, words, 1000 * number, **more)


def chain(length: int, current: int | None = None) -> Family:
    """Each picture made from the one before."""
    last = length - 1 if current is None else current
    return Family(tuple(relative(n, *([n - 1] if n else [])) for n in range(length)), f"c{last}-1")


def star(length: int, current: int) -> Family:
    """All pictures made from the first."""
    return Family(tuple(relative(n, *([0] if n else [])) for n in range(length)), f"c{current}-1")


def share(name: str, pictures: int) -> Share:
    """What one made, two credits a picture."""
    return Share(name, pictures, 2 * pictures, 0.04 * pictures)


def usage(
    *days: dict[str, int] | int,
    cost: float = 0.04,
    members: Iterable[str] = ("user 0", "user 1"),
    providers: bool = True,
) -> UsageChart:
    """A usage of these days, whose members and providers agree with them."""
    made = [day if isinstance(day, dict) else {"bfl": day} for day in days]
    total = sum(sum(day.values()) for day in made)
    names = dict.fromkeys(name for day in made for name in day)
    people = tuple(members)
    return UsageChart(
        "Anna's Server",
        "the last days",
        tuple(Day(f"{n} Nov", day, sum(day.values()) * cost) for n, day in enumerate(made, 1)),
        tuple(share(name, total // len(people)) for name in people),
        tuple(share(name, sum(day.get(name, 0) for day in made)) for name in names) if providers else (),
    )


def draw_usage(one: UsageChart) -> bytes:
    """A chart with English words."""
    return chart.draw_usage(one, captions(one))


def usage_canvas(one: UsageChart) -> Canvas:
    """The same before it is rasterised."""
    return chart.usage_canvas(one, captions(one))


def draw_family(part: Shown, thumbnails: Mapping[str, bytes]) -> bytes:
    """A tree with English words."""
    return family_tree.draw_family(part, thumbnails, tree_captions(part))


def family_canvas(part: Shown, thumbnails: Mapping[str, bytes]) -> Canvas:
    """The same before it is rasterised."""
    return family_tree.family_canvas(part, thumbnails, tree_captions(part))
