"""Scenes of the night and of people: the city, the starred sky, and a portrait in flat shapes."""

# Pillow's signatures name numpy's types, which is not installed.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import math

from PIL import Image, ImageChops, ImageFilter

from painter import heaven
from painter.land import conifers, reflected, ridge
from painter.palette import RGB, mix, shift
from painter.sheet import Sheet
from painter.surface import (
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
    shaded,
    softened,
    tint,
)


def city(sheet: Sheet) -> Picture:
    """Blocks behind blocks with lit windows, over a wet street; signs glow where there is neon."""
    rng, palette = sheet.rng, sheet.palette
    street = 0.74
    image = heaven.sky(sheet, street - 0.16)
    if palette.dark:
        heaven.stars(image, rng, 120, sheet.height * 0.5)
    at = (rng.uniform(0.25, 0.75) * sheet.width, rng.uniform(0.26, 0.42) * sheet.height)
    heaven.luminary(sheet, image, at, rng.uniform(7, 11) * sheet.unit)
    rows = sheet.layers(4, 5)
    for index in range(rows):
        depth = index / (rows - 1)
        blocks(sheet, image, street, depth)
        if depth < 0.9:
            heaven.mist(sheet, image, street, 0.3, 0.42)
    image = reflected(sheet, image, street)
    if sheet.says("rain", "rainy", "storm", "wet"):
        heaven.rain(image, rng, mix(palette.light, palette.sky[2], 0.3), sheet.layers(420, 700))
    return image


def blocks(sheet: Sheet, image: Picture, street: float, depth: float) -> None:
    """One row of houses and their windows."""
    rng, palette = sheet.rng, sheet.palette
    walls, lamps, warm = Stencil(sheet.size), Stencil(sheet.size), Stencil(sheet.size)
    signs: list[tuple[float, float, float]] = []
    x, foot = -sheet.unit * 3, street * sheet.height
    while x < sheet.width:
        wide = sheet.unit * rng.uniform(5, 11) * (0.7 + 0.5 * depth)
        tall = sheet.height * (0.62 - 0.34 * depth) * rng.uniform(0.35, 1.0)
        _house(sheet, walls, x, foot, wide, tall)
        if depth > 0.2:
            _windows(sheet, lamps, warm, (x, foot - tall, x + wide, foot), depth)
        if depth > 0.5 and rng.random() < (0.75 if sheet.says("neon", "cyberpunk", "tokyo") else 0.25):
            signs.append(
                (
                    x + wide * rng.uniform(0.1, 0.75),
                    foot - tall * rng.uniform(0.6, 0.9),
                    tall * rng.uniform(0.25, 0.5),
                )
            )
        x += wide + sheet.unit * rng.uniform(-0.5, 1.8)
    top = mix(palette.sky[2], palette.near, 0.25 + 0.7 * depth)
    paint = gradient(sheet.size, (top, top, mix(top, palette.haze, 0.4 * (1 - depth) + 0.06)))
    mask = walls.mask()
    image.paste(paint, (0, 0), mask)
    shown = 0.35 + 0.6 * depth if palette.dark else 0.3 + 0.3 * depth
    tint(image, mix(palette.light, (255, 214, 140), 0.6), ImageChops.multiply(mask, warm.mask()), shown)
    tint(image, mix(palette.light, palette.accent, 0.5), ImageChops.multiply(mask, lamps.mask()), shown)
    if palette.dark:
        for sign in signs:
            _sign(sheet, image, *sign)


def _house(sheet: Sheet, walls: Stencil, x: float, foot: float, wide: float, tall: float) -> None:
    rng, top = sheet.rng, foot - tall
    walls.rectangle(x, top, x + wide, foot)
    kind = rng.random()
    if kind < 0.3:
        walls.rectangle(x + wide * 0.2, top - tall * 0.08, x + wide * 0.8, top)
    elif kind < 0.42:
        walls.polygon(((x, top), (x + wide * 0.5, top - wide * 0.6), (x + wide, top)))
    if rng.random() < 0.4:
        mast = x + wide * rng.uniform(0.3, 0.7)
        walls.line(((mast, top), (mast, top - tall * 0.2)), max(0.8, sheet.unit * 0.09))


def _windows(sheet: Sheet, cool: Stencil, warm: Stencil, box: tuple[float, float, float, float], depth: float) -> None:
    rng, pitch = sheet.rng, sheet.unit * (0.75 + 0.55 * depth)
    lit = rng.uniform(0.12, 0.5)
    y = box[1] + pitch
    while y < box[3] - pitch:
        x = box[0] + pitch * 0.7
        while x < box[2] - pitch * 0.9:
            if rng.random() < lit:
                stencil = warm if rng.random() < 0.7 else cool
                stencil.rectangle(x, y, x + pitch * 0.45, y + pitch * 0.6, rng.randint(110, 255))
            x += pitch
        y += pitch * 1.25


def _sign(sheet: Sheet, image: Picture, x: float, y: float, tall: float) -> None:
    """An upright sign of light tubes."""
    rng, palette = sheet.rng, sheet.palette
    colour = rng.choice((palette.accent, palette.sky[3], mix(palette.accent, palette.light, 0.4)))
    wide = sheet.unit * rng.uniform(1.2, 2.0)
    glow(image, (x + wide / 2, y + tall / 2), tall * 1.1 + sheet.unit * 5, colour, 0.62, 2.0)
    tubes = Stencil(sheet.size)
    tubes.rectangle(x, y, x + wide, y + tall, 70)
    step = max(3.0, wide * 0.9)
    row = y + step * 0.3
    while row + step * 0.6 < y + tall:
        if rng.random() < 0.5:
            tubes.rectangle(x + wide * 0.2, row, x + wide * 0.8, row + step * 0.22)
        tubes.rectangle(x + wide * rng.choice((0.2, 0.45, 0.7)), row, x + wide * 0.8, row + step * 0.5)
        row += step
    tint(image, shift(colour, 0.12), tubes.mask())


def firmament(sheet: Sheet) -> Picture:
    """The starred sky: an aurora over firs, or gas clouds and a planet in space."""
    rng, palette = sheet.rng, sheet.palette
    if sheet.says("space", "galaxy", "nebula", "planet", "cosmos", "cosmic", "universe", "orbit"):
        return space(sheet)
    image = gradient(sheet.size, palette.sky)
    heaven.stars(image, rng, sheet.layers(520, 900), sheet.height * 0.85)
    heaven.aurora(sheet, image, 0.8)
    for index in range(3):
        ridge(sheet, image, 0.74 + 0.06 * index, 0.12, 0.35 + 0.3 * index, 0.5)
    if rng.random() < 0.5:
        return reflected(sheet, image, 0.84)
    stencil = Stencil(sheet.size)
    line = [(x / 90 * sheet.width, (0.97 + 0.02 * value) * sheet.height) for x, value in enumerate(curve(91, rng, 0.4))]
    stencil.polygon([*line, (sheet.width, sheet.height), (0, sheet.height)])
    conifers(stencil, line, rng, sheet.unit * 15, 1)
    tint(image, shift(palette.near, -0.03), stencil.mask())
    return image


def space(sheet: Sheet) -> Picture:
    """A planet with its shadow side, before clouds of gas."""
    rng, palette = sheet.rng, sheet.palette
    image = gradient(sheet.size, (palette.sky[0], palette.sky[1], palette.sky[0]))
    heaven.nebula(sheet, image)
    heaven.stars(image, rng, sheet.layers(620, 1100), sheet.height)
    radius = rng.uniform(15, 24) * sheet.unit
    centre = (rng.uniform(0.3, 0.7) * sheet.width, rng.uniform(0.42, 0.66) * sheet.height)
    planet(sheet, image, centre, radius)
    small = (centre[0] + radius * rng.choice((-1.7, 1.6)), centre[1] - radius * rng.uniform(0.7, 1.1))
    planet(sheet, image, small, radius * 0.16)
    return image


def planet(sheet: Sheet, image: Picture, centre: Point, radius: float) -> None:
    """A banded ball, lit from the upper left."""
    rng, palette = sheet.rng, sheet.palette
    side = round(radius * 2) + 2
    bands = noise((side, side), 1.5, rng, 5, stretch=5)
    body = coloured(bands, (shift(palette.accent, -0.18), palette.accent, mix(palette.accent, palette.light, 0.6)))
    light = (
        Image.radial_gradient("L")
        .resize((side * 2, side * 2))
        .crop((round(side * 0.68), round(side * 0.68), round(side * 1.68), round(side * 1.68)))
    )
    shadow = shaded(light, lambda tone: min(1.0, tone * 1.35) ** 1.5)
    tint(body, palette.sky[0], shadow, 0.97)
    glow(
        image,
        (centre[0] - radius * 0.12, centre[1] - radius * 0.12),
        radius * 1.7,
        mix(palette.accent, palette.light, 0.3),
        0.5,
        2.6,
    )
    stencil = Stencil((side, side))
    stencil.ellipse(side / 2, side / 2, radius)
    image.paste(body, (round(centre[0] - side / 2), round(centre[1] - side / 2)), stencil.mask())


def portrait(sheet: Sheet) -> Picture:
    """A bust without a face before a great disc; an astronaut wears a helmet."""
    rng, palette, unit = sheet.rng, sheet.palette, sheet.unit
    image = gradient(sheet.size, (palette.sky[0], palette.sky[1], palette.sky[2]))
    clouds = shaded(noise(sheet.size, 2, rng, sheet.layers(4, 6)), lambda tone: max(0, tone - 0.4))
    tint(image, palette.sky[3], clouds, 0.4)
    if palette.dark:
        heaven.stars(image, rng, sheet.layers(240, 420), sheet.height)
    x, scale = sheet.width * rng.uniform(0.46, 0.54), min(sheet.width, sheet.height * 0.95) / 100
    neck = sheet.height - 36 * scale
    halo = (x + rng.uniform(-4, 4) * scale, neck - 26 * scale)
    glow(image, halo, 60 * scale, palette.sky[3], 0.5, 2)
    disc(
        image,
        halo,
        31 * scale,
        (mix(palette.accent, palette.light, 0.25), palette.accent, mix(palette.accent, palette.sky[3], 0.4)),
    )
    rings = Stencil(sheet.size)
    for index in range(sheet.layers(3, 6)):
        rings.ring(*halo, (34.5 + index * 3.2) * scale, unit * 0.1, 200 - index * 28)
    tint(image, palette.light, rings.mask(), 0.7)
    (_astronaut if sheet.says("astronaut", "cosmonaut", "spaceman") else _sitter)(sheet, image, x, neck, scale)
    return image


def _shoulders(x: float, neck: float, scale: float, wide: float) -> list[Point]:
    points: list[Point] = []
    for step in range(41):
        share = step / 20 - 1
        points.append((x + share * wide * scale, neck + (2 + 36 * abs(share) ** 3.2) * scale))
    return [(x - wide * scale, neck + 90 * scale), *points, (x + wide * scale, neck + 90 * scale)]


def _filled(sheet: Sheet, image: Picture, stencil: Stencil, light: RGB, dark: RGB) -> Picture:
    """Lay a shape down with light from the left; answers its mask."""
    mask = stencil.mask()
    tint(image, light, mask)
    across = Image.linear_gradient("L").rotate(90).resize(sheet.size)
    tint(image, dark, ImageChops.multiply(mask, shaded(across, lambda tone: min(1, max(0, tone * 2.6 - 0.85)))), 0.85)
    return mask


def _astronaut(sheet: Sheet, image: Picture, x: float, neck: float, s: float) -> None:
    palette = sheet.palette
    suit, shade = mix((246, 244, 240), palette.light, 0.3), mix(palette.sky[1], palette.near, 0.3)
    body, collar, helmet, visor, rim = (Stencil(sheet.size) for _ in range(5))
    head = neck - 18 * s
    body.polygon(_shoulders(x, neck, s, 36))
    _filled(sheet, image, body, suit, shade)
    seams = Stencil(sheet.size)
    seams.line(((x - 17 * s, neck + 9 * s), (x - 12 * s, neck + 40 * s)), 0.5 * s)
    seams.line(((x + 17 * s, neck + 9 * s), (x + 12 * s, neck + 40 * s)), 0.5 * s)
    seams.rectangle(x - 7 * s, neck + 17 * s, x + 7 * s, neck + 25 * s)
    tint(image, shade, seams.mask(), 0.5)
    patch = Stencil(sheet.size)
    patch.ellipse(x - 22 * s, neck + 19 * s, 3.2 * s)
    tint(image, palette.accent, patch.mask(), 0.9)
    collar.ellipse(x, neck + 1.5 * s, 17 * s, 5.2 * s)
    _filled(sheet, image, collar, mix(suit, shade, 0.35), shade)
    helmet.ellipse(x, head, 21.5 * s, 22 * s)
    _filled(sheet, image, helmet, suit, shade)
    rim.ellipse(x, head + 0.6 * s, 17.4 * s, 15.4 * s)
    tint(image, mix(palette.accent, palette.near, 0.25), rim.mask())
    visor.ellipse(x, head + 0.6 * s, 16 * s, 14 * s)
    glass = gradient(sheet.size, (palette.near,))
    top = round(head - 14 * s)
    glass.paste(
        gradient((sheet.width, round(30 * s)), (palette.near, palette.sky[1], palette.sky[2], palette.sky[3])),
        (0, top),
    )
    heaven.stars(glass, sheet.rng, 500, sheet.height)
    image.paste(glass, (0, 0), visor.mask())
    shine = Stencil(sheet.size)
    shine.ellipse(x - 8 * s, head - 5.5 * s, 4.6 * s, 2.6 * s)
    tint(image, (255, 255, 255), softened(shine.mask(), 1.6 * s), 0.75)


def _sitter(sheet: Sheet, image: Picture, x: float, neck: float, s: float) -> None:
    rng, palette = sheet.rng, sheet.palette
    skin = mix(rng.choice(((240, 205, 178), (205, 152, 116), (141, 92, 66))), palette.light, 0.12)
    hair, cloth = mix(palette.near, (60, 36, 26), 0.3), mix(palette.sky[0], palette.near, 0.35)
    head = neck - 18 * s
    back, throat, face, fringe, body = (Stencil(sheet.size) for _ in range(5))
    back.ellipse(x, head - 1 * s, 16 * s, 18 * s)
    if rng.random() < 0.5:
        back.polygon(((x - 16 * s, head), (x + 16 * s, head), (x + 19 * s, neck + 12 * s), (x - 19 * s, neck + 12 * s)))
    _filled(sheet, image, back, hair, shift(hair, -0.08))
    throat.polygon(((x - 5.5 * s, head), (x + 5.5 * s, head), (x + 7 * s, neck + 9 * s), (x - 7 * s, neck + 9 * s)))
    _filled(sheet, image, throat, shift(skin, -0.08), shift(skin, -0.2))
    face.ellipse(x, head + 1.5 * s, 11.4 * s, 15 * s)
    _filled(sheet, image, face, skin, mix(skin, palette.near, 0.35))
    fringe.polygon(
        [
            (x + math.cos(t / 20 * math.pi) * 12.6 * s, head - 2 * s - math.sin(t / 20 * math.pi) * 14 * s)
            for t in range(21)
        ]
        + [(x - 8 * s, head - 5 * s), (x + 4 * s, head - 8.5 * s)]
    )
    _filled(sheet, image, fringe, hair, shift(hair, -0.08))
    body.polygon(_shoulders(x, neck + 4 * s, s, 30))
    _filled(sheet, image, body, cloth, shift(cloth, -0.12))
    collar = Stencil(sheet.size)
    collar.polygon(((x - 7 * s, neck + 5 * s), (x + 7 * s, neck + 5 * s), (x, neck + 15 * s)))
    tint(image, shift(skin, -0.06), collar.mask())
    soft = fade(sheet.size, sheet.height * 0.86, sheet.height)
    tint(image, palette.near, soft.filter(ImageFilter.GaussianBlur(2)), 0.3)
