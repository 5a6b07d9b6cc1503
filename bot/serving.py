"""The running program: which parts go on side by side, and in which order they stop."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Generator
from dataclasses import dataclass
from functools import partial

import discord
import structlog

from bot.background import Background, Part, regardless
from bot.clock import Clock
from bot.config import DEFAULT_DISCORD_API_URL, OPEN_TO_ALL, Settings
from bot.errors import BadToken, ConfigurationError, DatabaseTooNew, DiscordUnreachable
from bot.generation.outbox import Outbox
from bot.generation.worker import Worker
from bot.maintenance.retention import Retention
from bot.observability.metrics import Metrics
from bot.providers.base import Provider
from bot.storage import Database
from bot.ui.client import AtelierClient, point_at
from bot.ui.delivery import Delivery
from bot.ui.log_channel import LogChannelPoster
from bot.ui.message_eraser import MessageEraser
from bot.ui.owner_messages import OwnerMessenger
from bot.ui.progress import WaitingCards
from bot.ui.reply import LOST
from bot.ui.shards import ShardLeases
from bot.ui.thread_headers import ThreadHeaders

_log = structlog.get_logger(__name__)

DRAIN_SECONDS = 8.0
"""How long a stop may take: Docker kills 10 seconds after its signal."""
_AUTHENTICATION_FAILED = 4004
"""The gateway's close code for a token that is none (Discord reference)."""
_FATAL = (BadToken, ConfigurationError, DatabaseTooNew)
"""What no further try can mend."""
_LONGEST_LEASE_PAUSE = 4.0
_LONGEST_LOGIN_PAUSE = 300.0
"""Discord takes a thousand logins a day."""


@dataclass(frozen=True, slots=True)
class App:
    """The assembled program."""

    settings: Settings
    client: AtelierClient
    worker: Worker
    delivery: Delivery
    outbox: Outbox
    chores: Chores
    providers: dict[str, Provider]
    metrics: Metrics
    database: Database
    clock: Clock
    rng: random.Random
    shards: ShardLeases | None = None
    """Where several processes share the bot's shards."""


@dataclass(frozen=True, slots=True)
class Chores:
    """What runs beside the jobs: none of it is needed for a picture to be made."""

    headers: ThreadHeaders
    eraser: MessageEraser
    log_channel: LogChannelPoster
    owner: OwnerMessenger
    retention: Retention
    cards: WaitingCards


async def serve(app: App, stop: asyncio.Event) -> None:
    """Log in, recover, and work until ``stop`` is set; then drain: claim nothing more, let what is under way end.

    Raises ``BadToken``. Whatever else breaks is tried again, each part by itself.
    """
    background = Background(app.clock, app.rng, _FATAL)
    recovered = asyncio.Event()

    async def recover() -> None:
        await app.client.logged_in.wait()
        warn_if_open(app.settings, app.client.application)
        await app.worker.recovery.begin(app.client.application_id or 0)
        recovered.set()

    def then(part: Part) -> Part:
        async def run() -> None:
            await recovered.wait()
            await part()

        return run

    background.start("gateway", partial(_stay_on_discord, app, recovered, stop), longest=_LONGEST_LOGIN_PAUSE)
    background.start("recovery", recover)
    if app.shards is not None:
        background.start("shards", then(app.shards.run), longest=_LONGEST_LEASE_PAUSE)
    background.start("worker", then(app.worker.run))
    if app.database.shared:
        background.start("queue", then(app.worker.queue.run), longest=_LONGEST_LEASE_PAUSE)
        background.start("notices", then(app.worker.hear), longest=_LONGEST_LEASE_PAUSE)
        background.start("sweep", then(app.delivery.sweep), longest=_LONGEST_LEASE_PAUSE)
    background.start("lease", then(app.worker.recovery.keep_lease), longest=_LONGEST_LEASE_PAUSE)
    background.start("delivery", then(app.delivery.run))
    background.start("waiting cards", then(app.chores.cards.run))
    background.start("headers", then(app.chores.headers.run))
    background.start("message eraser", then(app.chores.eraser.run))
    background.start("log channel", then(app.chores.log_channel.run))
    background.start("retention", then(app.chores.retention.run))
    background.start("owner", then(app.chores.owner.run))
    try:
        await background.until(stop)
    finally:
        _log.info("stopping")
        if app.shards is not None and stop.is_set():
            await regardless("hand the shards over", app.shards.hand_over())
        if recovered.is_set():
            await _drain(app, background)
        await regardless("close the connection to Discord", app.client.close())
        await background.end()
        _log.info("stopped", tasks_at_services=app.worker.running)


def warn_if_open(settings: Settings, info: discord.AppInfo | None) -> None:
    """Say in the log when anybody may add the bot, and no ceiling bounds the bill."""
    if info is not None and info.bot_public and settings.high_ceilings:
        _log.warning(OPEN_TO_ALL, variables=", ".join(settings.high_ceilings))


async def _drain(app: App, background: Background) -> None:
    chores = app.chores
    for chore in (chores.headers, chores.eraser, chores.log_channel, chores.retention, chores.cards):
        chore.stop()
    names = ("headers", "message eraser", "log channel", "retention", "waiting cards")
    await background.ended(*names, timeout=DRAIN_SECONDS / 8)
    await regardless("stop the worker", app.worker.stop(DRAIN_SECONDS / 2))
    await regardless("stop delivery", app.delivery.stop(DRAIN_SECONDS / 4))
    await regardless("let go of the lease", app.worker.recovery.leave())
    await regardless("tell the log channels", asyncio.wait_for(app.chores.log_channel.flush(), DRAIN_SECONDS / 8))


async def _stay_on_discord(app: App, recovered: asyncio.Event, stop: asyncio.Event) -> None:
    settings, token = app.settings, app.settings.discord_token
    with _translated_errors():
        if settings.discord_api_url != DEFAULT_DISCORD_API_URL:
            await point_at(settings.discord_api_url)
        await app.client.live(token.get_secret_value() if token else "", recovered)
    if not stop.is_set():
        raise DiscordUnreachable("Discord has ended the connection.")


@contextlib.contextmanager
def _translated_errors() -> Generator[None]:
    """What goes wrong between Discord and us, as errors of ours."""
    try:
        yield
    except discord.LoginFailure:
        raise BadToken("DISCORD_TOKEN: Discord does not know this token.") from None
    except discord.ConnectionClosed as error:
        if error.code == _AUTHENTICATION_FAILED:
            raise BadToken("DISCORD_TOKEN: Discord no longer knows this token.") from None
        raise DiscordUnreachable(f"Discord closed the connection ({error.code}).") from error
    except (discord.GatewayNotFound, *LOST) as error:
        raise DiscordUnreachable(f"Discord cannot be reached ({type(error).__name__}).") from error
