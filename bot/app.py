"""The composition root: opens everything, hands each part what it needs, and closes in reverse."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib
import random
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import discord
import structlog
from pydantic import SecretStr

from bot.admission.arrivals import Arrivals
from bot.admission.checks import Admission
from bot.admission.rate_limits import RateLimits
from bot.admission.standing import Standing
from bot.audit.moderator_log import ModeratorLog
from bot.audit.operator_alerts import OperatorAlerts
from bot.clock import Clock, SystemClock
from bot.config import DEFAULT_DISCORD_API_URL, OPEN_TO_ALL, Settings
from bot.credits.service import CreditService
from bot.drawing.renderer import Renderer
from bot.errors import BadToken, DiscordUnreachable
from bot.gallery.composites import Composites
from bot.gallery.library import PictureLibrary
from bot.gallery.posts import Posts
from bot.gallery.threads import RemixThreads
from bot.generation.events import JobEvents
from bot.generation.outbox import Outbox
from bot.generation.references import ReferenceImages
from bot.generation.results import PaidResults
from bot.generation.service import GenerationService
from bot.generation.steps import TaskSteps
from bot.generation.worker import Worker
from bot.guild_settings.rules import Rules
from bot.guild_settings.store import GuildSettings
from bot.maintenance.retention import Retention
from bot.media.images import ImageProcessor
from bot.models import Model
from bot.moderation.reports import Reports
from bot.moderation.service import Moderation
from bot.observability.http import WebhookKeys, WebServer
from bot.observability.invalid_requests import InvalidRequests
from bot.observability.metrics import Metrics
from bot.privacy.service import PrivacyService
from bot.providers import registry
from bot.providers.base import Capabilities, Provider
from bot.providers.download import DISCORD_HOSTS, fetch_reference
from bot.providers.http import HttpClient, open_client
from bot.storage import Database, folder_beside, open_database, workers
from bot.ui.client import AtelierClient, point_at
from bot.ui.delivery import Delivery
from bot.ui.log_channel import LogChannelPoster
from bot.ui.message_eraser import MessageEraser
from bot.ui.owner_messages import OwnerMessenger
from bot.ui.picture_addresses import current_addresses
from bot.ui.services import Services
from bot.ui.sources import Sources
from bot.ui.thread_headers import ThreadHeaders

_log = structlog.get_logger(__name__)

DRAIN_SECONDS = 8.0
"""How long a stop may take: Docker kills 10 seconds after its signal."""
PLAYGROUND_PORT = 8790
_AUTHENTICATION_FAILED = 4004
"""The gateway's close code for a token that is none (Discord reference)."""


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


@dataclass(frozen=True, slots=True)
class Chores:
    """What runs beside the jobs: none of it is needed for a picture to be made."""

    headers: ThreadHeaders
    eraser: MessageEraser
    log_channel: LogChannelPoster
    owner: OwnerMessenger
    retention: Retention


@dataclass(frozen=True, slots=True)
class _Base:
    """What every part is built on."""

    settings: Settings
    clock: Clock
    rng: random.Random
    database: Database
    http: HttpClient
    images: ImageProcessor
    renderer: Renderer
    providers: dict[str, Provider]
    offers: dict[str, Capabilities]
    webhook_keys: WebhookKeys | None
    events: JobEvents
    invalid_requests: InvalidRequests


@asynccontextmanager
async def assemble(
    settings: Settings, *, clock: Clock | None = None, rng: random.Random | None = None
) -> AsyncGenerator[App]:
    """Open the parts in their order; leaving closes them in reverse."""
    async with AsyncExitStack() as stack:
        base = await _opened(stack, settings, clock or SystemClock(), rng or random.Random())
        client = AtelierClient(
            base.invalid_requests,
            dev_guild_id=settings.discord_dev_guild_id,
            user_install=settings.user_install == "on",
        )
        references = ReferenceImages(_fetch(base), partial(current_addresses, client), base.images, base.clock)
        worker = _worker(base, references)
        base.events.metrics.watch(lambda: worker.waiting, lambda: worker.running)
        guild_settings = GuildSettings(base.database, rules_of(settings), base.clock, base.events.moderator_log)
        standing = Standing(base.database, guild_settings, base.clock, base.events.moderator_log)
        services = _services(base, worker, guild_settings, standing, references, client)
        client.install(services)
        outbox = Outbox(base.database, standing, base.events, base.clock)
        delivery = Delivery(client, outbox, base.images, base.clock, base.rng, base.events.ready_to_deliver)
        if settings.http_port is not None:
            await stack.enter_async_context(_web_server(base, settings.http_port, client, worker))
        chores = _chores(base, client, services, references)
        yield App(settings, client, worker, delivery, outbox, chores, base.providers, base.events.metrics)


async def _opened(stack: AsyncExitStack, settings: Settings, clock: Clock, rng: random.Random) -> _Base:
    database = await stack.enter_async_context(open_database(settings.database_url))
    http = await stack.enter_async_context(open_client())
    images = await stack.enter_async_context(ImageProcessor())
    providers = registry.build(settings, http)
    events, invalid_requests = JobEvents(OperatorAlerts(database, clock), ModeratorLog(), Metrics()), InvalidRequests()
    invalid_requests.alarm = events.alerts.invalid_requests
    events.metrics.watch_invalid_requests(lambda: invalid_requests.count)
    return _Base(
        settings,
        clock,
        rng,
        database,
        http,
        images,
        Renderer(),
        providers,
        {name: _priced(settings, name, provider.capabilities) for name, provider in providers.items()},
        await _webhook_keys(database) if settings.public_url else None,
        events,
        invalid_requests,
    )


def _fetch(base: _Base) -> Callable[[str], Awaitable[bytes]]:
    hosts = _reference_hosts(base.settings)

    async def fetch(url: str) -> bytes:
        return await fetch_reference(base.http, url, hosts=hosts)

    return fetch


def _worker(base: _Base, references: ReferenceImages) -> Worker:
    keys, public_url = base.webhook_keys, base.settings.public_url
    steps = TaskSteps(
        base.database,
        {**registry.retired(base.settings, base.http), **base.providers},
        base.images,
        base.clock,
        references,
        PaidResults(base.database, folder_beside(base.settings.database_url)),
        timeout_seconds=base.settings.job_timeout_seconds,
        webhook=keys.webhook_for(public_url) if keys and public_url else None,
    )
    return Worker(
        base.database,
        steps,
        base.offers,
        base.events,
        base.clock,
        base.rng,
        timeout_seconds=base.settings.job_timeout_seconds,
    )


def _services(
    base: _Base,
    worker: Worker,
    guild_settings: GuildSettings,
    standing: Standing,
    references: ReferenceImages,
    client: AtelierClient,
) -> Services:
    database, clock, events = base.database, base.clock, base.events
    library = PictureLibrary(database)
    admission = Admission(database, guild_settings, standing, events.moderator_log, base.offers, clock, base.rng)
    arrivals = Arrivals()
    generation = GenerationService(database, admission, worker, events, base.offers, clock, base.rng, arrivals)
    return Services(
        generation=generation,
        admission=admission,
        credits=CreditService(database, guild_settings, clock),
        library=library,
        remix_threads=RemixThreads(database, events.thread_changed),
        privacy=PrivacyService(database, clock, events.thread_changed),
        posts=Posts(database),
        composites=Composites(references, base.images, base.renderer),
        guild_settings=guild_settings,
        moderation=Moderation(database, generation, clock, events.moderator_log, base.renderer),
        reports=Reports(database, clock, events.moderator_log),
        sources=Sources(client, library),
        offers=base.offers,
        arrivals=arrivals,
        rate_limits=RateLimits(clock),
        invalid_requests=base.invalid_requests,
    )


def _chores(base: _Base, client: AtelierClient, services: Services, references: ReferenceImages) -> Chores:
    return Chores(
        ThreadHeaders(client, services, references, base.images),
        MessageEraser(client, services.privacy, base.clock),
        LogChannelPoster(client, services.guild_settings, base.events.moderator_log, base.clock, base.invalid_requests),
        OwnerMessenger(client, base.events.alerts),
        Retention(base.database, base.clock, base.settings.keep_jobs_days),
    )


def _web_server(base: _Base, port: int, client: AtelierClient, worker: Worker) -> WebServer:
    token = base.settings.metrics_token
    return WebServer(
        base.settings.http_host,
        port,
        ready=client.is_ready,
        registry=base.events.metrics.registry,
        webhooks=(base.webhook_keys, worker) if base.webhook_keys else None,
        metrics_token=token.get_secret_value() if token else None,
    )


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Assemble the program and serve until ``stop`` is set."""
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
        with _translated_errors():
            await app.client.login(token.get_secret_value() if token else "")
        warn_if_open(app.settings, app.client.application)
        await app.worker.recover(app.client.application_id or 0)
        await _work(app, stop)
    finally:
        await app.client.close()


def warn_if_open(settings: Settings, info: discord.AppInfo | None) -> None:
    """Say in the log when anybody may add the bot, and no ceiling bounds the bill."""
    if info is not None and info.bot_public and settings.high_ceilings:
        _log.warning(OPEN_TO_ALL, variables=", ".join(settings.high_ceilings))


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
        raise
    except (discord.HTTPException, discord.GatewayNotFound, OSError) as error:
        raise DiscordUnreachable(f"Discord cannot be reached ({type(error).__name__}).") from error


async def _connect(client: AtelierClient) -> None:
    with _translated_errors():
        await client.connect()


async def _work(app: App, stop: asyncio.Event) -> None:
    parts: list[asyncio.Task[Any]] = [
        asyncio.create_task(app.worker.run(), name="worker"),
        asyncio.create_task(app.delivery.run(), name="delivery"),
        asyncio.create_task(_connect(app.client), name="gateway"),
        asyncio.create_task(stop.wait(), name="stop"),
    ]
    chores: list[asyncio.Task[Any]] = [
        asyncio.create_task(app.chores.headers.run(), name="headers"),
        asyncio.create_task(app.chores.eraser.run(), name="message eraser"),
        asyncio.create_task(app.chores.log_channel.run(), name="log channel"),
        asyncio.create_task(app.chores.retention.run(), name="retention"),
    ]
    parts.append(asyncio.create_task(app.chores.owner.run(), name="owner"))
    try:
        ended, _ = await asyncio.wait([*parts, *chores], return_when=asyncio.FIRST_COMPLETED)
        for task in ended:
            task.result()
    finally:
        app.chores.headers.stop()
        app.chores.eraser.stop()
        app.chores.log_channel.stop()
        app.chores.retention.stop()
        await asyncio.wait(chores, timeout=DRAIN_SECONDS / 8)
        await app.worker.stop(DRAIN_SECONDS / 2)
        await app.delivery.stop(DRAIN_SECONDS / 4)
        await app.worker.leave()
        await app.chores.log_channel.flush()
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
        member_ceiling=settings.member_daily_credits,
        server_ceiling=settings.server_daily_credits,
        new_member_hours=settings.new_member_hours,
        least_member_hours=settings.new_member_hours,
        allowed_servers=settings.allowed_servers,
        user_install=settings.user_install == "on",
    )


async def _webhook_keys(database: Database) -> WebhookKeys:
    return WebhookKeys(await database.write(workers.secret, "webhooks", secrets.token_hex(32)))


def _reference_hosts(settings: Settings) -> frozenset[str]:
    """Discord's own picture hosts, and the loopback Discord's where one is configured."""
    if settings.discord_api_url == DEFAULT_DISCORD_API_URL:
        return DISCORD_HOSTS
    return DISCORD_HOSTS | {urlsplit(settings.discord_api_url).hostname or ""}
