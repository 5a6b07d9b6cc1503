"""The operator's HTTP port: health, readiness, metrics, policy and terms, and the vendors' calls back."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType, TracebackType
from typing import Protocol, Self, cast

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from bot.errors import ConfigurationError
from bot.observability.webhook_keys import WebhookKeys, same

_log = structlog.get_logger(__name__)

_BODY_LIMIT = 256 * 1024
_PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "max-age=3600",
}
_SHUTDOWN_SECONDS = 2.0
"""How long a call under way may hold up the end."""


class Hints(Protocol):
    """Who wants to know that a vendor called about a task."""

    def hint(self, remote_id: str) -> None:
        """Ask about this task at once."""
        ...


class WebServer:
    """``async with`` it; ``port`` is the real one afterwards."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        checks: Callable[[], Awaitable[Mapping[str, bool]]],
        registry: CollectorRegistry,
        webhooks: tuple[WebhookKeys, Hints] | None = None,
        metrics_token: str | None = None,
        pages: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Without ``metrics_token`` only this machine may read the metrics, and nobody where vendors call back.

        ``pages`` are the operator's own, as HTML by their names.
        """
        self._host = host
        self.port = port
        self._checks = checks
        self._registry = registry
        self._webhooks = webhooks
        self._metrics_token = metrics_token
        self._pages = pages
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=_BODY_LIMIT)
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/readyz", self._readyz)
        app.router.add_get("/metrics", self._metrics)
        for name in self._pages:
            app.router.add_get(f"/{name}", self._page)
        if self._webhooks is not None:
            app.router.add_post("/webhooks/bfl/{token}", self._webhook)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self.port).start()
        except OSError as error:
            await self._runner.cleanup()
            where = f"{self._host}:{self.port}"
            reason = error.strerror or type(error).__name__
            raise ConfigurationError((f"HTTP_HOST, HTTP_PORT: cannot listen on {where} ({reason.lower()})",)) from None
        self.port = int(self._runner.addresses[0][1])
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _healthz(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def _readyz(self, _: web.Request) -> web.Response:
        checks = await self._checks()
        ready = all(checks.values())
        body = {"status": "ready" if ready else "not ready", **checks}
        return web.json_response(body, status=200 if ready else 503)

    async def _page(self, request: web.Request) -> web.Response:
        return web.Response(text=self._pages[request.path[1:]], content_type="text/html", headers=_PAGE_HEADERS)

    async def _metrics(self, request: web.Request) -> web.Response:
        if self._metrics_token is None:
            # A port that the world reaches, perhaps through a proxy on this machine, tells it no figures.
            if self._webhooks is not None or not _is_loopback(self._host):
                raise web.HTTPNotFound
        elif not same(request.headers.get("Authorization", ""), f"Bearer {self._metrics_token}"):
            raise web.HTTPUnauthorized(headers={"WWW-Authenticate": "Bearer"})
        return web.Response(body=generate_latest(self._registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def _webhook(self, request: web.Request) -> web.Response:
        """A call back is only ever a hint to ask the vendor at once; a result is never taken from it."""
        if self._webhooks is None:
            raise web.HTTPNotFound
        keys, hints = self._webhooks
        if not same(request.match_info["token"], keys.address_token):
            raise web.HTTPNotFound
        raw = await request.read()
        if not keys.proves(raw, {name.lower(): value for name, value in request.headers.items()}):
            _log.warning("webhook without proof")
        remote_id = _id_in(raw)
        if remote_id is not None:
            hints.hint(remote_id)
        return web.Response(status=204)


def _id_in(raw: bytes) -> str | None:
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):  # the latter: brackets nested by the thousand
        return None
    found = cast(dict[str, object], body).get("id") if isinstance(body, dict) else None
    return found if isinstance(found, str) else None


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
