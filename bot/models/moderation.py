"""What is kept of a server besides its pictures, as values: blocks, audit entries, reports, and what was made."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Block:
    """A member who may not make pictures in a server. ``until`` in epoch milliseconds; None is until it is lifted."""

    member_id: int
    at: int
    until: int | None
    actor_id: int
    """Who did it; 0 is the bot itself, by the strike rule."""
    reason: str


class AuditAction(StrEnum):
    """What was done."""

    RULE = "rule"
    GRANT = "grant"
    BLOCK = "block"
    UNBLOCK = "unblock"
    PAUSE = "pause"
    CANCEL = "cancel"
    REMOVE = "remove"
    DISMISS = "dismiss"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One entry: who, when, what, from and to. ``actor_id`` 0 is the bot itself.

    ``subject`` is a rule's field or a job's code; ``before`` and ``after`` are JSON values of a rule, or plain words.
    """

    guild_id: int
    at: int
    actor_id: int
    action: AuditAction
    subject: str = ""
    member_id: int | None = None
    before: str | None = None
    after: str | None = None
    reason: str | None = None
    id: int = 0


class ReportState(StrEnum):
    """What became of a report."""

    OPEN = "open"
    REMOVED = "removed"
    BLOCKED = "blocked"
    DISMISSED = "dismissed"
    SETTLED = "settled"  # removed, and its maker blocked


@dataclass(frozen=True, slots=True)
class Report:
    """Somebody finds that a picture should not be here."""

    id: int
    guild_id: int
    job_id: int
    reporter_id: int
    at: int
    reason: str
    state: ReportState


@dataclass(frozen=True, slots=True)
class UsageRow:
    """Pictures of one member by one provider on one day. ``day`` counts from the first of the window."""

    day: int
    member_id: int
    member_name: str
    provider: str
    pictures: int
    credits: int
    cost_microusd: int
