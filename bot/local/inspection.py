"""What happens in a running bot, told as it happens, and troubles on request: for the playground alone."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

from bot.clock import MovableClock, WakeSignal
from bot.config import Settings
from bot.models import Member, Place
from bot.providers import registry
from bot.providers.base import Provider
from bot.providers.http import HttpClient
from bot.providers.sandbox import Sandbox
from bot.providers.watched import Watched, watch_requests
from bot.serving import App
from bot.storage import Connection, inspection, ledger
from bot.storage.ledger import LedgerEntry

HOUR_MS = 60 * 60 * 1000
Facts = Mapping[str, str | None]
Tell = Callable[[str, Facts], None]
"""Told of something: its kind (``job``, ``request``, ``booking``) and what is known of it."""
Visitor = Mapping[str, int | tuple[int, ...]]
"""Who uses a switch: ``member``, ``guild``, ``channel`` and the member's ``roles``, by their ids."""


class Inspection:
    """Watches the bot, through restarts; what is switched happens on the way that real trouble takes."""

    def __init__(self, settings: Settings, tell: Tell) -> None:
        self.clock = MovableClock()
        self.ending = asyncio.Event()
        """Set to end the bot that runs now; another begins."""
        self.first_rule: tuple[int, int, int] | None = None
        """A server without rules of its own, a moderator there, and the log channel that this one sets."""
        self._tell = tell
        self._wake = WakeSignal()
        self._app: App | None = None
        self._jobs: dict[int, inspection.Standing] = {}
        self._sandbox: Sandbox | None = None
        if "sandbox" in settings.provider_order:  # a vendor goes on while the bot is restarted
            self._sandbox = Sandbox(settings.sandbox_seconds, clock=lambda: self.clock.monotonic() / 1000)

    def build(self, settings: Settings, client: HttpClient) -> dict[str, Provider]:
        """The providers, watched."""
        watch_requests(client, self._requested)
        providers = registry.build(settings, client)
        if self._sandbox is not None:
            providers["sandbox"] = Watched(self._sandbox, self._requested)
        return providers

    @property
    def switches(self) -> dict[str, Callable[[Visitor], Awaitable[str]]]:
        """What a visitor can have happen, by name; some answer with a number."""
        found: dict[str, Callable[[Visitor], Awaitable[str]]] = {}
        for mark in ("slow", "moderated", "error") if self._sandbox is not None else ():
            found[mark] = lambda _, mark=mark: self._trouble(mark)
        return found | {"broke": self._spend, "hour": self._later, "restart": self._restart}

    @asynccontextmanager
    async def watching(self, app: App) -> AsyncGenerator[None]:
        """Tell of what an open bot writes, until it is closed."""
        last = await app.database.read(inspection.newest_booking)
        wrote = app.database.wrote

        def told(seconds: float) -> None:
            if wrote is not None:
                wrote(seconds)
            self._wake.notify()

        app.database.wrote, self._app = told, app
        task = asyncio.create_task(self._watch(app, last))
        try:
            yield
        finally:
            self._app = None
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _watch(self, app: App, last: int) -> None:
        while True:
            await self._wake.event.wait()
            self._wake.take()
            for one in await app.database.read(inspection.standings, tuple(self._jobs)):
                if one != self._jobs.get(one.id):
                    facts = {"code": one.code, "member": str(one.member_id), "tasks": ", ".join(one.tasks)}
                    self._tell("job", {**facts, "state": one.state})
                self._jobs[one.id] = one
                if one.finished:
                    del self._jobs[one.id]
            for booking in await app.database.read(inspection.bookings_after, last):
                last = booking.id
                facts = {"code": booking.code, "member": str(booking.member_id), "credits": str(booking.credits)}
                self._tell("booking", {**facts, "what": booking.kind})

    def _requested(self, method: str, host: str, path: str, answer: str) -> None:
        self._tell("request", {"method": method, "host": host, "path": path, "answer": answer})

    # Switches

    async def _trouble(self, mark: str) -> str:
        if self._sandbox is not None:
            self._sandbox.next = f"[{mark}]"
        return ""

    async def _spend(self, visitor: Visitor) -> str:
        """Book all that a member has left, as if it had been used just now; gives how much that was."""
        app, roles = self._app, visitor["roles"]
        ids = [value for name in ("member", "guild", "channel") if isinstance(value := visitor[name], int)]
        if app is None or len(ids) != 3 or not isinstance(roles, tuple):
            return ""
        member, place = Member(ids[0], "", roles), Place(ids[2], ids[1])
        usage = await app.client.credits.usage(member, place)
        if usage.left:
            granted = min(usage.granted, usage.left)
            await app.database.write(_use_up, member, place, usage.left, granted, self.clock.now())
        return "unlimited" if usage.left is None else str(usage.left)

    async def _later(self, _: Visitor) -> str:
        self.clock.put_forward(HOUR_MS)
        return ""

    async def _restart(self, _: Visitor) -> str:
        self.ending.set()
        return ""


def _use_up(connection: Connection, member: Member, place: Place, credits: int, granted: int, now: int) -> None:
    entry = LedgerEntry(None, place.guild_id, member.id, "reserve", credits, now, now)
    drawn = LedgerEntry(None, place.guild_id, member.id, "draw", granted, now, now)
    ledger.append(connection, entry, drawn)
