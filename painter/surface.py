"""The painter's tools: smooth masks, gradients, noise, light, warps and the grain of the paper; no subjects."""

# Pillow's signatures name numpy's types, which is not installed.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable, Sequence
from functools import lru_cache

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

from painter.palette import RGB, ramp

Size = tuple[int, int]
Point = tuple[float, float]
Picture = Image.Image

BICUBIC = Image.Resampling.BICUBIC
BILINEAR = Image.Resampling.BILINEAR


class Stencil:
    """A mask drawn at twice its size, so that its edges come out smooth."""

    def __init__(self, size: Size) -> None:
        self._image = Image.new("L", (size[0] * 2, size[1] * 2))
        self._draw = ImageDraw.Draw(self._image)

    def polygon(self, points: Sequence[Point], level: int = 255) -> None:
        """Fill a shape."""
        self._draw.polygon([(x * 2, y * 2) for x, y in points], fill=level)

    def line(self, points: Sequence[Point], width: float, level: int = 255) -> None:
        """Draw a line with round joints."""
        self._draw.line([(x * 2, y * 2) for x, y in points], fill=level, width=max(1, round(width * 2)), joint="curve")

    def ellipse(self, x: float, y: float, rx: float, ry: float | None = None, level: int = 255) -> None:
        """Fill an upright ellipse around a point; one radius makes it a circle."""
        ry = rx if ry is None else ry
        self._draw.ellipse((2 * (x - rx), 2 * (y - ry), 2 * (x + rx), 2 * (y + ry)), fill=level)

    def ring(self, x: float, y: float, radius: float, width: float, level: int = 255) -> None:
        """Draw a circle's outline."""
        box = (2 * (x - radius), 2 * (y - radius), 2 * (x + radius), 2 * (y + radius))
        self._draw.ellipse(box, outline=level, width=max(1, round(width * 2)))

    def rectangle(self, left: float, top: float, right: float, bottom: float, level: int = 255) -> None:
        """Fill an upright rectangle."""
        if right - left >= 0.5 and bottom - top >= 0.5:
            self._draw.rectangle((left * 2, top * 2, right * 2 - 1, bottom * 2 - 1), fill=level)

    def mask(self) -> Picture:
        """The finished mask, in its own size."""
        return self._image.reduce(2)


def coloured(values: Picture, stops: Sequence[RGB]) -> Picture:
    """A greyscale picture in colour, black being the first stop and white the last."""
    indexed = Image.frombytes("P", values.size, values.tobytes())
    indexed.putpalette(ramp(tuple(stops)))
    return indexed.convert("RGB")


def gradient(size: Size, stops: Sequence[RGB]) -> Picture:
    """A ground that runs through the stops from top to bottom."""
    column = Image.frombytes("L", (1, 256), bytes(range(256))).resize((1, size[1]), BICUBIC)
    return coloured(column, stops).resize(size, Image.Resampling.NEAREST)


def fade(size: Size, start: float, end: float, low: int = 0, high: int = 255) -> Picture:
    """A mask that rises from ``low`` at height ``start`` to ``high`` at height ``end`` (pixels, either order)."""
    span = (end - start) or 1.0
    shares = (min(1.0, max(0.0, (y - start) / span)) for y in range(size[1]))
    column = bytes(round(low + (high - low) * share * share * (3 - 2 * share)) for share in shares)
    return Image.frombytes("L", (1, size[1]), column).resize(size, Image.Resampling.NEAREST)


def noise(size: Size, cells: float, rng: random.Random, octaves: int = 4, stretch: float = 1.0) -> Picture:
    """Clouds in grey over the full range; ``cells`` lumps across, ``stretch`` times as wide as high."""
    small = (max(2, size[0] // 4), max(2, size[1] // 4))
    total: Picture | None = None
    for octave in range(octaves):
        across = max(2, round(cells * 2**octave))
        down = max(2, round(cells * 2**octave * stretch * size[1] / size[0]))
        lumps = Image.frombytes("L", (across + 3, down + 3), rng.randbytes((across + 3) * (down + 3)))
        layer = lumps.resize(small, BICUBIC, (1.5, 1.5, across + 1.5, down + 1.5))
        total = layer if total is None else Image.blend(total, layer, 0.5**octave * 0.62)
    if total is None:
        raise ValueError("at least one octave is needed")
    return ImageOps.autocontrast(total, cutoff=1).resize(size, BICUBIC)


def curve(count: int, rng: random.Random, roughness: float = 0.5, start: int = 3) -> list[float]:
    """A wandering line of ``count`` values between -1 and 1; 0.3 is a hill, 0.6 is a crag."""
    values = [rng.uniform(-1, 1) for _ in range(start)]
    reach = roughness
    while len(values) < count:
        middles = [(a + b) / 2 + rng.uniform(-reach, reach) for a, b in itertools.pairwise(values)]
        values = [value for pair in zip(values, middles, strict=False) for value in pair] + values[-1:]
        reach *= roughness
    values = values[:count]
    low, high = min(values), max(values)
    return [(value - low) / ((high - low) or 1) * 2 - 1 for value in values]


def swell(x: float, phases: Sequence[float]) -> float:
    """A calm wave between about -1 and 1 at ``x`` (in widths), shaped by its phases."""
    return sum(math.sin(x * (2.1 + 1.9 * i) + phase) / (i + 1) for i, phase in enumerate(phases)) / 1.6


def tint(image: Picture, colour: RGB, mask: Picture, strength: float = 1.0) -> None:
    """Lay a colour on a picture, through a mask."""
    box = mask.getbbox()
    if box is not None:
        part = mask.crop(box)
        image.paste(colour, box, part if strength == 1 else scaled(part, strength))


def scaled(mask: Picture, strength: float) -> Picture:
    """A mask made weaker, or stronger up to full."""
    return mask.point([min(255, round(value * strength)) for value in range(256)])


@lru_cache(maxsize=64)
def _falloff(power: float) -> tuple[int, ...]:
    return tuple(round(255 * (1 - value / 255) ** power) for value in range(256))


def glow(image: Picture, centre: Point, radius: float, colour: RGB, strength: float, power: float = 2.0) -> None:
    """Add light around a point, in place; it dies away at ``radius``."""
    x, y, reach = round(centre[0]), round(centre[1]), max(2, round(radius))
    box = (max(0, x - reach), max(0, y - reach), min(image.width, x + reach), min(image.height, y + reach))
    if box[0] >= box[2] or box[1] >= box[3]:
        return
    window = (box[0] - x + reach, box[1] - y + reach, box[2] - x + reach, box[3] - y + reach)
    scale = 256 / (reach * 2)
    left, top, right, bottom = (side * scale for side in window)
    disc = Image.radial_gradient("L").point(list(_falloff(power)))
    patch = disc.resize((box[2] - box[0], box[3] - box[1]), BILINEAR, (left, top, right, bottom))
    lit = coloured(scaled(patch, strength), ((0, 0, 0), colour))
    image.paste(ImageChops.screen(image.crop(box), lit), box[:2])


def disc(image: Picture, centre: Point, radius: float, colours: Sequence[RGB]) -> None:
    """Set a smooth round body, shaded from its top to its bottom, into a picture."""
    side = math.ceil(radius) * 2 + 2
    stencil = Stencil((side, side))
    stencil.ellipse(side / 2, side / 2, radius)
    at = (round(centre[0] - side / 2), round(centre[1] - side / 2))
    image.paste(gradient((side, side), colours), at, stencil.mask())


def warped(image: Picture, rng: random.Random, reach: float, cells: int = 24, lumps: int = 4) -> Picture:
    """The picture pushed about by a smooth field, up to ``reach`` pixels."""
    fields = [[curve_grid(cells + 1, rng, lumps)] for _ in range(2)]
    dx, dy = fields[0][0], fields[1][0]
    width, height = image.size

    def place(column: int, row: int) -> Point:
        return (
            min(width - 1.0, max(0.0, column * width / cells + dx[row][column] * reach)),
            min(height - 1.0, max(0.0, row * height / cells + dy[row][column] * reach)),
        )

    mesh: list[tuple[tuple[int, int, int, int], tuple[float, ...]]] = []
    for row in range(cells):
        for column in range(cells):
            box = (
                column * width // cells,
                row * height // cells,
                (column + 1) * width // cells,
                (row + 1) * height // cells,
            )
            corners = (
                place(column, row),
                place(column, row + 1),
                place(column + 1, row + 1),
                place(column + 1, row),
            )
            mesh.append((box, tuple(value for corner in corners for value in corner)))
    return image.transform(image.size, Image.Transform.MESH, mesh, BILINEAR)


def curve_grid(side: int, rng: random.Random, lumps: int) -> list[list[float]]:
    """A square of smooth values between -1 and 1."""
    rough = Image.frombytes("L", (lumps + 2, lumps + 2), rng.randbytes((lumps + 2) ** 2))
    smooth = rough.resize((side, side), BICUBIC).tobytes()
    return [[value / 127.5 - 1 for value in smooth[row * side : (row + 1) * side]] for row in range(side)]


def softened(image: Picture, radius: float) -> Picture:
    """A wide blur, made small first because a blur costs by the pixel."""
    factor = max(1, min(8, int(radius / 1.4)))
    small = image.reduce(factor) if factor > 1 else image
    blurred = small.filter(ImageFilter.GaussianBlur(radius / factor))
    return blurred.resize(image.size, BICUBIC) if factor > 1 else blurred


def bloomed(image: Picture, strength: float) -> Picture:
    """The picture with its lights bleeding softly into their surroundings."""
    return Image.blend(image, ImageChops.screen(image, softened(image, 24)), strength)


def grained(image: Picture, rng: random.Random, amount: int) -> Picture:
    """The picture on paper: fine grain, which also hides the steps of its gradients."""
    grey = Image.frombytes("L", image.size, rng.randbytes(image.width * image.height))
    grey = grey.point([128 + round((value - 127.5) / 127.5 * amount) for value in range(256)])
    return ImageChops.add(image, Image.merge("RGB", (grey, grey, grey)), 1, -128)


def vignetted(image: Picture, strength: float) -> Picture:
    """The picture a little darker towards its corners."""
    curve_of = [255 - round(255 * strength * (value / 255) ** 3) for value in range(256)]
    shade = Image.radial_gradient("L").point(curve_of).resize(image.size, BILINEAR)
    return ImageChops.multiply(image, Image.merge("RGB", (shade, shade, shade)))


def contrasted(image: Picture, amount: float) -> Picture:
    """The picture with a steeper (above 0) or flatter (below 0) curve through its middle."""

    def curved(value: int) -> int:
        x = value / 255
        return min(255, max(0, round(255 * (x + amount * (x * x * (3 - 2 * x) - x)))))

    return image.point([curved(value) for value in range(256)] * len(image.getbands()))


def shaded(values: Picture, tone: Callable[[float], float]) -> Picture:
    """A greyscale picture with every tone (0 to 1) put through a function."""
    return values.point([min(255, max(0, round(255 * tone(value / 255)))) for value in range(256)])
