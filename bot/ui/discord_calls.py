"""Watches the calls to Discord's API: how many it refuses, and how long interactions wait for their first answer."""

from __future__ import annotations

import re

import aiohttp
from discord.http import Route
from discord.utils import DISCORD_EPOCH

from bot.admission.arrivals import Arrivals
from bot.observability.invalid_requests import InvalidRequests
from bot.observability.metrics import Metrics

_ANSWER = re.compile(r"/interactions/(\d+)/[^/]+/callback")


def tracing(metrics: Metrics, invalid_requests: InvalidRequests, arrivals: Arrivals) -> aiohttp.TraceConfig:
    """For the library's HTTP session, which commands and webhooks share."""

    async def answered(_session: object, _context: object, params: aiohttp.TraceRequestEndParams) -> None:
        url, status = str(params.url), params.response.status
        if not url.startswith(Route.BASE):  # its picture store
            return
        metrics.discord_called(str(status))
        shared = params.response.headers.get("X-RateLimit-Scope") == "shared"
        invalid_requests.answered(status, shared=shared)
        answer = _ANSWER.search(url)
        if answer is not None and (status < 300 or status == 404):  # 404: it came too late
            metrics.answered(arrivals.age_ms((int(answer[1]) >> 22) + DISCORD_EPOCH))

    async def lost(_session: object, _context: object, params: aiohttp.TraceRequestExceptionParams) -> None:
        if str(params.url).startswith(Route.BASE):
            metrics.discord_called("lost")

    trace = aiohttp.TraceConfig()
    trace.on_request_end.append(answered)
    trace.on_request_exception.append(lost)
    return trace
