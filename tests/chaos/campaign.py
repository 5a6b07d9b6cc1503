"""A campaign: worlds beside and after each other, until enough kills are done."""

from __future__ import annotations

import asyncio
import logging
import random
import sys
import time
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from itertools import count, islice
from multiprocessing import get_context
from pathlib import Path

from tests.chaos.checker import Violation
from tests.chaos.figures import Figures
from tests.chaos.launcher import launching
from tests.chaos.report import never_hit, report
from tests.chaos.schedule import lives
from tests.chaos.world import ALONE, Habitat, world

LIVES = 40
REST_EVERY = 8
LONG = 300
"""Kills from which on a fault point that was never reached is a failure."""


async def live_through(
    folder: Path, seed: int, without: frozenset[str], amount: int = LIVES, habitat: Habitat = ALONE
) -> tuple[Figures, list[Violation]]:
    """One world; it ends early at the first violation, with everything left as it was."""
    async with launching() as launcher, world(folder, seed, launcher, habitat) as here:
        for number, life in enumerate(lives(seed, amount), start=1):
            await here.live(life)
            if number % REST_EVERY == 0 or number == amount:
                violations = await here.rest(without)
                if violations:
                    return here.figures, violations
        return here.figures, []


def in_a_process(
    folder: Path, seed: int, without: frozenset[str], habitat: Habitat
) -> tuple[int, Figures, list[Violation]]:
    """The same, for a pool of processes; gives the seed too."""
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)  # a killed client cuts its requests
    return seed, *asyncio.run(live_through(folder / str(seed), seed, without, habitat=habitat))


def campaign(
    kills: int, seed: int | None, at_once: int, folder: Path, without: frozenset[str], habitat: Habitat = ALONE
) -> int:
    """Worlds until so many kills are done; with a seed that one world alone. Gives the exit status."""
    begun, total = time.monotonic(), Figures()
    broken: list[tuple[int, list[Violation]]] = []
    seeds = iter([seed]) if seed is not None else (random.SystemRandom().getrandbits(32) for _ in count())
    with ProcessPoolExecutor(at_once, get_context("spawn")) as pool:
        under_way = {pool.submit(in_a_process, folder, one, without, habitat) for one in islice(seeds, at_once)}
        while under_way:
            ended, under_way = wait(under_way, return_when=FIRST_COMPLETED)
            for world in ended:
                number, figures, violations = world.result()
                total.add(figures)
                tell(f"world {number}: {figures.kills} kills, {total.kills} in all, {len(violations)} violations")
                if violations:
                    tell("\n".join(f"  {violation}" for violation in violations))
                    broken.append((number, violations))
                if total.kills < kills and (another := next(seeds, None)) is not None:
                    under_way.add(pool.submit(in_a_process, folder, another, without, habitat))
    missing = [] if seed is not None or kills < LONG else never_hit(total)
    tell(report(total, broken, missing, time.monotonic() - begun, folder))
    return 1 if broken or missing else 0


def tell(text: str) -> None:
    """A line for who watches."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
