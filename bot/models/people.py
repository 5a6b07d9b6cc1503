"""Who asks, where, and how they are answered."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Member:
    """Who asks. ``moderator`` is what Discord's permissions say in the place of the request."""

    id: int
    name: str
    role_ids: tuple[int, ...] = ()
    moderator: bool = False
    joined_at: int | None = None
    """When they joined the server (epoch ms), where Discord says so."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a job is answered. ``guild_id`` is None in direct messages."""

    channel_id: int
    guild_id: int | None = None
    age_restricted: bool = False
    file_limit: int = 10 * 1024 * 1024
    """Largest file in bytes that may be posted here."""
    reachable: bool = True
    """Whether the bot itself can act here; where only a member has installed it, the answer's token is all it has."""
    in_thread: bool = False
    parent_id: int | None = None
    """The channel that a thread belongs to: its rules count in the thread as well."""
    language: str | None = None
    """Discord's code of the language that is spoken here in public; None for jobs of older versions."""


@dataclass(frozen=True, slots=True)
class ReplyToken:
    """The right to edit an interaction's answer: valid 15 minutes from ``issued_at`` (Discord reference)."""

    application_id: int
    token: str = field(repr=False)
    issued_at: int
    interaction_id: int | None = None
    """None where a version before 0.4 kept it."""
