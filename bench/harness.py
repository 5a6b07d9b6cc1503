"""The stage: a loopback Discord, a vendor, and a program under measurement in its own process."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from playground import LoopbackDiscord
from playground.world import Event

PATCH = "/webhooks/{application_id}/{token}/messages/{message_id}"
CALLBACK = "/interactions/{interaction_id}/{token}/callback"
ROOT = Path(__file__).parent.parent


@dataclass
class Program:
    """A running program and the Discord that it is on."""

    discord: LoopbackDiscord
    process: asyncio.subprocess.Process
    began: float
    ready: float
    acknowledged: dict[int, float] = field(default_factory=dict)
    asked: dict[int, float] = field(default_factory=dict)
    delivered: list[float] = field(default_factory=list)
    said: dict[str, Any] = field(default_factory=dict)

    @property
    def cpu(self) -> float:
        """Processor seconds so far."""
        times = psutil.Process(self.process.pid).cpu_times()
        return times.user + times.system

    @property
    def memory(self) -> float:
        """Resident memory in MB."""
        return psutil.Process(self.process.pid).memory_info().rss / 1_000_000

    def hear(self, event: Event) -> None:
        """Note when answers and pictures arrive."""
        message = event.subject
        if event.name == "MESSAGE_CREATE" and message.interaction is not None:
            self.acknowledged[message.interaction.id] = time.monotonic()
        elif event.name == "MESSAGE_UPDATE" and message.pictures:
            self.delivered.append(time.monotonic())

    async def ask(self, number: int) -> None:
        """One command of one of many members."""
        await self.command("imagine", number, prompt=f"a lighthouse, number {number}")

    async def command(self, name: str, number: int, **options: Any) -> None:
        """Any command of one of many members."""
        server = self.discord
        asking = await server.person([server.alice, server.bob, server.moderator][number % 3]).command(name, **options)
        self.asked[asking.interaction.id] = time.monotonic()

    async def answered(self, name: str, timeout: float = 60, **options: Any) -> float:
        """Seconds from a command to the picture that answers it."""
        before, began = len(self.delivered), time.monotonic()
        await self.command(name, 0, **options)
        await self.discord.until(lambda: len(self.delivered) > before, timeout)
        return self.delivered[before] - began

    def watch(self) -> None:
        """Begin anew to look for stalls."""
        self.process.send_signal(signal.SIGUSR1)

    def watched(self) -> None:
        """Look no longer: what comes now does not count."""
        self.process.send_signal(signal.SIGUSR2)

    async def jobs(self, count: int, *, one_by_one: bool = False, timeout: float = 120) -> None:
        """Run jobs to their end."""
        for number in range(count):
            before = len(self.delivered)
            await self.ask(number)
            if one_by_one:
                await self.discord.until(lambda before=before: len(self.delivered) > before, timeout)
        await self.discord.until(lambda: len(self.delivered) >= count, timeout)


@asynccontextmanager
async def program(name: str, folder: Path, **environment: str) -> AsyncGenerator[Program]:
    """Start `bench.ours` or `bench.floor` on a fresh Discord; afterwards `said` is what it printed."""
    async with LoopbackDiscord(limits=False) as discord:
        env = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "DISCORD_TOKEN": discord.token,
            "DISCORD_API_URL": discord.api_url,
            "DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'bench.db'}",
            "DAILY_CREDITS": "1000000",
            "USER_JOBS": "100",
            **environment,
        }
        began = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", f"bench.{name}"), cwd=folder, env=env, stdout=asyncio.subprocess.PIPE
        )
        try:
            await discord.bot_ready(60)
            one = Program(discord, process, began, time.monotonic())
            discord.world.subscribe(one.hear)
            one.watch() if name == "ours" else None
            yield one
        finally:
            if process.returncode is None:
                process.terminate()
            try:
                async with asyncio.timeout(40):
                    out, _ = await process.communicate()
            except TimeoutError:
                process.kill()
                out, _ = await process.communicate()
        if out.strip():
            one.said |= json.loads(out.splitlines()[-1])
