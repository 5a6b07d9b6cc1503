"""`python -m tests.chaos [--kills N] [--seed S] [--worlds 3]`: the campaign; ends with 1 where a rule was broken.

A world lives through some forty lives of the bot and is then replaced. What happens in it is decided by its seed, so
that a failing one is replayed by `make chaos SEED=…`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.chaos.campaign import campaign
from tests.chaos.world import ALONE, Habitat
from tests.support import postgres


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="make chaos", description="Kill the bot a thousand times.")
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, help="replay one world")
    parser.add_argument("--worlds", type=int, default=3, help="worlds at the same time")
    parser.add_argument("--postgres", action="store_true", help="on a PostgreSQL of its own")
    parser.add_argument("--bots", type=int, default=2, help="bots at the same time, with --postgres")
    parser.add_argument("--keep", type=Path, help="where databases and logs are left; else a folder in /tmp")
    parser.add_argument("--without", action="append", default=[], metavar="RULE", help="a rule that is not checked")
    given = parser.parse_args()
    folder = given.keep or Path(tempfile.mkdtemp(prefix="chaos-"))
    asked = (given.kills, given.seed, given.worlds, folder, frozenset(given.without))
    if not given.postgres:
        sys.exit(campaign(*asked, ALONE))
    with postgres.cluster() as server:
        status = campaign(*asked, Habitat(server.url("postgres"), given.bots - 1))
    sys.exit(status)


if __name__ == "__main__":
    main()
