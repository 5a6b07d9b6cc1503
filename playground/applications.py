"""The routes of the bot's application: what it is, and whom it belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from playground.requests import Asked
from playground.world import User

if TYPE_CHECKING:
    from playground.payloads import Payloads
    from playground.rest import Rest, Route

Json = dict[str, Any]


async def get(rest: Rest, _: Asked) -> Json:
    """Give the application with its owner, or its team."""
    world, payloads = rest.server.world, rest.server.payloads
    return {
        "id": str(world.application_id),
        "name": world.bot.display,
        "icon": None,
        "description": "",
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "flags": 0,
        "approximate_guild_count": sum(map(world.bot_is_in, world.guilds.values())),
        "approximate_user_install_count": 0,
        "owner": payloads.user(rest.server.application_owner),
        "team": _team(payloads, rest.server.application_team),
        "bot": payloads.user(world.bot),
        "integration_types_config": {"0": {}, "1": {}},
    }


def _team(payloads: Payloads, people: Sequence[User]) -> Json | None:
    """The team that an application belongs to, its owner first."""
    if not people:
        return None
    # A team is no user of the world: its id follows from its owner's, so that it stays the same.
    number = str(people[0].id + 1)
    members = [
        {"membership_state": 2, "team_id": number, "user": payloads.user(user), "permissions": ["*"], "role": "admin"}
        for user in people
    ]
    return {
        "id": number,
        "name": f"{people[0].display}’s team",
        "icon": None,
        "owner_user_id": str(people[0].id),
        "members": members,
    }


ROUTES: list[Route] = [
    ("GET", "/applications/@me", get),
    ("GET", "/oauth2/applications/@me", get),
]
