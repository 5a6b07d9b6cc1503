"""One world of the campaign: a Discord, three vendors, a database, and one life of the bot after the other.

On a server several bots may live at once: beside the one whose life it is, others with no trap set, which are killed by
chance.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import socket
import sqlite3
import time
import uuid
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from itertools import chain, count, repeat
from pathlib import Path

import psycopg

from bot.generation.recovery import RENEW_MS
from playground import LoopbackDiscord
from tests.chaos import history as histories
from tests.chaos import witness as witnesses
from tests.chaos.checker import Violation, check
from tests.chaos.crowd import Crowd
from tests.chaos.dials import Dials
from tests.chaos.figures import Figures, fired, hits
from tests.chaos.history import History, Limits
from tests.chaos.launcher import REPO, Launcher, Process
from tests.chaos.schedule import End, Life
from tests.chaos.troubles import Troubles
from tests.chaos.weather import Weather
from tests.chaos.witness import Witness
from tests.standins import AimlapiStandIn, BflStandIn, VtrixStandIn
from tests.standins.pictures import PictureServer
from tests.standins.vendor import VendorStandIn
from tests.support.rows import Rows

LIMITS = Limits(member=100, everywhere=150, server=200, microusd=25_000_000)
ORDERS = ("bfl", "aimlapi", "vtrix", "bfl,aimlapi", "vtrix,bfl", "aimlapi,vtrix,bfl")
_KEYS = {"bfl": "BFL_API_KEY", "aimlapi": "AIMLAPI_KEY", "vtrix": "VTRIX_API_KEY"}
_URLS = {"bfl": "BFL_API_URL", "aimlapi": "AIMLAPI_URL", "vtrix": "VTRIX_API_URL"}
_PORTS = (15_000, 32_000)
_START_SECONDS = 6.0
_AT_POINT_SECONDS = 1.5
_STOP_SECONDS = 15.0
_ALONE_SECONDS = 5.0
_REST_SECONDS = 45.0
_BETWEEN_LEAPS = 0.5
_LEAPS_MS = (2_000, 4_000, 8_000, 16_000, 29_000)
"""How time is hurried: in leaps below the half minute that decoding a picture may take, with time to do so between."""
_LEASE_MS = 20_000
"""After this the leases of the dead have run out, and somebody has noticed."""
_LEASE_SECONDS = 15.0
"""The same in real seconds: no dial moves a server's clock."""
_COMPANION_DIES = 0.4
_LOOK_SECONDS = 0.02
_ONLINE = "after generation.recovery._begin"
_UNFINISHED = "SELECT count(*) FROM jobs WHERE state NOT IN ('done', 'failed', 'cancelled')"
_STATES = "SELECT DISTINCT state FROM jobs WHERE finished_at IS NULL"


@dataclass
class World:
    """Everything but the bot lives here, so it survives the bot's deaths."""

    folder: Path
    seed: int
    launcher: Launcher
    dials: Dials
    discord: LoopbackDiscord
    vendors: dict[str, VendorStandIn]
    url: str
    """The database's address."""
    others: int = 0
    """How many bots there are beside the one whose life it is."""
    limits: Limits = LIMITS
    figures: Figures = field(default_factory=Figures)
    deaths: list[str] = field(default_factory=list[str])
    companions: list[Process] = field(default_factory=list[Process])
    _sessions: set[int] = field(default_factory=set[int])
    """The bots' own sessions; what they start themselves belongs to them."""
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)
        self.providers = self.rng.choice(ORDERS)
        self.weather = Weather(rng=random.Random(self.seed))
        self.discord.rest.faults = self.weather
        self.witness = Witness(self.discord)
        self.crowd = Crowd(self.discord, random.Random(self.seed))
        self.shards = self.rng.choice(("", "auto")) if self.others else ""

    @property
    def database(self) -> Path:
        """SQLite's file."""
        return self.folder / "atelier.db"

    @property
    def on_server(self) -> bool:
        return self.url.startswith("postgresql")

    async def start(self) -> Process:
        """A bot without a trap, and people who can use it."""
        process = await self._start(None)
        await self._wait_until_online(process)
        return process

    async def kill(self, process: Process) -> None:
        """End it as the system would."""
        self._note_kill(process)
        await self._buried(process)

    async def live(self, life: Life) -> None:
        """One life, from its start to its end."""
        self.figures.ends[life.end] += 1
        self.crowd.rng.seed(life.seed)
        await self._accompany(life)
        process = await self._start(life)
        if life.end is End.AT_START:
            await _ends_within(process, life.after)
        else:
            await self._wait_until_online(process)
            async with Troubles(self, process, life):
                await self._ask(life, process)
                await self._await_the_end(life, process)
        await self._end(life, process)
        self.dials.pass_time(life.pause_ms)

    async def rest(self, without: frozenset[str] = frozenset()) -> list[Violation]:
        """Let everything work again and everything end, hurrying time; gives what is wrong then."""
        self.heal()
        for companion in self.companions:
            await self._stop(companion)
        self.companions.clear()
        process = await self.start()
        until = time.monotonic() + _REST_SECONDS
        for leap in chain(_LEAPS_MS, repeat(_LEAPS_MS[-1])):
            await self._until(self._quiet, process, _BETWEEN_LEAPS)
            if self._quiet() or process.ended.is_set() or time.monotonic() > until:
                break
            self.dials.pass_time(leap)
        self.dials.pass_time(_LEASE_MS)
        await asyncio.sleep(0.3)
        self.dials.pass_time(RENEW_MS + 1_000)  # a bot that found its own lease run out takes over one renewal later
        await self._until(lambda: self._alone() and self._quiet(), process, _LEASE_SECONDS)
        await self._stop(process)
        await self._until_alone()
        history = self.history()
        self._count(history)
        return check(history, without)

    def heal(self) -> None:
        """Let Discord, vendors, disk and clock be right again."""
        self.weather.clear()
        for vendor in self.vendors.values():
            vendor.forgive()
        self.dials.step_wall(self.dials.elapsed - self.dials.wall)

    def history(self) -> History:
        """All that is known."""
        return replace(
            histories.read(Rows(self.url), self.folder),
            cards=witnesses.cards(self.discord),
            changes=tuple(self.witness.changes),
            deleted=frozenset(self.witness.deleted),
            orders=witnesses.orders(self.vendors.items()),
            asked=tuple(self.crowd.asked),
            deaths=tuple(self.deaths),
            limits=self.limits,
        )

    def states(self) -> set[str]:
        """The states of the jobs that are not finished."""
        return {str(state) for (state,) in self._rows(_STATES)}

    # A life

    async def _accompany(self, life: Life) -> None:
        """Let the others live too, and one of them die by chance."""
        rng = random.Random(life.seed)
        self.companions = [one for one in self.companions if not one.ended.is_set()]
        if self.companions and rng.random() < _COMPANION_DIES:
            victim = self.companions.pop(rng.randrange(len(self.companions)))
            self._note_kill(victim)
            await self._buried(victim)
        while len(self.companions) < self.others:
            self.companions.append(await self._start(None))

    async def _start(self, life: Life | None) -> Process:
        number = next(self._numbers)
        points = self.folder / f"points.{number}"
        plan = {
            "dials": str(self.folder / "dials"),
            "points": str(points),
            "trap": asdict(life.trap) if life and life.trap else None,
            "seed": life.seed if life else number,
        }
        log = self.folder / "log"
        with log.open("a") as file:
            file.write(f"--- {number}: {life}\n")
        process = await self.launcher.start(self._env() | {"CHAOS": json.dumps(plan)}, self.folder, log)
        process.points = points
        self._sessions.add(process.pid)
        return process

    def _env(self) -> dict[str, str]:
        env = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(REPO),
            "DISCORD_TOKEN": self.discord.token,
            "DISCORD_API_URL": self.discord.api_url,
            "DATABASE_URL": self.url,
            "PROVIDERS": self.providers,
            "DAILY_CREDITS": str(self.limits.member),
            "MEMBER_DAILY_CREDITS": str(self.limits.everywhere),
            "SERVER_DAILY_CREDITS": str(self.limits.server),
            "DAILY_BUDGET_USD": str((self.limits.microusd or 0) / 1_000_000),
            "USER_JOBS": "50",
            "JOB_TIMEOUT_SECONDS": "120",
        }
        if self.shards:
            env["SHARDS"] = self.shards
        for name, vendor in self.vendors.items():
            env |= {_KEYS[name]: vendor.key, _URLS[name]: vendor.url}
        return env

    async def _wait_until_online(self, process: Process) -> None:
        until = time.monotonic() + _START_SECONDS
        while not self._is_online(process) and not process.ended.is_set() and time.monotonic() < until:
            await asyncio.sleep(_LOOK_SECONDS)

    def _is_online(self, process: Process) -> bool:
        return self.discord.gateway.online and (not self.others or hits(process.points)[_ONLINE] > 0)

    async def _ask(self, life: Life, process: Process) -> None:
        for _ in range(life.asks):
            if process.ended.is_set():
                return
            await self.crowd.act()
            await asyncio.sleep(self.rng.random() * 0.08)
        if life.trap is not None and "_cancel" in life.trap.point:
            await self.crowd.cancel()

    async def _await_the_end(self, life: Life, process: Process) -> None:
        if life.state:
            await self._until(lambda: life.state in self.states(), process, _AT_POINT_SECONDS)
            return
        await _ends_within(process, _AT_POINT_SECONDS if life.trap else life.after)

    async def _until(self, condition: Callable[[], bool], process: Process, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not process.ended.is_set() and time.monotonic() < until and not condition():
            await asyncio.sleep(_LOOK_SECONDS / 2)

    async def _end(self, life: Life, process: Process) -> None:
        if (point := fired(process.points)) is not None:
            self.figures.traps[point] += 1
        if process.ended.is_set() and process.status != -signal.SIGKILL:
            self.deaths.append(f"{process.points.name}: ended by itself with status {process.status} ({life})")
        elif life.end in {End.STOPPED, End.STOPPED_AND_KILLED}:
            process.signal(signal.SIGTERM)
            self.figures.stops += 1
            if life.end is End.STOPPED_AND_KILLED:
                await _ends_within(process, life.after / 3)
                self._note_kill(process)
            else:
                await self._stop(process)
        else:
            self._note_kill(process)
        await self._buried(process)

    def _note_kill(self, process: Process) -> None:
        if process.ended.is_set() and process.status != -signal.SIGKILL:
            return
        process.signal(signal.SIGKILL)
        self.figures.kills += 1
        self.figures.states.update(self.states() or {"nothing unfinished"})

    async def _stop(self, process: Process) -> None:
        """Stop it in order; it has as much time as Docker gives, by its own clock."""
        process.signal(signal.SIGTERM)
        until = time.monotonic() + _STOP_SECONDS
        while not process.ended.is_set() and time.monotonic() < until:
            await asyncio.sleep(_LOOK_SECONDS)
            self.dials.pass_time(200)
        if not process.ended.is_set():
            self.deaths.append(f"{process.points.name}: still there {_STOP_SECONDS} s after SIGTERM")
        elif process.status != 0:
            self.deaths.append(f"{process.points.name}: status {process.status} after SIGTERM")
        await self._buried(process)

    async def _buried(self, process: Process) -> None:
        process.signal(signal.SIGKILL)
        await process.end()
        if not self.others:
            self.discord.gateway.sessions.clear()
        self.figures.hits.update(hits(process.points))

    async def _until_alone(self) -> None:
        """Whatever a bot has started ends soon after it."""
        until = time.monotonic() + _ALONE_SECONDS
        while (left := list(_in_sessions(self._sessions))) and time.monotonic() < until:
            await asyncio.sleep(_LOOK_SECONDS)
        self.deaths += (f"process {pid} outlives its bot" for pid in left)

    # Looking

    def _quiet(self) -> bool:
        """Whether every job has ended and every card says so."""
        if self._rows(_UNFINISHED) != [(0,)]:
            return False
        bot = self.discord.world.bot
        mine = [one for one in self.discord.world.messages.values() if one.author is bot]
        return not any(one.loading or "Cancel" in one.buttons for one in mine)

    def _alone(self) -> bool:
        """Whether the leases of all who were killed have run out."""
        return self._rows("SELECT count(*) FROM workers") == [(1,)]

    def _rows(self, query: str) -> list[tuple[object, ...]]:
        try:
            return Rows(self.url).ask(query)
        except (sqlite3.OperationalError, psycopg.Error):  # killed before its tables were made, or cut off just now
            return []

    def _count(self, history: History) -> None:
        rows = Counter(f"jobs {job.state}" for job in history.jobs)
        rows["pictures posted"] = sum(len(card.pictures) for card in history.cards)
        rows["orders taken"] = len(history.orders)
        self.figures.rows = rows


async def _ends_within(process: Process, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await process.ended.wait()
    except TimeoutError:
        return


def _in_sessions(sessions: set[int]) -> Iterator[int]:
    """Processes of these sessions."""
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if os.getsid(int(folder.name)) in sessions:
                yield int(folder.name)


def _own_port() -> int:
    """A free port that the system gives to no outgoing connection, so that a server finds it again."""
    while True:
        with socket.socket() as one, suppress(OSError):
            one.bind(("127.0.0.1", random.SystemRandom().randrange(*_PORTS)))
            return one.getsockname()[1]


@dataclass(frozen=True, slots=True)
class Habitat:
    """What a world is set up on: ``server`` is a PostgreSQL's address, else each has a file of SQLite's."""

    server: str | None = None
    others: int = 0
    """Bots beside the one whose life it is."""

    def database(self, folder: Path) -> str:
        """An empty database; gives its address."""
        if self.server is None:
            return f"sqlite+aiosqlite:///{folder / 'atelier.db'}"
        name = f"chaos_{uuid.uuid4().hex}"
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return f"{self.server.rpartition('/')[0]}/{name}"


ALONE = Habitat()


@asynccontextmanager
async def world(folder: Path, seed: int, launcher: Launcher, habitat: Habitat = ALONE) -> AsyncGenerator[World]:
    """A new world; leaving ends it."""
    folder.mkdir(parents=True)  # with the database of another, nothing would add up
    rng = random.Random(seed)
    url = habitat.database(folder)
    async with AsyncExitStack() as stack:
        dials = stack.enter_context(Dials(folder / "dials"))
        discord = LoopbackDiscord(limits=False, clock=lambda: time.time() + dials.elapsed / 1000)
        await stack.enter_async_context(discord)
        vendors: dict[str, VendorStandIn] = {
            "bfl": BflStandIn(retry_after=None, _port=_own_port()),
            "aimlapi": AimlapiStandIn(_port=_own_port()),
            "vtrix": VtrixStandIn(_port=_own_port()),
        }
        for vendor in vendors.values():
            vendor.pictures = PictureServer(_port=_own_port())
            vendor.edge = 64
            vendor.seconds = lambda _: rng.uniform(0.03, 0.5)
            await stack.enter_async_context(vendor)
        yield World(folder, seed, launcher, dials, discord, vendors, url, habitat.others)
