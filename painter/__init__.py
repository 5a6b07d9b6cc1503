"""Paints pictures without any image model, for the sandbox: pure, offline, the same bytes for the same request."""

from __future__ import annotations

import io
from collections.abc import Sequence

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from painter.caption import caption, strip_height, without_strip
from painter.edits import applied, combined, opened
from painter.marks import XMP
from painter.mediums import gouache, medium_in
from painter.palette import MOODS, Palette, choose, mix
from painter.scenes import painted
from painter.surface import Picture, Size, bloomed, contrasted, glow, grained, vignetted
from painter.words import Words, chance, words_of

__all__ = ["paint", "size_for"]

PIXELS = 1024 * 1024
STEP = 16
"""Sides are multiples of this, as the model's own are."""


def paint(
    prompt: str,
    seed: int,
    ratio: str | None = None,
    format: str = "jpeg",
    fine: bool = False,
    guidance: float | None = None,
    enhance: bool = False,
    references: Sequence[bytes] = (),
) -> bytes:
    """A file of about one megapixel; with references, an edit of them.

    ``ratio`` is width to height, such as ``16:9``; ``format`` is ``jpeg`` or ``png``; ``fine`` adds detail.

    The same arguments always give the same bytes. Raises ``OSError``, ``ValueError`` or
    ``Image.DecompressionBombError`` if a reference is not a picture.
    """
    sources = [opened(data) for data in references]
    size = size_for(_proportion(ratio, sources))
    words = words_of(prompt)
    body = (size[0], size[1] - strip_height(size))
    if sources:
        image, palette = _edit(prompt, seed, words, [without_strip(one) for one in sources], body, fine)
    else:
        image, palette = _invention(prompt, seed, words, body, fine)
    image = _finish(image, palette, prompt, seed, guidance, enhance)
    return _encoded(_captioned(image, palette, words, size), format)


def size_for(proportion: float) -> Size:
    """Width and height for a width-to-height ratio: multiples of 16, about a megapixel in all."""
    proportion = min(4.0, max(0.25, proportion))
    height = round((PIXELS / proportion) ** 0.5 / STEP) * STEP
    return round(height * proportion / STEP) * STEP, height


def _proportion(ratio: str | None, sources: Sequence[Picture]) -> float:
    if ratio is not None:
        width, _, height = ratio.partition(":")
        return int(width) / int(height)
    return sources[0].width / sources[0].height if sources else 1.0


def _invention(prompt: str, seed: int, words: Words, size: Size, fine: bool) -> tuple[Picture, Palette]:
    """A picture from nothing. Chance does not depend on size or model: the better one makes the same, finer."""
    image, palette = painted(words, prompt, seed, size, fine)
    medium = medium_in(words) or gouache
    return medium(image, chance("medium", prompt, seed), fine), palette


def _edit(
    prompt: str, seed: int, words: Words, sources: Sequence[Picture], size: Size, fine: bool
) -> tuple[Picture, Palette]:
    palette = choose((), chance("palette", prompt, seed), tuple(MOODS))
    rng = chance("edit", prompt, seed)
    image = combined(sources, size, palette, rng)
    return applied(image, palette, rng, words, fine), palette


def _finish(image: Picture, palette: Palette, prompt: str, seed: int, guidance: float | None, enhance: bool) -> Picture:
    """Light, contrast and the grain of the paper."""
    rng = chance("finish", prompt, seed)
    image = bloomed(image, 0.30 if enhance else 0.12)
    if enhance:
        at = (rng.choice((0.08, 0.92)) * image.width, rng.uniform(0.0, 0.2) * image.height)
        glow(image, at, max(image.size) * 0.8, mix(palette.light, palette.accent, 0.3), 0.38, 1.7)
    if guidance is not None:
        image = contrasted(image, max(-0.3, min(0.9, (guidance - 3.5) * 0.09)))
    return grained(vignetted(image, 0.16), rng, 5)


def _captioned(image: Picture, palette: Palette, words: Words, size: Size) -> Picture:
    whole = Image.new("RGB", size)
    whole.paste(image, (0, 0))
    understood = [word for word in dict.fromkeys(words) if word in words.heard]
    ink = mix(palette.near, (34, 34, 40), 0.4)
    whole.paste(caption(understood, (size[0], size[1] - image.height), palette.paper, ink), (0, image.height))
    return whole


def _encoded(image: Picture, format: str) -> bytes:
    file = io.BytesIO()
    if format == "png":
        marks = PngInfo()
        marks.add_itxt("XML:com.adobe.xmp", XMP)
        image.save(file, "PNG", compress_level=1, pnginfo=marks)
    else:
        image.save(file, "JPEG", quality=90, subsampling=0, xmp=XMP.encode())
    return file.getvalue()
