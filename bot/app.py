"""The composition root: opens everything, hands each part what it needs, and closes in reverse."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import random
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import structlog

from bot.admission.arrivals import Arrivals
from bot.admission.checks import Admission
from bot.admission.rate_limits import RateLimits
from bot.admission.standing import Standing
from bot.audit.moderator_log import ModeratorLog
from bot.audit.operator_alerts import OperatorAlerts
from bot.clock import Clock, SystemClock
from bot.config import DEFAULT_DISCORD_API_URL, Settings
from bot.credits.service import CreditService
from bot.drawing.renderer import Renderer
from bot.errors import CannotWrite, ConfigurationError
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
from bot.observability.invalid_requests import InvalidRequests
from bot.observability.metrics import Metrics
from bot.observability.webhook_keys import WebhookKeys
from bot.privacy.service import PrivacyService
from bot.providers import registry
from bot.providers.base import Capabilities, Provider
from bot.providers.download import DISCORD_HOSTS, fetch_reference
from bot.providers.http import HttpClient, open_client
from bot.serving import App, Chores, serve
from bot.storage import Database, checkup, folder_beside, open_database, workers
from bot.storage.shards import Holder
from bot.ui.client import AtelierClient
from bot.ui.delivery import Delivery
from bot.ui.discord_calls import tracing
from bot.ui.log_channel import LogChannelPoster
from bot.ui.message_eraser import MessageEraser
from bot.ui.owner_messages import OwnerMessenger
from bot.ui.picture_addresses import current_addresses
from bot.ui.progress import WaitingCards
from bot.ui.services import Services
from bot.ui.shards import IDENTIFY_MS, ShardLeases
from bot.ui.sources import Sources
from bot.ui.thread_headers import ThreadHeaders

if TYPE_CHECKING:
    from bot.observability.http import WebServer

_log = structlog.get_logger(__name__)

_OPENING_PAUSE = 3.0
"""Seconds between two tries to open the database."""
_GARBAGE = (50_000, 20, 50)
"""When Python looks for garbage: after so many new objects, and after so many looks in more, and in all of them."""


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
    arrivals: Arrivals


@asynccontextmanager
async def assemble(
    settings: Settings,
    *,
    clock: Clock | None = None,
    rng: random.Random | None = None,
    arrivals: Arrivals | None = None,
    identify_ms: int = IDENTIFY_MS,
    gateway: bool = True,
    build: Callable[[Settings, HttpClient], dict[str, Provider]] = registry.build,
) -> AsyncGenerator[App]:
    """Open the parts in their order; leaving closes them in reverse.

    Without ``gateway`` it works on what other processes accept, and hears nothing of Discord's.
    """
    async with AsyncExitStack() as stack:
        parts = clock or SystemClock(), rng or random.Random(), arrivals or Arrivals()
        base = await _opened(stack, settings, *parts, build)
        client = AtelierClient(
            tracing(base.events.metrics, base.invalid_requests, base.arrivals),
            dev_guild_id=settings.discord_dev_guild_id,
            user_install=settings.user_install == "on",
            gateway=gateway,
        )
        references = ReferenceImages(_fetch(base), partial(current_addresses, client), base.images, base.clock)
        worker = _worker(base, references)
        worker.watch()
        if not gateway and not base.database.shared:
            raise ConfigurationError(("DATABASE_URL: `atelier work` needs the PostgreSQL server of the others",))
        ready = _ready(base.database, client, worker, gateway=gateway)
        base.events.metrics.watch_ready(ready)
        guild_settings = GuildSettings(base.database, rules_of(settings), base.clock, base.events.moderator_log)
        standing = Standing(base.database, guild_settings, base.clock, base.events.moderator_log)
        services = _services(base, worker, guild_settings, standing, references, client)
        client.install(services)
        outbox = Outbox(base.database, standing, base.events, base.clock, worker.id)
        cards = WaitingCards(client, outbox, base.events.progress, base.clock, base.invalid_requests)
        delivery = Delivery(client, outbox, base.images, base.clock, base.rng, base.events.ready_to_deliver, cards)
        if settings.http_port is not None:
            await stack.enter_async_context(_web_server(base, settings.http_port, ready, worker))
        chores = _chores(base, client, services, references, cards)
        if gateway:
            client.leases = _leases(base, client, worker.id, identify_ms)
            client.unleased = base.clock if base.database.shared else None
        yield App(
            settings,
            client,
            worker,
            delivery,
            outbox,
            chores,
            base.providers,
            base.events.metrics,
            base.database,
            base.clock,
            base.rng,
            client.leases,
        )


async def _opened(
    stack: AsyncExitStack,
    settings: Settings,
    clock: Clock,
    rng: random.Random,
    arrivals: Arrivals,
    build: Callable[[Settings, HttpClient], dict[str, Provider]],
) -> _Base:
    database = await stack.enter_async_context(open_database(settings.database_url))
    if moved := await database.read(checkup.moved_away):  # at once; the lease, which comes after the login, looks again
        raise ConfigurationError((moved,))
    if not database.shared and await database.read(checkup.in_use, clock.now()):
        _log.warning(
            "another process works on this database, or has crashed: what it left is taken over within seconds"
        )
    http = await stack.enter_async_context(open_client())
    images = await stack.enter_async_context(ImageProcessor())
    providers = build(settings, http)
    events, invalid_requests = JobEvents(OperatorAlerts(database, clock), ModeratorLog(), Metrics()), InvalidRequests()
    invalid_requests.alarm = events.alerts.invalid_requests
    events.metrics.watch_invalid_requests(lambda: invalid_requests.count)
    database.wrote = events.metrics.wrote
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
        arrivals,
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
        base.arrivals,
        timeout_seconds=base.settings.job_timeout_seconds,
    )


def _leases(base: _Base, client: AtelierClient, worker: str, identify_ms: int) -> ShardLeases | None:
    """Where several processes share the bot's shards; None where this one connects as all of them."""
    share = base.settings.shards
    if share is None:
        return None
    changed = base.events.shards_changed
    return ShardLeases(base.database, base.clock, client, changed, Holder(worker, 0, share), identify_ms)


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
    generation = GenerationService(database, admission, worker, events, base.offers, clock, base.rng, base.arrivals)
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
        arrivals=base.arrivals,
        rate_limits=RateLimits(clock),
        invalid_requests=base.invalid_requests,
    )


def _chores(
    base: _Base, client: AtelierClient, services: Services, references: ReferenceImages, cards: WaitingCards
) -> Chores:
    return Chores(
        ThreadHeaders(client, services, references, base.images, base.clock),
        MessageEraser(client, services.privacy, base.clock),
        LogChannelPoster(client, services.guild_settings, base.events.moderator_log, base.clock, base.invalid_requests),
        OwnerMessenger(client, base.events.alerts),
        Retention(base.database, base.clock, base.settings.keep_jobs_days, base.events.metrics.ledger_faults),
        cards,
    )


def _web_server(base: _Base, port: int, ready: Mapping[str, Callable[[], bool]], worker: Worker) -> WebServer:
    # Here, since they take 4 MB, which a bot without a port has no use for.
    from bot import legal  # noqa: PLC0415
    from bot.observability.http import WebServer  # noqa: PLC0415

    token = base.settings.metrics_token
    return WebServer(
        base.settings.http_host,
        port,
        checks=partial(_checks, base.database, ready),
        registry=base.events.metrics.registry,
        webhooks=(base.webhook_keys, worker) if base.webhook_keys else None,
        metrics_token=token.get_secret_value() if token else None,
        pages=legal.pages(base.settings),
    )


async def run(settings: Settings, stop: asyncio.Event, *, gateway: bool = True) -> None:
    """Assemble the program and serve until ``stop`` is set."""
    async with AsyncExitStack() as stack:
        app = await _assembled(stack, settings, stop, gateway)
        if app is None:
            return
        freezing = asyncio.create_task(_freeze(app.client.logged_in))
        try:
            await serve(app, stop)
        finally:
            freezing.cancel()


async def _freeze(loaded: asyncio.Event) -> None:
    """What a login has loaded stays: each full collection would look through it again, for tens of milliseconds.

    And a crowd's requests are alive until they are answered: looking for garbage among them took a tenth of the time.
    """
    await loaded.wait()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GARBAGE)


async def _assembled(stack: AsyncExitStack, settings: Settings, stop: asyncio.Event, gateway: bool) -> App | None:
    """The open program, once the database takes what a start writes; None if ``stop`` came first."""
    refused = False
    while not stop.is_set():
        try:
            return await stack.enter_async_context(assemble(settings, gateway=gateway))
        except CannotWrite as error:
            if not refused:
                _log.error("database cannot be opened: it is tried again from now on", fault=error.fault)
            refused = True
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), _OPENING_PAUSE)
    return None


def _ready(
    database: Database, client: AtelierClient, worker: Worker, *, gateway: bool
) -> dict[str, Callable[[], bool]]:
    """What has to be true for a picture to be made now."""
    parts: dict[str, Callable[[], bool]] = {
        "database": lambda: database.writable,
        "providers": lambda: worker.queue.any_awake,
    }
    return {"gateway": lambda: client.connected, **parts} if gateway else parts


async def _checks(database: Database, ready: Mapping[str, Callable[[], bool]]) -> dict[str, bool]:
    """The same, once the database was asked."""
    writable = await database.takes_writes()
    return {name: works() for name, works in ready.items()} | {"database": writable}


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
