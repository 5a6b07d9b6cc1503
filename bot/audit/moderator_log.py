"""What the moderators of a server should hear of; it waits here until somebody posts it.

It is kept in memory on purpose: a log channel is a courtesy, and what must not be lost stands in the audit and in the
ledger. When nobody fetches, the oldest go first.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from enum import StrEnum

_KEPT = 2000


class NoticeKind(StrEnum):
    """What happened."""

    REFUSED = "refused"
    MODERATED = "moderated"
    PAUSED = "paused"
    RULE = "rule"
    ACTION = "action"
    TROUBLE = "trouble"


@dataclass(frozen=True, slots=True)
class LogNotice:
    """One event. ``text`` is a plain sentence without anything a member wrote; ``prompt`` is what they wrote."""

    guild_id: int
    kind: NoticeKind
    text: str
    member_id: int | None = None
    prompt: str | None = None
    reason: str = ""
    """What the moderator who did it wrote."""
    channel_id: int | None = None
    """The channel to be told, where it is not the server's log channel of the moment."""
    changes: tuple[tuple[str, str, str], ...] = ()
    """Fields of the rules that were changed, each with its JSON value before and after."""


class ModeratorLog:
    """Takes notices from wherever they happen, and gives them to whoever posts them."""

    def __init__(self) -> None:
        self.event = asyncio.Event()
        self._waiting: deque[LogNotice] = deque(maxlen=_KEPT)

    def post(self, notice: LogNotice) -> None:
        """Leave a notice."""
        self._waiting.append(notice)
        self.event.set()

    def take(self) -> list[LogNotice]:
        """All notices since the last call, oldest first."""
        self.event.clear()
        taken = list(self._waiting)
        self._waiting.clear()
        return taken
