"""How long some jobs take with one process, and with several on one PostgreSQL and one vendor account.

`python -m bench.processes --jobs 120 --seconds 3`: the processes are bots of their own, which share this one's thread,
loopback Discord and vendor. So a machine's cores are no part of the figure, but the sharing of slots is.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import tempfile
import time
from pathlib import Path

import structlog

from tests.standins import BflStandIn
from tests.support.postgres import cluster
from tests.support.several import several

SLOTS = 24
"""What the vendor allows at once."""


async def measure(address: str, processes: int, jobs: int, seconds: float) -> str:
    """One line: how long it took, how many were refused for want of a slot."""
    with tempfile.TemporaryDirectory() as folder:
        async with (
            BflStandIn(seconds=seconds, slots=SLOTS, edge=32) as vendor,
            several(Path(folder), address, vendor, processes) as home,
        ):
            began = time.monotonic()
            people = home.discord.alice, home.discord.bob, home.discord.moderator
            for number, who in enumerate(people):  # one alone would be asking too fast
                await home.ask(jobs // len(people) + (number < jobs % len(people)), who)
            await home.at_rest(600)
            took = time.monotonic() - began
            await home.once(jobs)
            refused = len(vendor.submits) - vendor.accepted
    return f"{processes:>9}  {took:>7.1f} s  {jobs / took:>6.1f}/s  {refused:>7}"


def main() -> None:
    """Run what was asked for, and print a line for each number of processes."""
    parser = argparse.ArgumentParser(prog="bench.processes", description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--jobs", type=int, default=120)
    parser.add_argument("--seconds", type=float, default=3.0, help="how long the vendor takes for a picture")
    parser.add_argument("--processes", type=int, nargs="*", default=[1, 2, 4])
    arguments = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    print("processes       time    jobs  refused", flush=True)
    with cluster() as server:
        for number in arguments.processes:
            print(asyncio.run(measure(server.database(), number, arguments.jobs, arguments.seconds)), flush=True)


if __name__ == "__main__":
    main()
