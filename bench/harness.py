"""A loopback Discord and the program under measurement, a subprocess of its own; what each job met there, and when."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import psutil

from playground import LoopbackDiscord
from playground.people import Asking
from playground.world import Event, User
from tests.standins import AimlapiStandIn, BflStandIn

Name = Literal["ours", "floor"]

PATCH = "/webhooks/{application_id}/{token}/messages/{message_id}"
CALLBACK = "/interactions/{interaction_id}/{token}/callback"
_ROOT = Path(__file__).parent.parent
_START_SECONDS = 60
_END_SECONDS = 40


class ProgramEnded(RuntimeError):
    """The program under measurement ended by itself; the last of its log is told with the error."""


@dataclass
class Program:
    """A running program and the Discord that it is on. All times are monotonic seconds."""

    discord: LoopbackDiscord
    process: asyncio.subprocess.Process
    began: float
    asked: dict[int, float] = field(default_factory=dict)
    """When each interaction was sent, by its id."""
    acknowledged: dict[int, float] = field(default_factory=dict)
    """When the message came that answers it, by the interaction's id."""
    refused: set[int] = field(default_factory=set)
    """Of these the ones that were answered for the caller's eyes alone: no picture will follow."""
    delivered: list[float] = field(default_factory=list)
    printed: dict[str, float] = field(default_factory=dict)
    """The last line that the program printed, a JSON object; there once it has ended."""

    @property
    def cpu(self) -> float:
        """Processor seconds of the program so far."""
        times = psutil.Process(self.process.pid).cpu_times()
        return times.user + times.system

    @property
    def memory(self) -> float:
        """Resident memory in MB."""
        return psutil.Process(self.process.pid).memory_info().rss / 1_000_000

    def on_event(self, event: Event) -> None:
        """Note when answers and pictures arrive."""
        message = event.subject
        if event.name == "MESSAGE_CREATE" and message.interaction is not None:
            self.acknowledged[message.interaction.id] = time.monotonic()
            if message.ephemeral:
                self.refused.add(message.interaction.id)
        elif event.name == "MESSAGE_UPDATE" and message.pictures:
            self.delivered.append(time.monotonic())

    def new_members(self, count: int) -> list[User]:
        """Further members of the server; an interaction tells the bot all that it knows of them."""
        world, known = self.discord.world, len(self.discord.guild.members)
        users = [world.add_user(f"member{known + n}", f"Member {known + n}") for n in range(count)]
        for user in users:
            world.add_member(self.discord.guild, user)
        return users

    async def ask(self, number: int, user: User | None = None) -> Asking:
        """One `/imagine`."""
        return await self.command("imagine", number, user, prompt=f"a lighthouse, number {number}")

    async def command(self, name: str, number: int, user: User | None = None, /, **options: Any) -> Asking:
        """Any command, of one of three members by turns where none is given."""
        discord = self.discord
        user = user or (discord.alice, discord.bob, discord.moderator)[number % 3]
        asking = await discord.person(user).command(name, **options)
        self.asked[asking.interaction.id] = time.monotonic()
        return asking

    async def answered(self, name: str, timeout: float = 60, **options: Any) -> float:
        """Seconds from a command to the picture that answers it."""
        before, began = len(self.delivered), time.monotonic()
        await self.command(name, 0, **options)
        await self.discord.until(lambda: len(self.delivered) > before, timeout)
        return self.delivered[before] - began

    async def jobs(self, count: int, *, one_by_one: bool = False, timeout: float = 120) -> None:
        """Run jobs to their end."""
        first = len(self.delivered)
        for number in range(count):
            await self.ask(number)
            if one_by_one:
                await self.discord.until(lambda wanted=first + number + 1: len(self.delivered) >= wanted, timeout)
        await self.discord.until(lambda: len(self.delivered) >= first + count, timeout)

    def watch(self) -> None:
        """Let the program's own counters begin anew."""
        self.process.send_signal(signal.SIGUSR1)

    def watched(self) -> None:
        """Stop its counters: what comes now does not count."""
        self.process.send_signal(signal.SIGUSR2)


@asynccontextmanager
async def program(
    name: Name,
    folder: Path,
    environment: Mapping[str, str],
    *,
    limits: bool = False,
    prepare: Callable[[LoopbackDiscord], None] = lambda _: None,
) -> AsyncGenerator[Program]:
    """Start `bench.ours` or `bench.floor` on a fresh Discord, with Discord's rate limits if `limits` is on.

    ``prepare`` furnishes that Discord first. Raises ``ProgramEnded`` where the program does not come up.
    """
    async with LoopbackDiscord(limits=limits) as discord:
        prepare(discord)
        env = {**_environment(discord, folder), **environment}
        began, log = time.monotonic(), folder / "log.txt"
        with log.open("wb") as errors:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", f"bench.{name}"),
                cwd=folder,
                env=env,
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
            )
        one = Program(discord, process, began)
        try:
            await _until_ready(discord, process, name)
            discord.world.subscribe(one.on_event)
            one.watch()
            yield one
        except BaseException as error:
            error.add_note(_last_lines(log))
            raise
        finally:
            out = await _end(process)
        if out.strip():
            one.printed |= json.loads(out.splitlines()[-1])


def aimlapi(vendor: AimlapiStandIn) -> dict[str, str]:
    """The environment that points at the synchronous stand-in."""
    return {"PROVIDERS": "aimlapi", "AIMLAPI_KEY": vendor.key, "AIMLAPI_URL": vendor.url}


def bfl(vendor: BflStandIn) -> dict[str, str]:
    """The environment that points at the polled stand-in."""
    return {"PROVIDERS": "bfl", "BFL_API_KEY": vendor.key, "BFL_API_URL": vendor.url}


def _environment(discord: LoopbackDiscord, folder: Path) -> dict[str, str]:
    """A program's settings on a Discord, with limits that no benchmark reaches."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(_ROOT),
        "PYTHONHASHSEED": "0",
        "DISCORD_TOKEN": discord.token,
        "DISCORD_API_URL": discord.api_url,
        "DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'bench.db'}",
        **dict.fromkeys(("DAILY_CREDITS", "MEMBER_DAILY_CREDITS", "SERVER_DAILY_CREDITS"), "1000000"),
        "USER_JOBS": "100",
        **{key: value for key, value in os.environ.items() if key.startswith("BENCH_")},
    }


def _last_lines(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-20:])


async def _until_ready(discord: LoopbackDiscord, process: asyncio.subprocess.Process, name: Name) -> None:
    ready, ended = asyncio.ensure_future(discord.bot_ready(_START_SECONDS)), asyncio.ensure_future(process.wait())
    try:
        await asyncio.wait([ready, ended], return_when=asyncio.FIRST_COMPLETED)
        if not ready.done():
            raise ProgramEnded(f"bench.{name} ended with status {process.returncode} before it was ready")
        ready.result()
    finally:
        ready.cancel()
        ended.cancel()


async def _end(process: asyncio.subprocess.Process) -> bytes:
    """Ask the program to end, and give what it printed."""
    if process.returncode is None:
        process.terminate()
    try:
        async with asyncio.timeout(_END_SECONDS):
            out, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        out, _ = await process.communicate()
    return out
