"""Several processes share one bot's shards: each hears of its own, and what one gives up another has taken before."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.app import App
from playground import LoopbackDiscord
from playground.messages import Message
from playground.model import Channel
from tests.support.bot import RunningBot, bot_on, settings_for, until

REGISTER = "/applications/{application_id}/commands"


@asynccontextmanager
async def sharded(shards: int = 4, *, concurrency: int = 1, seconds: float = 0.2) -> AsyncGenerator[LoopbackDiscord]:
    """A Discord that wants so many shards; the sample's first server is on shard 0, its second on shard 1."""
    async with LoopbackDiscord(limits=False) as server:
        application = server.world.application
        application.shards, application.max_concurrency, application.identify_seconds = shards, concurrency, seconds
        yield server


def process(server: LoopbackDiscord, folder: Path, shards: str, seed: int, **how: Any) -> Any:
    return bot_on(server, settings_for(folder, server, shards=shards), seed, identify_ms=500, **how)


async def picture(server: LoopbackDiscord, channel: Channel) -> Message:
    asking = await server.person(server.alice).command("imagine", prompt="a red kite", channel=channel)
    message = await asking.reply()
    await server.until(lambda: message.pictures, 20)
    return message


def sessions(server: LoopbackDiscord) -> list[int]:
    """The shards of the sessions that are open."""
    return sorted(one.shard[0] for one in server.gateway.sessions.values() if one.open and one.shard)


async def becomes(look: Callable[[], object], wanted: object) -> None:
    async def ask() -> object:
        return look()

    await until(ask, wanted, 20)


def connected(app: App) -> list[int]:
    return sorted(number for number, shard in app.client.shards.items() if not shard.is_closed())


async def test_each_range_hears_of_its_own_servers_and_one_process_registers_the_commands(tmp_path: Path) -> None:
    async with (
        sharded() as server,
        process(server, tmp_path, "0/4", 1) as one,
        process(server, tmp_path, "1-3/4", 2) as two,
    ):
        assert (connected(one), connected(two)) == ([0], [1, 2, 3])
        assert [guild.id for guild in one.client.guilds] == [server.guild.id]
        assert [guild.id for guild in two.client.guilds] == [server.second_guild.id]
        for channel in (server.channel, server.second_channel, server.dm(server.alice)):
            await picture(server, channel)
        home = RunningBot(server, one, one.settings)
        await home.at_rest()
        accepted = home.rows.ask("SELECT worker, guild_id FROM jobs ORDER BY id")
        assert accepted == [
            (one.worker.id, server.guild.id),
            (two.worker.id, server.second_guild.id),
            (one.worker.id, None),
        ]
        assert [call.status for call in server.calls if call.template == REGISTER] == [200]
        assert server.gateway.too_fast == 0


async def test_a_second_process_with_the_same_range_says_so_and_takes_over_when_the_first_stops(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with sharded() as server, AsyncExitStack() as second:
        async with process(server, tmp_path, "0-3/4", 1):
            two = await second.enter_async_context(process(server, tmp_path, "0-3/4", 2, awaited=False))
            await becomes(lambda: "another process holds these shards" in capsys.readouterr().out, True)
            assert (two.client.connected, connected(two), sessions(server)) == (False, [], [0, 1, 2, 3])
            await picture(server, server.channel)
        assert (two.client.connected, sessions(server)) == (True, [0, 1, 2, 3])
        await picture(server, server.channel)
        assert server.gateway.too_fast == 0


async def test_a_newcomer_takes_half_and_gets_the_rest_when_the_first_stops(tmp_path: Path) -> None:
    async with sharded() as server, AsyncExitStack() as second:
        async with process(server, tmp_path, "auto", 1) as one:
            assert connected(one) == [0, 1, 2, 3]
            two = await second.enter_async_context(process(server, tmp_path, "auto", 2))
            await becomes(lambda: (connected(one), connected(two)), ([0, 1], [2, 3]))
            assert [guild.id for guild in one.client.guilds] == [server.guild.id, server.second_guild.id]
            await picture(server, server.channel)
        assert (connected(two), sessions(server)) == ([0, 1, 2, 3], [0, 1, 2, 3])
        assert two.client.connected
        await picture(server, server.second_channel)
        assert server.gateway.too_fast == 0
        assert [call.status for call in server.calls if call.template == REGISTER] == [200, 200]


async def test_a_process_for_which_no_shard_is_left_stands_by(tmp_path: Path) -> None:
    async with sharded(1) as server, AsyncExitStack() as second:
        async with process(server, tmp_path, "auto", 1):
            two = await second.enter_async_context(process(server, tmp_path, "auto", 2))
            assert (two.client.connected, connected(two)) == (True, [])
        assert connected(two) == [0]
        await picture(server, server.channel)


async def test_a_process_that_lost_its_connection_comes_back_as_the_same_shards(tmp_path: Path) -> None:
    async with sharded() as server, process(server, tmp_path, "auto", 1) as one:
        await server.drop_gateway(resumable=False)
        await becomes(lambda: sessions(server), [0, 1, 2, 3])
        await becomes(lambda: one.client.connected, True)
        await picture(server, server.second_channel)
        assert (connected(one), server.gateway.too_fast) == ([0, 1, 2, 3], 0)
