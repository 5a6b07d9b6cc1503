"""The loopback Discord: the parts assembled, started and stopped."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from aiohttp import web

from playground import images
from playground.attachments import AttachmentStore, Upload
from playground.commands import Registry
from playground.faults import Call, Faults
from playground.gateway import Gateway
from playground.interactions import Interaction
from playground.limits import Limits
from playground.managing import Managing
from playground.messages import Message, Messages
from playground.page_api import PageApi
from playground.payloads import Payloads
from playground.people import Person
from playground.permissions import BOT, EVERYONE, MODERATOR
from playground.rest import Rest
from playground.snowflakes import Snowflakes, parse
from playground.world import Channel, Event, User, World

_PAGE = Path(__file__).parent / "page"
_LOOPBACK_NAMES = {"127.0.0.1", "localhost", "::1"}
_CSP = (
    "default-src 'self'; img-src 'self' data: blob:; connect-src 'self' ws:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
_REMEMBERED = 20_000


class LoopbackDiscord(Managing):
    """A Discord of one server, on this machine only. ``async with`` it; `page` adds the web page."""

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        page: bool = False,
        limits: bool = True,
        clock: Callable[[], float] = time.time,
        token: str | None = None,
    ) -> None:
        self._host, self._port, self._page = host, port, page
        self.clock = clock
        self.token = token or f"loopback.{secrets.token_urlsafe(24)}"
        snowflakes = Snowflakes(clock)
        self.world = World(clock, snowflakes)
        self.store = AttachmentStore(clock, snowflakes)
        self.payloads = Payloads(self.world, self.store)
        self.gateway = Gateway(self.world, self.payloads, self.token)
        self.commands = Registry(snowflakes, self.world.application_id)
        self.messages_of_world = Messages(self.world, self.store)
        self.limits = Limits() if limits else None
        self.faults = Faults()
        self.calls: deque[Call] = deque(maxlen=_REMEMBERED)
        self.interactions: dict[int, Interaction] = {}
        self.by_token: dict[str, Interaction] = {}
        self._changed = asyncio.Event()
        self._runner: web.AppRunner | None = None
        self._furnish()
        self.world.subscribe(self._hear)

    def _furnish(self) -> None:
        """One server with a few channels, two members, a moderator and the bot."""
        world = self.world
        self.moderator = world.add_user("mod", "Morgan", color=0xB86F52)
        self.alice = world.add_user("alice", "Alice", color=0x5E8FB5)
        self.bob = world.add_user("bob", "Bob", color=0x7B9E6B)
        self.mod = self.moderator
        # The moderator must not own the server: an owner may do everything, and would hide missing rights.
        owner = world.add_user("owner", "Olivia", listed=False)
        self.guild = world.add_guild("Atelier Playground", owner, EVERYONE)
        moderators = world.add_role(self.guild, "Moderators", MODERATOR, color=0xB86F52)
        own = world.add_role(self.guild, "Atelier", BOT, managed_by=world.bot.id)
        world.add_member(self.guild, self.moderator, moderators)
        world.add_member(self.guild, self.alice)
        world.add_member(self.guild, self.bob)
        world.add_member(self.guild, world.bot, own)
        self.channel = world.add_channel(self.guild, "pictures")
        self.other_channel = world.add_channel(self.guild, "lounge")
        self.nsfw_channel = world.add_channel(self.guild, "after-dark", nsfw=True)
        self.application_owner = self.moderator
        """Whom the application belongs to: somebody whom a visitor of the page may be."""
        self.application_team: tuple[User, ...] = ()
        """The people of the application's team, its owner first; nobody, if it has none."""
        self._furnish_elsewhere(owner)

    def _furnish_elsewhere(self, owner: User) -> None:
        """A second server of the bot's, one where only its users have installed it, and a conversation without it."""
        world = self.world
        self.second_guild = world.add_guild("Second Server", owner, EVERYONE)
        own = world.add_role(self.second_guild, "Atelier", BOT, managed_by=world.bot.id)
        for user in (self.moderator, self.alice):
            world.add_member(self.second_guild, user)
        world.add_member(self.second_guild, world.bot, own)
        self.second_channel = world.add_channel(self.second_guild, "sketches")
        self.elsewhere = world.add_guild("Another Server", owner, EVERYONE)
        for user in (self.alice, self.bob):
            world.add_member(self.elsewhere, user)
        self.elsewhere_channel = world.add_channel(self.elsewhere, "general")
        self.private_channel = world.private_between(self.alice, self.bob)
        self.loosen_command_permissions = False
        """Whether this server lets everybody use every command, whatever the bot asked for."""

    # Addresses

    @property
    def url(self) -> str:
        """The page's address."""
        return f"http://{self._host}:{self._port}"

    @property
    def api_url(self) -> str:
        """What `DISCORD_API_URL` must be."""
        return f"{self.url}/api/v10"

    @property
    def application_id(self) -> int:
        return self.world.application_id

    @property
    def bot_id(self) -> int:
        return self.world.bot.id

    # Life

    async def __aenter__(self) -> Self:
        app = web.Application(middlewares=[_guard], client_max_size=32 * 1024 * 1024)
        app.add_routes(Rest(self).routes())
        app.router.add_get("/gateway", self.gateway.handle)
        app.router.add_get("/gateway/", self.gateway.handle)
        for root in ("attachments", "ephemeral-attachments"):
            app.router.add_get(f"/{root}/{{channel}}/{{id}}/{{name}}", self._attachment)
        app.router.add_get("/external/{id}/{name}", self._external)
        app.router.add_route("*", "/api/{rest:.*}", _unknown)
        if self._page:
            api = PageApi(self)
            app.add_routes(api.routes())
            app.router.add_get("/", self._index)
            app.router.add_static("/", _PAGE)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        try:
            site = web.TCPSite(self._runner, self._host, self._port)
            await site.start()
        except OSError:
            await self._runner.cleanup()
            raise
        self._port = self._runner.addresses[0][1]
        self.store.base = self.url
        self.gateway.url = f"ws://{self._host}:{self._port}/gateway"
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        await self.gateway.close()
        if self._runner is not None:
            await self._runner.cleanup()

    # Watching

    def touch(self) -> None:
        """Tell every waiter that something changed."""
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def until(self, condition: Callable[[], Any], timeout: float = 10) -> Any:
        """Wait until a condition holds, looking at each change; gives its value."""
        async with asyncio.timeout(timeout):
            while not (value := condition()):
                await self._changed.wait()
        return value

    async def bot_ready(self, timeout: float = 20) -> None:
        """Wait until a bot is connected and has registered its commands."""
        await self.until(lambda: self.gateway.online and self.commands.seen_in(self.guild.id), timeout)

    def messages(self, channel: Channel | None = None) -> list[Message]:
        """The messages of a channel, oldest first."""
        return list((channel or self.channel).messages.values())

    def _hear(self, _: Event) -> None:
        self.touch()

    # Acting

    def person(self, user: User) -> Person:
        """Somebody who uses commands and clicks."""
        return Person(self, user)

    def dm(self, user: User) -> Channel:
        """The bot's conversation with somebody."""
        return self.world.dm_with(user)

    def remember(self, interaction: Interaction) -> None:
        """Keep an interaction for its callback and its token."""
        self.interactions[interaction.id] = interaction
        self.by_token[interaction.token] = interaction
        if len(self.interactions) > _REMEMBERED:
            oldest = self.interactions.pop(next(iter(self.interactions)))
            self.by_token.pop(oldest.token, None)

    def expire_token(self, interaction: Interaction) -> None:
        """Let an interaction's 15 minutes be over."""
        interaction.expired = True

    async def drop_gateway(self, *, resumable: bool = True) -> None:
        """Close the bot's socket."""
        await self.gateway.drop(resumable=resumable)

    def expire_addresses(self) -> None:
        """Let a day pass for every address of a file."""
        self.store.expire()

    def preview(self, image: Upload, channel: Channel) -> dict[str, Any]:
        """The embed that Discord makes of a link to a picture: the stranger's address, and its own copy's."""
        file = self.store.keep(image, channel.id, external=True)
        shown = {
            "url": f"https://example.com/{file.filename}",
            "proxy_url": self.url + file.path,
            "width": file.width,
            "height": file.height,
        }
        return {"type": "image", "url": shown["url"], "thumbnail": shown}

    # Files

    async def _attachment(self, request: web.Request) -> web.Response:
        found = self.store.find(request.rel_url.raw_path, request.query_string)
        if found is None:
            known = self.store.get(parse(request.match_info["id"]) or 0)
            return web.Response(status=404, text="This content is no longer available." if known else "")
        # Only pictures are shown in place: anything else on the page's own origin could speak in its name.
        if images.kind_of(found.data) is None:
            saved = {"Content-Disposition": "attachment"}
            return web.Response(body=found.data, content_type="application/octet-stream", headers=saved)
        return web.Response(body=found.data, content_type=found.content_type)

    async def _external(self, request: web.Request) -> web.Response:
        found = self.store.get(parse(request.match_info["id"]) or 0)
        if found is None or not found.external or images.kind_of(found.data) is None:
            return web.Response(status=404)
        return web.Response(body=found.data, content_type=found.content_type)

    async def _index(self, _: web.Request) -> web.FileResponse:
        return web.FileResponse(_PAGE / "index.html", headers={"Cache-Control": "no-cache"})


async def _unknown(_: web.Request) -> web.Response:
    """Discord's answer for a route that it does not have."""
    return web.json_response({"message": "404: Not Found", "code": 0}, status=404)


@web.middleware
async def _guard(request: web.Request, handler: Callable[[web.Request], Any]) -> web.StreamResponse:
    """Only this machine's own pages may speak to it: a foreign name for this address is refused."""
    if urlsplit(f"//{request.host}").hostname not in _LOOPBACK_NAMES:
        raise web.HTTPForbidden(text="This playground answers on loopback names only.")
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        raise web.HTTPForbidden(text="Another site may not use this playground.")
    response = await handler(request)
    if not response.prepared:
        response.headers.setdefault("Content-Security-Policy", _CSP)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
    return response
