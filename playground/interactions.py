"""Interactions: what a person asked of the bot, and what became of it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

from playground.messages import Message
from playground.modals import Modal
from playground.world import Channel, User

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL_SUBMIT = 2, 3, 4, 5
ACKNOWLEDGE_SECONDS = 3.0
TOKEN_SECONDS = 15 * 60.0


@dataclass(slots=True, eq=False)
class Interaction:
    """One interaction; the same object from dispatch to the end, so what a test holds changes with it."""

    id: int
    kind: int
    user: User
    channel: Channel
    data: dict[str, Any]
    created_at: float
    name: str = ""
    message: Message | None = None
    """The message that the clicked component stands on."""
    token: str = field(default_factory=lambda: secrets.token_urlsafe(96))
    acknowledged: int | None = None
    """The type of the callback, once there was one."""
    original: Message | None = None
    """The message that `@original` means."""
    modal: Modal | None = None
    choices: list[dict[str, Any]] | None = None
    expired: bool = False
    follow_ups: int = 0

    @property
    def ephemeral(self) -> bool:
        """Whether the answer is for the caller alone."""
        return self.original is not None and self.original.ephemeral

    def metadata(self, user: dict[str, Any]) -> dict[str, Any]:
        """Discord's `interaction_metadata` of a message that answers it."""
        return {
            "id": str(self.id),
            "type": self.kind,
            "name": self.name,
            "user": user,
            "authorizing_integration_owners": {"0": str(self.channel.guild.id if self.channel.guild else 0)},
        }
