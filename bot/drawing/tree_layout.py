"""Lays a family out: cards in reading order on a grid, and a route for every edge through the gutters between them.

Vertical gutter n lies left of column n, horizontal gutter n above row n. All edges of one parent share their lanes;
edges of two parents never run along the same line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from math import ceil, log
from typing import NamedTuple

from bot.drawing.svg import Point
from bot.models.family import Shown, ancestors, lineage, reading_order

CARD = 256, 352  # width and height of a card, in pixels at scale 1 like all lengths here
PORT = 122  # how far below a card's top its edges begin and end: the middle of its picture
NOTE = 40  # height of the note below a card that has hidden relatives
MARGIN, NARROWEST, HEADER = 40, 740, 118
GUTTER, LANE, FIRST_LANE = 52, 14, 16
RATIO = 1.4  # width to height that a chat shows largest


class Net(NamedTuple):
    """All the edges from one parent; a bridge leads through pictures that are not shown."""

    parent: str
    bridge: bool = False


class Edge(NamedTuple):
    """A line from a parent to a child, with right angles."""

    net: Net
    child: str
    points: tuple[Point, ...]


class TreeLayout(NamedTuple):
    """The size of the picture and of its header, each card's corner by the steps, edges, and the current one's line."""

    width: float
    height: float
    header: float
    cards: Mapping[str, Point]
    edges: tuple[Edge, ...]
    upwards: frozenset[str]


_Step = tuple[Net, str]
_Lanes = Mapping[tuple[int, Net], int]


def laid_out(shown: Shown) -> TreeLayout:
    """Lay the family out."""
    parents = lineage(shown.family.relatives)
    bridged = {code: (*its, *shown.bridges.get(code, ())) for code, its in parents.items()}
    kin = lineage(replace(one, parents=bridged[one.code]) for one in shown.family.relatives)
    upwards = ancestors(shown.family.current, kin)
    order = reading_order(kin, upwards)
    columns = _columns(len(order))
    cells = {code: divmod(index, columns) for index, code in enumerate(order)}
    beside = {code: (row, column + 1) for code, (row, column) in cells.items()}
    steps = [(Net(it, it not in parents[code]), code) for code in order for it in kin[code]]
    bent = [(net, code) for net, code in steps if net.bridge or cells[code] != beside[net.parent]]
    aside = _aside(bent)
    size = CARD[0], CARD[1] + (NOTE if shown.hidden else 0)
    horizontal = _lanes((cells[code][0], net, beside[net.parent][1], cells[code][1]) for net, code in bent)
    ys = _gutters(horizontal, ceil(len(order) / columns), size[1])
    ports = {code: ys[row + 1] - size[1] + PORT for code, (row, _) in cells.items()}
    turns = {code: ys[row] for code, (row, _) in cells.items()}  # all that turn into a row's gutter meet at its edge
    out = [(beside[net.parent][1], net, ports[net.parent] + aside[net, to][0], turns[to]) for net, to in bent]
    into = [(cells[to][1], net, ports[to] + aside[net, to][1], turns[to]) for net, to in bent]
    vertical = _lanes([*out, *into])
    xs = _gutters(vertical, columns, size[0])
    width = max(xs[-1] + 2 * MARGIN, NARROWEST)
    header = max(HEADER, width * 0.055)
    xs, ys = [x + (width - xs[-1]) / 2 for x in xs], [y + header for y in ys]
    cards = {code: (xs[column + 1] - size[0], ys[row + 1] - size[1]) for code, (row, column) in cells.items()}

    def line(net: Net, code: str) -> tuple[Point, ...]:
        (left, top), (x, y) = cards[net.parent], cards[code]
        if (net, code) not in aside:
            return (left + CARD[0], top + PORT), (x, y + PORT)
        out, into = top + PORT + aside[net, code][0], y + PORT + aside[net, code][1]
        row = cells[code][0]
        first, last = (xs[at] + FIRST_LANE + LANE * vertical[at, net] for at in (beside[net.parent][1], cells[code][1]))
        lane = ys[row] + FIRST_LANE + LANE * horizontal[row, net]
        return (left + CARD[0], out), (first, out), (first, lane), (last, lane), (last, into), (x, into)

    edges = tuple(Edge(net, code, line(net, code)) for net, code in steps)
    return TreeLayout(width, ys[-1] + MARGIN, header, cards, edges, upwards)


def _columns(count: int) -> int:
    """How many columns show the cards largest."""

    def distance(columns: int) -> float:
        height = ceil(count / columns) * (CARD[1] + GUTTER) + HEADER
        return abs(log(columns * (CARD[0] + GUTTER) / height / RATIO))

    return min(range(1, max(1, count) + 1), key=distance)


def _aside(bent: Sequence[_Step]) -> dict[_Step, tuple[float, float]]:
    """How far from the ports each bent edge leaves, and arrives: in turn above and below."""
    found: dict[_Step, tuple[float, float]] = {}
    for net, code in bent:
        others = [other for other, child in bent if child == code]
        place = others.index(net) + 1
        arrives = (-1) ** place * ((place + 1) // 2) * min(20.0, 60 / (len(others) + 1))
        found[net, code] = -44 if net.bridge else 0, arrives
    return found


def _lanes(stretches: Iterable[tuple[int, Net, float, float]]) -> _Lanes:
    """The first free lane for each that uses a gutter, the shortest first, counted from the left or the top."""
    places: dict[tuple[int, Net], list[float]] = {}
    for gutter, net, *ends in stretches:
        places.setdefault((gutter, net), []).extend(ends)
    reach = {key: (min(its), max(its)) for key, its in places.items()}
    found: dict[tuple[int, Net], int] = {}
    for key in sorted(reach, key=lambda key: (reach[key][1] - reach[key][0], reach[key][0], key[1].parent)):
        low, high = reach[key]
        near = [other for other in found if other[0] == key[0] and low <= reach[other][1] and reach[other][0] <= high]
        taken = {found[other] for other in near}
        found[key] = next(lane for lane in range(len(taken) + 1) if lane not in taken)
    return found


def _gutters(lanes: _Lanes, count: int, size: float) -> list[float]:
    """Where each gutter between ``count`` cells starts, and the end; an unused one at either end has no width."""
    found = [0.0]
    for place in range(count + 1):
        most = max((lane for (gutter, _), lane in lanes.items() if gutter == place), default=-1)
        width = 0 if place in (0, count) and most < 0 else GUTTER + max(0, most) * LANE
        found.append(found[-1] + width + (size if place < count else 0))
    return found
