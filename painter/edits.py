"""Makes a new picture of given ones: brings them together, then applies what the instruction says."""

# Pillow's signatures name numpy's types, which is not installed.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import io
import itertools
import random
from collections.abc import Callable, Sequence

from PIL import Image, ImageChops, ImageEnhance, ImageFilter, ImageOps

from painter import heaven
from painter.figures import place, wanted
from painter.mediums import medium_in
from painter.palette import RGB, Palette, colours_in, lab, mix, mood_in, shift
from painter.surface import (
    BICUBIC,
    Picture,
    Size,
    Stencil,
    coloured,
    contrasted,
    fade,
    glow,
    noise,
    shaded,
    softened,
    tint,
)
from painter.words import Words, mentions

Effect = Callable[[Picture, Palette, random.Random], Picture]

DECODE_LIMIT = 2048
"""Side in pixels to which a large JPEG is already shrunk while it is decoded."""


def opened(data: bytes) -> Picture:
    """The picture in upright RGB, transparent parts as paper; ``OSError`` or ``ValueError`` if it is none."""
    image = Image.open(io.BytesIO(data))
    image.draft("RGB", (DECODE_LIMIT, DECODE_LIMIT))
    image = ImageOps.exif_transpose(image)
    if "A" in image.getbands() or "transparency" in image.info:
        image = image.convert("RGBA")
        paper = Image.new("RGBA", image.size, (248, 246, 240, 255))
        image = Image.alpha_composite(paper, image)
    return image.convert("RGB")


def combined(images: Sequence[Picture], size: Size, palette: Palette, rng: random.Random) -> Picture:
    """All pictures on one sheet: one fills it; several share it in slanted panels."""
    if len(images) == 1:
        stretch = images[0].width / images[0].height / (size[0] / size[1])
        if 0.85 < stretch < 1.18:  # the same ratio but for the strip: nothing is cut off
            return ImageOps.pad(images[0], size, BICUBIC, palette.paper)
        return ImageOps.fit(images[0], size, BICUBIC)
    return _panels(images, size, palette, rng)


def _panels(images: Sequence[Picture], size: Size, palette: Palette, rng: random.Random) -> Picture:
    """Panels side by side (or above each other on a tall sheet), parted by slanted, softly painted seams."""
    upright = size[1] > size[0] * 1.2
    long, short = (size[1], size[0]) if upright else size
    slant = rng.choice((-1, 1)) * short * rng.uniform(0.1, 0.2)
    share = long / len(images)
    sheet = Image.new("RGB", size, palette.paper)
    for index, image in enumerate(images):
        start, end = index * share - abs(slant), (index + 1) * share + abs(slant)
        start, end = max(0, round(start)), min(long, round(end))
        part = (size[0], end - start) if upright else (end - start, size[1])
        panel = ImageOps.fit(image, part, BICUBIC)
        layer = Image.new("RGB", size)
        layer.paste(panel, (0, start) if upright else (start, 0))
        mask = Stencil(size)
        first, last = index * share, long + long if index == len(images) - 1 else (index + 1) * share
        first = -long if index == 0 else first
        corners = (
            (first + slant / 2, 0),
            (last + slant / 2, 0),
            (last - slant / 2, short),
            (first - slant / 2, short),
        )
        mask.polygon([(y, x) if upright else (x, y) for x, y in corners])
        sheet.paste(layer, (0, 0), softened(mask.mask(), 2) if index else None)
    seams = Stencil(size)
    for index in range(1, len(images)):
        ends = ((index * share + slant / 2, 0), (index * share - slant / 2, short))
        seams.line([(y, x) if upright else (x, y) for x, y in ends], short * 0.006)
    tint(sheet, palette.paper, seams.mask(), 0.95)
    return sheet


def applied(image: Picture, palette: Palette, rng: random.Random, words: Words, fine: bool) -> Picture:
    """What the instruction asks for, each of its effects in turn; hardly a change where it asks for none."""
    if mentions(words, "subtle", "subtly", "slightly"):
        return _touched(image, rng)
    if mentions(words, "variation") and mentions(words, "bold", "strong"):
        return _seen_anew(image, palette, rng)
    before = image
    for effect, cues in EFFECTS:
        if mentions(words, *cues.split()):
            image = effect(image, palette, rng)
    black_and_white = mood_in(words) == "mono"
    if black_and_white:
        image = _monochrome(image, palette, rng)
    more = _added(words)
    if wanted(more):
        image = image.copy()
        place(image, more, palette, rng.choice((0.3, 0.7)))
    elif not black_and_white:
        for colour in colours_in(words)[:2]:
            image = _dyed(image, colour, rng)
    medium = medium_in(words)
    if medium is not None:
        image = medium(image, rng, fine)
    return _touched(image, rng) if image is before else image


def _added(words: Words) -> Words:
    """What is to be put into the picture; of "the cat" there is one already."""
    verbs = [at for at, word in enumerate(words) if word in {"add", "put", "place", "draw", "insert", "with"}]
    behind = itertools.pairwise(words[verbs[0] :] if verbs else ())
    added = Words(word for before, word in behind if before not in {"the", "this", "that", "his", "her", "its"})
    added.heard = words.heard
    return added


def _touched(image: Picture, rng: random.Random) -> Picture:
    """The same picture with hardly more than another fall of the light."""
    image = ImageEnhance.Color(image).enhance(rng.uniform(0.94, 1.06)).copy()
    at = (image.width * rng.uniform(0.1, 0.9), image.height * rng.uniform(0, 0.3))
    glow(image, at, max(image.size) * 0.7, (255, 244, 222), 0.1, 1.6)
    return image


def _seen_anew(image: Picture, palette: Palette, rng: random.Random) -> Picture:
    """The same subject from the other side and nearer, in another light."""
    near, (x, y) = rng.uniform(0.72, 0.84), (rng.uniform(0.2, 0.8), rng.uniform(0.5, 0.9))
    image = ImageOps.mirror(image)
    left, top = (1 - near) * image.width * x, (1 - near) * image.height * y
    image = image.resize(image.size, BICUBIC, (left, top, left + near * image.width, top + near * image.height))
    return rng.choice((_sunlit, _warm, _cold, _autumnal))(image, palette, rng)


def _dyed(image: Picture, colour: RGB, rng: random.Random) -> Picture:
    """Towards a named colour, keeping lights light and darks dark."""
    del rng
    lightness = lab(colour)[0]
    if lightness < 0.3:
        return ImageEnhance.Brightness(image).enhance(0.55)
    ramp = (shift(colour, -0.5), shift(colour, -0.22), colour, mix(colour, (255, 255, 255), 0.55), (255, 252, 246))
    return Image.blend(image, coloured(image.convert("L"), ramp), 0.62)


def _night(image: Picture, palette: Palette, rng: random.Random) -> Picture:
    blue = coloured(image.convert("L"), ((3, 5, 16), (14, 24, 58), (46, 70, 120), (150, 172, 206)))
    image = ImageEnhance.Brightness(Image.blend(image, blue, 0.72)).enhance(0.72)
    sky = shaded(noise(image.size, 2, rng, 3), lambda tone: tone * 0.3)
    tint(image, (96, 84, 170), ImageChops.multiply(sky, fade(image.size, image.height * 0.6, 0)))
    heaven.stars(image, rng, 380, image.height * 0.55)
    at = (image.width * rng.choice((0.2, 0.8)), image.height * 0.17)
    radius = (image.width * image.height) ** 0.5 * 0.032
    glow(image, at, radius * 8, (190, 204, 236), 0.45, 2.4)
    moon, bite = Stencil(image.size), Stencil(image.size)
    moon.ellipse(*at, radius)
    bite.ellipse(at[0] + radius * 0.5, at[1] - radius * 0.2, radius * 0.9)
    tint(image, palette.paper, ImageChops.subtract(moon.mask(), bite.mask()))
    return image


def _sunlit(image: Picture, palette: Palette, rng: random.Random) -> Picture:
    """Low sun: purple shadows, golden lights, a glare from one side."""
    del palette
    grade = coloured(
        image.convert("L"), ((38, 22, 52), (122, 50, 84), (226, 112, 78), (252, 202, 122), (255, 244, 214))
    )
    image = Image.blend(image, grade, 0.55)
    at = (image.width * rng.choice((0.18, 0.82)), image.height * 0.3)
    glow(image, at, max(image.size) * 0.85, (255, 170, 92), 0.55, 1.8)
    glow(image, at, max(image.size) * 0.2, (255, 236, 190), 0.8, 2)
    return image


def _warm(image: Picture, palette: Palette, rng: random.Random) -> Picture:
    del palette, rng
    return ImageChops.soft_light(image, Image.new("RGB", image.size, (190, 138, 84)))


def _cold(image: Picture, palette: Palette, rng: random.Random) -> Picture:
    del palette, rng
    return ImageChops.soft_light(image, Image.new("RGB", image.size, (86, 132, 188)))


def _winter(image: Picture, palette: Palette, rng: random.Random) -> Picture:
    pale = ImageEnhance.Color(_cold(image, palette, rng)).enhance(0.55)
    pale = ImageChops.screen(pale, Image.new("RGB", image.size, (26, 30, 38)))
    tint(
        pale,
        (250, 252, 255),
        shaded(noise(image.size, 3, rng, 4, stretch=2), lambda tone: max(0, tone - 0.4)),
        0.45,
    )
    drift = fade(image.size, image.height * 0.8, image.height * 1.05)
    tint(pale, (250, 252, 255), ImageChops.multiply(drift, noise(image.size, 3, rng, 3)), 1.2)
    heaven.snow(pale, rng, 420)
    return pale


def _rainy(image: Picture, palette: Palette, rng: random.Random) -> Picture:
    grey = ImageEnhance.Color(ImageEnhance.Brightness(image).enhance(0.78)).enhance(0.6)
    grey = Image.blend(grey, Image.new("RGB", image.size, (84, 100, 118)), 0.22)
    heaven.rain(grey, rng, mix((214, 224, 236), palette.light, 0.2), 900)
    return grey


def _foggy(image: Picture, palette: Palette, rng: random.Random) -> Picture:
    image = image.copy()
    bank = ImageChops.add(noise(image.size, 2.2, rng, 4, stretch=2.5), fade(image.size, 0, image.height, 30, 120), 1.4)
    tint(image, mix(palette.haze, (232, 234, 236), 0.7), bank, 0.85)
    return image


def _sepia(image: Picture, palette: Palette, rng: random.Random) -> Picture:
    del palette, rng
    return coloured(
        contrasted(image.convert("L"), 0.15), ((32, 20, 12), (112, 78, 50), (206, 172, 128), (252, 240, 216))
    )


def _monochrome(image: Picture, palette: Palette, rng: random.Random) -> Picture:
    del palette, rng
    grey = contrasted(ImageOps.autocontrast(image.convert("L"), cutoff=0.5), 0.3)
    return coloured(grey, ((12, 12, 14), (120, 119, 118), (250, 248, 244)))


def _mirrored(image: Picture, palette: Palette, rng: random.Random) -> Picture:
    del palette, rng
    return ImageOps.mirror(image)


def _upside_down(image: Picture, palette: Palette, rng: random.Random) -> Picture:
    del palette, rng
    return ImageOps.flip(image)


def _turned(image: Picture, palette: Palette, rng: random.Random) -> Picture:
    """A quarter turn, as much of it as fits the sheet."""
    del palette, rng
    return ImageOps.fit(image.transpose(Image.Transpose.ROTATE_270), image.size, BICUBIC)


def _blurred(image: Picture, palette: Palette, rng: random.Random) -> Picture:
    del palette, rng
    return softened(image, (image.width * image.height) ** 0.5 * 0.012)


def _sharpened(image: Picture, palette: Palette, rng: random.Random) -> Picture:
    del palette, rng
    return contrasted(image.filter(ImageFilter.UnsharpMask(4, 130, 2)), 0.2)


def _brightened(image: Picture, palette: Palette, rng: random.Random) -> Picture:
    del rng
    image = ImageEnhance.Color(image.point([round(255 * (value / 255) ** 0.68) for value in range(256)] * 3)).enhance(
        1.15
    )
    glow(image, (image.width * 0.5, 0), max(image.size) * 0.9, mix(palette.light, (255, 246, 220), 0.5), 0.35, 1.8)
    return image


def _darkened(image: Picture, palette: Palette, rng: random.Random) -> Picture:
    del palette, rng
    return contrasted(image.point([round(255 * (value / 255) ** 1.55 * 0.9) for value in range(256)] * 3), 0.15)


def _neon(image: Picture, palette: Palette, rng: random.Random) -> Picture:
    """Dark, with glowing contours in two colours."""
    del palette, rng
    edges = softened(image, 2).convert("L").filter(ImageFilter.FIND_EDGES)
    edges = shaded(
        ImageOps.autocontrast(edges.crop((2, 2, image.width - 2, image.height - 2)).resize(image.size), cutoff=1),
        lambda tone: tone**0.8,
    )
    grade = coloured(image.convert("L"), ((6, 4, 20), (46, 14, 84), (150, 34, 140), (250, 110, 170)))
    dark = ImageEnhance.Brightness(Image.blend(image, grade, 0.8)).enhance(0.7)
    lines = coloured(edges, ((0, 0, 0), (14, 90, 130), (90, 240, 255)))
    return ImageChops.screen(ImageChops.screen(dark, softened(lines, 10)), lines)


def _vintage(image: Picture, palette: Palette, rng: random.Random) -> Picture:
    faded = Image.blend(image, _sepia(image, palette, rng), 0.45)
    return ImageChops.screen(contrasted(faded, -0.2), Image.new("RGB", image.size, (30, 22, 26)))


def _autumnal(image: Picture, palette: Palette, rng: random.Random) -> Picture:
    del palette, rng
    grade = coloured(
        image.convert("L"), ((34, 18, 16), (122, 52, 28), (206, 118, 46), (240, 200, 128), (255, 244, 220))
    )
    return Image.blend(image, grade, 0.58)


EFFECTS: tuple[tuple[Effect, str], ...] = (
    (_mirrored, "mirror mirrored flop"),
    (_upside_down, "flip flipped upside"),
    (_turned, "rotate rotated sideways"),
    (_blurred, "blur blurred blurry bokeh soft defocus"),
    (_sharpened, "sharp sharpen sharper crisp detailed contrast"),
    (_brightened, "bright brighter brighten lighter sunny daylight day morning summer spring"),
    (_sunlit, "sunset dusk sunrise dawn evening golden"),
    (_autumnal, "autumn fall october"),
    (_warm, "warm warmer cozy cosy fire"),
    (_cold, "cold colder cool cooler ocean underwater"),
    (_winter, "snow snowy winter snowfall ice frozen frost christmas"),
    (_rainy, "rain rainy storm stormy wet"),
    (_foggy, "fog foggy mist misty haze"),
    (_night, "night dark midnight moon moonlight moonlit star starry nighttime space"),
    (_darkened, "darker gloomy moody shadow dramatic"),
    (_neon, "neon cyberpunk synthwave vaporwave"),
    (_vintage, "vintage retro old faded polaroid nostalgic"),
    (_sepia, "sepia"),
)
"""In the order they are applied: first what moves the picture, then its light, then its weather and time."""
