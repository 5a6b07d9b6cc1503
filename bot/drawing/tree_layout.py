"""Lays a family out: cards in reading order on a grid, and a route for every edge through the gutters between them.

Vertical gutter n lies left of column n, horizontal gutter n above row n. All edges of one parent share their lanes;
edges of two parents never run along the same line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil, log

from bot.drawing.svg import Point
from bot.models.family import Shown, ancestors, lineage, reading_order

CARD = 256, 352
"""Width and height of a card, in pixels at scale 1 like all lengths here."""

PORT = 122
"""How far below a card's top its edges begin and end: the middle of its picture."""

NOTE = 40
"""Height of the note below a card that has hidden relatives."""

MARGIN, NARROWEST, HEADER = 40, 740, 118
GUTTER, LANE, FIRST_LANE = 52, 14, 16
RATIO = 1.4
"""Width to height that a chat shows largest."""

_LEAVES, _BRIDGE_LEAVES, _ARRIVES = 44, -44, 30
"""How far from its port's height an edge leaves that is no straight line, and how far at most one arrives."""

_ROW = 1000
"""The height of a row on the scale on which lanes are compared."""


@dataclass(frozen=True, slots=True)
class Net:
    """All the edges from one parent; a bridge leads through pictures that are not shown."""

    parent: str
    bridge: bool = False


@dataclass(frozen=True, slots=True)
class Edge:
    """A line from a parent to a child, with right angles."""

    net: Net
    child: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class TreeLayout:
    """The size of the picture, each card's top left corner in the order of the steps, and all edges.

    ``header`` is the height of the title; ``upwards`` are the current picture and its ancestors.
    """

    width: float
    height: float
    header: float
    cards: Mapping[str, Point]
    edges: tuple[Edge, ...]
    upwards: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Route:
    """An edge on the grid: along vertical gutter ``first``, maybe horizontal gutter ``row``, vertical gutter ``last``.

    ``leaves`` and ``arrives`` are distances from the ports' heights, downwards.
    """

    net: Net
    child: str
    first: int
    row: int | None
    last: int
    leaves: float
    arrives: float


_Cells = Mapping[str, tuple[int, int]]
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
    routes = _routes(cells, [(Net(it, it not in parents[code]), code) for code in order for it in kin[code]])
    vertical, horizontal = _lanes(routes, cells)
    size = CARD[0], CARD[1] + (NOTE if shown.hidden else 0)
    wide = _gutters(vertical, columns, size[0], 0)[-1]
    width = max(wide + 2 * MARGIN, NARROWEST)
    header = max(HEADER, width * 0.055)
    xs = _gutters(vertical, columns, size[0], (width - wide) / 2)
    ys = _gutters(horizontal, ceil(len(order) / columns), size[1], header)
    cards = {code: (xs[column + 1] - size[0], ys[row + 1] - size[1]) for code, (row, column) in cells.items()}

    def edge(route: _Route) -> Edge:
        (left, top), (x, y) = cards[route.net.parent], cards[route.child]
        out, into = top + PORT + route.leaves, y + PORT + route.arrives
        first = xs[route.first] + FIRST_LANE + LANE * vertical.get((route.first, route.net), 0)
        last = xs[route.last] + FIRST_LANE + LANE * vertical.get((route.last, route.net), 0)
        bends: tuple[Point, ...] = () if out == into else ((first, out), (last, into))
        if route.row is not None:
            lane = ys[route.row] + FIRST_LANE + LANE * horizontal[route.row, route.net]
            bends = (first, out), (first, lane), (last, lane), (last, into)
        return Edge(route.net, route.child, ((left + size[0], out), *bends, (x, into)))

    return TreeLayout(width, ys[-1] + MARGIN, header, cards, tuple(map(edge, routes)), upwards)


def _columns(count: int) -> int:
    """How many columns show the cards largest."""

    def distance(columns: int) -> float:
        height = ceil(count / columns) * (CARD[1] + GUTTER) + HEADER
        return abs(log(columns * (CARD[0] + GUTTER) / height / RATIO))

    return min(range(1, max(1, count) + 1), key=distance)


def _routes(cells: _Cells, edges: Sequence[tuple[Net, str]]) -> list[_Route]:
    straight = {one for one in edges if not one[0].bridge and _beside(cells[one[0].parent], cells[one[1]])}
    forward = {net for net, _ in straight}
    found: list[_Route] = []
    for net, child in edges:
        first, (row, last) = cells[net.parent][1] + 1, cells[child]
        others = [other for other, code in edges if code == child and (other, child) not in straight]
        place = 0 if (net, child) in straight else others.index(net) + 1
        arrives = (-1) ** place * ((place + 1) // 2) * min(20.0, 2 * _ARRIVES / (len(others) + 1))
        leaves = 0 if net in forward else _BRIDGE_LEAVES if net.bridge else _LEAVES
        found.append(_Route(net, child, first, None if first == last else row, last, leaves, arrives))
    return found


def _beside(parent: tuple[int, int], child: tuple[int, int]) -> bool:
    return parent[0] == child[0] and parent[1] + 1 == child[1]


def _lanes(routes: Iterable[_Route], cells: _Cells) -> tuple[_Lanes, _Lanes]:
    """The lane of each net in each vertical gutter, counted from the left, and in each horizontal one, from the top."""
    vertical: dict[tuple[int, Net], list[float]] = {}
    horizontal: dict[tuple[int, Net], list[float]] = {}
    for route in routes:
        out, into = (
            cells[code][0] * _ROW + _ROW / 2 + aside
            for code, aside in ((route.net.parent, route.leaves), (route.child, route.arrives))
        )
        if route.row is not None:
            vertical.setdefault((route.first, route.net), []).extend((out, route.row * _ROW))
            vertical.setdefault((route.last, route.net), []).extend((into, route.row * _ROW))
            horizontal.setdefault((route.row, route.net), []).extend((route.first, route.last))
        elif out != into:
            vertical.setdefault((route.first, route.net), []).extend((out, into))
    return _assigned(vertical), _assigned(horizontal)


def _assigned(places: Mapping[tuple[int, Net], list[float]]) -> _Lanes:
    """The first free lane for each that uses a gutter, the shortest first."""
    reach = {key: (min(its), max(its)) for key, its in places.items()}
    found: dict[tuple[int, Net], int] = {}
    for key in sorted(reach, key=lambda key: (reach[key][1] - reach[key][0], reach[key][0], key[1].parent)):
        taken = {
            lane
            for other, lane in found.items()
            if other[0] == key[0] and reach[key][0] <= reach[other][1] and reach[other][0] <= reach[key][1]
        }
        found[key] = next(lane for lane in range(len(taken) + 1) if lane not in taken)
    return found


def _gutters(lanes: _Lanes, count: int, size: float, start: float) -> list[float]:
    """Where each gutter between ``count`` cells starts, and the end; an unused one at either end has no width."""
    found = [start]
    for place in range(count + 1):
        most = max((lane for (gutter, _), lane in lanes.items() if gutter == place), default=-1)
        width = 0 if place in (0, count) and most < 0 else GUTTER + max(0, most) * LANE
        found.append(found[-1] + width + (size if place < count else 0))
    return found
