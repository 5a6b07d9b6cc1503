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


_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def guarded(route: web.RouteDef) -> web.RouteDef:
    """The route, closed to foreign names for this address and to other sites' pages, with headers that protect our own.

    No middleware: aiohttp caches a handler with its middlewares for the life of the process, and by it the whole world
    behind the handler, of a Discord that was closed long ago.
    """
    handler: _Handler = route.handler  # pyright: ignore[reportAssignmentType] - a view class, says aiohttp; here none is

    async def serve(request: web.Request) -> web.StreamResponse:
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

    return web.RouteDef(route.method, route.path, serve, route.kwargs)
