"""One picture's card: its thumbnail, who made it, what was asked for, and its code."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageOps

from bot.drawing.tree.lettering import fitted, font_of, name_of, plain, wrapped
from bot.drawing.tree.palette import ACCENT, DEEP, LINE, RAISED, RGB, SOFT, TEXT, mixed
from bot.drawing.tree.plan import Box
from bot.drawing.tree.strokes import box, box_mask, grown
from bot.drawing.tree.thumbs import thumbnail
from bot.models.family import Relative

INSET, PICTURE = 10, 280
"""The picture's distance from the card's edge, and its side."""


@dataclass(frozen=True, slots=True)
class Card:
    """What a card says; ``step`` counts from 1, ``hidden`` are the relatives left out below it."""

    one: Relative
    step: int
    current: bool
    hidden: int
    colour: RGB


def draw_card(image: Image.Image, card: Card, place: Box, scale: float, data: bytes | None) -> None:
    """Draw a card into its box; ``data`` is the encoded picture, if there is one."""
    radius = round(18 * scale)
    if card.hidden:
        _stub(image, card.hidden, place, scale)
    if card.current:
        box(image, grown(place, 8), radius + 8, mixed(DEEP, ACCENT, 0.35))
        box(image, grown(place, 4), radius + 4, ACCENT)
        box(image, place, radius, mixed(RAISED, ACCENT, 0.16))
    else:
        box(image, place, radius, LINE)
        box(image, grown(place, -2), radius - 2, RAISED)
    inset, side = round(INSET * scale), place[2] - place[0] - 2 * round(INSET * scale)
    frame = (place[0] + inset, place[1] + inset, place[0] + inset + side, place[1] + inset + side)
    _picture(image, None if card.one.removed else data, frame, scale)
    _badges(image, card, frame, scale)
    _words(image, card, (place[0] + round(18 * scale), frame[3], place[2] - round(18 * scale), place[3]), scale)


def _picture(image: Image.Image, data: bytes | None, frame: Box, scale: float) -> None:
    size = frame[2] - frame[0], frame[3] - frame[1]
    radius = round(12 * scale)
    small = thumbnail(data, size)
    if small is None:
        box(image, frame, radius, LINE)
        box(image, grown(frame, -2), radius - 2, mixed(DEEP, RAISED, 0.35))
        middle = (frame[0] + frame[2]) // 2, (frame[1] + frame[3]) // 2
        ImageDraw.Draw(image).text(middle, "gone", mixed(LINE, SOFT, 0.6), font_of(round(26 * scale)), anchor="mm")
        return
    if small.mode == "RGBA":
        ground = Image.new("RGB", size, mixed(DEEP, RAISED, 0.35))
        ground.paste(small, (0, 0), small)
        small = ground
    image.paste(ImageOps.posterize(small, 6), frame, box_mask(size, radius))  # two bits less: a third of the file


def _badges(image: Image.Image, card: Card, frame: Box, scale: float) -> None:
    """The step's number, and a word at the current picture."""
    gap = round(10 * scale)
    _pill(image, (frame[0] + gap, frame[1] + gap), str(card.step), DEEP, TEXT, scale)
    if card.current:
        width = _pill_width("current", scale)
        _pill(image, (frame[2] - gap - width, frame[1] + gap), "current", ACCENT, mixed(DEEP, (0, 0, 0), 0.35), scale)


def _pill_width(text: str, scale: float) -> int:
    return max(round(40 * scale), round(font_of(round(24 * scale)).getlength(text)) + round(24 * scale))


def _pill(image: Image.Image, at: tuple[int, int], text: str, ground: RGB, ink: RGB, scale: float) -> None:
    width, height = _pill_width(text, scale), round(40 * scale)
    box(image, (at[0], at[1], at[0] + width, at[1] + height), height // 2, ground)
    middle = at[0] + width / 2, at[1] + height / 2
    font = font_of(round(24 * scale))
    ImageDraw.Draw(image).text(middle, text, ink, font, anchor="mm", stroke_width=0.3, stroke_fill=ink)


def _words(image: Image.Image, card: Card, room: Box, scale: float) -> None:
    """Who, with the code at the end of the line, and the instruction in two lines."""
    draw = ImageDraw.Draw(image)
    left, top, right, _ = room
    name_font, font, small = (font_of(round(size * scale)) for size in (25, 24, 18))
    wide = right - left
    y = top + round(32 * scale)
    code = fitted(plain(card.one.code, 40), small, wide * 0.5)
    draw.text((right, y), code, mixed(RAISED, SOFT, 0.75), small, anchor="rm")
    dot = round(7 * scale)
    box(image, (left, y - dot, left + 2 * dot, y + dot), dot, card.colour)
    start = left + 3 * dot
    name = fitted(
        name_of(card.one.member_id, card.one.member_name), name_font, right - start - small.getlength(code) - 12
    )
    draw.text((start, y), name, card.colour, name_font, anchor="lm")
    said = plain(card.one.instruction)
    quiet = not said
    if quiet:
        said = "(in letters that cannot be drawn here)" if card.one.instruction.strip() else "(without words)"
    for index, line in enumerate(wrapped(said, font, wide, 2)):
        height = y + round((45 + 32 * index) * scale)
        draw.text((left, height), line, SOFT if quiet else TEXT, font, anchor="lm")


def _stub(image: Image.Image, hidden: int, place: Box, scale: float) -> None:
    """The edges of more cards below, and how many."""
    middle, top = (place[0] + place[2]) // 2, place[3]
    width, height = place[2] - place[0], round(40 * scale)
    left = place[0] + round(width * 0.14)
    right = place[2] - round(width * 0.14)
    radius = round(14 * scale)
    box(image, (left, top - 2 * radius, right, top + height), radius, LINE)
    box(image, (left + 2, top - 2 * radius, right - 2, top + height - 2), radius - 2, mixed(DEEP, RAISED, 0.5))
    text = f"+ {hidden} more"
    font = font_of(round(22 * scale))
    ImageDraw.Draw(image).text((middle, top + round(height * 0.47)), text, TEXT, font, anchor="mm")
