"""The whole bot against a loopback Discord, in one process: what the end-to-end tests and the benchmark start."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot import app as composition
from bot.admission.arrivals import Arrivals
from bot.app import App
from bot.clock import Clock
from bot.config import Settings, load
from bot.storage import Database, ledger, open_database
from bot.ui.words import _
from playground import LoopbackDiscord
from playground.messages import Message
from playground.rest.faults import Call
from tests.support.rows import Rows
from tests.support.storage import HELPERS, database_url


@dataclass
class RunningBot:
    """A running bot and the Discord that it runs on."""

    discord: LoopbackDiscord
    app: App
    settings: Settings
    life: AsyncExitStack = field(default_factory=AsyncExitStack)
    """What ends the bot; empty where somebody else does."""
    rows: Rows = field(init=False)

    def __post_init__(self) -> None:
        self.rows = Rows(self.settings.database_url)

    async def finished(self, message: Message, timeout: float = 30) -> Message:
        """Wait until a message is no longer a placeholder."""
        await self.discord.until(lambda: _("Cancel") not in message.buttons, timeout)
        return message

    async def at_rest(self, timeout: float = 30) -> None:
        """Wait until every job has ended and its entry in the ledger is made."""
        await until(lambda: self.count("jobs", "state NOT IN ('done','failed','cancelled')"), 0, timeout)

    async def count(self, table: str, where: str = "1=1") -> int:
        """How many rows there are."""
        return self.rows.count(table, where)

    async def end(self) -> None:
        """End the bot as a signal would, and wait until it is gone; Discord and the database stay."""
        await self.life.aclose()
        await self.discord.until(lambda: not self.discord.gateway.online)

    @property
    def database(self) -> Database:
        """The bot's own connections."""
        return self.app.database

    async def books(self) -> list[str]:
        """What does not add up; empty when the ledger is exact."""
        return await books(self.settings)

    @property
    def posts(self) -> list[Call]:
        """The REST calls that jobs made: answers, edits, sends."""
        return [
            call for call in self.discord.calls if call.template.startswith(("/interactions", "/webhooks", "/channels"))
        ]


async def until(ask: Callable[[], Awaitable[object]], wanted: object, timeout: float = 30) -> None:
    """Ask the database until it answers as wanted: nothing tells of its changes."""
    async with asyncio.timeout(timeout):
        while await ask() != wanted:
            await asyncio.sleep(0.01)


async def books(settings: Settings) -> list[str]:
    async with open_database(settings.database_url) as database:
        return await database.read(ledger.faults)


def settings_for(folder: Path, server: LoopbackDiscord, **changes: Any) -> Settings:
    """Settings for a test: nothing from the environment, the sandbox without its pause."""
    values: dict[str, Any] = {
        "discord_token": server.token,
        "discord_api_url": server.api_url,
        "database_url": database_url(folder),
        "providers": "sandbox",
        "sandbox_seconds": 0.05,
        "daily_credits": 1000,
        "member_daily_credits": 999,
        "server_daily_credits": 1000,
        "daily_budget_usd": 900,
        "user_jobs": 100,
    }
    return load(None, **(values | changes))


def hurry(app: App) -> None:
    """The library waits two seconds for further servers before it is ready; here all come at once."""
    # An option of the client's, which only a test changes.
    app.client._connection.guild_ready_timeout = 0.1  # pyright: ignore[reportPrivateUsage]


def patient() -> Arrivals:
    """Finds nothing too late within a minute."""
    return Arrivals(too_old_ms=60_000, answerable_ms=60_000)


@asynccontextmanager
async def bot_on(
    server: LoopbackDiscord,
    settings: Settings,
    seed: int = 1,
    *,
    punctual: bool = False,
    clock: Clock | None = None,
    identify_ms: int = 50,
    awaited: bool = True,
    gateway: bool = True,
) -> AsyncGenerator[App]:
    """Start the bot on a server and, if it is ``awaited``, wait until it is ready; leaving drains and closes it.

    Without ``gateway`` it works on what others accept. Only a ``punctual`` one refuses what it can hardly answer in
    time: how slow a machine is shall fail no test.
    """
    arrivals = Arrivals() if punctual else patient()
    rng = random.Random(seed)
    async with composition.assemble(
        settings, clock=clock, rng=rng, arrivals=arrivals, identify_ms=identify_ms, gateway=gateway
    ) as app:
        hurry(app)
        if not punctual:
            app.database.patience_s = 20
        stop = asyncio.Event()
        running = asyncio.create_task(composition.serve(app, stop))
        ready = asyncio.create_task(server.bot_ready())
        await asyncio.wait([running, ready], return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            ready.cancel()
            running.result()
        while awaited and not app.client.connected:  # of two bots on this Discord the other one may be
            await asyncio.sleep(0.01)
        try:
            yield app
        finally:
            stop.set()
            await running


@asynccontextmanager
async def running_bot(
    folder: Path,
    *,
    server: LoopbackDiscord | None = None,
    punctual: bool = False,
    clock: Clock | None = None,
    **changes: Any,
) -> AsyncGenerator[RunningBot]:
    """A loopback Discord with the bot on it."""
    async with server or LoopbackDiscord(limits=False) as discord_server, AsyncExitStack() as life:
        if not punctual:
            discord_server.context.interactions.acknowledge_seconds = 60
        settings = settings_for(folder, discord_server, **changes)
        app = await life.enter_async_context(bot_on(discord_server, settings, punctual=punctual, clock=clock))
        for seed in range(100, 100 + HELPERS):
            no_port = settings.model_copy(update={"http_port": None})
            helper = bot_on(discord_server, no_port, seed, clock=clock, awaited=False, gateway=False)
            await life.enter_async_context(helper)
        yield RunningBot(discord_server, app, settings, life)


@asynccontextmanager
async def restarted(home: RunningBot, clock: Clock | None = None) -> AsyncGenerator[RunningBot]:
    """The bot ends, and only then another begins on the same Discord and database."""
    await home.end()
    async with bot_on(home.discord, home.settings, seed=2, clock=clock) as app:
        yield RunningBot(home.discord, app, home.settings)
