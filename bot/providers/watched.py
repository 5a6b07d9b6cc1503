"""A provider that somebody watches: each request is told as it ends, without prompt, key or query."""

from __future__ import annotations

from collections.abc import Callable

import httpx

from bot.errors import ProviderError
from bot.providers.base import Accepted, Balance, Capabilities, Finished, NotYet, Provider, TaskRequest, Ticket

Seen = Callable[[str, str, str, str], None]
"""Told of a request: its method, host, path and what was answered."""


def watch_requests(client: httpx.AsyncClient, seen: Seen) -> None:
    """Tell of every HTTP request that is answered."""

    async def answered(response: httpx.Response) -> None:
        request = response.request
        seen(request.method, request.url.host, request.url.path, str(response.status_code))

    client.event_hooks["response"].append(answered)


class Watched:
    """Another provider that sends no HTTP requests: its calls are told in their place."""

    def __init__(self, inner: Provider, seen: Seen) -> None:
        self._inner, self._seen = inner, seen

    @property
    def name(self) -> str:
        """The name in ``PROVIDERS``."""
        return self._inner.name

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""
        return self._inner.capabilities

    async def submit(self, request: TaskRequest, *, timeout: float) -> Accepted | Finished:
        """Ask for a picture."""
        try:
            answer = await self._inner.submit(request, timeout=timeout)
        except ProviderError as error:
            self._tell("submit", "", type(error).__name__)
            raise
        self._tell("submit", answer.ticket.remote_id if isinstance(answer, Accepted) else "", "accepted")
        return answer

    async def poll(self, ticket: Ticket) -> NotYet | Finished:
        """Ask how a task stands."""
        try:
            answer = await self._inner.poll(ticket)
        except ProviderError as error:
            self._tell("poll", ticket.remote_id, type(error).__name__)
            raise
        running = isinstance(answer, NotYet)
        self._tell("poll", ticket.remote_id, f"{answer.progress or 0:.0%}" if running else "finished")
        return answer

    async def fetch(self, finished: Finished) -> bytes:
        """Bring the picture's bytes."""
        data = await self._inner.fetch(finished)
        self._tell("fetch", "", f"{len(data) // 1000} kB")
        return data

    async def balance(self) -> Balance | None:
        """What is left at the vendor."""
        return await self._inner.balance()

    def _tell(self, call: str, remote_id: str, answer: str) -> None:
        self._seen(call, self.name, f"/{remote_id[:8]}" if remote_id else "", answer)
