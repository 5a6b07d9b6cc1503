"""Draws a family as one picture: a title with the people, cards in reading order, and the edges between them."""

from __future__ import annotations

import io
from collections.abc import Mapping

from PIL import Image

from bot.drawing.palette import ACCENT, GROUND, LINE, RAISED, SOFT, TEXT, member_colours, mixed
from bot.drawing.svg import Canvas, Point, rounded, with_xmp
from bot.drawing.text import clean, fitted, width_of, wrapped
from bot.drawing.tree_layout import CARD, MARGIN, NOTE, Edge, Net, TreeLayout, laid_out
from bot.models.captions import TreeCaptions
from bot.models.family import Part, Relative, Shown, parts
from bot.models.provenance import DigitalSourceType, xmp

PIXELS = 1_800_000  # the most of a tree: drawing and compressing a million takes about 0.1 s
PICTURE, INSET = 236, 10  # the side of the square in a card that holds its picture, and how far from the card's edge

_ARROW = 18
_DIM = mixed(GROUND, RAISED, 0.35)


def draw_family(shown: Shown, thumbnails: Mapping[str, bytes], captions: TreeCaptions) -> bytes:
    """The tree as a PNG of at most 1.8 million pixels; ``thumbnails`` are JPEGs of any size by their codes."""
    return with_xmp(family_canvas(shown, thumbnails, captions).png(), xmp(DigitalSourceType.COMPOSED))


def family_canvas(shown: Shown, thumbnails: Mapping[str, bytes], captions: TreeCaptions) -> Canvas:
    """The tree before it is rasterised."""
    layout = laid_out(shown)
    scale = min(1.0, (PIXELS / (layout.width * layout.height)) ** 0.5)
    canvas = Canvas(layout.width, layout.height, GROUND, scale)
    colours = member_colours(dict.fromkeys(one.member_id for one in (*parts(shown.family), *shown.family.relatives)))
    known = {one.code: one for one in shown.family.relatives}
    _draw_header(canvas, shown, layout.header, colours, captions)
    _draw_edges(canvas, layout, {code: colours[one.member_id] for code, one in known.items()})
    for step, (code, at) in enumerate(layout.cards.items(), 1):
        one = known[code]
        corner = at[0] + INSET, at[1] + INSET
        _draw_card(canvas, at, shown, one)
        missing = captions.photograph if one.brought else captions.gone
        _draw_picture(canvas, corner, None if one.removed else thumbnails.get(code), missing)
        size = max(24.0, canvas.width / 65)  # large enough for a chat's small view
        _draw_pill(canvas, (corner[0] + 6, corner[1] + 6), str(step), size, (GROUND, TEXT))
        if code == shown.family.current:
            width = width_of(captions.current, 22) + 22 * 0.8
            at_end = corner[0] + PICTURE - 8 - width, corner[1] + PICTURE - 41
            _draw_pill(canvas, at_end, captions.current, 22, (ACCENT, mixed(GROUND, "#000000", 0.35)))
        _draw_words(canvas, (corner[0] + 6, corner[1] + PICTURE + 25), one, colours[one.member_id], captions)
    return canvas


def name_of(one: Relative | Part, captions: TreeCaptions) -> str:
    """What a person is called; one without a drawable name is told apart by the end of their id."""
    otherwise = captions.member.format(number=f"{one.member_id % 10000:04}") if one.member_id else captions.somebody
    return clean(one.member_name, 60) or otherwise


def _draw_header(
    canvas: Canvas, shown: Shown, height: float, colours: Mapping[int, str], captions: TreeCaptions
) -> None:
    """The title in one line; in a second each person's dot, name and number of pictures, as many as there is room."""
    letters, right = height * 0.27, canvas.width - MARGIN
    x = MARGIN + canvas.text((MARGIN, height * 0.36), captions.title, letters, TEXT, (right - MARGIN) * 0.6, bold=True)
    canvas.text((x + letters * 0.3, height * 0.36), f"· {captions.size}", letters, SOFT, right - x - letters * 0.3)
    letters *= 0.75
    x, y, dot = float(MARGIN), height * 0.72, letters * 0.3
    everybody = parts(shown.family)
    for index, part in enumerate(everybody):
        name, count = fitted(name_of(part, captions), letters, 11 * letters), str(part.pictures)
        rest = len(everybody) - index
        end = x + dot * 3.8 + width_of(name, letters) + width_of(count, letters)
        if end + 6 * letters * (rest > 1) > right:
            canvas.text((x, y), f"+ {rest}", letters, SOFT)
            return
        canvas.rect(x, y - dot, 2 * dot, 2 * dot, colours[part.member_id], dot)
        canvas.text((x + dot * 2.8, y), name, letters)
        canvas.text((end, y), count, letters, SOFT, anchor="end")
        x = end + letters


def _draw_edges(canvas: Canvas, layout: TreeLayout, colours: Mapping[str, str]) -> None:
    """All edges in their parents' colours, those that lead to the current picture bright and on top."""
    groups: dict[tuple[bool, Net], list[Edge]] = {}
    for edge in layout.edges:
        groups.setdefault((edge.child in layout.upwards, edge.net), []).append(edge)
    for (bright, net), edges in sorted(groups.items(), key=lambda group: group[0][0]):
        for edge in edges:  # a margin of the ground's colour keeps crossing lines apart
            _draw_edge(canvas, edge, GROUND, 11)
        for edge in groups.get((False, net), ()):  # once more where the margin of the bright ones covers them
            _draw_edge(canvas, edge, mixed(LINE, colours[net.parent], 0.5), 4)
        for edge in edges if bright else ():
            _draw_edge(canvas, edge, mixed(ACCENT, TEXT, 0.15), 6)


def _draw_edge(canvas: Canvas, edge: Edge, colour: str, width: float) -> None:
    """The line and its arrowhead."""
    (x, y), half = edge.points[-1], _ARROW / 2
    shaft = rounded([*edge.points[:-1], (x - _ARROW, y)], 12)
    canvas.path(shaft, stroke=colour, width=width, dash=10 if edge.net.bridge and colour != GROUND else 0)
    canvas.path(f"M{x - 4:.1f} {y:.1f}l{-_ARROW} {-half}l4 {half}l-4 {half}z", fill=colour)


def _draw_card(canvas: Canvas, at: Point, shown: Shown, one: Relative) -> None:
    """The card's ground, framed if it is the current one, and below it how many relatives are left out there."""
    (x, y), (width, height) = at, CARD
    if hidden := shown.hidden.get(one.code):
        canvas.rect(x + 36, y + height - 30, width - 72, NOTE + 24, _DIM, 12, LINE)
        canvas.text((x + width / 2, y + height + NOTE / 2 - 4), f"+ {hidden}", 21, anchor="middle")
    current = one.code == shown.family.current
    if current:
        canvas.rect(x - 5, y - 5, width + 10, height + 10, ACCENT, 20)
    canvas.rect(x, y, width, height, mixed(RAISED, ACCENT, 0.16 * current), 15, None if current else LINE)


def _draw_picture(canvas: Canvas, at: Point, jpeg: bytes | None, missing: str) -> None:
    """The whole picture at its own ratio on a quiet ground, or a word where it is gone or not to be shown."""
    edge, middle = round(PICTURE * canvas.scale), (at[0] + PICTURE / 2, at[1] + PICTURE / 2)
    try:
        with Image.open(io.BytesIO(jpeg or b""), formats=("JPEG",)) as image:
            image.draft("RGB", (edge, edge))
            small = image.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        canvas.rect(*at, PICTURE, PICTURE, _DIM, 8, LINE)
        canvas.text(middle, missing, 24, mixed(LINE, SOFT, 0.6), anchor="middle")
        return
    small.thumbnail((edge, edge))
    canvas.rect(*at, PICTURE, PICTURE, _DIM, 8)
    canvas.image(middle, small)


def _draw_pill(canvas: Canvas, at: Point, text: str, size: float, colours: tuple[str, str]) -> None:
    """A word on a round ground."""
    height = size * 1.5
    width = max(height, width_of(text, size) + size * 0.8)
    canvas.rect(*at, width, height, colours[0], height / 2)
    canvas.text((at[0] + width / 2, at[1] + height / 2), text, size, colours[1], anchor="middle", bold=True)


def _draw_words(canvas: Canvas, at: Point, one: Relative, colour: str, captions: TreeCaptions) -> None:
    """Who, with the code at the end of the line, and the instruction in two lines."""
    (x, y), room = at, PICTURE - 12
    code = canvas.text((x + room, y), "" if one.brought else one.code, 17, mixed(RAISED, SOFT, 0.75), room * 0.5, "end")
    canvas.rect(x, y - 6, 12, 12, colour, 6)
    canvas.text((x + 18, y), name_of(one, captions), 22, colour, room - 28 - code)
    said = captions.brought if one.brought else clean(one.instruction)
    shown = said or ("" if one.removed else captions.wordless)  # that it is gone stands where its picture was
    for index, line in enumerate(wrapped(shown, 21, room, 2)):
        canvas.text((x, y + 34 + 28 * index), line, 21, TEXT if said else SOFT, room)
