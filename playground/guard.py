"""Access to this Discord: by this machine's own pages and programs only."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web

_LOOPBACK_NAMES = {"127.0.0.1", "localhost", "::1"}
_CSP = (
    "default-src 'self'; img-src 'self' data: blob:; connect-src 'self' ws:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)


@web.middleware
async def loopback_only(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Refuse a foreign name for this address and another site's page; set the headers that protect our own."""
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
