"""The strip of paper under a picture: an honest mark, and what of the prompt was understood."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from painter.palette import RGB, mix
from painter.surface import Picture, Size

MARK = "sandbox - no image model"

_EVEN, _PALE = 10, 190
"""How far blank paper may vary after it was compressed, and the darkest that it is."""


def strip_height(size: Size) -> int:
    """How many pixels of a picture's height the strip takes."""
    return 76 if size[0] >= 840 else 92


def without_strip(image: Picture) -> Picture:
    """A picture of ours without its strip, lest every edit put another one under the last; any other as it is."""
    top = image.height - strip_height(image.size)
    if top <= 0:
        return image
    edge = image.crop((0, top + 4, 12, image.height)).convert("RGB")
    levels: list[tuple[int, int]] = [band.getextrema() for band in edge.split()]  # pyright: ignore[reportAssignmentType]
    paper = all(high - low <= _EVEN and low >= _PALE for low, high in levels)
    return image.crop((0, 0, image.width, top)) if paper else image


def caption(understood: Sequence[str], size: Size, paper: RGB, ink: RGB) -> Picture:
    """A strip with the mark and, as far as they fit, the words that something was made of: nothing was overheard."""
    strip = Image.new("RGB", size, paper)
    draw = ImageDraw.Draw(strip)
    font, beside, margin = ImageFont.load_default(26), size[0] >= 840, 26
    room = size[0] - 2 * margin - (font.getlength(MARK) + 40 if beside else 0)
    words = list(understood)
    while font.getlength(_told(words, len(understood))) > room and words:
        words.pop()
    told = _told(words, len(understood))
    draw.text((margin, size[1] / 2 if beside else 30), MARK, mix(ink, paper, 0.08), font, anchor="lm")
    at, anchor = ((size[0] - margin, size[1] / 2), "rm") if beside else ((margin, size[1] - 30), "lm")
    draw.text(at, told, mix(ink, paper, 0.25), font, anchor=anchor)
    return strip


def _told(words: Sequence[str], count: int) -> str:
    if not count:
        return "it knows none of these words"
    more = f" + {count - len(words)}" if len(words) < count else ""
    return "drawn from: " + ", ".join(words) + more
