"""Scenes of nothing but form: folded ribbons, shapes on paper, a great bloom and silk."""

# Pillow's signatures name numpy's types, which is not installed.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import math
import random

from PIL import Image, ImageChops

from painter.palette import RGB, mix, shift
from painter.sheet import Sheet
from painter.surface import Picture, Point, Size, Stencil, coloured, glow, gradient, scaled, softened, swell, tint


def ribbons(sheet: Sheet) -> Picture:
    """Layers of cut paper in long waves, each with the shadow of the one above."""
    rng, palette = sheet.rng, sheet.palette
    stops = (palette.light, *reversed(palette.sky), palette.near)
    image = gradient(sheet.size, stops[:2])
    count = sheet.layers(9, 13)
    phases = [rng.uniform(0, math.tau) for _ in range(4)]
    special = rng.randrange(2, count - 2)
    at = (rng.uniform(0.25, 0.75) * sheet.width, rng.uniform(0.14, 0.24) * sheet.height)
    sun = Stencil(sheet.size)
    sun.ellipse(*at, rng.uniform(6, 10) * sheet.unit)
    _cut(sheet, image, sun.mask(), (palette.accent, mix(palette.accent, palette.light, 0.4)))
    drift = rng.uniform(0.25, 0.6)
    for index in range(count):
        share = index / (count - 1)
        moved = [phase + drift * index * (1 + 0.4 * k) for k, phase in enumerate(phases)]
        level = 0.2 + 0.72 * share
        crest = [
            (x / 120 * sheet.width, (level + swell(x / 120 * 1.7, moved) * 0.12 * (1 - 0.4 * share)) * sheet.height)
            for x in range(121)
        ]
        stencil = Stencil(sheet.size)
        stencil.polygon([*crest, (sheet.width, sheet.height), (0, sheet.height)])
        colour = palette.accent if index == special else _along(stops, share)
        _cut(sheet, image, stencil.mask(), (shift(colour, 0.05), shift(colour, -0.05)))
    return image


def _along(stops: tuple[RGB, ...], share: float) -> RGB:
    place = share * (len(stops) - 1)
    left = min(int(place), len(stops) - 2)
    return mix(stops[left], stops[left + 1], place - left)


def _cut(sheet: Sheet, image: Picture, mask: Picture, colours: tuple[RGB, RGB]) -> None:
    """Lay a cut sheet of paper on the picture, with its soft shadow."""
    small = mask.reduce(4)
    shadow = softened(ImageChops.offset(small, 1, -2), sheet.unit * 0.3).resize(sheet.size)
    tint(image, mix(sheet.palette.near, (0, 0, 0), 0.3), shadow, 0.34)
    box = mask.getbbox()
    if box:
        image.paste(gradient((box[2] - box[0], box[3] - box[1]), colours), box[:2], mask.crop(box))


def _inks(sheet: Sheet) -> tuple[RGB, ...]:
    palette = sheet.palette
    ink = palette.near
    other = mix(palette.sky[0], palette.near, 0.35) if not palette.dark else palette.sky[2]
    gold = mix(palette.accent, (236, 190, 90), 0.65)
    return (palette.accent, ink, gold, mix(other, (70, 120, 130), 0.35), mix(palette.accent, palette.paper, 0.6))


def shapes(sheet: Sheet) -> Picture:
    """A poster: one great disc, some bars and arcs, thin lines; colours multiply where they meet."""
    rng, unit, inks = sheet.rng, sheet.unit, _inks(sheet)
    image = Image.new("RGB", sheet.size, sheet.palette.paper)
    cx, cy = sheet.width * rng.uniform(0.38, 0.62), sheet.height * rng.uniform(0.36, 0.5)
    radius = unit * rng.uniform(19, 26)
    angle = rng.choice((0.0, math.pi / 4, -math.pi / 4, math.pi / 2, 0.3))
    forms = [
        (_round(cx, cy, radius), inks[0]),
        (_bar(cx + radius * 0.5, cy + radius * 0.7, unit * 58, unit * rng.uniform(6, 11), angle), inks[3]),
        (
            _half(cx - radius * 0.9, cy + radius * 1.15, radius * 0.72, angle + math.pi * rng.choice((0, 1))),
            inks[1],
        ),
        (_round(cx + radius * 1.15, cy - radius * 0.75, radius * rng.uniform(0.3, 0.42)), inks[2]),
        (_bar(cx - radius * 0.8, cy - radius * 0.9, unit * 34, unit * 2.2, angle + math.pi / 2), inks[2]),
        (_round(cx + radius * 0.2, cy + radius * 1.7, radius * 0.2), inks[0]),
        (_half(cx + radius * 1.25, cy + radius * 0.95, radius * 0.5, angle), inks[4]),
    ][: sheet.layers(6, 7)]
    for points, colour in forms:
        stencil = Stencil(sheet.size)
        stencil.polygon(points)
        ink = Image.composite(
            Image.new("RGB", sheet.size, colour), Image.new("RGB", sheet.size, (255, 255, 255)), stencil.mask()
        )
        image = ImageChops.multiply(image, ink)
    lines = Stencil(sheet.size)
    for index in range(sheet.layers(4, 7)):
        offset = (index - 2) * unit * 1.6
        lines.line(
            _segment(cx + offset + radius * 0.9, cy - radius * 0.2 + offset, unit * 40, angle + math.pi / 2),
            unit * 0.12,
        )
    lines.ring(cx, cy, radius * 1.32, unit * 0.14)
    tint(image, inks[1], lines.mask(), 0.85)
    return image


def _round(x: float, y: float, radius: float) -> list[Point]:
    return [(x + math.cos(t / 90 * math.tau) * radius, y + math.sin(t / 90 * math.tau) * radius) for t in range(90)]


def _half(x: float, y: float, radius: float, angle: float) -> list[Point]:
    turns = [angle + t / 60 * math.pi for t in range(61)]
    return [(x + math.cos(turn) * radius, y + math.sin(turn) * radius) for turn in turns]


def _bar(x: float, y: float, long: float, wide: float, angle: float) -> list[Point]:
    (ax, ay), (bx, by) = _segment(x, y, long, angle)
    dx, dy = -math.sin(angle) * wide / 2, math.cos(angle) * wide / 2
    return [(ax + dx, ay + dy), (bx + dx, by + dy), (bx - dx, by - dy), (ax - dx, ay - dy)]


def _segment(x: float, y: float, long: float, angle: float) -> list[Point]:
    dx, dy = math.cos(angle) * long / 2, math.sin(angle) * long / 2
    return [(x - dx, y - dy), (x + dx, y + dy)]


def bloom(sheet: Sheet) -> Picture:
    """One great flower of translucent petals, ring within ring."""
    rng, palette = sheet.rng, sheet.palette
    image = gradient(sheet.size, (palette.sky[0], palette.sky[1], mix(palette.sky[0], palette.near, 0.3)))
    cx, cy = sheet.width * rng.uniform(0.45, 0.55), sheet.height * rng.uniform(0.46, 0.54)
    reach = min(max(sheet.size) * 0.5, min(sheet.size) * 0.62)
    glow(image, (cx, cy), reach * 2, palette.sky[3], 0.6, 1.8)
    rings, petals = sheet.layers(6, 8), rng.choice((10, 12, 14))
    for ring in range(rings):
        share = ring / (rings - 1)
        radius = reach * (1 - 0.82 * share)
        colour = _along(
            (mix(palette.sky[1], palette.accent, 0.3), palette.accent, mix(palette.accent, palette.light, 0.7)),
            share,
        )
        turn = rng.uniform(0, math.tau)
        for half in range(2):
            stencil = Stencil(sheet.size)
            for index in range(half, petals, 2):
                stencil.polygon(
                    _petal(cx, cy, radius * rng.uniform(0.92, 1.05), turn + index / petals * math.tau, petals)
                )
            mask = stencil.mask()
            if half == 0:
                tint(image, palette.near, softened(mask, sheet.unit * 2), 0.3)
            tint(image, shift(colour, 0.05 * half), mask, 0.7)
            tint(image, palette.light, ImageChops.subtract(mask, ImageChops.offset(mask, 2, 2)), 0.25)
    glow(image, (cx, cy), reach * 0.4, palette.light, 0.55, 2)
    return image


def _petal(x: float, y: float, long: float, angle: float, count: int) -> list[Point]:
    wide = 3.4 / count
    points: list[Point] = []
    for side in (-1, 1):
        steps = range(17) if side < 0 else range(16, -1, -1)
        for step in steps:
            share = step / 16
            off = side * wide * math.sin(share**0.8 * math.pi) ** 0.8
            points.append((x + math.cos(angle + off) * long * share, y + math.sin(angle + off) * long * share))
    return points


def silk(sheet: Sheet) -> Picture:
    """Veils of light: bundles of fine threads that run, fold over themselves and turn."""
    rng, palette = sheet.rng, sheet.palette
    ground = gradient(sheet.size, (palette.near, mix(palette.near, palette.sky[0], 0.5), palette.near))
    glow(ground, (sheet.width * rng.uniform(0.2, 0.8), sheet.height * 0.5), sheet.unit * 75, palette.sky[0], 0.5, 1.6)
    veils = sheet.layers(4, 6)
    upright = rng.random() < 0.3
    size = (sheet.height, sheet.width) if upright else sheet.size
    if upright:
        ground = ground.transpose(Image.Transpose.ROTATE_90)
    hues = (palette.sky[0], palette.sky[1], palette.accent, palette.sky[2], palette.sky[3], palette.accent)
    for index in range(veils):
        ends = (mix(hues[index], palette.near, 0.25), mix(hues[index], palette.light, 0.6))
        ground = _veil(ground, size, rng, ends, sheet.layers(64, 110))
    return ground.transpose(Image.Transpose.ROTATE_270) if upright else ground


def _veil(ground: Picture, size: Size, rng: random.Random, colours: tuple[RGB, RGB], threads: int) -> Picture:
    """One bundle of threads between two wandering lines; where the lines cross, the veil turns over."""
    first, second = ([rng.uniform(0, math.tau) for _ in range(4)] for _ in range(2))
    level, spread, pace = rng.uniform(0.3, 0.7), rng.uniform(0.05, 0.17), rng.uniform(0.9, 1.7)
    body, bright = Stencil(size), Stencil(size)
    steps = [step / 70 for step in range(71)]
    rows = [
        (level - spread + 0.2 * swell(x * pace, first), level + spread + 0.2 * swell(x * pace, second)) for x in steps
    ]
    for index in range(threads):
        share = index / (threads - 1)
        line = [(x * size[0], (a + (b - a) * share) * size[1]) for x, (a, b) in zip(steps, rows, strict=True)]
        bright.line(line, 0.9, round(40 + 200 * share**2))
    outline = [(x * size[0], a * size[1]) for x, (a, _) in zip(steps, rows, strict=True)]
    body.polygon([*outline, *((x * size[0], b * size[1]) for x, (_, b) in zip(steps[::-1], rows[::-1], strict=True))])
    mask = body.mask()
    tint(ground, colours[0], mask, 0.42)
    tint(ground, colours[0], softened(mask, size[1] * 0.03), 0.25)
    light = bright.mask()
    glowing = ImageChops.add(light, softened(light, 5), 1.3)
    return ImageChops.screen(ground, coloured(scaled(glowing, 0.75), ((0, 0, 0), colours[1])))
