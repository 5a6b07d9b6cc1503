"""`python -m bench [ROW …]`: run the rows, print the table, write `bench/results.json`.

`growth` runs where it is named alone: it builds a million jobs first (`--jobs` for fewer), and leaves the file alone.

A goal that is missed is a figure like any other; only a row that could not run makes the command fail.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import platform
import sys
from dataclasses import asdict
from functools import partial
from pathlib import Path

from bench.rows import ROWS, Row, growth

RESULTS = Path(__file__).parent / "results.json"


def show(rows: list[Row]) -> None:
    """The table."""
    lines = [("figure", "goal", "ours", "floor", "")]
    words = {True: "met", False: "MISSED", None: ""}
    lines += [(row.figure, row.goal, row.ours, row.floor, words[row.met]) for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(5)]
    for index, line in enumerate(lines):
        print("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())
        if not index:
            print("  ".join("─" * width for width in widths))


async def main() -> None:
    """Run what was asked for, or everything."""
    parser = argparse.ArgumentParser(prog="bench", description="Measures the bot; without a name, all but growth.")
    parser.add_argument("rows", nargs="*", metavar="ROW", help=", ".join([*ROWS, "growth"]))
    parser.add_argument("--jobs", type=int, default=growth.MILLION, help="how many jobs 'growth' builds")
    arguments = parser.parse_args()
    known = {**ROWS, "growth": partial(growth.growth, arguments.jobs)}
    wanted: list[str] = arguments.rows or list(ROWS)
    if unknown := set(wanted) - known.keys():
        parser.error(f"no such row: {', '.join(unknown)}; there are: {', '.join(known)}")
    rows: list[Row] = []
    broken = False
    for name in wanted:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        try:
            rows += await known[name]()
        except Exception as error:  # noqa: BLE001 - the other rows are worth having all the same
            reason = f"could not run: {type(error).__name__}: {error}".removesuffix(": ")
            rows.append(Row(name, "", reason, "", None))
            broken = True
    show(rows)
    machine = {"python": platform.python_version(), "system": platform.system(), "machine": platform.machine()}
    if "growth" not in wanted:
        RESULTS.write_text(json.dumps({"machine": machine, "rows": [asdict(row) for row in rows]}, indent=2) + "\n")
    if broken:
        sys.exit("not every row could run")


if __name__ == "__main__":
    asyncio.run(main())
