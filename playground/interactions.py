"""Interactions: their kinds and time limits, where the bot is installed, and finding one by id or token."""

from __future__ import annotations

from collections import OrderedDict

from playground.model import Interaction
from playground.wire import Json
from playground.world import World

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL_SUBMIT = 2, 3, 4, 5
ACKNOWLEDGE_SECONDS = 3.0
TOKEN_SECONDS = 15 * 60.0
_REMEMBERED = 20_000


class Interactions:
    """The interactions that can still be answered; the oldest are forgotten."""

    def __init__(self) -> None:
        self.acknowledge_seconds = ACKNOWLEDGE_SECONDS
        """Within these a callback is taken; more than Discord's where a slow machine shall fail no test."""
        self._by_id: OrderedDict[int, Interaction] = OrderedDict()
        self._by_token: dict[str, Interaction] = {}

    def remember(self, interaction: Interaction) -> None:
        """Keep an interaction for its callback and its token."""
        self._by_id[interaction.id] = interaction
        self._by_token[interaction.token] = interaction
        if len(self._by_id) > _REMEMBERED:
            _, oldest = self._by_id.popitem(last=False)
            self._by_token.pop(oldest.token, None)

    def by_id(self, interaction_id: int) -> Interaction | None:
        """The interaction with this id."""
        return self._by_id.get(interaction_id)

    def by_token(self, token: str) -> Interaction | None:
        """The interaction with this token."""
        return self._by_token.get(token)


def owners(interaction: Interaction, world: World) -> tuple[dict[str, str], int]:
    """For whom the bot is installed here, by kind of installation (0 server, 1 user), and Discord's context."""
    guild, user_id = interaction.channel.guild, str(interaction.user.id)
    if guild is not None:
        return ({"0": str(guild.id)} if world.bot_is_in(guild) else {"1": user_id}), 0
    if interaction.channel.is_private:
        return {"1": user_id}, 2
    return {"0": "0", "1": user_id}, 1


def by_user_alone(interaction: Interaction, world: World) -> bool:
    """Whether only the member has installed the bot here, so that the token is all it has."""
    return "0" not in owners(interaction, world)[0]


def metadata(interaction: Interaction, user: Json, world: World) -> Json:
    """Discord's `interaction_metadata` of a message that answers it."""
    return {
        "id": str(interaction.id),
        "type": interaction.kind,
        "name": interaction.name,
        "user": user,
        "authorizing_integration_owners": owners(interaction, world)[0],
    }
