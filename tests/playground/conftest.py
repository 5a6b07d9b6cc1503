"""A loopback Discord on a clock that stands still, and a small bot that lives on it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from playground import LoopbackDiscord
from tests.support.tiny_bot import Clock, TinyBot


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def discord(clock: Clock) -> AsyncGenerator[LoopbackDiscord]:
    async with LoopbackDiscord(clock=clock) as server:
        yield server


@pytest.fixture
async def bot(discord: LoopbackDiscord, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[TinyBot]:
    monkeypatch.setattr(Route, "BASE", discord.api_url)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(discord.gateway.url))
    client = TinyBot()
    running = asyncio.create_task(client.start(discord.token))
    try:
        await discord.bot_ready()
        yield client
    finally:
        await client.close()
        await asyncio.wait([running])
