"""Fault points: named places in the running program at which it can be killed, stopped, delayed or refused.

They are put around the program from outside (around its commits, its calls to vendors and its calls to Discord), so
production code knows nothing of them. Each hit is written to a file at once, where it outlives the process: the file
says what was really reached, and which steps led to a death.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import sqlite3
import time
from collections.abc import AsyncGenerator, Callable
from functools import partial, wraps
from pathlib import Path
from typing import Any

import httpx
from discord.http import HTTPClient
from discord.webhook.async_ import AsyncWebhookAdapter
from sqlalchemy import Connection

from bot.providers.http import AiohttpTransport
from bot.storage.database import Database
from tests.chaos.dials import Dials, Disk
from tests.chaos.schedule import FIRED, Deed, Trap

_FULL_PAGES = 2
"""How many pages a full disk still takes."""
_LARGEST_DELAY = 0.03
_DELAYED = 0.12


class Points:
    """Counts what is reached, and springs the trap; ``seed`` decides who is delayed, and so who overtakes whom."""

    def __init__(self, file: Path, dials: Dials, trap: Trap | None, seed: int) -> None:
        self._fd = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._dials = dials
        self._trap = trap
        self._left = trap.hit if trap else 0
        self._rng = random.Random(seed)

    def install(self) -> None:
        """Put the points around the program; before any of its parts is made."""
        self._around_writes()
        self._around_vendors()
        self._around_discord(HTTPClient)
        self._around_discord(AsyncWebhookAdapter)

    async def reach(self, point: str) -> None:
        """A place in a coroutine."""
        self._reached(point)
        if self._rng.random() < _DELAYED:
            await asyncio.sleep(self._rng.random() * _LARGEST_DELAY)

    def reach_in_thread(self, point: str) -> None:
        """A place in a database thread, inside a transaction."""
        self._reached(point)
        if self._rng.random() < _DELAYED / 4:
            time.sleep(self._rng.random() * _LARGEST_DELAY)

    def _reached(self, point: str) -> None:
        trap = self._trap
        meant = trap is not None and trap.point == point
        self._left -= meant
        springs = meant and not self._left
        with contextlib.suppress(OSError):  # a full disk is part of the campaign
            os.write(self._fd, f"{FIRED if springs else ''}{point}\n".encode())
        if springs and trap is not None:
            self._do(trap.deed)

    def _do(self, deed: Deed) -> None:
        if deed is Deed.REFUSE:
            raise sqlite3.OperationalError("scripted: disk I/O error")
        os.kill(os.getpid(), signal.SIGKILL if deed is Deed.KILL else signal.SIGTERM)

    def _around_writes(self) -> None:
        write, write_on = Database.write, Database.write_on

        async def written(database: Database, work: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
            async with self._watched(work) as within:
                return await write(database, within, *args, **kwargs)

        async def written_on(database: Database, keys: Any, work: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
            async with self._watched(work) as within:
                return await write_on(database, keys, within, *args, **kwargs)

        Database.write = written  # pyright: ignore[reportAttributeAccessIssue]
        Database.write_on = written_on  # pyright: ignore[reportAttributeAccessIssue]

    @contextlib.asynccontextmanager
    async def _watched(self, work: Callable[..., Any]) -> AsyncGenerator[Callable[..., Any]]:
        """A unit of work with its three points."""
        name = unit_name(work)

        def within(connection: Connection, *args: Any, **kwargs: Any) -> Any:
            _meet(connection, self._dials.disk)
            outcome = work(connection, *args, **kwargs)
            self.reach_in_thread(f"within {name}")
            return outcome

        await self.reach(f"before {name}")
        yield within
        await self.reach(f"after {name}")

    def _around_vendors(self) -> None:
        send = AiohttpTransport.handle_async_request

        reach = self.reach

        async def watched(self: AiohttpTransport, request: httpx.Request) -> httpx.Response:
            name = _vendor_call(request)
            await reach(f"before {name}")
            response = await send(self, request)
            await reach(f"after {name}")
            return response

        AiohttpTransport.handle_async_request = watched

    def _around_discord(self, client: type[Any]) -> None:
        request = client.request

        @wraps(request)
        async def watched(this: Any, route: Any, *args: Any, **kwargs: Any) -> Any:
            name = f"discord {route.method} {route.path.replace('webhook_id}/{webhook_token}', 'id}/{token}')}"
            await self.reach(f"before {name}")
            answer = await request(this, route, *args, **kwargs)
            await self.reach(f"after {name}")
            return answer

        client.request = watched


def unit_name(work: Callable[..., Any]) -> str:
    """A unit of work's name: its module without the package, and its own."""
    while isinstance(work, partial):
        work = work.func
    return f"{work.__module__.removeprefix('bot.')}.{work.__qualname__}"


def _meet(connection: Connection, disk: Disk) -> None:
    """Let the database refuse as SQLite does on a full or write-protected disk; sets it right again otherwise."""
    if connection.dialect.name != "sqlite":
        return
    run = connection.exec_driver_sql
    run(f"PRAGMA query_only={int(disk is Disk.READ_ONLY)}")
    pages = run("PRAGMA page_count").scalar_one() + _FULL_PAGES if disk is Disk.FULL else 1 << 30
    run(f"PRAGMA max_page_count={pages}")


def _vendor_call(request: httpx.Request) -> str:
    if request.method == "POST":
        return "vendor submit"
    asks = "get_result" in request.url.path or "/task/" in request.url.path
    return "vendor poll" if asks else "vendor download"
