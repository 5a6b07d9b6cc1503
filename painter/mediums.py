"""What a picture is made with: oil, watercolour, pencil, pixels; each turns any picture into that medium."""

# Pillow's signatures name numpy's types, which is not installed.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

from painter.surface import BICUBIC, Picture, Point, contrasted, curve_grid, noise, scaled, shaded, softened, warped
from painter.words import mentions

Medium = Callable[[Picture, random.Random, bool], Picture]
"""Takes a picture, chance, and whether to work finely."""


def oil(image: Picture, rng: random.Random, fine: bool) -> Picture:
    """Brush strokes, broad ones first, that follow the forms; raised paint catches the light."""
    canvas = softened(image, 5).resize((image.width * 2, image.height * 2), Image.Resampling.NEAREST)
    relief = Image.new("L", image.size, 128)
    unit = (image.width * image.height) ** 0.5 / 100
    passes = [(4.2, 1.5, 800, 9), (2.5, 0.75, 2200, 8), (1.4, 0.42, 3400, 6)]
    if fine:
        passes.append((0.9, 0.24, 6000, 5))
    for length, width, count, wobble in passes:
        _strokes(canvas, relief, image, rng, (length * unit, width * unit), count, wobble)
    painted = Image.blend(canvas.reduce(2), image, 0.22)
    light = relief.filter(ImageFilter.Kernel((3, 3), (-1, -1, 0, -1, 0, 1, 0, 1, 1), 4, 128))
    return ImageChops.soft_light(painted, Image.merge("RGB", (light, light, light)))


def _strokes(
    canvas: Picture,
    relief: Picture,
    source: Picture,
    rng: random.Random,
    brush: tuple[float, float],
    count: int,
    wobble: int,
) -> None:
    """One pass of a brush (length, width); colours come from the source, directions from its edges and a field."""
    small = softened(source, 3).resize((256, max(8, 256 * source.height // source.width)), BICUBIC)
    colours, greys = small.tobytes(), small.convert("L").tobytes()
    across, down = small.size
    flow = curve_grid(64, rng, 4)
    shades = [[min(255, max(0, value + by)) for value in range(256)] for by in range(-wobble, wobble + 1)]
    thick, thin = max(1, round(brush[1] * 2)), max(1, round(brush[1] * 0.8))
    paint, ridge = ImageDraw.Draw(canvas), ImageDraw.Draw(relief)
    for _ in range(count):
        x, y = rng.random(), rng.random()
        column, row = min(across - 2, max(1, int(x * across))), min(down - 2, max(1, int(y * down)))
        at = row * across + column
        dx, dy = greys[at + 1] - greys[at - 1], greys[at + across] - greys[at - across]
        field = flow[int(y * 63)][int(x * 63)] * 1.6
        turn = math.atan2(dx, -dy) if dx * dx + dy * dy > 90 else field
        long = brush[0] * rng.uniform(0.5, 1.1)
        ox, oy = math.cos(turn) * long / 2, math.sin(turn) * long / 2
        px, py = x * source.width, y * source.height
        shade, pixel = shades[int(rng.random() * len(shades))], at * 3
        colour = (shade[colours[pixel]], shade[colours[pixel + 1]], shade[colours[pixel + 2]])
        paint.line(((px - ox) * 2, (py - oy) * 2, (px + ox) * 2, (py + oy) * 2), fill=colour, width=thick)
        ridge.line((px - ox, py - oy, px + ox, py + oy), fill=88 + int(rng.random() * 80), width=thin)


def watercolour(image: Picture, rng: random.Random, fine: bool) -> Picture:
    """Washes that run into wet paper: soft wandering edges, dark rims, pale granulated pigment."""
    factor = 2 if fine else 3
    wash = image.reduce(factor).filter(ImageFilter.MedianFilter(5))
    wash = warped(wash, rng, wash.width * 0.008, 32, 22).resize(image.size, BICUBIC)
    rims = (
        softened(wash, 3).convert("L").filter(ImageFilter.Kernel((3, 3), (-1, -1, -1, -1, 8, -1, -1, -1, -1), 1, 128))
    )
    rims = shaded(rims.filter(ImageFilter.GaussianBlur(1)), lambda tone: 1 - min(0.3, max(0, 0.5 - tone) * 5))
    pale = ImageChops.screen(wash, Image.new("RGB", image.size, (34, 32, 30)))
    pooled = noise(image.size, 5, rng, 5)
    pale = ImageChops.screen(pale, _grey(shaded(pooled, lambda tone: max(0, tone - 0.5) * 0.16)))
    pale = ImageChops.multiply(pale, _grey(rims))
    return ImageChops.soft_light(pale, _grey(shaded(noise(image.size, 150, rng, 2), lambda tone: 0.38 + tone * 0.24)))


def pencil(image: Picture, rng: random.Random, fine: bool) -> Picture:
    """Graphite on toned paper: contours, and hatching where it is dark."""
    grey = ImageOps.autocontrast(image.convert("L"), cutoff=1)
    wide = softened(grey, 7)
    drawn = ImageChops.subtract(wide, grey.filter(ImageFilter.GaussianBlur(0.8)))
    lines = shaded(drawn, lambda tone: 1 - min(0.85, tone * (7 if fine else 6)))
    sheet = shaded(grey, lambda tone: 0.62 + 0.38 * tone**0.8)
    for angle, below in ((0.7, 0.62), (-0.75, 0.4), (0.1, 0.22)):
        tone_mask = shaded(softened(grey, 2), lambda tone, limit=below: min(1.0, max(0.0, (limit - tone) * 5)))
        hatch = ImageChops.multiply(tone_mask, _hatching(image, rng, angle))
        sheet = ImageChops.multiply(sheet, ImageChops.invert(scaled(hatch, 0.5)))
    sheet = ImageChops.multiply(sheet, lines)
    tooth = shaded(noise(image.size, 220, rng, 2), lambda tone: 0.35 + tone * 0.3)
    sheet = ImageChops.soft_light(sheet, tooth)
    return ImageOps.colorize(sheet, (38, 36, 42), (247, 241, 229))


def _hatching(image: Picture, rng: random.Random, angle: float) -> Picture:
    mask = Image.new("L", image.size)
    draw = ImageDraw.Draw(mask)
    long = math.hypot(*image.size)
    dx, dy = math.cos(angle), math.sin(angle)
    for step in range(round(long / 5)):
        off = (step - long / 10) * 5 + rng.uniform(-1.2, 1.2)
        x, y = image.width / 2 - dy * off, image.height / 2 + dx * off
        bend = rng.uniform(-0.012, 0.012) * long
        ends = (x - dx * long / 2, y - dy * long / 2 + bend, x + dx * long / 2, y + dy * long / 2 - bend)
        draw.line(ends, fill=rng.randint(110, 220), width=1)
    return mask


def pixels(image: Picture, rng: random.Random, fine: bool) -> Picture:
    """Large square pixels in few colours."""
    del rng
    across = 128 if fine else 96
    small = image.resize((across, max(1, round(across * image.height / image.width))), Image.Resampling.BOX)
    small = contrasted(small, 0.25).quantize(32, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).convert("RGB")
    return small.resize(image.size, Image.Resampling.NEAREST)


def mosaic(image: Picture, rng: random.Random, fine: bool) -> Picture:
    """Leaded glass: small uneven panes, each of one colour and lit a little differently."""
    across = 72 if fine else 56
    down = max(2, round(across * image.height / image.width))
    colours = contrasted(image, 0.2).resize((across, down), Image.Resampling.BOX).tobytes()
    canvas = Image.new("RGB", (image.width * 2, image.height * 2), (34, 32, 38))
    draw = ImageDraw.Draw(canvas)
    cell = (canvas.width / across, canvas.height / down)
    corners = [
        [_nudged((column * cell[0], row * cell[1]), cell, rng, 0.3) for column in range(across + 1)]
        for row in range(down + 1)
    ]
    for row in range(down):
        for column in range(across):
            at = (row * across + column) * 3
            lift = rng.randint(-12, 14)
            pane = (
                corners[row][column],
                corners[row][column + 1],
                corners[row + 1][column + 1],
                corners[row + 1][column],
            )
            middle = (sum(x for x, _ in pane) / 4, sum(y for _, y in pane) / 4)
            inset = [(x + (middle[0] - x) * 0.06, y + (middle[1] - y) * 0.06) for x, y in pane]
            draw.polygon(inset, fill=tuple(min(255, max(0, value + lift)) for value in colours[at : at + 3]))
    return canvas.reduce(2)


def _nudged(at: Point, cell: Point, rng: random.Random, reach: float) -> Point:
    return (at[0] + rng.uniform(-reach, reach) * cell[0], at[1] + rng.uniform(-reach, reach) * cell[1])


def gouache(image: Picture, rng: random.Random, fine: bool) -> Picture:
    """Matt paint on toothed paper: the usual surface, hardly more than a texture."""
    tooth = noise(image.size, 190, rng, 3 if fine else 2)
    brushed = noise(image.size, 14, rng, 4, stretch=7)
    image = ImageChops.soft_light(image, _grey(shaded(tooth, lambda tone: 0.43 + tone * 0.14)))
    return ImageChops.soft_light(image, _grey(shaded(brushed, lambda tone: 0.465 + tone * 0.07)))


def _grey(values: Picture) -> Picture:
    return Image.merge("RGB", (values, values, values))


MEDIUM_WORDS: tuple[tuple[Medium, str], ...] = (
    (watercolour, "watercolour watercolor aquarelle wash"),
    (pencil, "sketch pencil drawing drawn graphite charcoal lineart engraving etching"),
    (pixels, "pixel pixelart pixelated pixelate bit voxel sprite"),
    (mosaic, "mosaic stained"),
    (oil, "oil impasto painterly brush brushstroke painting painted impressionist impressionism monet gogh canvas"),
)


def medium_in(words: Sequence[str]) -> Medium | None:
    """The medium that the prompt names."""
    return next((medium for medium, cues in MEDIUM_WORDS if mentions(words, *cues.split())), None)
