"""Draws a family as one picture: a title with the people, cards in generations, and the ways between them."""

from __future__ import annotations

import io
from collections.abc import Mapping

from PIL import Image, ImageDraw

from bot.drawing.tree.cards import Card, draw_card
from bot.drawing.tree.lettering import fitted, font_of, name_of, plain
from bot.drawing.tree.palette import ACCENT, DEEP, LINE, RGB, SOFT, TEXT, member_colours, mixed
from bot.drawing.tree.plan import Line, Plan, Point, planned
from bot.drawing.tree.routing import Net
from bot.drawing.tree.strokes import arrow, box, trace
from bot.models.family import Family, Shown, ancestors, parts

BEND, HEAD = 16, 22
"""The radius of a line's corners and the length of its arrowhead, in pixels at scale 1."""

WAY, ANCESTRAL_WAY, HALO = 4, 6, 10
"""Widths of lines, in pixels; the halo keeps crossing lines apart."""


def draw(shown: Shown, thumbnails: Mapping[str, bytes]) -> bytes:
    """The tree as a PNG of at most about 4000 pixels to a side; ``thumbnails`` are encoded pictures of any size."""
    plan = planned(shown)
    colours = member_colours(one.member_id for one in sorted(shown.family.relatives, key=lambda one: one.created_at))
    image = Image.new("RGB", plan.size, DEEP)
    _header(image, shown, plan, colours)
    _ways(image, shown, plan, colours)
    known = {one.code: one for one in shown.family.relatives}
    for step, (code, place) in enumerate(plan.boxes.items(), 1):
        one = known[code]
        card = Card(one, step, code == shown.family.current, shown.hidden.get(code, 0), colours[one.member_id])
        draw_card(image, card, place, plan.scale, thumbnails.get(code))
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=4)
    return out.getvalue()


def title(shown: Shown) -> tuple[str, str]:
    """The family's name, and how large it is."""
    family = shown.family
    count = len({one.code for one in family.relatives})
    people = len({one.member_id for one in family.relatives})
    total = count + sum(shown.hidden.values())
    pictures = f"{total} picture{'s' * (total != 1)}" if total == count else f"{count} of {total} pictures, these by"
    joint = " · " if total == count else " "
    return (
        f"Family of {plain(family.current, 40)}",
        f"{pictures}{joint}{people} {'person' if people == 1 else 'people'}",
    )


def _header(image: Image.Image, shown: Shown, plan: Plan, colours: Mapping[int, RGB]) -> None:
    """The title in one line, the people in a second."""
    left, top, right, bottom = plan.header
    height = bottom - top
    draw = ImageDraw.Draw(image)
    font = font_of(round(height * 0.26))
    name, size = title(shown)
    y = top + round(height * 0.36)
    name = fitted(name, font, (right - left) * 0.6)
    draw.text((left, y), name, TEXT, font, anchor="lm", stroke_width=0.4, stroke_fill=TEXT)
    x = left + font.getlength(name)
    draw.text((x, y), fitted(f"  ·  {size}", font, right - x), SOFT, font, anchor="lm")
    _people(image, shown.family, plan, colours)


def _people(image: Image.Image, family: Family, plan: Plan, colours: Mapping[int, RGB]) -> None:
    """Each person's dot, name and number of pictures, as many as there is room for."""
    left, top, right, bottom = plan.header
    height = bottom - top
    draw = ImageDraw.Draw(image)
    font = font_of(round(height * 0.19))
    x, y, dot, gap = float(left), top + round(height * 0.68), round(height * 0.07), round(height * 0.22)
    everybody = parts(family)
    for index, part in enumerate(everybody):
        rest = f"+ {len(everybody) - index} more"
        name = fitted(name_of(part.member_id, part.member_name), font, height * 2.6)
        count = f" {part.pictures}"
        wide = dot * 3 + font.getlength(name + count)
        last = index == len(everybody) - 1
        if x + wide + (0 if last else gap + font.getlength(rest)) > right:
            draw.text((x, y), rest, SOFT, font, anchor="lm")
            return
        box(image, (round(x), y - dot, round(x) + 2 * dot, y + dot), dot, colours[part.member_id])
        draw.text((x + dot * 3, y), name, TEXT, font, anchor="lm")
        draw.text((x + dot * 3 + font.getlength(name), y), count, SOFT, font, anchor="lm")
        x += wide + gap


def _ways(image: Image.Image, shown: Shown, plan: Plan, colours: Mapping[int, RGB]) -> None:
    """All lines, parent by parent, those that lead to the current picture on top."""
    owner = {one.code: one.member_id for one in shown.family.relatives}
    bridged = {code: (*its, *shown.bridges.get(code, ())) for code, its in plan.parents.items()}
    line_up = ancestors(shown.family.current, bridged)
    nets: dict[Net, list[Line]] = {}
    for line in plan.lines:
        nets.setdefault(line.net, []).append(line)
    for net in sorted(nets, key=lambda net: any(line.child in line_up for line in nets[net])):
        lines = sorted(nets[net], key=lambda line: line.child in line_up)
        for line in lines:
            trace(image, _shaft(line, plan.scale), HALO, round(BEND * plan.scale), DEEP)
        for line in lines:
            usual = mixed(LINE, colours[owner[net.parent]], 0.5)
            touching = 8 if line.child == shown.family.current else 2
            if line.child in line_up:
                _line(image, line, plan.scale, ANCESTRAL_WAY, mixed(ACCENT, TEXT, 0.15), touching)
            else:
                _line(image, line, plan.scale, WAY, usual, touching)


def _line(image: Image.Image, line: Line, scale: float, width: int, colour: RGB, distance: int) -> None:
    dash = round(12 * scale) if line.net.bridge else 0
    trace(image, _shaft(line, scale), width, round(BEND * scale), colour, dash)
    x, y = line.points[-1]
    arrow(image, (x - distance, y), round(HEAD * scale), colour)


def _shaft(line: Line, scale: float) -> list[Point]:
    """A line without the place of its arrowhead."""
    x, y = line.points[-1]
    return [*line.points[:-1], (x - round(HEAD * scale) * 3 // 4, y)]
