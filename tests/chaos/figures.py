"""What a campaign did and reached, counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.schedule import FIRED


@dataclass
class Figures:
    """What was done and what was reached; several worlds' add up."""

    kills: int = 0
    stops: int = 0
    ends: Counter[str] = field(default_factory=Counter[str])
    states: Counter[str] = field(default_factory=Counter[str])
    """How many kills found a job in which state."""
    troubles: Counter[str] = field(default_factory=Counter[str])
    hits: Counter[str] = field(default_factory=Counter[str])
    """How often each fault point was reached."""
    traps: Counter[str] = field(default_factory=Counter[str])
    """How often the program was killed or refused at which."""
    rows: Counter[str] = field(default_factory=Counter[str])
    """Jobs by how they ended, pictures posted, orders that vendors took, checks made."""

    def add(self, other: Figures) -> None:
        self.kills += other.kills
        self.stops += other.stops
        for name in ("ends", "states", "troubles", "hits", "traps", "rows"):
            getattr(self, name).update(getattr(other, name))


def _lines(points: Path) -> list[str]:
    return points.read_text("utf-8").splitlines() if points.exists() else []


def hits(points: Path) -> Counter[str]:
    """How often a life reached each point."""
    return Counter(line.removeprefix(FIRED) for line in _lines(points))


def fired(points: Path) -> str | None:
    """The point at which its trap went off."""
    return next((line.removeprefix(FIRED) for line in _lines(points) if line.startswith(FIRED)), None)
