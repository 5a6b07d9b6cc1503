"""Finds the ways from parents to children between the seats: along channels and aisles, each family in a lane."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.drawing.tree.layout import Grid, Seat
from bot.models.family import Kinship

ROW = 200
"""Rows are this many steps apart on the abstract scale on which lanes are compared; an aisle lies at its multiples."""

OUT_ASIDE, BRIDGE_ASIDE = 36, -36
"""Where, from a card's port, a way leaves that must not be taken for one that arrives there (at most 24 aside)."""


@dataclass(frozen=True, slots=True)
class Net:
    """All the ways from one parent, which share their lanes; a bridge leads through pictures that are not shown."""

    parent: str
    bridge: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """From a parent through channel ``first``, then maybe through ``aisle`` and channel ``last``, to a child.

    Channel n lies left of column n, aisle n above row n. ``leaves`` and ``arrives`` are the distances from the ports'
    height, in pixels downwards at scale 1.
    """

    net: Net
    child: str
    first: int
    aisle: int | None = None
    last: int = 0
    leaves: int = 0
    arrives: int = 0


@dataclass(slots=True)
class Track:
    """What a net takes of a channel (or an aisle): its reach, and where it branches off before and after it."""

    low: int
    high: int
    before: list[int] = field(default_factory=list[int])
    after: list[int] = field(default_factory=list[int])

    def reach(self, *places: int) -> None:
        """Make the track long enough."""
        self.low, self.high = min(self.low, *places), max(self.high, *places)


Lanes = Mapping[tuple[int, Net], int]
"""The lane of a net in a channel (or an aisle), counted from the left (the top)."""


@dataclass(frozen=True, slots=True)
class Routes:
    """All ways, and the lanes they take."""

    ways: tuple[Way, ...]
    channels: Lanes
    aisles: Lanes


def routed(grid: Grid, parents: Kinship, bridges: Kinship) -> Routes:
    """A way for every step; two nets never run along the same line."""
    taken = {(seat.row, seat.column) for seat in grid.seats.values()}
    ways = [
        _way(Net(parent, kind is bridges), child, grid, taken)
        for kind in (parents, bridges)
        for child, its in kind.items()
        for parent in its
        if parent in grid.seats and child in grid.seats and grid.seats[parent].layer < grid.seats[child].layer
    ]
    ways = _leaving(_arriving(ways, grid), grid)
    channels: dict[tuple[int, Net], Track] = {}
    aisles: dict[tuple[int, Net], Track] = {}
    for way in ways:
        _mark(way, grid.seats[way.net.parent], grid.seats[way.child], channels, aisles)
    return Routes(tuple(ways), _lanes(channels), _lanes(aisles))


def _way(net: Net, child: str, grid: Grid, taken: set[tuple[int, int]]) -> Way:
    here, there = grid.seats[net.parent], grid.seats[child]
    start = here.column + 1
    band = sum(first <= here.row for first in grid.bands)
    if start <= there.column and band == sum(first <= there.row for first in grid.bands):
        between = range(start, there.column)
        if not any((there.row, column) in taken for column in between):
            return Way(net, child, start)
        if not any((here.row, column) in taken for column in (*between, there.column)):
            return Way(net, child, there.column)
    if start == there.column:
        return Way(net, child, start)
    return Way(net, child, start, there.row if there.row > here.row else there.row + 1, there.column)


def _level(way: Way, grid: Grid) -> bool:
    """Whether it can be one straight line."""
    here, there = grid.seats[way.net.parent], grid.seats[way.child]
    return way.aisle is None and here.row == there.row and not way.net.bridge


def _arriving(ways: Iterable[Way], grid: Grid) -> list[Way]:
    """Several ways to one child arrive side by side, in the order of where they come from."""
    by_child: dict[str, list[Way]] = {}
    for way in ways:
        by_child.setdefault(way.child, []).append(way)
    found: list[Way] = []
    for several in by_child.values():
        several.sort(key=lambda way: (_height(way, grid), way.net.parent))
        level = [index for index, way in enumerate(several) if _level(way, grid)]
        middle = level[0] if level else (len(several) - 1) / 2
        step = min(20.0, 24 / max(middle, len(several) - 1 - middle, 1))
        found += [replace(way, arrives=round((index - middle) * step)) for index, way in enumerate(several)]
    return found


def _height(way: Way, grid: Grid) -> int:
    """The height from which it comes to its child."""
    return _port(grid.seats[way.net.parent]) if way.aisle is None else way.aisle * ROW


def _leaving(ways: Sequence[Way], grid: Grid) -> list[Way]:
    """A way leaves aside of the port's height where another parent's arrives at the same height."""
    runs = [
        (grid.seats[way.child].row, way.first if way.aisle is None else way.last, grid.seats[way.child].column, way.net)
        for way in ways
    ]
    reach: dict[Net, int] = {}
    level: set[Net] = set()
    for way in ways:
        reach[way.net] = max(reach.get(way.net, 0), way.first)
        if _level(way, grid):
            level.add(way.net)
    found: list[Way] = []
    for way in ways:
        here = grid.seats[way.net.parent]
        crowded = way.net not in level and any(
            row == here.row and low <= reach[way.net] and high > here.column and net != way.net
            for row, low, high, net in runs
        )
        aside = BRIDGE_ASIDE if way.net.bridge else OUT_ASIDE if crowded else 0
        found.append(replace(way, leaves=aside))
    return found


def _port(seat: Seat) -> int:
    return seat.row * ROW + ROW // 2


def _mark(
    way: Way,
    here: Seat,
    there: Seat,
    channels: dict[tuple[int, Net], Track],
    aisles: dict[tuple[int, Net], Track],
) -> None:
    """Enter what a way takes of its channels and its aisle."""
    out, into = _port(here) + way.leaves, _port(there) + way.arrives
    if way.aisle is None:
        if out != into:
            track = channels.setdefault((way.first, way.net), Track(out, out))
            track.reach(out, into)
            track.before.append(out)
            track.after.append(into)
        return
    height = way.aisle * ROW
    onwards = way.last > way.first
    track = channels.setdefault((way.first, way.net), Track(out, out))
    track.reach(out, height)
    track.before.append(out)
    (track.after if onwards else track.before).append(height)
    track = channels.setdefault((way.last, way.net), Track(into, into))
    track.reach(height, into)
    track.after.append(into)
    (track.before if onwards else track.after).append(height)
    track = aisles.setdefault((way.aisle, way.net), Track(way.first, way.first))
    track.reach(way.first, way.last)
    (track.before if out < height else track.after).append(way.first)
    (track.after if into > height else track.before).append(way.last)


def _lanes(tracks: Mapping[tuple[int, Net], Track]) -> dict[tuple[int, Net], int]:
    """Lanes that keep overlapping tracks apart, ordered so that few branches cross other tracks."""
    by_place: dict[int, list[tuple[Net, Track]]] = {}
    for (place, net), track in tracks.items():
        by_place.setdefault(place, []).append((net, track))
    found: dict[tuple[int, Net], int] = {}
    for place, some in by_place.items():
        ordered = _ordered(sorted(some, key=lambda one: (one[1].low, one[1].high, one[0].parent, one[0].bridge)))
        for index, (net, track) in enumerate(ordered):
            beside = [found[place, other] for other, its in ordered[:index] if _overlap(its, track)]
            found[place, net] = max(beside, default=-1) + 1
    return found


def _overlap(one: Track, other: Track) -> bool:
    return one.low <= other.high and other.low <= one.high


def _ordered(tracks: Sequence[tuple[Net, Track]]) -> list[tuple[Net, Track]]:
    """Insert one after the other where it causes the fewest crossings."""
    found: list[tuple[Net, Track]] = []
    for net, track in tracks:
        cost = sum(_crossings(track, other) for _, other in found)
        best, at = cost, 0
        for index, (_, other) in enumerate(found):
            cost += _crossings(other, track) - _crossings(track, other)
            if cost < best:
                best, at = cost, index + 1
        found.insert(at, (net, track))
    return found


def _crossings(left: Track, right: Track) -> int:
    return sum(right.low <= place <= right.high for place in left.after) + sum(
        left.low <= place <= left.high for place in right.before
    )
