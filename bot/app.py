"""The composition root: opens everything, hands each part what it needs, and closes in reverse."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib
import random
import secrets
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

import discord
import httpx
import structlog
from pydantic import SecretStr

from bot import __version__
from bot.admission.checks import Admission
from bot.admission.standing import Standing
from bot.audit.moderator_log import ModeratorLog
from bot.audit.operator_alerts import OperatorAlerts
from bot.clock import Clock, SystemClock, WakeSignal
from bot.config import DEFAULT_DISCORD_API_URL, Settings
from bot.drawing.renderer import Renderer
from bot.errors import BadToken, DiscordUnreachable
from bot.gallery.composites import Composites
from bot.gallery.library import PictureLibrary
from bot.gallery.threads import RemixThreads
from bot.generation.polling import Pacer
from bot.generation.references import ReferenceImages
from bot.generation.service import GenerationService
from bot.generation.steps import TaskSteps
from bot.generation.worker import Worker
from bot.guild_settings.rules import Rules
from bot.guild_settings.store import GuildSettings
from bot.media.images import ImageProcessor
from bot.models import Model, Reference
from bot.moderation.service import Moderation
from bot.observability.http import WebhookKeys, WebServer
from bot.observability.metrics import Metrics
from bot.privacy.service import PrivacyService
from bot.providers import registry
from bot.providers.base import Capabilities, Provider
from bot.providers.download import fetch_reference
from bot.storage import Database, workers
from bot.ui.client import AtelierClient, point_at
from bot.ui.delivery import Delivery
from bot.ui.interactions import Services
from bot.ui.log_channel import LogChannelPoster
from bot.ui.message_eraser import MessageEraser
from bot.ui.owner_messages import OwnerMessenger
from bot.ui.thread_headers import ThreadHeaders

_log = structlog.get_logger(__name__)

DRAIN_SECONDS = 20.0
_DISCORD_HOSTS = frozenset(
    {"cdn.discordapp.com", "media.discordapp.net", "images-ext-1.discordapp.net", "images-ext-2.discordapp.net"}
)
"""Where Discord keeps attachments, and its own copies of the pictures behind links."""
PLAYGROUND_PORT = 8790
_AUTHENTICATION_FAILED = 4004
"""The gateway's close code for a token that is none (Discord reference)."""


@dataclass(frozen=True, slots=True)
class App:
    """The assembled house."""

    settings: Settings
    client: AtelierClient
    generation: GenerationService
    worker: Worker
    delivery: Delivery
    headers: ThreadHeaders
    erasure: MessageEraser
    log_book: LogChannelPoster
    owner: OwnerMessenger
    providers: dict[str, Provider]
    metrics: Metrics


def http_client() -> httpx.AsyncClient:
    """The one HTTP client: pooled, never following a redirect by itself, never reading proxies' settings."""
    return httpx.AsyncClient(
        headers={"User-Agent": f"Atelier/{__version__}"},
        timeout=httpx.Timeout(30.0, connect=10.0, pool=30.0),
        limits=httpx.Limits(max_connections=200, max_keepalive_connections=50, keepalive_expiry=30.0),
        follow_redirects=False,
    )


@asynccontextmanager
async def assemble(
    settings: Settings, *, clock: Clock | None = None, rng: random.Random | None = None
) -> AsyncGenerator[App]:
    """Open the parts in their order; leaving closes them in reverse."""
    clock, rng = clock or SystemClock(), rng or random.Random()
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(Database.open(settings.database_url))
        http = await stack.enter_async_context(http_client())
        processor = await stack.enter_async_context(ImageProcessor())
        renderer = Renderer()
        providers = registry.build(settings, http)
        offers = {name: _priced(settings, name, provider.capabilities) for name, provider in providers.items()}
        keys = await _webhook_keys(database) if settings.public_url else None
        outbox, thread_changed, metrics = WakeSignal(), WakeSignal(), Metrics()
        moderator_log, alerts = ModeratorLog(), OperatorAlerts(database, clock)
        guild_settings = GuildSettings(database, rules_of(settings), clock, moderator_log)
        conduct = Standing(database, guild_settings, clock, moderator_log)
        admission = Admission(database, guild_settings, conduct, moderator_log, offers, clock, rng)

        async def fetch(url: str) -> bytes:
            return await fetch_reference(http, url, hosts=_reference_hosts(settings))

        async def refresh(stale: Sequence[Reference]) -> list[str | None]:
            return await client.sources.fresh(stale)

        references = ReferenceImages(fetch, refresh, processor, clock)
        steps = TaskSteps(
            database,
            providers,
            processor,
            clock,
            references,
            timeout_seconds=settings.job_timeout_seconds,
            webhook=keys.webhook_for(settings.public_url) if keys and settings.public_url else None,
        )
        worker = Worker(
            database,
            steps,
            offers,
            clock,
            Pacer(),
            rng,
            ready_to_deliver=outbox,
            timeout_seconds=settings.job_timeout_seconds,
            metrics=metrics,
            trouble=alerts.trouble,
        )
        metrics.watch(lambda: worker.waiting, lambda: worker.running)
        generation = GenerationService(
            database,
            worker,
            offers,
            admission,
            guild_settings,
            conduct,
            clock,
            rng,
            ready_to_deliver=outbox,
            thread_changed=thread_changed,
            alerts=alerts,
            metrics=metrics,
        )
        services = Services(
            generation,
            PictureLibrary(database),
            RemixThreads(database, thread_changed),
            PrivacyService(database, clock, thread_changed),
            Composites(references, processor, renderer),
            guild_settings,
            Moderation(database, generation, clock, moderator_log, renderer),
            offers,
        )
        client = AtelierClient(services, dev_guild_id=settings.discord_dev_guild_id)
        headers = ThreadHeaders(client, services, references, processor)
        erasure = MessageEraser(client, services.privacy, clock)
        log_book = LogChannelPoster(client, guild_settings, moderator_log, clock)
        owner = OwnerMessenger(client, alerts)
        delivery = Delivery(client, generation, processor, clock, rng, outbox)
        if settings.http_port is not None:
            web = WebServer(
                settings.http_host,
                settings.http_port,
                ready=client.is_ready,
                registry=metrics.registry,
                webhooks=(keys, worker) if keys else None,
            )
            await stack.enter_async_context(web)
        yield App(settings, client, generation, worker, delivery, headers, erasure, log_book, owner, providers, metrics)


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Assemble the house and serve until ``stop`` is set."""
    if settings.discord_api_url != DEFAULT_DISCORD_API_URL:
        await point_at(settings.discord_api_url)
    async with assemble(settings) as app:
        # What is loaded now stays: a full collection would look through all of it again, for tens of milliseconds.
        gc.collect()
        gc.freeze()
        await serve(app, stop)


async def serve(app: App, stop: asyncio.Event) -> None:
    """Log in, recover, and work until ``stop`` is set; then drain: claim nothing more, let what is under way end.

    Raises ``BadToken`` or ``DiscordUnreachable``; any other part that breaks takes the process down, since the next
    start recovers.
    """
    token = app.settings.discord_token
    try:
        with _spoken_plainly():
            await app.client.login(token.get_secret_value() if token else "")
        await app.worker.recover()
        await _work(app, stop)
    finally:
        await app.client.close()


@contextlib.contextmanager
def _spoken_plainly() -> Generator[None]:
    """What goes wrong between Discord and us, as errors of ours."""
    try:
        yield
    except discord.LoginFailure:
        raise BadToken("DISCORD_TOKEN: Discord does not know this token.") from None
    except discord.ConnectionClosed as error:
        if error.code == _AUTHENTICATION_FAILED:
            raise BadToken("DISCORD_TOKEN: Discord no longer knows this token.") from None
        raise
    except (discord.HTTPException, discord.GatewayNotFound, OSError) as error:
        raise DiscordUnreachable(f"Discord cannot be reached ({type(error).__name__}).") from error


async def _connect(client: AtelierClient) -> None:
    with _spoken_plainly():
        await client.connect()


async def _work(app: App, stop: asyncio.Event) -> None:
    parts: list[asyncio.Task[Any]] = [
        asyncio.create_task(app.worker.run(), name="worker"),
        asyncio.create_task(app.delivery.run(), name="delivery"),
        asyncio.create_task(_connect(app.client), name="gateway"),
        asyncio.create_task(stop.wait(), name="stop"),
    ]
    chores: list[asyncio.Task[Any]] = [
        asyncio.create_task(app.headers.run(), name="headers"),
        asyncio.create_task(app.erasure.run(), name="erasure"),
        asyncio.create_task(app.log_book.run(), name="log book"),
    ]
    parts.append(asyncio.create_task(app.owner.run(), name="owner"))
    try:
        ended, _ = await asyncio.wait([*parts, *chores], return_when=asyncio.FIRST_COMPLETED)
        for task in ended:
            task.result()
    finally:
        app.headers.stop()
        app.erasure.stop()
        app.log_book.stop()
        await asyncio.wait(chores, timeout=DRAIN_SECONDS / 4)
        await app.worker.stop(DRAIN_SECONDS)
        await app.delivery.stop(DRAIN_SECONDS / 2)
        await app.log_book.flush()
        await app.client.close()
        for task in (*parts, *chores):
            task.cancel()
        await asyncio.gather(*parts, *chores, return_exceptions=True)


@asynccontextmanager
async def playground(settings: Settings) -> AsyncGenerator[tuple[Settings, str]]:
    """The embedded Discord, loaded by name: the bot never imports it. Gives settings that point at it, and its page."""
    server: Any = importlib.import_module("playground.server")
    async with AsyncExitStack() as stack:
        local: Any = None
        with contextlib.suppress(OSError):
            local = await stack.enter_async_context(server.LoopbackDiscord(port=PLAYGROUND_PORT, page=True))
        if local is None:  # the usual port is taken
            local = await stack.enter_async_context(server.LoopbackDiscord(port=0, page=True))
        token = settings.model_copy(update={"discord_token": SecretStr(local.token), "discord_api_url": local.api_url})
        yield token, str(local.url)


def _priced(settings: Settings, name: str, offer: Capabilities) -> Capabilities:
    """What a provider offers, at the operator's prices where they know better."""
    prices = {
        model: round(settings.price_list[f"{name}.{model}"] * 1_000_000)
        for model in Model
        if f"{name}.{model}" in settings.price_list
    }
    return replace(offer, prices={**offer.prices, **prices}) if prices else offer


def rules_of(settings: Settings) -> Rules:
    """The operator's defaults, which hold where a server has set nothing."""
    return replace(
        Rules(),
        daily_credits=settings.daily_credits,
        user_jobs=settings.user_jobs,
        daily_budget_microusd=settings.daily_budget_microusd,
    )


async def _webhook_keys(database: Database) -> WebhookKeys:
    async with database.write() as connection:
        return WebhookKeys(await workers.secret(connection, "webhooks", secrets.token_hex(32)))


def _reference_hosts(settings: Settings) -> frozenset[str]:
    """Discord's own picture hosts, and the loopback Discord's where one is configured."""
    if settings.discord_api_url == DEFAULT_DISCORD_API_URL:
        return _DISCORD_HOSTS
    return _DISCORD_HOSTS | {urlsplit(settings.discord_api_url).hostname or ""}
