"""The loopback Discord: its parts assembled, started and stopped; and what tests do with it."""

from __future__ import annotations

import secrets
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from aiohttp import web

from playground import sample, welcome
from playground.address import Address
from playground.attachments import AttachmentStore
from playground.behind import Behind
from playground.cdn import Cdn
from playground.changes import Changes
from playground.commands import Registry
from playground.context import Context
from playground.gateway import Gateway
from playground.guard import guarded
from playground.interactions import Interactions
from playground.managing import Managing
from playground.messages import Messages
from playground.model import Channel, Interaction, Message, User
from playground.payloads import Payloads
from playground.people import Person
from playground.rest.api import RestApi
from playground.rest.faults import Call, Faults
from playground.snowflakes import Snowflakes
from playground.web.api import PageApi
from playground.world import APPLICATION_ID, Event, World

T = TypeVar("T")

_PAGE = Path(__file__).parent / "page"
_BODY_LIMIT = 32 * 1024 * 1024
_FRESH = {"Cache-Control": "no-cache"}
"""A browser asks each time whether a file of the page has changed: parts of two versions do not fit together."""


class LoopbackDiscord(Managing):
    """A Discord with the sample community, on this machine only. ``async with`` it; `page` adds the web page."""

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        page: bool = False,
        limits: bool = True,
        clock: Callable[[], float] = time.time,
        token: str | None = None,
        application_id: int = APPLICATION_ID,
        behind: Behind | None = None,
    ) -> None:
        self.token = token or f"loopback.{secrets.token_urlsafe(24)}"
        self._page = page
        self._behind = behind
        self._address = Address(host, port)
        self._changes = Changes()
        self._runner: web.AppRunner | None = None
        snowflakes = Snowflakes(clock)
        self.world = World(clock, snowflakes, application_id)
        self.store = AttachmentStore(clock, snowflakes, self._address)
        self.payloads = Payloads(self.world, self.store)
        self.gateway = Gateway(self.world, self.payloads, self._address, self.token)
        self.commands = Registry(snowflakes, self.world.application.id)
        self.messages_of_world = Messages(self.world, self.store)
        self._add_sample()
        self.context = Context(
            self.world,
            self.store,
            self.payloads,
            self.messages_of_world,
            self.commands,
            Interactions(),
            self._changes,
            self._address,
            self.guild,
            self.channel,
        )
        self.rest = RestApi(self.context, self.token, limited=limits)
        self.world.subscribe(self._on_event)

    def _add_sample(self) -> None:
        """The sample community, each of its parts by name."""
        filled = sample.fill(self.world)
        self.moderator = self.mod = filled.moderator
        self.alice, self.bob = filled.alice, filled.bob
        self.guild, self.channel = filled.guild, filled.channel
        self.other_channel, self.nsfw_channel = filled.other_channel, filled.nsfw_channel
        self.staff_channel = filled.staff_channel
        self.second_guild, self.second_channel = filled.second_guild, filled.second_channel
        self.elsewhere, self.elsewhere_channel = filled.elsewhere, filled.elsewhere_channel
        self.private_channel = filled.private_channel

    # Addresses and ids

    @property
    def url(self) -> str:
        """The page's address."""
        return self._address.url

    @property
    def api_url(self) -> str:
        """What `DISCORD_API_URL` must be."""
        return self._address.api_url

    @property
    def application_id(self) -> int:
        return self.world.application.id

    @property
    def bot_id(self) -> int:
        return self.world.bot.id

    # Life

    async def __aenter__(self) -> Self:
        self._runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        try:
            site = web.TCPSite(self._runner, self._address.host, self._address.port)
            await site.start()
        except OSError:
            await self._runner.cleanup()
            raise
        self._address.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        await self.gateway.close()
        if self._runner is not None:
            await self._runner.cleanup()

    def _application(self) -> web.Application:
        routes = [
            *self.rest.routes(),
            web.get("/gateway", self.gateway.handle),
            web.get("/gateway/", self.gateway.handle),
            *Cdn(self.store).routes(),
            web.route("*", "/api/{rest:.*}", _unknown),
        ]
        if self._page:
            routes += [*PageApi(self.context, self.gateway).routes(), web.get("/", _index)]
            routes += [web.get(f"/{path.name}", _file) for path in _PAGE.iterdir()]
            routes += [web.get("/play/behind", self._switches)]
            routes += self._behind.routes(self.context) if self._behind else []
        app = web.Application(client_max_size=_BODY_LIMIT)
        if self._behind:
            app.on_shutdown.append(self._behind.end)
        app.add_routes(map(guarded, routes))
        return app

    async def _switches(self, _: web.Request) -> web.Response:
        """What the panel behind the scenes can switch; nothing where there is no such panel."""
        return web.json_response([*self._behind.switches] if self._behind else [])

    # Watching

    @property
    def calls(self) -> deque[Call]:
        """The latest REST calls, oldest first."""
        return self.rest.calls

    def touch(self) -> None:
        """Tell every waiter that something changed."""
        self._changes.notify()

    async def until(self, condition: Callable[[], T | None], timeout: float | None = 30) -> T:
        """Wait until a condition's value is true, looking at each change; gives that value."""
        return await self._changes.until(condition, timeout)

    async def bot_ready(self, timeout: float = 30) -> None:
        """Wait until a bot is connected and has registered its commands."""
        await self.until(lambda: self.gateway.online and self.commands.seen_in(self.guild.id), timeout)

    def messages(self, channel: Channel | None = None) -> list[Message]:
        """The messages of a channel, oldest first."""
        return list((channel or self.channel).messages.values())

    def _on_event(self, event: Event) -> None:
        if event.name == "refused" and self._behind:
            self._behind.tell("refused", event.subject)
        self.touch()

    # Acting

    def person(self, user: User) -> Person:
        """Somebody who uses commands and clicks."""
        return Person(self.context, user)

    def dm(self, user: User) -> Channel:
        """The bot's conversation with somebody."""
        return self.world.dm_with(user)

    async def welcome(self) -> None:
        """Have the sample people begin, as soon as a bot is there; see `playground.welcome`."""
        await self.until(lambda: self.gateway.online and self.commands.seen_in(self.guild.id), timeout=None)
        await welcome.begin(self.person(self.moderator), self.person(self.bob), self.channel)

    # What is different from usual

    @property
    def faults(self) -> Faults:
        """The script of what the next REST calls shall meet."""
        return self.rest.faults

    @property
    def application_owner(self) -> User:
        """Whom the application belongs to: somebody whom a visitor of the page may be."""
        return self.world.application.owner

    @application_owner.setter
    def application_owner(self, owner: User) -> None:
        self.world.application.owner = owner

    @property
    def application_team(self) -> tuple[User, ...]:
        """The people of the application's team, its owner first; empty without a team."""
        return self.world.application.team

    @application_team.setter
    def application_team(self, team: tuple[User, ...]) -> None:
        self.world.application.team = team

    @property
    def loosen_command_permissions(self) -> bool:
        """Whether this server lets everybody use every command, whatever the bot asked for."""
        return self.world.application.open_to_everybody

    @loosen_command_permissions.setter
    def loosen_command_permissions(self, loosened: bool) -> None:
        self.world.application.open_to_everybody = loosened

    def expire_token(self, interaction: Interaction) -> None:
        """Let an interaction's 15 minutes be over."""
        interaction.expired = True

    def expire_addresses(self) -> None:
        """Let a day pass for every address of a file."""
        self.store.expire()

    async def drop_gateway(self, *, resumable: bool = True) -> None:
        """Close the bot's socket."""
        await self.gateway.drop(resumable=resumable)


async def _index(_: web.Request) -> web.FileResponse:
    return web.FileResponse(_PAGE / "index.html", headers=_FRESH)


async def _file(request: web.Request) -> web.FileResponse:
    return web.FileResponse(_PAGE / request.path.removeprefix("/"), headers=_FRESH)


async def _unknown(_: web.Request) -> web.Response:
    """Discord's answer for a route that it does not have."""
    return web.json_response({"message": "404: Not Found", "code": 0}, status=404)
