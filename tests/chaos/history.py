"""What happened in a world, as plain values: rows of the database, what Discord shows, what vendors took.

Nothing here, nor in the checker, knows the bot: the database is read with its driver, and words on a card are told
apart as a person would.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from tests.support.rows import Rows

_T = TypeVar("_T")


class Phase(StrEnum):
    """What a card says of its job."""

    WAITING = "waiting"
    PICTURES = "pictures"
    FAILED = "failed"
    CANCELLED = "cancelled"
    OTHER = "something else"


@dataclass(frozen=True, slots=True)
class Job:
    """A row of ``jobs``."""

    id: int
    code: str
    state: str
    guild_id: int | None
    member_id: int
    prompt: str
    model: str
    image_count: int
    credits: int
    created_at: int
    finished_at: int | None
    failure: str | None
    message_id: int | None

    @property
    def each(self) -> int:
        """Credits of one of its pictures."""
        return self.credits // self.image_count


@dataclass(frozen=True, slots=True)
class Task:
    """A row of ``tasks``."""

    id: int
    job_id: int
    number: int
    state: str
    seed: int
    provider: str | None
    failure: str | None
    cost_microusd: int
    created_at: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of ``ledger``, with what a settlement leaves to its reservation to say."""

    id: int
    job_id: int | None
    guild_id: int
    member_id: int
    kind: str
    credits: int
    delta: int
    counts_at: int
    at: int


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture in a message: whose it says it is (job's code and number), and a digest of its bytes."""

    code: str
    number: int
    digest: str


@dataclass(frozen=True, slots=True)
class Card:
    """A message of the bot's that exists at the end; ``codes`` are the jobs that its buttons are for."""

    message_id: int
    text: str
    phase: Phase
    pictures: tuple[Shown, ...] = ()
    codes: frozenset[str] = frozenset()
    private: bool = False
    unanswered: bool = False
    """Still the "thinking …" of an answer that never came."""
    interaction_id: int | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A card came, or was changed: what it said from then on."""

    message_id: int
    phase: Phase
    code: str | None


@dataclass(frozen=True, slots=True)
class Order:
    """A task that a vendor took; ``free`` where it says itself that it bills nothing."""

    vendor: str
    seed: int
    microusd: int
    digest: str = ""
    free: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """A command that somebody used, with words that no other had."""

    prompt: str
    interaction_id: int


@dataclass(frozen=True, slots=True)
class Limits:
    """What the bot was told never to exceed in a rolling day. Credits; None: no limit."""

    member: int | None = None
    """Of one member in one server."""
    everywhere: int | None = None
    """Of one member in all servers together."""
    server: int | None = None
    microusd: int | None = None


@dataclass(frozen=True, slots=True)
class History:
    """All that is known of a world at rest."""

    jobs: tuple[Job, ...] = ()
    tasks: tuple[Task, ...] = ()
    ledger: tuple[Entry, ...] = ()
    kept: tuple[int, ...] = ()
    """Jobs whose pictures' bytes are still in the database."""
    tokens: tuple[int, ...] = ()
    """Jobs whose interaction's token is still there."""
    spend: int = 0
    """The sum that the database keeps of all costs, in millionths of a dollar."""
    pools: tuple[tuple[int, int], ...] = ()
    """The sums that it keeps of each server's credits."""
    workers: int = 0
    files: tuple[str, ...] = ()
    """Results that wait beside the database to be written down."""
    cards: tuple[Card, ...] = ()
    changes: tuple[Change, ...] = ()
    deleted: frozenset[int] = frozenset()
    """Messages that are gone."""
    orders: tuple[Order, ...] = ()
    asked: tuple[Asked, ...] = ()
    deaths: tuple[str, ...] = ()
    """Ends of the program that nobody caused."""
    limits: Limits = Limits()


def read(rows: Rows, folder: Path) -> History:
    """The part of a history that stands in the database, and in the files of a folder."""
    return History(
        jobs=_values(rows, "jobs", Job),
        tasks=_values(rows, "tasks", Task),
        ledger=_whole(_values(rows, "ledger", Entry)),
        kept=tuple(job_id for (job_id,) in rows.ask("SELECT DISTINCT job_id FROM kept_images")),
        tokens=tuple(job_id for (job_id,) in rows.ask("SELECT job_id FROM reply_tokens")),
        spend=rows.ask("SELECT coalesce(sum(microusd), 0) FROM spend_buckets")[0][0],
        pools=tuple(rows.ask("SELECT guild_id, sum(credits) FROM pool_buckets GROUP BY guild_id ORDER BY guild_id")),
        files=tuple(sorted(file.name for file in folder.rglob("*.result"))),
        workers=rows.count("workers"),
    )


def _values(rows: Rows, table: str, shape: type[_T]) -> tuple[_T, ...]:
    names: Sequence[str] = [one.name for one in fields(shape)]  # pyright: ignore[reportArgumentType]
    return tuple(shape(*row) for row in rows.ask(f"SELECT {', '.join(names)} FROM {table} ORDER BY id"))


def _whole(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    reserved = {entry.job_id: entry for entry in entries if entry.kind == "reserve"}
    found: list[Entry] = []
    for one in entries:
        if one.kind == "settle":
            of = reserved[one.job_id]
            found.append(replace(one, guild_id=of.guild_id, member_id=of.member_id, counts_at=of.counts_at))
        else:
            # What is kept of it leaves out a time that is there twice.
            found.append(replace(one, at=one.counts_at if one.at is None else one.at))  # pyright: ignore[reportUnnecessaryComparison]
    return tuple(found)
