"""Interactions: what a person asked of the bot, and what became of it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

from playground.messages import Message
from playground.modals import Modal
from playground.world import Channel, User, World

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

    def owners(self, world: World) -> tuple[dict[str, str], int]:
        """For whom the bot is installed here, by kind of installation (0 server, 1 user), and Discord's context."""
        guild, user_id = self.channel.guild, str(self.user.id)
        if guild is not None:
            return ({"0": str(guild.id)} if world.bot_is_in(guild) else {"1": user_id}), 0
        if self.channel.is_private:
            return {"1": user_id}, 2
        return {"0": "0", "1": user_id}, 1

    def by_user_alone(self, world: World) -> bool:
        """Whether only the member has installed the bot here, so that the token is all it has."""
        return "0" not in self.owners(world)[0]

    def metadata(self, user: dict[str, Any], world: World) -> dict[str, Any]:
        """Discord's `interaction_metadata` of a message that answers it."""
        return {
            "id": str(self.id),
            "type": self.kind,
            "name": self.name,
            "user": user,
            "authorizing_integration_owners": self.owners(world)[0],
        }
