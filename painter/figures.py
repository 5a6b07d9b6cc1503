"""Figures in flat shapes, recognisable from afar: animals, houses and things that a prompt names, and hats for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from painter.palette import COLOUR_WORDS, RGB, Palette, from_code, mix, shift
from painter.surface import Picture, Point, Stencil, softened, tint
from painter.words import Words, mentions


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure in a square of 100 by 100, its feet at 100."""

    cues: frozenset[str]
    home: str
    """The scene that it is at home in, where the prompt names no place; a hat's is a head."""
    size: int
    """Its side, in hundredths of the sheet's."""
    coat: str
    shapes: tuple[str, ...]
    head: tuple[float, float, float]
    """Where a hat sits, and how wide it is; 0 where none does."""


def _read() -> tuple[Figure, ...]:
    """The figures of `figures.txt`, which says how they are written."""
    text = (Path(__file__).parent / "figures.txt").read_text(encoding="utf-8")
    found: list[Figure] = []
    for block in text.split("\n\n")[1:]:
        title, *shapes = block.strip().splitlines()
        cues, home, size, coat, head = (part.strip() for part in title.split("|"))
        x, y, wide = map(float, head.split()) if head != "-" else (0.0, 0.0, 0.0)
        found.append(Figure(frozenset(cues.split()), home, int(size), coat, tuple(shapes), (x, y, wide)))
    return tuple(found)


FIGURES = _read()
NUMBERS = {"two": 2, "pair": 2, "three": 3, "four": 4, "five": 5}
FLOORS = {"sea": 0.82, "deep": 0.7, "air": 0.62, "space": 0.72}
"""Where the feet of those are that stand on no ground, as a share of the height."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A figure as a prompt asks for it."""

    figure: Figure
    colour: RGB | None
    count: int


def wanted(words: Words, hats: bool = False) -> list[Wanted]:
    """The figures that the prompt names, those in the back first, each in the colour that stands before its name."""
    found: list[Wanted] = []
    for figure in FIGURES:
        if (figure.home == "head") == hats and mentions(words, *figure.cues):
            at = next(index for index, word in enumerate(words) if word in figure.cues)
            before = words[max(0, at - 3) : at]
            colour = next((word for word in reversed(before) if word in COLOUR_WORDS), None)
            number = next((word for word in before if word in NUMBERS), None)
            words.heard.update(word for word in (colour, number) if word)
            found.append(
                Wanted(figure, from_code(COLOUR_WORDS[colour]) if colour else None, NUMBERS.get(number or "", 1))
            )
    return found[-4:]


def draw(image: Picture, one: Wanted, left: float, top: float, size: float, palette: Palette) -> None:
    """Lay a figure down; where it is night the dark takes some of its colours."""
    coat = one.colour or from_code(one.figure.coat)
    coat = shift(coat, 0.14) if one.colour and max(coat) < 60 else coat  # eyes have to be seen on it
    inks = {"a": coat, "d": shift(coat, -0.12), "l": mix(coat, (252, 246, 236), 0.72), "k": (34, 28, 34)}
    inks |= {"w": (250, 246, 238), "p": palette.accent, "t": (112, 80, 60)}
    inks = {name: mix(colour, palette.near, 0.3 if palette.dark else 0) for name, colour in inks.items()}
    inks["g"] = mix(palette.light, (255, 214, 120), 0.55)
    for shape in one.figure.shapes:
        stencil, (ink, kind), numbers = Stencil(image.size), shape[:2], shape[2:].split()
        wide = float(numbers.pop(0)) if kind == "/" else 0.0
        points = [tuple(float(part) * size / 100 for part in number.split(",")) for number in numbers]
        places = [(left + point[0], top + point[1]) for point in points]
        if kind == "o":
            stencil.ellipse(*places[0], points[0][2], points[0][3])
        elif kind == "/":
            stencil.line(places, wide * size / 100)
        else:
            stencil.polygon(rounded(places) if kind == "~" else places)
        tint(image, inks[ink], stencil.mask())


def rounded(points: Sequence[Point]) -> list[Point]:
    """A closed curve through the points (Catmull-Rom)."""
    found: list[Point] = []
    for index in range(len(points)):
        near = [points[(index + step) % len(points)] for step in (-1, 0, 1, 2)]
        for t in (0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875):
            weights = (-t + 2 * t**2 - t**3, 2 - 5 * t**2 + 3 * t**3, t + 4 * t**2 - 3 * t**3, t**3 - t**2)
            x, y = (sum(w * p[axis] for w, p in zip(weights, near, strict=True)) / 2 for axis in (0, 1))
            found.append((x, y))
    return found


def place(image: Picture, words: Words, palette: Palette, middle: float) -> None:
    """Set every figure that the prompt names into a picture, side by side around ``middle`` (a share of its width)."""
    unit = (image.width * image.height) ** 0.5 / 100
    figures = [one for one in wanted(words) for _ in range(one.count)][:6]
    hats = wanted(words, hats=True) if any(one.figure.head[2] for one in figures) else []
    row = sum(one.figure.size for one in figures) * unit
    scale = min(1.25 if len(figures) == 1 else 1.0, image.width * 0.94 / row)
    left = max(image.width * 0.03, min(image.width * middle - row * scale / 2, image.width * 0.97 - row * scale))
    for one in figures:
        size, floating = one.figure.size * unit * scale, FLOORS.get(one.figure.home)
        foot = image.height * (floating or 0.94)
        if floating is None:
            shadow = Stencil(image.size)
            shadow.ellipse(left + size / 2, foot - size * 0.01, size * 0.42, size * 0.035)
            tint(image, palette.near, softened(shadow.mask(), 4), 0.4)
        draw(image, one, left, foot - size, size, palette)
        x, y, wide = (value * size / 100 for value in one.figure.head)
        for hat in hats[:1] if wide else ():
            draw(image, hat, left + x - wide * 0.6, foot - size + y - wide * 1.06, wide * 1.2, palette)
        left += size
