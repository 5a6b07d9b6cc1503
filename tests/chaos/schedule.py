"""What happens in a campaign, decided by its seed alone: lives of the bot, what they meet, and how they end."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import StrEnum

FIRED = "!"
"""Stands in the file of fault points before the one at which a trap went off."""
KILLABLE = ("queued", "submitting", "running", "delivering")
"""States of a job in which a life can be told to end."""
PHASES = ("before", "within", "after")
WRITES = (
    "generation.service._accept",
    "storage.jobs.placed",
    "storage.tasks.claim",
    "storage.tasks.unclaim",
    "storage.tasks.end",
    "generation.results._write",
    "generation.steps._end_moderated",
    "generation.outbox._close",
    "generation.service._cancel",
    "generation.recovery._begin",
)
"""Units of work around which a life ends more often than by chance."""
_AFTER_A_REFUSAL = ("tasks.unclaim", "tasks.end", "_end_moderated")
CALLS = (
    "vendor submit",
    "vendor poll",
    "vendor download",
    "discord POST /interactions/{id}/{token}/callback",
    "discord PATCH /webhooks/{id}/{token}/messages/{message_id}",
    "discord PATCH /channels/{channel_id}/messages/{message_id}",
)


class Deed(StrEnum):
    """What happens to the program at a point."""

    KILL = "kill"
    STOP = "stop"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Trap:
    """Goes off when ``point`` is reached for the ``hit``-th time."""

    point: str
    hit: int = 1
    deed: Deed = Deed.KILL


class End(StrEnum):
    """How a life ends."""

    AT_POINT = "at a point"
    IN_STATE = "in a state"
    BY_CHANCE = "by chance"
    AT_START = "while it starts"
    STOPPED = "by SIGTERM"
    STOPPED_AND_KILLED = "while it stops"


class Trouble(StrEnum):
    """What a life meets beside its end."""

    NONE = "none"
    LOCKED = "database locked"
    FULL = "database full"
    READ_ONLY = "database read-only"
    FILE_LIMIT = "file system full"
    CLOCK_BACK = "clock set back"
    CLOCK_FORWARD = "clock set forward"
    GATEWAY = "gateway dropped"
    GATEWAY_FOR_GOOD = "gateway session lost"
    STORM = "Discord 5xx"
    OUTAGE = "Discord gone for an hour"
    VENDORS = "vendors misbehave"
    VENDORS_GONE = "vendors refuse connections"
    TOKENS = "interaction tokens expired"
    DELETED = "messages deleted by others"


_WEIGHTS = {
    Trouble.NONE: 5,
    Trouble.VENDORS: 6,
    Trouble.STORM: 5,
    Trouble.GATEWAY: 2,
    Trouble.LOCKED: 2,
    Trouble.FULL: 2,
    Trouble.READ_ONLY: 1,
    Trouble.FILE_LIMIT: 1,
    Trouble.CLOCK_BACK: 2,
    Trouble.CLOCK_FORWARD: 2,
    Trouble.OUTAGE: 2,
    Trouble.GATEWAY_FOR_GOOD: 1,
    Trouble.VENDORS_GONE: 1,
    Trouble.TOKENS: 1,
    Trouble.DELETED: 1,
}
_ENDS = {
    End.AT_POINT: 12,
    End.IN_STATE: 6,
    End.BY_CHANCE: 4,
    End.AT_START: 3,
    End.STOPPED: 1,
    End.STOPPED_AND_KILLED: 1,
}


@dataclass(frozen=True, slots=True)
class Life:
    """One process of the bot, from its start to its end."""

    seed: int
    end: End
    troubles: tuple[Trouble, ...]
    asks: int
    """How many things people ask for."""
    after: float
    """Seconds after the last of them at which the life ends, if nothing else ends it."""
    pause_ms: int
    """Milliseconds that pass before the next life."""
    trap: Trap | None = None
    state: str = ""
    """The state of a job that its end waits for."""


def lives(seed: int, count: int) -> list[Life]:
    """The lives of one world."""
    rng = random.Random(seed)
    return [_life(rng) for _ in range(count)]


def _life(rng: random.Random) -> Life:
    [end] = rng.choices([*_ENDS], [*_ENDS.values()])
    troubles = {*rng.choices([*_WEIGHTS], [*_WEIGHTS.values()], k=2)} - {Trouble.NONE}
    asks = 0 if end is End.AT_START else rng.randint(1, 5)
    trap = _trap(rng, end)
    if trap is not None:
        asks += 1
        if trap.point.endswith(_AFTER_A_REFUSAL):
            troubles.add(Trouble.VENDORS)
    return Life(
        seed=rng.getrandbits(32),
        end=end,
        troubles=tuple(sorted(troubles)),
        asks=asks,
        after=rng.uniform(0.05, 0.25) if end is End.AT_START else rng.uniform(0.1, 1.2),
        pause_ms=rng.choice((0, 3_000, 16_000)),
        trap=trap,
        state=rng.choice(KILLABLE) if end is End.IN_STATE else "",
    )


def _trap(rng: random.Random, end: End) -> Trap | None:
    if end is End.STOPPED_AND_KILLED and rng.random() < 0.5:
        return Trap(f"{rng.choice(PHASES)} storage.workers.leave")
    if end is not End.AT_POINT:
        return None
    if rng.random() < 0.65:
        point = f"{rng.choice(PHASES)} {rng.choice(WRITES)}"
    else:
        point = f"{rng.choice(('before', 'after'))} {rng.choice(CALLS)}"
    refuses = point.startswith(("before", "within")) and rng.random() < 0.15
    deed = Deed.REFUSE if refuses and "vendor" not in point and "discord" not in point else Deed.KILL
    return Trap(point, 1 if "_begin" in point else rng.choice((1, 1, 2, 3)), deed)
