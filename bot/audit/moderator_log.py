"""What the moderators of a server should hear of; it waits here until somebody posts it.

It is kept in memory on purpose: a log channel is a courtesy, and what must not be lost stands in the audit and in the
ledger. When nobody fetches, the oldest go first.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from enum import Enum, auto

from bot.models import AuditEntry

_KEPT = 2000


class NoticeKind(Enum):
    """What happened."""

    ASKED_WHILE_BLOCKED = auto()
    ASKED_ELSEWHERE = auto()  # in a channel where no pictures are made
    BLOCKED_ENTRY = auto()
    BLOCKED_ENTRY_AGAIN = auto()  # in a prompt that somebody else wrote
    MODERATED = auto()
    BAD_KEY = auto()
    OUT_OF_FUNDS = auto()
    LAST_CHANNEL_DELETED = auto()
    PAUSED = auto()
    RULES_CHANGED = auto()
    ACTION = auto()


@dataclass(frozen=True, slots=True)
class LogNotice:
    """One event; ``bot.ui.views.moderation`` has the sentence for its kind. Each kind uses some of the fields."""

    guild_id: int
    kind: NoticeKind
    member_id: int | None = None
    """Whom it is about; of changed rules, who changed them (0: the bot itself)."""
    channel_id: int | None = None
    """Where it happened."""
    subject: str = ""
    """A job's code, or the blocked entry."""
    prompt: str | None = None
    """What the member wrote, where the rules let it be told."""
    strikes: int = 0
    hours: int = 0
    entry: AuditEntry | None = None
    """What a moderator did."""
    changes: tuple[tuple[str, str, str], ...] = ()
    """Fields of the rules that were changed, each with its JSON value before and after."""
    log_channel_id: int | None = None
    """The channel to be told, where it is not the server's log channel of the moment."""


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
