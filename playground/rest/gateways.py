"""The routes that say where the gateway is."""

from __future__ import annotations

from playground.context import Context
from playground.rest.requests import ApiRequest
from playground.rest.routing import Route
from playground.wire import Json


async def get(context: Context, _: ApiRequest) -> Json:
    """Give the gateway's address."""
    return {"url": context.address.gateway_url}


async def get_bot(context: Context, _: ApiRequest) -> Json:
    """Give the gateway's address and how a bot may connect."""
    application = context.world.application
    concurrency = application.max_concurrency
    limit = {"total": 1000, "remaining": 999, "reset_after": 86_400_000, "max_concurrency": concurrency}
    return {"url": context.address.gateway_url, "shards": application.shards, "session_start_limit": limit}


ROUTES: list[Route] = [
    ("GET", "/gateway", get),
    ("GET", "/gateway/bot", get_bot),
]
