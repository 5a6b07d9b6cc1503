"""The strip of paper under a picture: the prompt in small type, and an honest mark."""

from __future__ import annotations

import unicodedata

from PIL import Image, ImageDraw, ImageFont

from painter.palette import RGB, mix
from painter.surface import Picture, Size

MARK = "sandbox - no image model"

_EVEN, _PALE = 10, 190
"""How far blank paper may vary after it was compressed, and the darkest that it is."""

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


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


def caption(prompt: str, width: int, height: int, paper: RGB, ink: RGB) -> Picture:
    """A strip of the given size with at most two lines of the prompt and the mark."""
    strip = Image.new("RGB", (width, height), paper)
    draw = ImageDraw.Draw(strip)
    font, small = ImageFont.load_default(19), ImageFont.load_default(15)
    margin = 26
    beside = width >= 840
    mark_width = round(small.getlength(MARK))
    room = width - 2 * margin - (mark_width + 40 if beside else 0)
    lines = wrapped(drawable(prompt, font), font, room, 2)
    faint, middle = mix(ink, paper, 0.42), height / 2
    block = height - 34 if not beside else height
    for index, line in enumerate(lines):
        y = block / 2 + (index - (len(lines) - 1) / 2) * 25
        draw.text((margin, y), line, mix(ink, paper, 0.12), font, anchor="lm")
    if beside:
        draw.text((width - margin, middle), MARK, faint, small, anchor="rm")
    else:
        draw.text((margin, height - 22), MARK, faint, small, anchor="lm")
    return strip


def drawable(text: str, font: Font) -> str:
    """The text on one line, without what the typeface has no glyph for (CJK, emoji, control characters)."""
    missing = _glyph("\U0010fffe", font)
    kept: list[str] = []
    for letter in unicodedata.normalize("NFC", text):
        if letter.isspace():
            kept.append(" ")
        elif unicodedata.category(letter)[0] not in "CM" and _glyph(letter, font) != missing:
            kept.append(letter)
    return " ".join("".join(kept).split())


def _glyph(letter: str, font: Font) -> tuple[Size, bytes]:
    mask = font.getmask(letter)
    return mask.size, bytes(mask)  # pyright: ignore[reportArgumentType]  # a buffer, though untyped


def wrapped(text: str, font: Font, room: float, lines: int) -> list[str]:
    """The text in lines of at most ``room`` pixels; what does not fit ends in an ellipsis."""
    found: list[str] = []
    rest = text[:600]
    while rest and len(found) < lines:
        end = _fitting(rest, font, room)
        if end == len(rest):
            found.append(rest)
            return found
        if len(found) == lines - 1:
            found.append(_elided(rest, font, room))
            return found
        space = rest.rfind(" ", 0, end + 1)
        end = space if space > 0 else end
        found.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return found


def _fitting(text: str, font: Font, room: float) -> int:
    """How many characters fit, at least one; by halving, because measuring costs."""
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if font.getlength(text[:middle]) <= room else (low, middle - 1)
    return low


def _elided(text: str, font: Font, room: float) -> str:
    end = _fitting(text, font, room - font.getlength("…"))
    cut = text[:end]
    space = cut.rfind(" ")
    return (cut[:space] if space > end * 0.6 else cut).rstrip(" ,.;:–-") + "…"
