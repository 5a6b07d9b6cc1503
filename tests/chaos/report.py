"""The campaign's report as text."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tests.chaos.checker import Violation
from tests.chaos.figures import Figures
from tests.chaos.schedule import CALLS, PHASES, WRITES

CATALOGUE = (
    *(f"{phase} {unit}" for unit in WRITES for phase in PHASES),
    *(f"{phase} {call}" for call in CALLS for phase in ("before", "after")),
)
"""Fault points that a long campaign has to reach."""


def never_hit(figures: Figures) -> list[str]:
    """Points of the catalogue that no life reached."""
    return [point for point in CATALOGUE if not figures.hits[point]]


def report(
    figures: Figures, broken: list[tuple[int, list[Violation]]], missing: list[str], seconds: float, folder: Path
) -> str:
    """What was done, what was reached, and what was broken."""
    lines = [
        "",
        f"{figures.kills} kills and {figures.stops} stops by SIGTERM in {seconds / 60:.1f} minutes, "
        f"{sum(len(violations) for _, violations in broken)} violations",
        *_table("Lives by their end", figures.ends),
        *_table("Kills by the state of a job that they found", figures.states),
        *_table("Troubles", figures.troubles),
        *_table("What became of it", figures.rows),
        *_table("Killed or refused at a point", figures.traps),
        *_table("Fault points reached", figures.hits),
    ]
    if missing:
        lines += ["", "Never reached:", *(f"  {point}" for point in missing)]
    for seed, violations in broken:
        lines += ["", f"Broken with SEED={seed} (kept in {folder / str(seed)}):"]
        lines += [f"  {violation}" for violation in violations]
        lines.append(f"Replay it: make chaos SEED={seed}")
    return "\n".join(lines)


def _table(title: str, counted: Counter[str]) -> list[str]:
    return ["", title, *(f"  {times:>6}  {what}" for what, times in sorted(counted.items()))]
