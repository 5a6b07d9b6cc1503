"""Which of the bot's shards a process connects: Discord tells each of them of its own servers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ShardShare:
    """What a process wants: certain shards, or a fair share of all with the other processes that want one."""

    count: int
    """How many shards the bot has in all; 0: as many as Discord recommends."""
    ids: tuple[int, ...] = ()
    """Which; none: a fair share."""

    def __str__(self) -> str:
        """As the variable SHARDS says it; processes that take over from each other say the same."""
        ids = self.ids
        return f"{ids[0]}-{ids[-1]}/{self.count}" if ids else f"auto/{self.count}"


@dataclass(frozen=True, slots=True)
class ShardPlan:
    """What a process has to do with which shards now."""

    held: frozenset[int]
    """Its own: it stays connected as them."""
    taking: frozenset[int] = frozenset()
    """It connects as them; once it is, they are its own, and whoever held them lets go."""
    shadowed: frozenset[int] = frozenset()
    """Of those, what another process answers until then."""
    refused: frozenset[int] = frozenset()
    """It wants them, but a process that goes on holds them."""
    handing: bool = False
    """Whether another process takes over some of those held."""
    named: int = 0
    """How many shards the bot has by those who came before, where that is another number: then it gets none."""
