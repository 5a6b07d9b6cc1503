"""Turns seats and ways into pixels: where each card stands, and through which points each way runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.drawing.tree.layout import Grid, seated
from bot.drawing.tree.routing import Net, Routes, routed
from bot.models.family import Shown, lineage

Box = tuple[int, int, int, int]
"""Left, top, right, bottom; right and bottom are outside."""

Point = tuple[int, int]

CARD = (300, 440)
PORT = 160
"""How far below a card's top the ways begin and end: the middle of its picture."""

STUB = 46
"""Height of what hangs below a card that has hidden relatives."""

MARGIN, CHANNEL, AISLE, BAND_AISLE, LANE = 46, 72, 46, 72, 16
NARROWEST, EDGE = 760, 4000
TALLEST, WIDEST = 0.52, 2.45
"""Bounds of width to height."""


@dataclass(frozen=True, slots=True)
class Line:
    """A way in pixels, with right angles; ``ancestral`` if it leads to the current picture."""

    net: Net
    child: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole picture: its size, every card's box in the order of the steps, every line, and the scale (1 is full).

    ``header`` is the box of the title.
    """

    size: tuple[int, int]
    scale: float
    header: Box
    boxes: Mapping[str, Box]
    lines: tuple[Line, ...]
    parents: Mapping[str, tuple[str, ...]]


def planned(shown: Shown) -> Plan:
    """Lay the family out; large families are drawn smaller, never over 4000 pixels to a side if that can be read."""
    parents = lineage(shown.family.relatives)
    kin = {code: (*its, *shown.bridges.get(code, ())) for code, its in parents.items()}
    grid = seated(lineage(replace(one, parents=kin[one.code]) for one in shown.family.relatives))
    routes = routed(grid, parents, shown.bridges)
    count = len(parents)
    scale = 1.0 if count <= 12 else 0.88 if count <= 24 else 0.76
    plan = _Drafter(shown, grid, routes, scale).plan(parents)
    if max(plan.size) > EDGE:
        plan = _Drafter(shown, grid, routes, max(0.2, scale * (EDGE - 40) / max(plan.size))).plan(parents)
    return plan


class _Drafter:
    """Measures columns and rows at one scale."""

    def __init__(self, shown: Shown, grid: Grid, routes: Routes, scale: float) -> None:
        self._grid, self._routes, self._scale = grid, routes, scale
        self._card = self._px(CARD[0]), self._px(CARD[1])
        stubbed = {grid.seats[code].row for code in shown.hidden if code in grid.seats}
        channels = [self._room(routes.channels, n, CHANNEL) for n in range(grid.columns + 1)]
        aisles = [self._room(routes.aisles, n, BAND_AISLE if n in grid.bands else AISLE) for n in range(grid.rows + 1)]
        for outer in (channels, aisles):  # nothing needs room outside unless a way runs there
            lanes = routes.channels if outer is channels else routes.aisles
            for end in (0, len(outer) - 1):
                outer[end] = outer[end] if any(place == end for place, _ in lanes) else 0
        heights = [self._card[1] + self._px(STUB) * (row in stubbed) for row in range(grid.rows)]
        self._width = sum(channels) + grid.columns * self._card[0]
        self._height = sum(aisles) + sum(heights)
        self._channels = [sum(channels[:n]) + n * self._card[0] for n in range(grid.columns + 1)]
        self._aisles = [sum(aisles[:n]) + sum(heights[:n]) for n in range(grid.rows + 1)]
        self._columns = [self._channels[n] + channels[n] for n in range(grid.columns)]
        self._rows = [self._aisles[n] + aisles[n] for n in range(grid.rows)]

    def plan(self, parents: Mapping[str, tuple[str, ...]]) -> Plan:
        margin = MARGIN
        width = max(self._width + 2 * margin, NARROWEST)
        header = max(112, min(260, width * 7 // 100))
        height = self._height + header + margin
        width, height = max(width, round(height * TALLEST)), max(height, round(width / WIDEST))
        left = (width - self._width) // 2
        top = header + (height - header - margin - self._height) // 2
        boxes: dict[str, Box] = {}
        for code, seat in self._grid.seats.items():
            x, y = left + self._columns[seat.column], top + self._rows[seat.row]
            boxes[code] = (x, y, x + self._card[0], y + self._card[1])
        start = margin if self._width < NARROWEST else left + self._columns[0]
        lines = self._lines(boxes, left, top)
        return Plan((width, height), self._scale, (start, 0, width - margin, header), boxes, lines, parents)

    def _lines(self, boxes: Mapping[str, Box], left: int, top: int) -> tuple[Line, ...]:
        found: list[Line] = []
        for way in self._routes.ways:
            here, there = boxes[way.net.parent], boxes[way.child]
            out, into = (
                box[1] + self._px(PORT) + self._px(aside) for box, aside in ((here, way.leaves), (there, way.arrives))
            )
            points: list[Point] = [(here[2], out)]
            if way.aisle is not None:
                first, last = (left + self._lane_x(channel, way.net) for channel in (way.first, way.last))
                aisle = top + self._lane_y(way.aisle, way.net)
                points += [(first, out), (first, aisle), (last, aisle), (last, into)]
            elif out != into:
                lane = left + self._lane_x(way.first, way.net)
                points += [(lane, out), (lane, into)]
            found.append(Line(way.net, way.child, (*points, (there[0], into))))
        return tuple(found)

    def _lane_x(self, channel: int, net: Net) -> int:
        lane = self._routes.channels.get((channel, net), 0)
        return self._channels[channel] + self._px(28) + lane * self._px(LANE)

    def _lane_y(self, aisle: int, net: Net) -> int:
        lanes = 1 + max((lane for (place, _), lane in self._routes.aisles.items() if place == aisle), default=0)
        room = (
            self._rows[aisle] - self._aisles[aisle] if aisle < len(self._rows) else self._height - self._aisles[aisle]
        )
        lane = self._routes.aisles.get((aisle, net), 0)
        return self._aisles[aisle] + room // 2 + round((lane - (lanes - 1) / 2) * self._px(LANE))

    def _room(self, lanes: Mapping[tuple[int, Net], int], place: int, base: int) -> int:
        most = max((lane for (at, _), lane in lanes.items() if at == place), default=0)
        return self._px(base + most * LANE)

    def _px(self, length: float) -> int:
        return round(length * self._scale)
