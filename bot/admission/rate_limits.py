"""How often a member, and a whole server, may ask for what costs a call; no database is asked."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from bot.clock import Clock
from bot.errors import TooFast

_KEPT = 10_000
"""Buckets above which those that are full again are forgotten; at twice as many as were left the last time."""
_CLOSED_SECONDS = 24 * 60 * 60.0


@dataclass(frozen=True, slots=True)
class Rate:
    """So many at once, and after that one every so many seconds."""

    burst: int
    seconds: float


class Action(Enum):
    """What is limited: a rate for each member, and one for all of a server together."""

    INTERACTION = Rate(100, 1.0), Rate(600, 0.04)  # commands, buttons, menus and forms; nobody who plays gets there
    MENTION = Rate(5, 12.0), Rate(30, 2.0)  # replies that mention the bot: it answers them with calls of its own
    HINT = Rate(2, 300.0), Rate(20, 15.0)  # direct messages about mentions that were refused
    PUBLIC_HINT = Rate(1, 86_400.0), Rate(5, 600.0)  # where a direct message was not taken
    DRAWING = Rate(6, 20.0), Rate(30, 4.0)  # family trees and comparisons
    DATA = Rate(2, 600.0), None  # export and deletion of a member's data


class RateLimits:
    """Token buckets, kept as the time at which each is full again (the generic cell rate algorithm)."""

    def __init__(self, clock: Clock, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._monotonic = monotonic
        self._full_at: dict[tuple[Action, bool, int], float] = {}
        self._most = _KEPT

    def __len__(self) -> int:
        return len(self._full_at)

    def take(self, action: Action, member_id: int, guild_id: int | None) -> None:
        """Count one action; raises ``TooFast``, and counts nothing, where there were too many."""
        now, taken = self._monotonic(), list[tuple[tuple[Action, bool, int], float]]()
        for rate, of_server, whose in zip(action.value, (False, True), (member_id, guild_id), strict=True):
            if rate is None or whose is None:
                continue
            full_at = max(now, self._full_at.get((action, of_server, whose), now)) + rate.seconds
            wait = full_at - now - rate.burst * rate.seconds
            if wait > 1e-9:
                raise TooFast(self._clock.now() + int(wait * 1000) + 1000)  # people are told whole seconds
            taken.append(((action, of_server, whose), full_at))
        if len(self._full_at) > self._most:
            self._full_at = {key: at for key, at in self._full_at.items() if at > now}
            self._most = max(_KEPT, 2 * len(self._full_at))  # not at every call, where all are still needed
        self._full_at.update(taken)

    def allows(self, action: Action, member_id: int, guild_id: int | None) -> bool:
        """The same, for what is simply left out."""
        try:
            self.take(action, member_id, guild_id)
        except TooFast:
            return False
        return True

    def close(self, action: Action, member_id: int) -> None:
        """Let a member have no more of this for a day: it was in vain."""
        self._full_at[action, False, member_id] = self._monotonic() + _CLOSED_SECONDS
