"""The routes of the bot's application: what it is, whom it belongs to, and its commands."""

from __future__ import annotations

from collections.abc import Sequence

from playground.context import Context
from playground.model import User
from playground.payloads import Payloads
from playground.rest.requests import ApiRequest
from playground.rest.routing import Route
from playground.snowflakes import parse
from playground.wire import Json


async def get(context: Context, _: ApiRequest) -> Json:
    """Give the application with its owner, or its team."""
    world, payloads = context.world, context.payloads
    return {
        "id": str(world.application.id),
        "name": world.bot.display,
        "icon": None,
        "description": "",
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "flags": 0,
        "approximate_guild_count": sum(map(world.bot_is_in, world.guilds.values())),
        "approximate_user_install_count": 0,
        "owner": payloads.user(world.application.owner),
        "team": _team(payloads, world.application.team),
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


async def put_commands(context: Context, request: ApiRequest) -> list[Json]:
    """Overwrite the commands of all servers, or those of one."""
    guild_id = parse(request.raw.match_info.get("guild_id")) or 0
    registered = context.commands.replace(guild_id, request.body)
    context.world.emit("commands", None)
    return registered


async def list_commands(context: Context, request: ApiRequest) -> list[Json]:
    """Give the commands of all servers, or those of one."""
    return context.commands.scope(parse(request.raw.match_info.get("guild_id")) or 0)


_COMMANDS = "/applications/{application_id}/commands"
_GUILD_COMMANDS = "/applications/{application_id}/guilds/{guild_id}/commands"

ROUTES: list[Route] = [
    ("GET", "/applications/@me", get),
    ("GET", "/oauth2/applications/@me", get),
    ("PUT", _COMMANDS, put_commands),
    ("GET", _COMMANDS, list_commands),
    ("PUT", _GUILD_COMMANDS, put_commands),
    ("GET", _GUILD_COMMANDS, list_commands),
]
