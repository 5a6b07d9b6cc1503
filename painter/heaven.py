"""Skies, and what hangs in them or falls from them: sun, moon, clouds, stars, aurora, rain, snow, mist."""

# Pillow's signatures name numpy's types, which is not installed.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import math
import random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from painter.palette import RGB, mix, shift
from painter.sheet import Sheet
from painter.surface import (
    BICUBIC,
    Picture,
    Point,
    Stencil,
    coloured,
    curve,
    disc,
    fade,
    glow,
    gradient,
    noise,
    scaled,
    shaded,
    swell,
    tint,
)


def sky(sheet: Sheet, horizon: float) -> Picture:
    """Air from the top of the sheet to its horizon (a share of the height), with drifting clouds."""
    bottom = max(2, round(sheet.height * horizon))
    image = Image.new("RGB", sheet.size, sheet.palette.haze)
    image.paste(gradient((sheet.width, bottom), sheet.palette.sky), (0, 0))
    clouds = noise(sheet.size, 2.2, sheet.rng, sheet.layers(4, 6), stretch=2.6)
    clouds = shaded(clouds, lambda tone: max(0.0, tone - 0.45) * 1.5)
    clouds = ImageChops.multiply(clouds, fade(sheet.size, sheet.height * horizon, 0, 40, 255))
    tint(image, mix(sheet.palette.light, sheet.palette.sky[2], 0.45), clouds, 0.35 if sheet.palette.dark else 0.6)
    return image


def luminary(sheet: Sheet, image: Picture, centre: Point, radius: float) -> None:
    """A moon at night, a sun otherwise, with its halo."""
    palette = sheet.palette
    glow(image, centre, radius * 9, mix(palette.light, palette.sky[-1], 0.5), 0.38, 2.4)
    glow(image, centre, radius * 3.2, palette.light, 0.42, 2.2)
    if palette.dark:
        disc(image, centre, radius, (palette.light, mix(palette.light, palette.sky[2], 0.25)))
        _maria(sheet, image, centre, radius)
    else:
        disc(image, centre, radius, (palette.light, mix(palette.light, palette.accent, 0.3)))


def _maria(sheet: Sheet, image: Picture, centre: Point, radius: float) -> None:
    """The grey seas of the moon: noise inside a disc."""
    side = math.ceil(radius) * 2
    stencil = Stencil((side, side))
    stencil.ellipse(side / 2, side / 2, radius * 0.97)
    seas = shaded(noise((side, side), 3, sheet.rng, 3), lambda tone: max(0.0, tone - 0.5) * 0.7)
    at = (round(centre[0] - side / 2), round(centre[1] - side / 2))
    image.paste(sheet.palette.sky[2], at, ImageChops.multiply(seas, stencil.mask()))


def stars(image: Picture, rng: random.Random, count: int, floor: float, colour: RGB = (255, 252, 240)) -> None:
    """Many faint stars and a few bright ones, above ``floor`` (pixels)."""
    stencil = Stencil(image.size)
    for _ in range(count):
        x, y = rng.uniform(0, image.width), rng.uniform(0, 1) ** 1.2 * floor
        stencil.ellipse(x, y, 0.5 + rng.random() ** 6 * 1.6, level=round(50 + 205 * rng.random() ** 2))
    tint(image, colour, stencil.mask())
    for _ in range(count // 45):
        glow(image, (rng.uniform(0, image.width), rng.uniform(0, floor * 0.8)), rng.uniform(7, 15), colour, 0.9, 4)


def aurora(sheet: Sheet, image: Picture, horizon: float) -> None:
    """Curtains of light that hang over the horizon."""
    rng, palette = sheet.rng, sheet.palette
    width, height = 320, max(80, round(320 * sheet.height / sheet.width))
    greens = mix((86, 226, 160), palette.accent, 0.15)
    for index in range(sheet.layers(3, 4)):
        curtain = Image.new("L", (width, height))
        draw = ImageDraw.Draw(curtain)
        phases = [rng.uniform(0, math.tau) for _ in range(4)]
        pulse = curve(width, rng, 0.75, 9)
        base, tall = rng.uniform(0.3, 0.75) * horizon, rng.uniform(0.22, 0.42)
        for x in range(width):
            foot = (base + swell(x / width * 1.6, phases) * 0.11) * height
            reach = tall * height * (0.75 + 0.3 * pulse[x])
            bright = 150 + 90 * pulse[x]
            for step in range(24):
                top = foot - reach * (step + 1) / 24
                level = max(0, round(bright * (1 - step / 24) ** 1.7 * min(1, (step + 1) / 4)))
                draw.line((x, top, x, foot - reach * step / 24), fill=level)
        curtain = curtain.filter(ImageFilter.GaussianBlur(1.6)).resize(sheet.size, BICUBIC)
        hue = mix(greens, (150, 110, 230), 0.25 * index)
        light = coloured(scaled(curtain, 0.75), ((0, 0, 0), shift(hue, -0.3), hue))
        image.paste(ImageChops.screen(image, light))


def nebula(sheet: Sheet, image: Picture) -> None:
    """Clouds of gas between the stars."""
    for colour, cells in ((sheet.palette.sky[3], 1.6), (sheet.palette.accent, 2.3), (sheet.palette.sky[2], 1.2)):
        gas = shaded(noise(sheet.size, cells, sheet.rng, sheet.layers(5, 6)), lambda tone: max(0, tone - 0.4) ** 1.4)
        image.paste(ImageChops.screen(image, coloured(gas, ((0, 0, 0), colour))))


def mist(sheet: Sheet, image: Picture, level: float, depth: float, strength: float) -> None:
    """A bank of mist around a height, in shares of the sheet."""
    top = fade(sheet.size, (level - depth) * sheet.height, level * sheet.height)
    bottom = fade(sheet.size, (level + depth) * sheet.height, level * sheet.height)
    lumps = shaded(noise(sheet.size, 2.5, sheet.rng, 3, stretch=3), lambda tone: 0.35 + 0.65 * tone)
    bank = ImageChops.multiply(ImageChops.multiply(top, bottom), lumps)
    tint(image, mix(sheet.palette.haze, sheet.palette.light, 0.25), bank, strength)


def rain(image: Picture, rng: random.Random, colour: RGB, amount: int = 420) -> None:
    """Fine slanted streaks."""
    stencil = Stencil(image.size)
    for _ in range(amount):
        x, y = rng.uniform(-40, image.width), rng.uniform(-60, image.height)
        length = rng.uniform(18, 70)
        stencil.line(((x, y), (x + length * 0.16, y + length)), rng.choice((0.5, 0.5, 1)), rng.randint(30, 120))
    tint(image, colour, stencil.mask(), 0.8)


def snow(image: Picture, rng: random.Random, amount: int = 330) -> None:
    """Flakes near and far; the near ones are out of focus."""
    far, near = Stencil(image.size), Stencil(image.size)
    for _ in range(amount):
        far.ellipse(rng.uniform(0, image.width), rng.uniform(0, image.height), rng.uniform(0.8, 2.6), level=210)
    for _ in range(amount // 10):
        near.ellipse(rng.uniform(0, image.width), rng.uniform(0, image.height), rng.uniform(4, 9), level=170)
    tint(image, (255, 255, 255), far.mask())
    tint(image, (255, 255, 255), near.mask().filter(ImageFilter.GaussianBlur(3)), 0.75)


def birds(sheet: Sheet, image: Picture, colour: RGB) -> None:
    """A small far flock."""
    rng, stencil = sheet.rng, Stencil(sheet.size)
    x0, y0 = rng.uniform(0.2, 0.7) * sheet.width, rng.uniform(0.14, 0.3) * sheet.height
    for _ in range(rng.randint(4, 8)):
        x, y = x0 + rng.gauss(0, 7) * sheet.unit, y0 + rng.gauss(0, 2.6) * sheet.unit
        span, lift = rng.uniform(0.8, 1.6) * sheet.unit, rng.uniform(0.25, 0.5)
        stencil.line(((x - span, y - span * lift), (x - span * 0.4, y - span * lift * 0.9), (x, y)), 1.1)
        stencil.line(((x, y), (x + span * 0.4, y - span * lift * 0.9), (x + span, y - span * lift)), 1.1)
    tint(image, colour, stencil.mask(), 0.8)
