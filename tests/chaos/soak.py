"""`make soak MINUTES=60`: a steady load and a kill every minute; ends with what memory and database have become.

People ask for five pictures a second at vendors' stand-ins. The bot's memory is sampled at all ages of each life, the
database's size and rows beside it. The verdict compares the last lives with the first ones at the same age, and the
growth of each table with what docs/architecture.md says is kept.
"""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean

import psutil

from tests.chaos.history import Asked, Limits
from tests.chaos.launcher import Process, launching
from tests.chaos.world import World, world

PER_SECOND = 5.0
LIFE_SECONDS = 60.0
SAMPLE_SECONDS = 5.0
_MANY = 10_000_000
_GROWING = frozenset({"jobs", "tasks", "pictures", "picture_addresses", "ledger"})
"""Tables that keep rows of every job for good, or for days; all others stay as they are."""
_FEW_ROWS = 200
_COMPARED = 5
_TOLERANCE = 0.10


@dataclass(frozen=True, slots=True)
class Sample:
    """What was seen at one moment. Bytes; ``age`` is the process's in seconds."""

    life: int
    age: float
    memory: int
    children: int
    database: int
    rows: dict[str, int]


@dataclass
class Soak:
    """The load, the kills and the samples."""

    here: World
    samples: list[Sample] = field(default_factory=list[Sample])
    lives: int = 0

    async def run(self, minutes: float) -> None:
        """Until the time is over."""
        until = time.monotonic() + minutes * 60
        asking = asyncio.create_task(self._ask())
        try:
            while time.monotonic() < until:
                await self._live(min(LIFE_SECONDS, until - time.monotonic()))
        finally:
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)

    async def _ask(self) -> None:
        """A request every fifth of a second, whether there is a bot or not."""
        discord, begun = self.here.discord, time.monotonic()
        people, number = (discord.alice, discord.bob, discord.moderator), 0
        while True:
            if discord.gateway.online:
                prompt = f"scene {number:06}."
                asking = await discord.person(people[number % 3]).command("imagine", prompt=prompt)
                self.here.crowd.asked.append(Asked(prompt, asking.interaction.id))
            number += 1
            await asyncio.sleep(max(0.0, begun + number / PER_SECOND - time.monotonic()))

    async def _live(self, seconds: float) -> None:
        self.lives += 1
        begun = time.monotonic()
        process = await self.here.start()
        while time.monotonic() < begun + seconds and not process.ended.is_set():
            await asyncio.sleep(SAMPLE_SECONDS)
            self._sample(process, time.monotonic() - begun)
        if process.ended.is_set():
            self.here.deaths.append(f"life {self.lives} ended by itself with status {process.status}")
        await self.here.kill(process)

    def _sample(self, process: Process, age: float) -> None:
        try:
            program = psutil.Process(process.pid)
            memory = program.memory_info().rss
            children = sum(child.memory_info().rss for child in program.children(recursive=True))
        except psutil.NoSuchProcess:
            return
        files = [self.here.database.with_name(f"atelier.db{suffix}") for suffix in ("", "-wal")]
        size = sum(file.stat().st_size for file in files if file.exists())
        self.samples.append(Sample(self.lives, age, memory, children, size, rows(self.here.database)))


def rows(database: Path) -> dict[str, int]:
    """How many rows each table has."""
    with closing(sqlite3.connect(database, timeout=30)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type='table'")]
        return {
            name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]
            for name in tables
            if not name.startswith(("sqlite_", "alembic"))
        }


def faults(samples: Sequence[Sample]) -> list[str]:
    """What speaks against it: memory that drifts, rows that nothing keeps, more bytes a job than at first."""
    if not samples:
        return ["no samples"]
    found: list[str] = []
    before, after = compared(samples)
    if before and abs(after / before - 1) > _TOLERANCE:
        found.append(f"memory went from {before / 1e6:.1f} to {after / 1e6:.1f} MB")
    first, last = samples[0], samples[-1]
    for table, count in last.rows.items():
        if table not in _GROWING and count - first.rows.get(table, 0) > _FEW_ROWS:
            found.append(f"{table} grew from {first.rows.get(table, 0)} to {count} rows")
    middle = samples[len(samples) // 2]
    early, late = bytes_a_job(first, middle), bytes_a_job(middle, last)
    if early and late > early * (1 + 2 * _TOLERANCE):
        found.append(f"a job took {early:.0f} bytes at first, and {late:.0f} later")
    return found


def compared(samples: Sequence[Sample]) -> tuple[float, float]:
    """Mean memory of the first and of the last lives, in the second half of each."""
    old = [one for one in samples if one.age > LIFE_SECONDS / 2]
    lives = sorted({one.life for one in old})
    first, last = lives[:_COMPARED], lives[-_COMPARED:]
    means = [mean([one.memory for one in old if one.life in chosen] or [0]) for chosen in (first, last)]
    return means[0], means[1]


def bytes_a_job(begin: Sample, end: Sample) -> float:
    """How much the files grew for each job."""
    more = end.rows.get("jobs", 0) - begin.rows.get("jobs", 0)
    return (end.database - begin.database) / more if more else 0.0


async def soak(folder: Path, minutes: float) -> int:
    """Run it and tell; gives the exit status."""
    limits = Limits(member=_MANY // 10, everywhere=_MANY // 10, server=_MANY // 10, microusd=10**12)
    async with launching() as launcher, world(folder / "soak", 1, launcher) as here:
        here.providers, here.limits = "bfl", limits
        running = Soak(here)
        await running.run(minutes)
        violations = await here.rest()
        wrong = [*faults(running.samples), *map(str, violations)]
        sys.stdout.write(report(running, wrong) + "\n")
        return 1 if wrong else 0


def report(running: Soak, wrong: list[str]) -> str:
    """Figures and verdict as text."""
    first, last = running.samples[0], running.samples[-1]
    before, after = compared(running.samples)
    lines = [
        f"{running.lives} lives, {running.here.figures.kills} kills, {last.rows['jobs']} jobs",
        f"memory: {before / 1e6:.1f} MB in the first lives, {after / 1e6:.1f} MB in the last",
        f"its children: {last.children / 1e6:.1f} MB",
        f"database: {first.database / 1e6:.1f} MB at first, {last.database / 1e6:.1f} MB at last, "
        f"{bytes_a_job(first, last):.0f} bytes a job",
        *(f"  {table}: {first.rows.get(table, 0)} → {count} rows" for table, count in sorted(last.rows.items())),
        "It fails:" if wrong else "It holds.",
    ]
    return "\n".join([*lines, *(f"  {one}" for one in wrong)])


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="make soak", description="A steady load, and a kill every minute.")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--keep", type=Path, help="where database and log are left; else a folder in /tmp")
    given = parser.parse_args()
    sys.exit(asyncio.run(soak(given.keep or Path(tempfile.mkdtemp(prefix="soak-")), given.minutes)))


if __name__ == "__main__":
    main()
