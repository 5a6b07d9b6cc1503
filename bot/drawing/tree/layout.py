"""Seats a family on a grid: generations in columns, left to right, folded like lines of text when they are many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isqrt, log

from bot.models.family import Kinship, turned

RATIO = 1.45
"""Width to height that a chat shows largest."""

SEAT = (370, 500)
"""About how many pixels a seat takes with its share of the paths around it."""

HEADER = 150
SWEEPS = 6

TURN, LATE = 0.1, 0.22
"""What a turn to the next band, and a column's delay, cost against showing everything larger (as logarithms)."""

Columns = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Seat:
    """A place on the grid; ``layer`` is the column counted through all the bands, so later than every parent's."""

    column: int
    row: int
    layer: int


@dataclass(frozen=True, slots=True)
class Grid:
    """Everybody's seat; ``bands`` are the first rows of the bands, the lines of text."""

    seats: Mapping[str, Seat]
    columns: int
    rows: int
    bands: tuple[int, ...]


def seated(parents: Kinship) -> Grid:
    """Seats for all; ``parents`` names them parents first, and without circles."""
    seats: dict[str, Seat] = {}
    firsts: list[int] = []
    row, layer, widest = 0, 0, 0
    for band in _folded(parents):
        rows = _rows(band, parents)
        for column, codes in enumerate(band):
            seats |= {code: Seat(column, row + rows[code], layer + column) for code in codes}
        firsts.append(row)
        row += max(map(len, band))
        layer += len(band)
        widest = max(widest, len(band))
    return Grid({code: seats[code] for code in parents}, widest, row, tuple(firsts))


def _folded(parents: Kinship) -> list[Columns]:
    """Bands of columns, in the shape that can be shown largest without too many turns."""
    best: tuple[float, list[Columns]] = (float("inf"), [])
    for most in range(1, 2 * isqrt(len(parents)) + 3):
        columns, late = _columns(parents, most)
        for length in range(1, len(columns) + 1):
            bands = [columns[start : start + length] for start in range(0, len(columns), length)]
            cost = _cost(bands) + TURN * (len(bands) - 1) ** 0.5 + LATE * late / len(parents)
            if cost < best[0] - 1e-9:
                best = cost, [*bands]
        if most >= len(parents):
            break
    return best[1]


def _cost(bands: Sequence[Columns]) -> float:
    width = max(map(len, bands)) * SEAT[0]
    height = sum(max(map(len, band)) for band in bands) * SEAT[1] + HEADER
    stretched = 2.0 if not 0.55 < width / height < 2.4 else 0.0
    return log(max(width / RATIO, height)) + stretched


def _columns(parents: Kinship, most: int) -> tuple[list[list[str]], int]:
    """Columns of at most ``most``, children after their parents; and by how many columns in all they come late."""
    due, depth = _generations(parents), _depths(parents)
    order = {code: index for index, code in enumerate(parents)}
    columns: list[list[str]] = []
    placed: set[str] = set()
    clock = late = 0
    while len(placed) < len(parents):
        ready = [
            code for code in parents if code not in placed and due[code] <= clock and placed.issuperset(parents[code])
        ]
        ready.sort(key=lambda code: (-depth[code], order[code]))
        late += sum(min(3, clock - due[code]) for code in ready[:most])
        placed.update(ready[:most])
        if ready:
            columns.append(ready[:most])
        clock += 1
    return _closer(columns, parents, most), late


def _closer(columns: list[list[str]], parents: Kinship, most: int) -> list[list[str]]:
    """Those without parents move to where their first child is, as far as there is room."""
    at = {code: index for index, column in enumerate(columns) for code in column}
    for code, children in turned(parents).items():
        if not parents[code]:
            nearest = range(min(at[child] for child in children) - 1, at[code], -1)
            free = next((index for index in nearest if len(columns[index]) < most), at[code])
            columns[at[code]].remove(code)
            columns[free].append(code)
            at[code] = free
    return [column for column in columns if column]


def _generations(parents: Kinship) -> dict[str, int]:
    """The longest way from a root; a root itself stands right before its first child."""
    found: dict[str, int] = {}
    for code, its in parents.items():
        found[code] = max((found[parent] + 1 for parent in its), default=0)
    for code, its in turned(parents).items():
        if not parents[code]:
            found[code] = min(found[child] for child in its) - 1
    return found


def _depths(parents: Kinship) -> dict[str, int]:
    """How many generations follow."""
    found = dict.fromkeys(parents, 0)
    for code in reversed(list(parents)):
        for parent in parents[code]:
            found[parent] = max(found[parent], found[code] + 1)
    return found


def _rows(columns: Columns, parents: Kinship) -> dict[str, int]:
    """Rows within a band: by sweeps, each column is drawn towards its parents, then towards its children."""
    height = max(map(len, columns))
    inside = {code for column in columns for code in column}
    up = {code: [parent for parent in parents[code] if parent in inside] for code in inside}
    down = turned({code: up[code] for column in columns for code in column})
    middle = (height - 1) / 2
    rows: dict[str, int] = {}
    best: tuple[int, dict[str, int]] | None = None
    for sweep in range(SWEEPS):
        forward = sweep % 2 == 0
        for column in columns if forward else columns[::-1]:
            wishes = {
                code: _mean([rows[kin] for kin in (up[code] if forward else down.get(code, ())) if kin in rows])
                for code in column
            }
            rows |= _placed(column, {c: rows.get(c, middle) if w is None else w for c, w in wishes.items()}, height)
        strain = sum(abs(rows[code] - rows[parent]) for code, its in up.items() for parent in its)
        if best is None or strain < best[0]:
            best = strain, dict(rows)
    return best[1] if best else {}


def _mean(values: Sequence[int]) -> float | None:
    return sum(values) / len(values) if values else None


def _placed(column: Sequence[str], wishes: Mapping[str, float], height: int) -> dict[str, int]:
    """Distinct rows as near to the wishes as can be (least squares), in the wishes' order."""
    order = sorted(column, key=lambda code: wishes[code])
    costs = [[0.0] * (height + 1)]
    for index, code in enumerate(order):
        line = [float("inf")] * (height + 1)
        for row in range(index, height):
            line[row + 1] = min(line[row], costs[-1][row] + (row - wishes[code]) ** 2)
        costs.append(line)
    rows: dict[str, int] = {}
    row = height
    for index in range(len(order), 0, -1):
        while costs[index][row] == costs[index][row - 1]:
            row -= 1
        row -= 1
        rows[order[index - 1]] = row
    return rows
