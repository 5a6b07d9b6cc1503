"""A loopback Discord on a clock that stands still, and a small bot that lives on it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

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
def start(
    discord: LoopbackDiscord, monkeypatch: pytest.MonkeyPatch
) -> Callable[[TinyBot], AbstractAsyncContextManager[TinyBot]]:
    """Runs a bot on the loopback Discord."""
    monkeypatch.setattr(Route, "BASE", discord.api_url)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(discord.gateway.url))

    @asynccontextmanager
    async def running(client: TinyBot) -> AsyncIterator[TinyBot]:
        task = asyncio.create_task(client.start(discord.token))
        try:
            await client.ready.wait()
            yield client
        finally:
            await client.close()
            await asyncio.wait([task])

    return running


@pytest.fixture
async def bot(
    discord: LoopbackDiscord, start: Callable[[TinyBot], AbstractAsyncContextManager[TinyBot]]
) -> AsyncGenerator[TinyBot]:
    async with start(TinyBot()) as client:
        await discord.bot_ready()
        yield client
