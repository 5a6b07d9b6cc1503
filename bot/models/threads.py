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
    history: tuple[str, ...] = ()
    """Pictures that were current before, the last one first."""

    @property
    def left(self) -> tuple[str, ...]:
        """Pictures that are not current any more, though their messages may still say so."""
        newer = self.history[: self.history.index(self.shown)] if self.shown in self.history else self.history[:2]
        return tuple(dict.fromkeys(one for one in (self.shown, *newer) if one is not None and one != self.code))


@dataclass(frozen=True, slots=True)
class Before:
    """The picture that a job went on from, where all who see the job's message may see it as well."""

    member_id: int
    """Whose it is; 0 where nobody knows."""
    words: str
    """What was said for it; empty for a picture that somebody brought."""
    step: int
    """How many steps the job is away from where it all began."""
    channel_id: int | None = None
    message_id: int | None = None
    """Its message; None where it has none."""
    url: str | None = None
    """Where Discord shows it, while that address is good, and only if it is the one source."""
    spoiler: bool = False


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What stands around a finished job: where it came from, and the current picture of the thread that it is in."""

    before: Before | None = None
    current: str | None = None
