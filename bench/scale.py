"""`python -m bench.scale`: what an installation of a thousand to a hundred thousand servers needs, and breaks at first.

A reckoning: measured unit costs, published limits and stated assumptions in, a table out. Nothing here is measured;
`--measure` measures the unit costs anew (`bench.unit_costs`). docs/operations/scale.md says where each figure is from.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, fields
from math import ceil, sqrt

DAY_S = 86_400
_ONE = "one process"
SIZES = (1_000, 10_000, 100_000)


@dataclass(frozen=True)
class Costs:
    """What things cost on one core of the machine that measured them."""

    request_s: float
    """Processor seconds of a request of one picture: accepted, made, delivered."""
    event_s: float
    """Processor seconds of a message that is none of the bot's business."""
    trips: float
    """Database trips of a request, of which each is at most one transaction."""
    locked_s: float
    """Seconds for which a request holds SQLite's only write lock, in all its transactions."""
    idle_mb: float
    server_mb: float
    """Memory of one more server: fifteen channels, ten roles."""


MEASURED = Costs(request_s=0.00867, event_s=0.000145, trips=4.23, locked_s=0.00452, idle_mb=108.4, server_mb=0.0107)
"""By `--measure` on two shared cores (see docs/operations/scale.md)."""


@dataclass(frozen=True)
class Limits:
    """What Discord and the vendor publish, and what our own program sets."""

    servers_a_shard: int = 2_500
    advised_a_shard: int = 1_000
    large_bot: int = 150_000
    identifies_a_day: int = 1_000
    identify_every_s: float = 5.0
    at_once: int = 1
    """``max_concurrency``: Discord raises it for large bots, and says by how much only there."""
    calls_a_s: float = 50.0
    invalid: tuple[int, float] = (10_000, 600.0)
    """So many in so many seconds."""
    vendor_tasks: int = 24
    connections: int = 11
    """Of one process: ten of its pool (``bot.storage.server``), and one that listens."""
    server_connections: int = 100
    """PostgreSQL's own default of ``max_connections``."""


@dataclass(frozen=True)
class Activity:
    """Assumptions: nobody publishes what a server asks of such a bot."""

    requests: float = 2.0
    """A server's in a day; our own default ceiling is 400."""
    messages: float = 500.0
    """A server's in a day, of which the bot hears all."""
    peak: float = 3.0
    """How many times the day's average the busiest hour is."""
    pictures: float = 1.3
    picture_s: float = 8.0
    calls_outside: float = 0.2
    """Calls a request that Discord's global limit counts: all but those by an interaction's token."""
    refused: float = 0.02
    """Calls a request that Discord answers with 401, 403 or 429."""
    load: float = 0.6
    """How much of a core a process may be busy in the busiest hour, so that answers do not wait."""


@dataclass(frozen=True)
class Need:
    """One resource: how much is needed, and how much one may have; ``fix`` is what helps."""

    what: str
    needed: float
    limit: float
    fix: str

    @property
    def share(self) -> float:
        """Of the limit; above 1 it breaks."""
        return self.needed / self.limit


@dataclass(frozen=True)
class Plan:
    """What so many servers need in their busiest hour."""

    servers: int
    shards: int
    processes: int
    requests_a_s: float
    events_a_s: float
    writes_a_s: float
    connections: int
    memory_mb: float
    vendor_tasks: int
    start_s: float
    needs: tuple[Need, ...]
    """The fullest first."""

    @property
    def fullest(self) -> Need:
        """What comes nearest to its limit, or is furthest beyond, with the shards and processes of the plan."""
        return next(one for one in self.needs if not one.what.startswith(_ONE))


def plan(servers: int, costs: Costs, limits: Limits, activity: Activity) -> Plan:
    """Reckon one size."""
    shards = 1 if servers < limits.servers_a_shard else ceil(servers / limits.advised_a_shard)
    a_s = servers * activity.requests * activity.peak / DAY_S
    events = servers * activity.messages * activity.peak / DAY_S
    busy = a_s * costs.request_s + events * costs.event_s
    processes = max(1, ceil(busy / activity.load))
    active = a_s * activity.pictures * activity.picture_s
    tasks = ceil(active + 2 * sqrt(active))  # requests come by chance: two deviations above the mean
    start = shards * limits.identify_every_s / limits.at_once
    identifies = limits.identifies_a_day
    if servers > limits.large_bot:
        identifies = max(2_000, servers // 1_000 * 5)
    per_invalid, within = limits.invalid
    needs = [
        Need(f"{_ONE}: processor", busy, activity.load, "several processes"),
        Need(f"{_ONE}: servers of one shard", servers, limits.servers_a_shard, "shards"),
        Need("SQLite's only writer", a_s * costs.locked_s, activity.load, "PostgreSQL"),
        Need("vendor's active tasks, one account", tasks, limits.vendor_tasks, "a higher limit, or more vendors"),
        Need(
            "Discord: calls in a second", a_s * activity.calls_outside, limits.calls_a_s, "a higher limit of Discord's"
        ),
        Need("Discord: identifies of one start a day", shards, identifies, "resume; fewer restarts"),
        Need("Discord: invalid calls", a_s * activity.refused * within, per_invalid, "fewer calls into the void"),
        Need("PostgreSQL's connections", processes * limits.connections, limits.server_connections, "max_connections"),
        Need("an unsharded start within 15 minutes", start, 900, "several processes, resumes"),
    ]
    needs.sort(key=lambda need: -need.share)
    memory = processes * costs.idle_mb + servers * costs.server_mb
    return Plan(
        *(servers, shards, processes, a_s, events, a_s * costs.trips, processes * limits.connections),
        *(memory, tasks, start, tuple(needs)),
    )


def breaks_at(what: str, costs: Costs, limits: Limits, activity: Activity) -> int:
    """The number of servers from which on a need is beyond its limit; 10,000,000 where not even then."""
    low, high = 1, 10_000_000
    while low < high:
        middle = (low + high) // 2
        need = next(one for one in plan(middle, costs, limits, activity).needs if one.what == what)
        low, high = (low, middle) if need.share > 1 else (middle + 1, high)
    return low


def table(costs: Costs, limits: Limits, activity: Activity, sizes: Sequence[int] = SIZES) -> list[tuple[str, ...]]:
    """The rows of the first table: a figure a line, a size a column."""
    plans = [plan(size, costs, limits, activity) for size in sizes]
    lines: list[tuple[str, ...]] = [("servers", *(f"{one.servers:,}" for one in plans))]
    lines += [
        ("shards (one for 1,000)", *(f"{one.shards:,}" for one in plans)),
        ("a start's identifies take", *(f"{one.start_s:,.0f} s" for one in plans)),
        ("messages heard a second", *(f"{one.events_a_s:,.1f}" for one in plans)),
        ("requests a second", *(f"{one.requests_a_s:,.2f}" for one in plans)),
        ("database transactions a second", *(f"{one.writes_a_s:,.1f}" for one in plans)),
        ("vendor's tasks at once", *(f"{one.vendor_tasks:,}" for one in plans)),
        ("processes, by processor", *(f"{one.processes:,}" for one in plans)),
        ("database connections", *(f"{one.connections:,}" for one in plans)),
        ("memory of all processes", *(f"{one.memory_mb:,.0f} MB" for one in plans)),
        ("what is fullest then", *(f"{one.fullest.what}: {one.fullest.share:.1f} ×" for one in plans)),
    ]
    return lines


def breaking(costs: Costs, limits: Limits, activity: Activity) -> list[tuple[str, int, str]]:
    """Each limit, the number of servers at which it is met, and what helps; the first to break first."""
    needs = plan(SIZES[0], costs, limits, activity).needs
    found = [(one.what, breaks_at(one.what, costs, limits, activity), one.fix) for one in needs]
    return sorted(found, key=lambda one: one[1])


def show(costs: Costs, activity: Activity) -> None:
    """Print all of it."""
    limits = Limits()
    for title, value in (("measured", costs), ("published", limits), ("assumed", activity)):
        print(f"{title}: " + ", ".join(f"{one.name} {getattr(value, one.name)}" for one in fields(value)))
    print()
    for line in table(costs, limits, activity):
        print("  ".join([f"{line[0]:<32}", *(f"{text:>46}" for text in line[1:])]).rstrip())
    print()
    for what, servers, fix in breaking(costs, limits, activity):
        print(f"{what:<42}{servers:>12,} servers   then: {fix}")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="bench.scale", description="Reckons what many servers need.")
    parser.add_argument("--measure", action="store_true", help="measure the unit costs on this machine; two minutes")
    for name in ("requests", "messages", "peak", "pictures", "picture_s"):
        default = float(getattr(Activity, name))
        parser.add_argument(f"--{name.replace('_', '-')}", type=float, default=default, help=f"assumed: {default:g}")
    arguments = parser.parse_args()
    costs = MEASURED
    if arguments.measure:
        from bench import unit_costs  # noqa: PLC0415 - it needs the playground and a vendor's stand-in

        costs = asyncio.run(unit_costs.measure())
    assumed = {name: value for name, value in vars(arguments).items() if name != "measure"}
    show(costs, Activity(**assumed))


if __name__ == "__main__":
    main()
