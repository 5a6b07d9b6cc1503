"""Lays a family out: cards in reading order on a grid, and a route for every edge through the gutters between them.

Vertical gutter n lies left of column n, horizontal gutter n above row n. All edges of one parent share their lanes;
edges of two parents never run along the same line.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
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
    """An edge on the grid: along vertical gutter ``first``, horizontal gutter ``row``, vertical gutter ``last``.

    ``leaves`` and ``arrives`` are distances from the ports' heights, downwards.
    """

    net: Net
    child: str
    first: int
    row: int
    last: int
    leaves: float
    arrives: float


_Cells = Mapping[str, tuple[int, int]]
_Lanes = Mapping[tuple[int, Net], int]
_Stretch = tuple[int, Net, float, float]


def laid_out(shown: Shown) -> TreeLayout:
    """Lay the family out."""
    parents = lineage(shown.family.relatives)
    bridged = {code: (*its, *shown.bridges.get(code, ())) for code, its in parents.items()}
    kin = lineage(replace(one, parents=bridged[one.code]) for one in shown.family.relatives)
    upwards = ancestors(shown.family.current, kin)
    order = reading_order(kin, upwards)
    columns = _columns(len(order))
    cells = {code: divmod(index, columns) for index, code in enumerate(order)}
    edges = [(Net(it, it not in parents[code]), code) for code in order for it in kin[code]]
    straight = [(net, code) for net, code in edges if _beside(cells[net.parent], cells[code])]
    routes = _routes(cells, [edge for edge in edges if edge not in straight], {net for net, _ in straight})
    size = CARD[0], CARD[1] + (NOTE if shown.hidden else 0)
    horizontal = _lanes((one.row, one.net, one.first, one.last) for one in routes)
    ys = _gutters(horizontal, ceil(len(order) / columns), size[1])
    vertical = _lanes(stretch for one in routes for stretch in _stretches(one, cells, ys))
    xs = _gutters(vertical, columns, size[0])
    width = max(xs[-1] + 2 * MARGIN, NARROWEST)
    header = max(HEADER, width * 0.055)
    xs, ys = [x + (width - xs[-1]) / 2 for x in xs], [y + header for y in ys]
    cards = {code: (xs[column + 1] - size[0], ys[row + 1] - size[1]) for code, (row, column) in cells.items()}
    ports = {code: (x, y + PORT) for code, (x, y) in cards.items()}

    def bent(one: _Route) -> Edge:
        (left, out), (x, into) = ports[one.net.parent], ports[one.child]
        out, into = out + one.leaves, into + one.arrives
        first, last = (xs[at] + FIRST_LANE + LANE * vertical[at, one.net] for at in (one.first, one.last))
        lane = ys[one.row] + FIRST_LANE + LANE * horizontal[one.row, one.net]
        bends = (first, out), (first, lane), (last, lane), (last, into)
        return Edge(one.net, one.child, ((left + CARD[0], out), *bends, (x, into)))

    lines = [Edge(net, to, ((ports[net.parent][0] + CARD[0], ports[to][1]), ports[to])) for net, to in straight]
    return TreeLayout(width, ys[-1] + MARGIN, header, cards, (*lines, *map(bent, routes)), upwards)


def _columns(count: int) -> int:
    """How many columns show the cards largest."""

    def distance(columns: int) -> float:
        height = ceil(count / columns) * (CARD[1] + GUTTER) + HEADER
        return abs(log(columns * (CARD[0] + GUTTER) / height / RATIO))

    return min(range(1, max(1, count) + 1), key=distance)


def _beside(parent: tuple[int, int], child: tuple[int, int]) -> bool:
    return (parent[0], parent[1] + 1) == child


def _routes(cells: _Cells, edges: Sequence[tuple[Net, str]], forward: Collection[Net]) -> list[_Route]:
    """The ways of all edges that are no straight lines; ``forward`` are those that have a straight one, too."""
    found: list[_Route] = []
    for net, child in edges:
        row, last = cells[child]
        others = [other for other, code in edges if code == child]
        place = others.index(net) + 1  # in turn above and below the port
        arrives = (-1) ** place * ((place + 1) // 2) * min(20.0, 2 * _ARRIVES / (len(others) + 1))
        leaves = 0 if net in forward else _BRIDGE_LEAVES if net.bridge else _LEAVES
        found.append(_Route(net, child, cells[net.parent][1] + 1, row, last, leaves, arrives))
    return found


def _stretches(route: _Route, cells: _Cells, ys: Sequence[float]) -> tuple[_Stretch, _Stretch]:
    """Its parts in vertical gutters; all that turn into one horizontal gutter meet at its edge."""
    middle = CARD[1] / 2
    out, into = ys[cells[route.net.parent][0] + 1] - middle + route.leaves, ys[route.row + 1] - middle + route.arrives
    return (route.first, route.net, out, ys[route.row]), (route.last, route.net, into, ys[route.row])


def _lanes(stretches: Iterable[_Stretch]) -> _Lanes:
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
