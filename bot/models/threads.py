"""Threads in which people remix one picture together."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Post:
    """A public message of the bot's that answers no job: a family tree, or a line in a thread."""

    message_id: int
    channel_id: int
    guild_id: int | None
    member_id: int
    """Whom it names, or who asked for it."""
    application_id: int


@dataclass(frozen=True, slots=True)
class RemixThread:
    """A thread in which people remix one picture together; ``code`` is its current picture.

    ``shown`` is the picture that its header message shows, which follows ``code``.
    """

    thread_id: int
    guild_id: int
    root: str
    code: str
    header_id: int | None = None
    shown: str | None = None
