"""Scenes of the land: layered mountains, dunes and a forest of trunks in mist."""

# Pillow's signatures name numpy's types, which is not installed.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import math
import random

from PIL import Image, ImageChops, ImageOps

from painter import heaven
from painter.palette import RGB, mix, shift
from painter.sheet import Sheet
from painter.surface import (
    Picture,
    Point,
    Stencil,
    curve,
    disc,
    fade,
    gradient,
    noise,
    shaded,
    softened,
    swell,
    tint,
    warped,
)


def mountains(sheet: Sheet) -> Picture:
    """Ridge behind ridge in mist, under a sun or a moon; at times mirrored in a lake."""
    rng, palette = sheet.rng, sheet.palette
    lake = sheet.says("lake", "reflection", "mirror", "river") or rng.random() < 0.3
    horizon = rng.uniform(0.5, 0.6)
    image = heaven.sky(sheet, horizon + 0.1)
    if palette.dark:
        heaven.stars(image, rng, sheet.layers(260, 480), sheet.height * horizon)
    at = (rng.uniform(0.22, 0.78) * sheet.width, rng.uniform(0.2, 0.4) * sheet.height)
    heaven.luminary(sheet, image, at, rng.uniform(3.5, 7) * sheet.unit * (1.6 if sheet.says("moon", "sun") else 1))
    if not palette.dark and rng.random() < 0.6:
        heaven.birds(sheet, image, mix(palette.near, palette.sky[1], 0.4))
    ridges = sheet.layers(5, 7)
    last = 0.66 if lake else 0.86
    for index in range(ridges):
        depth = index / (ridges - 1)
        level = horizon - 0.1 + (last - horizon + 0.1) * depth
        ridge(sheet, image, level, 0.17 * (1 - depth * 0.45), depth, 0.58 - 0.08 * depth)
    if lake:
        return reflected(sheet, image, 0.7)
    return image


def ridge(sheet: Sheet, image: Picture, level: float, height: float, depth: float, crag: float) -> None:
    """One line of mountains; ``depth`` is 0 for the farthest, 1 for the nearest, which carries trees."""
    rng, palette = sheet.rng, sheet.palette
    line = curve(240, rng, crag, rng.choice((3, 4, 5)))
    skyline = [(x / 239 * sheet.width, (level - height * value * 0.5) * sheet.height) for x, value in enumerate(line)]
    stencil = Stencil(sheet.size)
    stencil.polygon([*skyline, (sheet.width, sheet.height), (0, sheet.height)])
    if depth > 0.6:
        tall = sheet.unit * (1.6 + 3.4 * depth)
        conifers(stencil, skyline, rng, tall, sheet.layers(2, 3))
    top = mix(palette.sky[2], palette.near, 0.18 + 0.82 * depth**1.25)
    foot = mix(top, palette.haze, 0.55 * (1 - depth * 0.75))
    peak = max(0, round((level - height * 0.55) * sheet.height))
    span = max(2, min(sheet.height - peak, round(sheet.height * 0.36)))
    paint = Image.new("RGB", sheet.size, foot)
    paint.paste(gradient((sheet.width, span), (top, top, foot)), (0, peak))
    image.paste(paint, (0, 0), stencil.mask())


def conifers(stencil: Stencil, skyline: list[Point], rng: random.Random, tall: float, density: int) -> None:
    """Firs along a skyline, in groves rather than in rows."""
    grove = curve(len(skyline), rng, 0.7, 7)
    for (x, y), thick in zip(skyline, grove, strict=True):
        for _ in range(density if thick > -0.2 else 0):
            height = tall * rng.uniform(0.45, 1.0) * (0.7 + 0.4 * thick)
            fir(stencil, x + rng.uniform(-tall, tall) * 0.6, y + height * 0.25, height)


def fir(stencil: Stencil, x: float, foot: float, height: float) -> None:
    """One fir in three tiers."""
    for tier in range(3):
        top, wide = foot - height * (1 - tier * 0.24), height * (0.09 + 0.055 * tier)
        low = foot - height * (0.62 - tier * 0.26)
        stencil.polygon(((x, top), (x + wide, low), (x - wide, low)))
    stencil.rectangle(x - height * 0.02, foot - height * 0.2, x + height * 0.02, foot)


def reflected(sheet: Sheet, image: Picture, shore: float) -> Picture:
    """The picture with everything below the shore turned into still water."""
    line = round(sheet.height * shore)
    depth = sheet.height - line
    above = image.crop((0, max(0, line - depth), sheet.width, line))
    mirror = ImageOps.flip(above).resize((sheet.width, depth))
    mirror = warped(softened(mirror, 3), sheet.rng, 5, 20, 14)
    mirror = Image.blend(mirror, Image.new("RGB", mirror.size, mix(sheet.palette.near, sheet.palette.sky[1], 0.5)), 0.3)
    image = image.copy()
    image.paste(mirror, (0, line))
    ripples(sheet, image, line, mix(sheet.palette.light, sheet.palette.haze, 0.5), 0.32)
    return image


def ripples(sheet: Sheet, image: Picture, line: int, colour: RGB, strength: float) -> None:
    """Fine level strokes on water, closer together towards the shore."""
    rng, stencil = sheet.rng, Stencil(sheet.size)
    for _ in range(sheet.layers(170, 300)):
        share = rng.random() ** 1.8
        y, x = line + share * (sheet.height - line), rng.uniform(-0.1, 1) * sheet.width
        length = sheet.unit * (2 + 12 * share) * rng.uniform(0.4, 1.3)
        stencil.ellipse(x + length / 2, y, length / 2, 0.5 + share * 1.2, rng.randint(40, 200))
    tint(image, colour, stencil.mask(), strength)


def dunes(sheet: Sheet) -> Picture:
    """Sand in long folds, lit from one side."""
    rng, palette = sheet.rng, sheet.palette
    image = heaven.sky(sheet, 0.5)
    right = rng.random() < 0.5
    at = (rng.uniform(0.62, 0.8) * sheet.width, rng.uniform(0.16, 0.3) * sheet.height)
    at = at if right else (sheet.width - at[0], at[1])
    if palette.dark:
        heaven.stars(image, rng, 420, sheet.height * 0.5)
    heaven.luminary(sheet, image, at, rng.uniform(3.5, 6) * sheet.unit)
    folds = sheet.layers(6, 8)
    for index in range(folds):
        depth = index / (folds - 1)
        lit = mix(palette.haze, mix(palette.accent, palette.near, 0.18 * depth), 0.2 + 0.62 * depth)
        dune(sheet, image, 0.46 + 0.42 * depth**1.2, (lit, mix(lit, palette.near, 0.35 + 0.3 * depth)), right)
    return image


def dune(sheet: Sheet, image: Picture, level: float, colours: tuple[RGB, RGB], right: bool) -> None:
    """One fold: bright where it faces the sun, its slip face in shadow along a winding edge."""
    rng, (lit, shade) = sheet.rng, colours
    peak, height = rng.uniform(0.1, 0.9), rng.uniform(0.05, 0.11)
    phases = [rng.uniform(0, math.tau) for _ in range(3)]
    crest: list[Point] = []
    for step in range(161):
        share = step / 160
        away = abs(share - peak) * 1.5
        y = level + 0.03 * swell(share, phases) - height * math.exp(-(away**1.3) * 4)
        crest.append((share * sheet.width, y * sheet.height))
    body = Stencil(sheet.size)
    body.polygon([*crest, (sheet.width, sheet.height), (0, sheet.height)])
    mask = body.mask()
    top = max(0, round(min(y for _, y in crest)))
    paint = Image.new("RGB", sheet.size, shade)
    ground_colours = (lit, mix(lit, shade, 0.25), mix(lit, shade, 0.7))
    paint.paste(gradient((sheet.width, max(2, round((sheet.height - top) * 0.8))), ground_colours), (0, top))
    image.paste(paint, (0, 0), mask)
    summit = min(range(len(crest)), key=lambda index: crest[index][1])
    slope = crest[: summit + 1] if right else crest[summit:]
    edge, away = (slope[-1], -1) if right else (slope[0], 1)
    drop = sheet.height * 0.3
    bends = [
        (edge[0] + away * (math.sin(t / 12 * 5) * 1.6 - t * 0.9) * sheet.unit, edge[1] + drop * t / 12)
        for t in range(13)
    ]
    far = slope[0] if right else slope[-1]
    face = Stencil(sheet.size)
    ordered = slope if right else slope[::-1]
    face.polygon([*ordered, *bends, (far[0], far[1] + drop)])
    fall = fade(sheet.size, edge[1] + drop, edge[1])
    tint(image, shade, ImageChops.multiply(ImageChops.multiply(mask, face.mask()), fall), 0.62)


def forest(sheet: Sheet) -> Picture:
    """Trunks behind trunks, light between them; birches and snow where the prompt has them."""
    rng, palette = sheet.rng, sheet.palette
    wintry = sheet.says("snow", "snowy", "winter", "frost", "ice")
    deep = mix(palette.sky[0], palette.near, 0.25)
    image = gradient(sheet.size, (mix(deep, palette.sky[1], 0.5), palette.sky[2], palette.haze, palette.sky[2]))
    heaven.luminary(sheet, image, (rng.uniform(0.25, 0.75) * sheet.width, 0.34 * sheet.height), 4.5 * sheet.unit)
    rows = sheet.layers(5, 6)
    for index in range(rows):
        depth = index / (rows - 1)
        trunks(sheet, image, depth, sheet.says("birch", "aspen"))
        if not wintry:
            foliage(sheet, image, depth)
        if index < rows - 1:
            heaven.mist(sheet, image, 0.62 + 0.2 * depth, 0.32, 0.55 * (1 - depth * 0.5))
        ground(sheet, image, 0.64 + 0.24 * depth, depth, wintry)
    if wintry:
        heaven.snow(image, rng, sheet.layers(260, 420))
    return image


def trunks(sheet: Sheet, image: Picture, depth: float, birch: bool) -> None:
    """One row of trees at a distance."""
    rng, palette = sheet.rng, sheet.palette
    bark, marks, boughs = Stencil(sheet.size), Stencil(sheet.size), Stencil(sheet.size)
    wide = sheet.unit * (0.7 + 3.3 * depth**1.6)
    foot = (0.66 + 0.26 * depth) * sheet.height
    count = max(3, round((16 - 11 * depth) * sheet.width / sheet.unit / 100))
    for index in range(count):
        x = (index + rng.uniform(0.1, 0.9)) / count * sheet.width
        lean = rng.gauss(0, 1.5) * sheet.unit
        half = wide * rng.uniform(0.35, 0.6)
        bark.polygon(((x + lean - half * 0.6, -9), (x + lean + half * 0.6, -9), (x + half, foot), (x - half, foot)))
        for _ in range(round(26 * depth) if birch else 0):
            y, side = rng.uniform(0, foot), rng.choice((-1, 1))
            middle = x + lean * (1 - y / foot)
            reach = half * rng.uniform(0.3, 1.0)
            marks.ellipse(
                middle + side * (half - reach * 0.5), y, reach * 0.7, max(0.6, half * rng.uniform(0.04, 0.16))
            )
        for _ in range(4):
            _bough(boughs, x + lean * 0.6, rng.uniform(0.02, 0.5) * foot, wide, rng)
    dark = mix(palette.sky[2], palette.near, 0.2 + 0.75 * depth)
    tint(image, dark, boughs.mask(), 0.75)
    mask = bark.mask()
    tint(image, mix(palette.haze, (252, 250, 246), depth) if birch else dark, mask)
    tint(image, dark, ImageChops.multiply(mask, marks.mask()), 0.85)
    if birch:
        rounding = ImageChops.subtract(mask, ImageChops.offset(mask, round(wide * 0.3), 0))
        tint(image, dark, ImageChops.multiply(mask, softened(rounding, 2)), 0.4)


def foliage(sheet: Sheet, image: Picture, depth: float) -> None:
    """Leaves as dabs of a brush, thickest at the top of the picture."""
    rng, palette = sheet.rng, sheet.palette
    dabs = [Stencil(sheet.size) for _ in range(3)]
    clumps = [(rng.uniform(0, sheet.width), rng.uniform(-0.02, 0.34) * sheet.height) for _ in range(13)]
    for _ in range(sheet.layers(700, 1100)):
        x, y = rng.choice(clumps)
        size = sheet.unit * (0.3 + 0.6 * depth) * rng.uniform(0.5, 1.2)
        spread = sheet.unit * (4 + 5 * depth)
        rng.choice(dabs).ellipse(x + rng.gauss(0, spread), y + rng.gauss(0, spread * 0.6), size, size * 0.65)
    leaf = mix(palette.accent, palette.haze, 0.5 * (1 - depth))
    shade = mix(palette.sky[1], palette.near, 0.25 + 0.5 * depth)
    for stencil, colour in zip(dabs, (shade, mix(shade, leaf, 0.5), leaf), strict=True):
        tint(image, colour, stencil.mask(), 0.78)


def _bough(stencil: Stencil, x: float, y: float, wide: float, rng: random.Random) -> None:
    side, length = rng.choice((-1, 1)), wide * rng.uniform(2, 5)
    middle = (x + side * length * 0.5, y - length * rng.uniform(0.1, 0.3))
    tip = (x + side * length, y - length * rng.uniform(0.3, 0.7))
    stencil.line(((x, y), middle, tip), max(0.5, wide * 0.09))
    stencil.line((middle, (middle[0] + side * length * 0.2, middle[1] - length * 0.35)), max(0.5, wide * 0.05))


def ground(sheet: Sheet, image: Picture, level: float, depth: float, wintry: bool) -> None:
    """A rise of the forest floor, of snow or of grass."""
    rng, palette = sheet.rng, sheet.palette
    line = curve(120, rng, 0.35)
    stencil = Stencil(sheet.size)
    top = [(x / 119 * sheet.width, (level - 0.018 * value) * sheet.height) for x, value in enumerate(line)]
    if not wintry:
        for x, y in top * 2:
            blade = rng.uniform(0.5, 1.6) * sheet.unit * (0.4 + depth)
            stencil.polygon(((x - 2, y + 2), (x + rng.gauss(0, 3), y - blade), (x + 3, y + 2)))
    stencil.polygon([*top, (sheet.width, sheet.height), (0, sheet.height)])
    if wintry:
        colour = mix(palette.haze, (250, 251, 255), 0.4 + 0.5 * depth)
        foot = mix(colour, palette.sky[1], 0.35)
    else:
        colour = mix(palette.sky[1], palette.near, 0.15 + 0.75 * depth)
        foot = shift(colour, -0.05)
    start = max(0, round((level - 0.03) * sheet.height))
    image.paste(
        gradient((sheet.width, sheet.height - start), (colour, foot)), (0, start), _below(stencil, sheet, start)
    )


def _below(stencil: Stencil, sheet: Sheet, start: int) -> Picture:
    return stencil.mask().crop((0, start, sheet.width, sheet.height))


def meadow(sheet: Sheet) -> Picture:
    """Blossoms on thin stems against a light out of focus."""
    rng, palette = sheet.rng, sheet.palette
    image = gradient(sheet.size, (palette.sky[1], palette.sky[2], palette.haze, mix(palette.near, palette.haze, 0.55)))
    blur = noise(sheet.size, 3, rng, 2)
    tint(image, mix(palette.sky[0], palette.near, 0.3), shaded(blur, lambda tone: max(0, tone - 0.5)), 0.7)
    tint(image, palette.light, shaded(blur, lambda tone: max(0, 0.45 - tone)), 1.1)
    petals = petal_colour(sheet)
    for _ in range(9):
        at = (rng.uniform(0, sheet.width), rng.uniform(0.3, 1) * sheet.height)
        disc_soft(image, at, rng.uniform(2, 5) * sheet.unit, mix(petals, palette.haze, 0.45))
    rows = sheet.layers(4, 5)
    for index in range(rows):
        depth = index / (rows - 1)
        stand(sheet, image, petals, depth)
    tint(image, palette.near, fade(sheet.size, sheet.height * 0.8, sheet.height * 1.05), 0.5)
    return image


FLOWER_COLOURS: dict[str, RGB] = {
    "poppy": (214, 58, 42), "tulip": (222, 92, 92), "rose": (190, 44, 72), "lavender": (134, 108, 190),
    "sunflower": (238, 184, 52), "daisy": (250, 246, 236), "lily": (246, 230, 226), "peony": (228, 130, 160),
    "iris": (92, 84, 176), "orchid": (190, 100, 180), "lotus": (236, 164, 184), "cherry": (244, 190, 204),
}  # fmt: skip


def petal_colour(sheet: Sheet) -> RGB:
    """The named colour before the flower's own, before the palette's."""
    from_flower = next((FLOWER_COLOURS[word] for word in FLOWER_COLOURS if sheet.says(word)), None)
    return mix(from_flower, sheet.palette.accent, 0.3) if from_flower else sheet.palette.accent


def disc_soft(image: Picture, centre: Point, radius: float, colour: RGB) -> None:
    """A disc out of focus."""
    side = round(radius * 3)
    stencil = Stencil((side, side))
    stencil.ellipse(side / 2, side / 2, radius)
    at = (round(centre[0] - side / 2), round(centre[1] - side / 2))
    image.paste(colour, at, shaded(softened(stencil.mask(), radius * 0.16), lambda tone: tone * 0.38))


def stand(sheet: Sheet, image: Picture, petals: RGB, depth: float) -> None:
    """One row of flowers, larger and darker-stemmed the nearer it is."""
    rng, palette = sheet.rng, sheet.palette
    radius = sheet.unit * (1.8 + 7.2 * depth**1.4)
    count = max(3, round((15 - 9 * depth) * sheet.width / sheet.unit / 100))
    heads: list[Point] = []
    stems = Stencil(sheet.size)
    for index in range(count):
        x = (index + rng.uniform(0.05, 0.95)) / count * sheet.width
        y = (0.56 - 0.06 * depth + rng.gauss(0, 0.1)) * sheet.height
        root = x + rng.gauss(0, 4) * sheet.unit
        bend = (x * 0.35 + root * 0.65 + rng.gauss(0, 2) * sheet.unit, y + (sheet.height - y) * 0.5)
        steps = [share / 14 for share in range(15)]
        path = [
            (
                x * (1 - t) ** 2 + 2 * bend[0] * t * (1 - t) + root * t * t,
                y * (1 - t) ** 2 + 2 * bend[1] * t * (1 - t) + sheet.height * t * t,
            )
            for t in steps
        ]
        stems.line(path, max(0.8, radius * 0.055))
        _leaf(stems, path[rng.randint(8, 11)], radius, rng)
        heads.append((x, y))
    green = mix(mix(palette.near, (70, 110, 72), 0.5), palette.haze, 0.55 * (1 - depth))
    tint(image, green, stems.mask(), 0.9)
    for centre in heads:
        blossom(sheet, image, centre, radius * rng.uniform(0.7, 1.1), mix(petals, palette.haze, 0.4 * (1 - depth)))


def _leaf(stencil: Stencil, at: Point, radius: float, rng: random.Random) -> None:
    side, length = rng.choice((-1, 1)), radius * rng.uniform(1.2, 2.2)
    tip = (at[0] + side * length, at[1] - length * rng.uniform(0.5, 0.9))
    middle = ((at[0] + tip[0]) / 2, (at[1] + tip[1]) / 2)
    stencil.polygon((at, (middle[0], middle[1] - length * 0.12), tip, (middle[0], middle[1] + length * 0.16)))


def blossom(sheet: Sheet, image: Picture, centre: Point, radius: float, colour: RGB) -> None:
    """A bowl of translucent petals around a dark heart, seen from a little above."""
    rng = sheet.rng
    side = round(radius * 3)
    tilt, turn = rng.uniform(0.55, 0.95), rng.uniform(0, math.tau)
    patch_at = (round(centre[0] - side / 2), round(centre[1] - side / 2))
    patch = image.crop((*patch_at, patch_at[0] + side, patch_at[1] + side))
    count = rng.choice((5, 6))
    for index in [*range(0, count, 2), *range(1, count, 2)]:
        angle = turn + index / count * math.tau
        stencil = Stencil((side, side))
        stencil.polygon(_petal(side / 2, radius, angle, tilt, rng))
        mask = stencil.mask()
        tint(patch, shift(colour, rng.uniform(-0.06, 0.07)), mask, 0.86)
        inner = ImageChops.subtract(mask, ImageChops.offset(mask, round(radius * 0.05), round(-radius * 0.09)))
        tint(patch, shift(colour, -0.16), softened(ImageChops.multiply(mask, inner), 2), 0.6)
    disc(patch, (side / 2, side / 2), radius * 0.15, (mix(sheet.palette.near, colour, 0.2), sheet.palette.near))
    dots = Stencil((side, side))
    for _ in range(18):
        angle, reach = rng.uniform(0, math.tau), radius * rng.uniform(0.17, 0.28)
        x, y = side / 2 + math.cos(angle) * reach, side / 2 + math.sin(angle) * reach * tilt
        dots.ellipse(x, y, max(0.6, radius * 0.02))
    tint(patch, mix(sheet.palette.near, colour, 0.15), dots.mask())
    image.paste(patch, patch_at)


def _petal(middle: float, radius: float, angle: float, tilt: float, rng: random.Random) -> list[Point]:
    """A broad petal with a wavy rim, flattened by the tilt of the flower."""
    waves = [rng.uniform(0, math.tau) for _ in range(2)]
    points = [(middle, middle)]
    for step in range(25):
        share = step / 24 * 2 - 1
        rim = (
            radius * (1 - 0.42 * share**4) * (1 + 0.045 * math.sin(share * 7 + waves[0]) + 0.03 * math.sin(share * 13))
        )
        turn = angle + share * 0.72
        points.append((middle + math.cos(turn) * rim, middle + math.sin(turn) * rim * tilt))
    return points
