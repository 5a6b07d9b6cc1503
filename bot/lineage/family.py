"""Kinship as values: relatives, what each member contributed, and which part of a large family is shown."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


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
    """What is drawn of a family. ``hidden`` counts, under a shown code, the relatives that are left out there."""

    family: Family
    hidden: Mapping[str, int]


def parts(family: Family) -> tuple[Part, ...]:
    """Who contributed what, in the order of the first contribution."""
    by_member: dict[int, list[Relative]] = {}
    for one in sorted(family.relatives, key=_age):
        by_member.setdefault(one.member_id, []).append(one)
    return tuple(
        Part(member_id, theirs[-1].member_name, len(theirs), tuple(one.instruction for one in theirs))
        for member_id, theirs in by_member.items()
    )


def shown(family: Family, limit: int = 50) -> Shown:
    """The current picture, its ancestors, then its nearest kin, newest first among equals; at most ``limit``."""
    known = {one.code: one for one in family.relatives}
    if len(known) <= limit:
        return Shown(family, {})
    start = family.current if family.current in known else max(known.values(), key=_age).code
    parents = {code: [p for p in dict.fromkeys(one.parents) if p in known and p != code] for code, one in known.items()}
    children: dict[str, list[str]] = {code: [] for code in known}
    for code, its in parents.items():
        for parent in its:
            children[parent].append(code)
    line = _walk([start], parents, known)
    if len(line) > limit:  # the oldest few say where it began, the nearest how it came here
        oldest = sorted(line, key=lambda code: _age(known[code]))[: max(1, limit // 5)]
        line = list(dict.fromkeys([*line[: limit - len(oldest)], *oldest]))[:limit]
    both = {code: [*children[code], *parents[code]] for code in known}
    chosen = list(dict.fromkeys([*line, *_walk(line, both, known)]))[:limit]
    return Shown(
        Family(tuple(one for one in family.relatives if one.code in set(chosen)), start), _hidden(chosen, both, known)
    )


def _walk(begin: Iterable[str], ways: Mapping[str, list[str]], known: Mapping[str, Relative]) -> list[str]:
    """All that can be reached, nearest first, the newest first among those equally near."""
    found = dict.fromkeys(begin)
    frontier = list(found)
    while frontier:
        reached = {there for code in frontier for there in ways[code]} - found.keys()
        frontier = sorted(reached, key=lambda code: _age(known[code]), reverse=True)
        found |= dict.fromkeys(frontier)
    return list(found)


def _hidden(chosen: list[str], both: Mapping[str, list[str]], known: Mapping[str, Relative]) -> dict[str, int]:
    """Each relative that is left out counts once, at the shown one that is nearest to it."""
    nearest = {code: code for code in chosen}
    queue = deque(chosen)
    while queue:
        code = queue.popleft()
        for there in both[code]:
            if there not in nearest:
                nearest[there] = nearest[code]
                queue.append(there)
    counts: dict[str, int] = {}
    for code in known.keys() - set(chosen):
        at = nearest.get(code, chosen[0])
        counts[at] = counts.get(at, 0) + 1
    return counts


def _age(one: Relative) -> tuple[int, str]:
    return one.created_at, one.code
