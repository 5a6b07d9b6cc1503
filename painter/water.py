"""Scenes of water: the open sea with what stands or sails there, and the deep below it."""

from __future__ import annotations

import math

from PIL import Image, ImageChops

from painter import heaven
from painter.land import reflected
from painter.palette import mix, shift
from painter.sheet import Sheet
from painter.surface import (
    Picture,
    Point,
    Stencil,
    curve,
    fade,
    glow,
    gradient,
    noise,
    scaled,
    shaded,
    softened,
    swell,
    tint,
)


def sea(sheet: Sheet) -> Picture:
    """A low sun over water; a lighthouse where the prompt has one."""
    rng, palette = sheet.rng, sheet.palette
    horizon = rng.uniform(0.54, 0.64)
    image = heaven.sky(sheet, horizon)
    if palette.dark:
        heaven.stars(image, rng, sheet.layers(220, 420), sheet.height * horizon)
    sun_x = rng.choice((rng.uniform(0.2, 0.38), rng.uniform(0.62, 0.8))) * sheet.width
    height = horizon - rng.uniform(0.07, 0.2)
    heaven.luminary(sheet, image, (sun_x, height * sheet.height), rng.uniform(3.4, 5.4) * sheet.unit)
    _coast(sheet, image, horizon)
    image = reflected(sheet, image, horizon)
    waves(sheet, image, horizon)
    glitter(sheet, image, sun_x, horizon)
    if sheet.says("lighthouse", "tower", "beacon"):
        lighthouse(sheet, image, left=sun_x > sheet.width / 2)
    elif not palette.dark:
        heaven.birds(sheet, image, mix(palette.near, palette.sky[1], 0.3))
    return image


def _coast(sheet: Sheet, image: Picture, horizon: float) -> None:
    """Far headlands on the horizon, from one side."""
    rng, palette = sheet.rng, sheet.palette
    for index in range(2):
        line = curve(120, rng, 0.5, 4)
        reach, flip = rng.uniform(0.35, 0.8), rng.random() < 0.5
        points: list[Point] = []
        for step, value in enumerate(line):
            share = step / 119
            x = (1 - share * reach) if flip else share * reach
            tall = (0.03 + 0.022 * value) * (1 - share) ** 0.7
            points.append((x * sheet.width, (horizon - tall) * sheet.height))
        edge = sheet.width if flip else 0
        stencil = Stencil(sheet.size)
        stencil.polygon([(edge, horizon * sheet.height), *points, (points[-1][0], horizon * sheet.height + 1)])
        tint(image, mix(palette.haze, mix(palette.sky[0], palette.near, 0.4), 0.35 + 0.3 * index), stencil.mask())


def waves(sheet: Sheet, image: Picture, horizon: float) -> None:
    """Swells that grow towards the viewer, dark below and pale on their crests."""
    rng, palette = sheet.rng, sheet.palette
    dark, pale = Stencil(sheet.size), Stencil(sheet.size)
    for _ in range(sheet.layers(420, 760)):
        share = rng.random() ** 1.5
        y = (horizon + 0.006 + share * (1 - horizon)) * sheet.height
        x, length = rng.uniform(-0.1, 1.1) * sheet.width, sheet.unit * (1.5 + 11 * share) * rng.uniform(0.5, 1.4)
        thick = sheet.unit * (0.06 + 0.5 * share) * rng.uniform(0.5, 1.2)
        rows = [(x + length * (t / 8 - 0.5), y - math.sin(t / 8 * math.pi) * thick) for t in range(9)]
        under = [(px, py + math.sin(t / 8 * math.pi) * thick * 0.8) for t, (px, py) in enumerate(rows)]
        (dark if rng.random() < 0.62 else pale).polygon([*rows, *reversed(under)], rng.randint(70, 190))
    tint(image, mix(palette.near, palette.sky[0], 0.3), dark.mask(), 0.5)
    tint(image, mix(palette.light, palette.sky[2], 0.35), pale.mask(), 0.5)
    tint(image, palette.near, fade(sheet.size, horizon * sheet.height, sheet.height * 1.05), 0.42)


def glitter(sheet: Sheet, image: Picture, x: float, horizon: float) -> None:
    """The path of light that the sun lays on the water."""
    rng, stencil = sheet.rng, Stencil(sheet.size)
    for _ in range(sheet.layers(260, 460)):
        share = rng.random() ** 1.3
        y = (horizon + 0.004 + share * (0.97 - horizon)) * sheet.height
        spread = sheet.unit * (2.2 + 9 * share)
        length = sheet.unit * (0.5 + 2.6 * share) * rng.uniform(0.5, 1.5)
        stencil.ellipse(x + rng.gauss(0, 0.5) * spread, y, length, 0.6 + 1.7 * share, rng.randint(90, 255))
    mask = stencil.mask()
    tint(image, mix(sheet.palette.light, sheet.palette.haze, 0.25), softened(mask, 5), 0.5)
    tint(image, sheet.palette.light, mask, 0.75)


def lighthouse(sheet: Sheet, image: Picture, left: bool) -> None:
    """A banded tower on a rock, its lamp alight."""
    palette, unit = sheet.palette, sheet.unit
    x = (0.24 if left else 0.76) * sheet.width
    foot, tall = sheet.height * 0.8, min(unit * 46, sheet.height * 0.62)
    top, low, high = foot - tall, unit * 3.6, unit * 2.2
    lamp = (x, top - unit * 2.2)
    _beams(sheet, image, lamp)
    _rock(sheet, image, foot - unit * 2, left)
    tower = Stencil(sheet.size)
    tower.polygon(((x - high, top), (x + high, top), (x + low, foot), (x - low, foot)))
    mask = tower.mask()
    tint(image, mix(palette.light, palette.sky[2], 0.22), mask)
    bands = Stencil(sheet.size)
    for index in range(0, 6, 2):
        start = top + tall * (index + 0.6) / 6.2
        bands.polygon(
            (
                (x - low, start),
                (x + low, start + unit),
                (x + low, start + tall / 6 + unit),
                (x - low, start + tall / 6),
            )
        )
    tint(image, palette.accent, ImageChops.multiply(mask, bands.mask()), 0.92)
    side = Stencil(sheet.size)
    edge = -1 if left else 1
    side.polygon(
        ((x + edge * high * 0.1, top), (x + edge * high, top), (x + edge * low, foot), (x + edge * low * 0.1, foot))
    )
    shade = ImageChops.multiply(mask, softened(side.mask(), unit * 0.7))
    tint(image, palette.near, ImageChops.invert(ImageChops.add(shade, ImageChops.invert(mask))), 0.42)
    _lantern(sheet, image, x, top, high)
    glow(image, lamp, unit * 17, palette.light, 0.75, 2.6)
    glow(image, lamp, unit * 3.4, (255, 252, 236), 1.0, 2)


def _lantern(sheet: Sheet, image: Picture, x: float, top: float, half: float) -> None:
    unit, stencil = sheet.unit, Stencil(sheet.size)
    stencil.rectangle(x - half * 1.35, top - unit * 0.5, x + half * 1.35, top + unit * 0.25)
    for share in (-0.85, -0.28, 0.28, 0.85):
        stencil.rectangle(x + half * share - 1, top - unit * 3.6, x + half * share + 1, top)
    stencil.polygon(((x - half * 1.05, top - unit * 3.5), (x + half * 1.05, top - unit * 3.5), (x, top - unit * 6)))
    stencil.line(((x, top - unit * 7.2), (x, top - unit * 5.5)), 1.2)
    glass = Stencil(sheet.size)
    glass.rectangle(x - half * 0.85, top - unit * 3.6, x + half * 0.85, top)
    tint(image, mix(sheet.palette.light, (255, 226, 150), 0.5), glass.mask())
    tint(image, sheet.palette.near, stencil.mask())


def _beams(sheet: Sheet, image: Picture, lamp: Point) -> None:
    for side, drop in ((-1, -0.05), (1, 0.02)):
        stencil = Stencil(sheet.size)
        far = lamp[0] + side * sheet.width
        middle = lamp[1] + drop * sheet.width
        stencil.polygon((lamp, (far, middle - sheet.unit * 9), (far, middle + sheet.unit * 9)))
        reach = Image.new("L", sheet.size)
        glow_mask = Image.new("RGB", sheet.size)
        glow(glow_mask, lamp, sheet.unit * 75, (255, 255, 255), 0.5, 1.6)
        reach = ImageChops.multiply(softened(stencil.mask(), 5), glow_mask.getchannel(0))
        tint(image, mix(sheet.palette.light, (255, 240, 200), 0.5), reach, 1.1)


def _rock(sheet: Sheet, image: Picture, level: float, left: bool) -> None:
    """A headland that comes in from the side the tower stands on."""
    rng, palette = sheet.rng, sheet.palette
    for index in range(2):
        line = curve(90, rng, 0.55, 5)
        points: list[Point] = []
        for step, value in enumerate(line):
            share = step / 89
            across = share * (0.52 + 0.16 * index) * sheet.width
            drop = max(0.0, share - 0.55) ** 1.5 * sheet.unit * 70
            y = level + index * sheet.unit * 7 + drop - value * sheet.unit * 1.6
            points.append((across if left else sheet.width - across, y))
        edge = 0 if left else sheet.width
        stencil = Stencil(sheet.size)
        stencil.polygon([*points, (points[-1][0], sheet.height), (edge, sheet.height)])
        colour = mix(palette.near, palette.sky[1], 0.22 * (1 - index))
        top = round(level - sheet.unit * 2)
        paint = Image.new("RGB", sheet.size, colour)
        paint.paste(
            gradient((sheet.width, sheet.height - top), (mix(colour, palette.haze, 0.28), colour, colour)), (0, top)
        )
        image.paste(paint, (0, 0), stencil.mask())


def deep(sheet: Sheet) -> Picture:
    """Light that falls through water on weeds, a shoal and something that glows."""
    rng, palette = sheet.rng, sheet.palette
    image = gradient(sheet.size, palette.sky)
    source = rng.uniform(0.3, 0.7) * sheet.width
    glow(image, (source, -sheet.unit * 4), sheet.unit * 80, mix(palette.light, palette.sky[0], 0.4), 0.6, 1.8)
    _shafts(sheet, image, source)
    murk = shaded(noise(sheet.size, 2.4, rng, sheet.layers(4, 6), stretch=1.6), lambda tone: max(0, tone - 0.4))
    tint(image, palette.sky[0], ImageChops.multiply(murk, fade(sheet.size, sheet.height, 0)), 0.55)
    for index in range(3):
        depth = index / 2
        _seabed(sheet, image, 0.8 + 0.08 * index, depth)
        if index == 0:
            _shoal(sheet, image)
        if index == 1:
            for _ in range(sheet.layers(3, 5)):
                jellyfish(sheet, image)
    for _ in range(sheet.layers(60, 110)):
        at = (rng.uniform(0, sheet.width), rng.uniform(0, sheet.height))
        glow(image, at, sheet.unit * (0.3 + rng.random() ** 4 * 2.4), palette.light, rng.uniform(0.15, 0.6), 1.3)
    return image


def _shafts(sheet: Sheet, image: Picture, source: float) -> None:
    rng, stencil = sheet.rng, Stencil(sheet.size)
    for _ in range(sheet.layers(9, 13)):
        lean, wide = rng.gauss(0, 0.45), rng.uniform(1, 6) * sheet.unit
        x, reach = source + lean * sheet.unit * 22, sheet.height * rng.uniform(0.55, 1.0)
        far = x + lean * reach * 0.55
        stencil.polygon(
            ((x - wide * 0.4, -5), (x + wide * 0.4, -5), (far + wide * 1.5, reach), (far - wide * 1.5, reach)),
            rng.randint(60, 150),
        )
    rays = ImageChops.multiply(softened(stencil.mask(), sheet.unit * 1.4), fade(sheet.size, sheet.height * 0.95, 0))
    tint(image, mix(sheet.palette.light, sheet.palette.sky[0], 0.3), rays, 0.55)


def _seabed(sheet: Sheet, image: Picture, level: float, depth: float) -> None:
    rng, palette, stencil = sheet.rng, sheet.palette, Stencil(sheet.size)
    line = curve(100, rng, 0.5, 4)
    top = [(x / 99 * sheet.width, (level - 0.045 * value) * sheet.height) for x, value in enumerate(line)]
    stencil.polygon([*top, (sheet.width, sheet.height), (0, sheet.height)])
    for _ in range(sheet.layers(20, 32)):
        x, y = rng.choice(top)
        _weed(
            stencil,
            sheet,
            x + rng.gauss(0, 2) * sheet.unit,
            y,
            rng.uniform(6, 20) * sheet.unit * (0.5 + 0.6 * depth),
        )
    tint(image, mix(palette.sky[2], palette.near, 0.25 + 0.7 * depth), stencil.mask(), 0.95)


def _weed(stencil: Stencil, sheet: Sheet, x: float, y: float, tall: float) -> None:
    phases = [sheet.rng.uniform(0, math.tau) for _ in range(2)]
    left: list[Point] = []
    right: list[Point] = []
    for step in range(15):
        share = step / 14
        sway = swell(share * 2, phases) * tall * 0.13 * share
        half = tall * 0.05 * (1 - share) ** 0.7 * (1 + 0.25 * math.sin(share * 30))
        left.append((x + sway - half, y + 6 - tall * share))
        right.append((x + sway + half, y + 6 - tall * share))
    stencil.polygon([*left, *reversed(right)])


def _shoal(sheet: Sheet, image: Picture) -> None:
    rng, stencil = sheet.rng, Stencil(sheet.size)
    middle = (rng.uniform(0.3, 0.7) * sheet.width, rng.uniform(0.35, 0.6) * sheet.height)
    way = rng.choice((-1, 1))
    for _ in range(sheet.layers(46, 90)):
        x, y = middle[0] + rng.gauss(0, 13) * sheet.unit, middle[1] + rng.gauss(0, 5) * sheet.unit
        size = rng.uniform(0.5, 1.15) * sheet.unit
        stencil.ellipse(x, y, size, size * 0.34)
        tail = x - way * size * 0.8
        stencil.polygon(
            ((tail, y), (tail - way * size * 0.7, y - size * 0.42), (tail - way * size * 0.7, y + size * 0.42))
        )
    tint(image, mix(sheet.palette.sky[2], sheet.palette.near, 0.55), stencil.mask(), 0.85)


def jellyfish(sheet: Sheet, image: Picture) -> None:
    """A bell that glows, with trailing threads."""
    rng, palette = sheet.rng, sheet.palette
    size = rng.uniform(2.6, 7) * sheet.unit
    x, y = rng.uniform(0.1, 0.9) * sheet.width, rng.uniform(0.2, 0.7) * sheet.height
    glow(image, (x, y), size * 4, palette.accent, 0.42, 2.2)
    bell, threads = Stencil(sheet.size), Stencil(sheet.size)
    dome = [(x + size * math.cos(t / 20 * math.pi), y - size * 0.85 * math.sin(t / 20 * math.pi)) for t in range(21)]
    hem = [(x - size + size * 2 * t / 20, y + size * 0.09 * math.sin(t / 20 * math.pi * 7)) for t in range(21)]
    bell.polygon([*dome, *hem])
    for _ in range(sheet.layers(9, 14)):
        start, phases = x + rng.uniform(-0.8, 0.8) * size, [rng.uniform(0, math.tau) for _ in range(2)]
        long = size * rng.uniform(1.5, 3.4)
        path = [(start + swell(t / 7, phases) * size * 0.22 * t / 9, y + long * t / 18) for t in range(19)]
        threads.line(path, max(0.5, size * 0.022), 190)
    pale = mix(palette.accent, palette.light, 0.45)
    tint(image, pale, threads.mask(), 0.5)
    mask = bell.mask()
    tint(image, pale, mask, 0.42)
    rim = ImageChops.subtract(mask, softened(scaled(mask, 0.9), size * 0.22))
    tint(image, shift(pale, 0.12), ImageChops.multiply(mask, scaled(rim, 2.2)), 0.9)
