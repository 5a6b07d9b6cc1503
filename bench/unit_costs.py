"""What one request, one message and one server cost the real bot, on a loopback Discord with a synchronous vendor."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable
from pathlib import Path

from bench.harness import Program, aimlapi, program
from bench.rows.row import paint_all
from bench.scale import Costs
from playground import LoopbackDiscord
from playground.permissions import EVERYONE
from tests.standins import AimlapiStandIn

_REQUESTS, _MESSAGES, _SERVERS = 120, 2_000, 2_000
_CHANNELS, _ROLES = 15, 10


async def measure() -> Costs:
    """Two runs of the bot: one that works, one that is in many servers."""
    paint_all(256)
    async with AimlapiStandIn(seconds=0.2) as vendor:
        with tempfile.TemporaryDirectory() as folder:
            async with program("ours", Path(folder), aimlapi(vendor)) as one:
                await asyncio.sleep(2)  # as with the benchmark's other figures of a bot at rest
                idle_mb = one.memory
                await one.jobs(20)
                one.watch()
                request_s = await _processor(one, one.jobs(_REQUESTS), _REQUESTS)
                one.watched()
                event_s = await _processor(one, _hear(one), _MESSAGES)
            figures = one.printed
        with tempfile.TemporaryDirectory() as folder:
            async with program("ours", Path(folder), aimlapi(vendor), prepare=_many_servers) as one:
                await asyncio.sleep(2)
                server_mb = max(0.0, one.memory - idle_mb) / _SERVERS
    return Costs(
        round(request_s, 5),
        round(event_s, 6),
        round(figures["trips"] / _REQUESTS, 2),
        round(figures["locked"] / _REQUESTS, 5),
        round(idle_mb, 1),
        round(server_mb, 4),
    )


async def _processor(one: Program, doing: Awaitable[None], count: int) -> float:
    """Processor seconds of each."""
    before = one.cpu
    await doing
    await asyncio.sleep(1)
    return (one.cpu - before) / count


async def _hear(one: Program) -> None:
    """Messages of members to each other."""
    alice = one.discord.person(one.discord.alice)
    for number in range(_MESSAGES):
        alice.say(f"what a day, number {number}")
        await asyncio.sleep(0.002)


def _many_servers(discord: LoopbackDiscord) -> None:
    for number in range(_SERVERS):
        guild = discord.world.add_guild(f"Server {number}", discord.moderator, EVERYONE)
        for role in range(_ROLES):
            discord.world.add_role(guild, f"role {role}")
        for channel in range(_CHANNELS):
            discord.world.add_channel(guild, f"channel-{channel}")
        discord.world.add_member(guild, discord.world.bot)
