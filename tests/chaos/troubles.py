"""What goes wrong around a life of the bot while people use it: vendors, Discord, disk, clocks."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, closing, suppress
from typing import TYPE_CHECKING, Any, Self

import psycopg

from bot.storage.pipeline import EVERYTHING
from tests.chaos.dials import Disk
from tests.chaos.launcher import Process
from tests.chaos.schedule import Life, Trouble
from tests.standins.faults import Fault
from tests.standins.vendor import VendorStandIn

if TYPE_CHECKING:
    from tests.chaos.world import World

_SUBMIT = (
    Fault.status(429, retry_after="1"),
    Fault.status(429),
    Fault.status(400),
    Fault.status(402),
    Fault.status(500),
    Fault.status(503),
    Fault.html(code=502),
    Fault.silence(),
    Fault.close(),
    Fault.garbage(),
    Fault.html(),
    Fault.moderated("content", "unsafe"),
    Fault.moderated("request", "unsafe", code=400),
    Fault.error(),
)
_POLL = (
    Fault.status(500),
    Fault.status(503),
    Fault.close(),
    Fault.garbage(),
    Fault.html(code=502),
    Fault.unknown_status(),
    Fault.moderated(),
    Fault.error(),
)
_DOWNLOAD = (
    Fault.status(503),
    Fault.expired(),
    Fault.truncated(),
    Fault.cut(),
    Fault.wrong_content(),
    Fault.close(),
)
_SKEW_MS = 20 * 60_000
_HOUR_MS = 60 * 60_000
_STEPS = 12
_CUT_OFF = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = 'atelier'"""


class Troubles:
    """``async with`` it around a life: the troubles come at moments of their own, and are over at its end."""

    def __init__(self, world: World, process: Process, life: Life) -> None:
        self._world = world
        self._process = process
        self._life = life
        self._rng = random.Random(life.seed)
        self._under_way: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        for trouble in self._life.troubles:
            self._world.figures.troubles[trouble] += 1
            self._under_way.append(asyncio.create_task(self._befall(trouble, self._rng.random() * 0.4)))
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._under_way:
            task.cancel()
        for outcome in await asyncio.gather(*self._under_way, return_exceptions=True):
            if isinstance(outcome, Exception):
                raise outcome
        self._world.weather.clear()

    async def _befall(self, trouble: Trouble, delay: float) -> None:
        at_once = {Trouble.VENDORS: self._vendors, Trouble.STORM: self._storm}
        if trouble in at_once:
            at_once[trouble]()
            return
        on_server = self._world.on_server
        deeds: dict[Trouble, Callable[[], Awaitable[None]]] = {
            Trouble.LOCKED: self._lock_server if on_server else self._lock,
            Trouble.FULL: self._cut_off if on_server else lambda: self._disk(Disk.FULL),
            Trouble.READ_ONLY: self._write_protect if on_server else lambda: self._disk(Disk.READ_ONLY),
            Trouble.FILE_LIMIT: self._cut_off if on_server else self._limit_files,
            Trouble.CLOCK_BACK: lambda: self._step_clock(-_SKEW_MS),
            Trouble.CLOCK_FORWARD: lambda: self._step_clock(_SKEW_MS),
            Trouble.GATEWAY: lambda: self._world.discord.drop_gateway(resumable=True),
            Trouble.GATEWAY_FOR_GOOD: lambda: self._world.discord.drop_gateway(resumable=False),
            Trouble.OUTAGE: self._outage,
            Trouble.VENDORS_GONE: self._vendors_gone,
            Trouble.TOKENS: self._expire_tokens,
            Trouble.DELETED: self._delete_messages,
        }
        await asyncio.sleep(delay)
        await deeds[trouble]()

    # Vendors

    def _vendors(self) -> None:
        for vendor in self._world.vendors.values():
            for _ in range(self._rng.randint(1, 3)):
                vendor.next_submit(self._rng.choice(_SUBMIT))
            if self._rng.random() < 0.6:
                vendor.next_poll(self._rng.choice(_POLL))
            if self._rng.random() < 0.6:
                vendor.next_download(self._rng.choice(_DOWNLOAD), self._rng.choice((1, 1, 4)))

    async def _vendors_gone(self) -> None:
        gone: list[VendorStandIn] = []
        try:
            for vendor in self._world.vendors.values():
                gone.append(vendor)
                await vendor.stop()
            await asyncio.sleep(self._rng.uniform(0.2, 1.0))
        finally:
            for vendor in gone:
                await vendor.stop()  # a life that ended in the middle of it has left it half done
                await vendor.start()

    # Discord

    def _storm(self) -> None:
        self._world.weather.share = self._rng.uniform(0.1, 0.5)

    async def _outage(self) -> None:
        """Wait until there is something to deliver, or nearly; then nothing reaches Discord for an hour."""
        for _ in range(50):
            if self._world.states() & {"running", "delivering"}:
                break
            await asyncio.sleep(0.02)
        self._world.weather.down = True
        try:
            for _ in range(_STEPS):
                await self._world.discord.drop_gateway(resumable=False)
                self._world.dials.pass_time(_HOUR_MS // _STEPS)
                await asyncio.sleep(0.06)
        finally:
            self._world.weather.down = False

    async def _expire_tokens(self) -> None:
        for message in self._world.discord.world.messages.values():
            if message.interaction is not None:
                self._world.discord.expire_token(message.interaction)

    async def _delete_messages(self) -> None:
        discord = self._world.discord
        mine = [one for one in discord.world.messages.values() if one.author is discord.world.bot and not one.ephemeral]
        for message in self._rng.sample(mine[-12:], min(2, len(mine[-12:]))):
            if not message.deleted:
                discord.messages_of_world.delete(message)

    # This machine

    async def _lock(self) -> None:
        """Another program writes, and takes its time."""
        with closing(sqlite3.connect(self._world.database, timeout=0, isolation_level=None)) as other:
            for _ in range(100):
                with suppress(sqlite3.OperationalError):
                    other.execute("BEGIN IMMEDIATE")
                    break
                await asyncio.sleep(0.005)
            await asyncio.sleep(self._rng.uniform(0.2, 1.4))

    # A server, instead

    async def _lock_server(self) -> None:
        async with self._administrator() as other:
            await other.execute(f"SELECT pg_advisory_lock({EVERYTHING})".encode())
            await asyncio.sleep(self._rng.uniform(0.2, 1.4))

    async def _cut_off(self) -> None:
        """As by a restart, or by a network that went away for a moment."""
        async with self._administrator() as other:
            await other.execute(_CUT_OFF)

    async def _write_protect(self) -> None:
        """As by a change to a server that only reads."""
        async with self._administrator() as other:
            try:
                await self._protect(other, "on")
                await self._while_it_lasts()
            finally:
                await self._protect(other, "off")

    async def _protect(self, other: psycopg.AsyncConnection[Any], protected: str) -> None:
        name = self._world.url.rpartition("/")[2]
        await other.execute("SET default_transaction_read_only = off")
        await other.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = {protected}".encode())
        await other.execute(_CUT_OFF)

    @asynccontextmanager
    async def _administrator(self) -> AsyncGenerator[psycopg.AsyncConnection[Any]]:
        connection = await psycopg.AsyncConnection.connect(self._world.url, autocommit=True)
        try:
            yield connection
        finally:  # its own `async with` may leave it open, and its lock held, where it is cancelled
            await connection.close()

    # This machine's file

    async def _disk(self, disk: Disk) -> None:
        self._world.dials.disk = disk
        try:
            await self._while_it_lasts()
        finally:
            self._world.dials.disk = Disk.SOUND

    async def _while_it_lasts(self) -> None:
        """About a second, which is half a minute to the bot every other time."""
        longer = self._rng.random() < 0.5
        for _ in range(self._rng.randint(4, 12)):
            await asyncio.sleep(0.1)
            if longer:
                self._world.dials.pass_time(2_500)

    async def _limit_files(self) -> None:
        log = self._world.database.with_name("atelier.db-wal")
        size = log.stat().st_size if log.exists() else 0
        self._process.limit_files(self._rng.choice((4096, size + 16_384)))
        try:
            await self._while_it_lasts()
        finally:
            self._process.limit_files(-1)

    async def _step_clock(self, milliseconds: int) -> None:
        self._world.dials.step_wall(milliseconds)
