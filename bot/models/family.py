"""Kinship as values: relatives, what each member contributed, and which part of a large family is shown."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush

from bot.models.requests import Reference

Kinship = Mapping[str, tuple[str, ...]]
"""Each code with codes related to it."""

_Ordered = Callable[[Iterable[str]], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Relative:
    """One picture of a family. ``parents`` are codes; those that are not in the family are passed over."""

    code: str
    parents: tuple[str, ...]
    member_id: int
    member_name: str
    instruction: str
    created_at: int
    removed: bool = False
    brought: bool = False
    """Somebody brought it: a photograph, with which the family begins."""
    source: Reference | None = None
    """The photograph itself, where it may be shown; else it stands in the tree without its pixels."""


@dataclass(frozen=True, slots=True)
class Family:
    """Kin pictures in any order; ``current`` is the code of the one that is marked."""

    relatives: tuple[Relative, ...]
    current: str


@dataclass(frozen=True, slots=True)
class Part:
    """What one member contributed, oldest instruction first."""

    member_id: int
    member_name: str
    pictures: int
    instructions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """What is drawn of a family.

    ``hidden`` counts, under a shown code, the relatives that are left out there; ``bridges`` names the shown ancestors
    that a shown code descends from through left-out ones.
    """

    family: Family
    hidden: Mapping[str, int]
    bridges: Kinship = field(default_factory=dict[str, tuple[str, ...]])


def parts(family: Family) -> tuple[Part, ...]:
    """Who contributed what, in the order of the first contribution."""
    by_member: dict[int, list[Relative]] = {}
    for one in sorted((one for one in family.relatives if not one.brought), key=_age):
        by_member.setdefault(one.member_id, []).append(one)
    return tuple(
        Part(member_id, theirs[-1].member_name, len(theirs), tuple(one.instruction for one in theirs))
        for member_id, theirs in by_member.items()
    )


def lineage(relatives: Iterable[Relative]) -> dict[str, tuple[str, ...]]:
    """Each code with its parents, parents before children and the older first; without what would close a circle."""
    known = {one.code: one for one in relatives}
    parents = {code: [p for p in dict.fromkeys(one.parents) if p in known and p != code] for code, one in known.items()}
    children = turned(parents)
    waiting = {code: len(its) for code, its in parents.items()}
    oldest = sorted(known, key=lambda code: _age(known[code]), reverse=True)
    ready: list[tuple[int, str]] = []
    for code, count in waiting.items():
        if not count:
            heappush(ready, _age(known[code]))
    found: dict[str, tuple[str, ...]] = {}
    while ready or oldest:
        code = heappop(ready)[1] if ready else oldest.pop()  # nothing is ready: the oldest of a circle begins
        if code in found:
            continue
        found[code] = tuple(p for p in parents[code] if p in found)
        for child in children.get(code, ()):
            waiting[child] -= 1
            if not waiting[child]:
                heappush(ready, _age(known[child]))
        while oldest and oldest[-1] in found:
            oldest.pop()
    return found


def turned(parents: Mapping[str, Collection[str]]) -> dict[str, tuple[str, ...]]:
    """The children of each code that has any, in the order given."""
    children: dict[str, list[str]] = {}
    for code, its in parents.items():
        for parent in its:
            children.setdefault(parent, []).append(code)
    return {code: tuple(its) for code, its in children.items()}


def ancestors(code: str, parents: Kinship) -> frozenset[str]:
    """All that ``code`` descends from, and itself."""
    return frozenset(_walk([code], parents, lambda found: found))


def reading_order(kin: Kinship, upwards: Collection[str]) -> list[str]:
    """Parents before children, branch by branch; those that lead to the current picture before their siblings."""
    children = turned(kin)
    order: dict[str, None] = {}
    pending = sorted((code for code, its in kin.items() if not its), key=lambda code: code not in upwards)[::-1]
    while pending:
        code = pending.pop()
        if code not in order and order.keys() >= set(kin[code]):
            order[code] = None
            pending += sorted(children.get(code, ()), key=lambda child: child not in upwards)[::-1]
    return list(order)


def numbered(part: Shown) -> dict[str, int]:
    """What is drawn, each with its number: that of reading order, in the picture and in the words beside it."""
    parents = lineage(part.family.relatives)
    bridged = {code: (*its, *part.bridges.get(code, ())) for code, its in parents.items()}
    kin = lineage(replace(one, parents=bridged[one.code]) for one in part.family.relatives)
    order = reading_order(kin, ancestors(part.family.current, kin))
    return {code: number for number, code in enumerate(order, start=1)}


def shown(family: Family, limit: int = 50) -> Shown:
    """The current picture, its ancestors, then its nearest kin, newest first among equals; at most ``limit``."""
    known = {one.code: one for one in family.relatives}
    if len(known) <= limit or not known:
        return Shown(family, {})
    limit = max(1, limit)
    parents = lineage(family.relatives)
    start = family.current if family.current in known else max(known.values(), key=_age).code

    def newest(codes: Iterable[str]) -> list[str]:
        return sorted(codes, key=lambda code: _age(known[code]), reverse=True)

    children = turned(parents)
    around = {code: (*children.get(code, ()), *its) for code, its in parents.items()}
    line = list(_walk([start], parents, newest))
    if len(line) > limit:  # the first few say where it began, the nearest how it came here
        above = set(line)
        first = [code for code in parents if code in above and code != start][: limit // 5]
        line = [code for code in line if code not in first][: limit - len(first)] + first
    chosen = dict.fromkeys(line)
    for code in _walk([start], around, newest):
        if len(chosen) < limit:
            chosen[code] = None
    if len(chosen) < limit:  # strangers, should any be among them
        chosen |= dict.fromkeys([code for code in newest(known) if code not in chosen][: limit - len(chosen)])
    kept = tuple(one for one in known.values() if one.code in chosen)
    return Shown(Family(kept, start), _hidden(chosen, start, parents, around), _bridges(chosen, parents))


def _walk(begin: Iterable[str], ways: Kinship, ordered: _Ordered) -> dict[str, None]:
    """All that can be reached, nearest first."""
    found = dict.fromkeys(begin)
    frontier = list(found)
    while frontier:
        frontier = list(ordered({there for code in frontier for there in ways.get(code, ())} - found.keys()))
        found |= dict.fromkeys(frontier)
    return found


def _hidden(chosen: Collection[str], start: str, parents: Kinship, around: Kinship) -> dict[str, int]:
    """Each one that is left out counts once: at its nearest shown ancestor, else at the nearest shown relative."""
    at = {code: code for code in chosen}
    for ways in (turned(parents), around):
        frontier = list(at)
        while frontier:
            reached: list[str] = []
            for code in frontier:
                for there in ways.get(code, ()):
                    if there not in at:
                        at[there] = at[code]
                        reached.append(there)
            frontier = reached
    counts: dict[str, int] = {}
    for code in parents:
        if code not in chosen:
            place = at.get(code, start)
            counts[place] = counts.get(place, 0) + 1
    return counts


def _bridges(chosen: Collection[str], parents: Kinship) -> dict[str, tuple[str, ...]]:
    """The nearest shown ancestors beyond left-out parents."""
    found: dict[str, tuple[str, ...]] = {}
    beyond: dict[str, dict[str, None]] = {}
    for code, its in parents.items():  # parents come first, so those of a left-out one are known already
        over: dict[str, None] = {}
        for parent in its:
            if parent not in chosen:
                over |= beyond[parent]
        if code not in chosen:
            beyond[code] = over | dict.fromkeys(parent for parent in its if parent in chosen)
        elif far := tuple(parent for parent in over if parent not in its):
            found[code] = far
    return found


def _age(one: Relative) -> tuple[int, str]:
    return one.created_at, one.code
