"""Shards on the loopback Discord: each session hears of its own servers, and nobody may identify too fast."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import aiohttp

from playground import LoopbackDiscord
from tests.support.bot import until
from tests.support.tiny_bot import TinyBot

Start = Callable[[TinyBot], AbstractAsyncContextManager[TinyBot]]


def shard_of(discord: LoopbackDiscord, guild_id: int) -> int:
    return (guild_id >> 22) % discord.world.application.shards


async def test_a_bot_is_told_how_many_shards_it_needs_and_how_many_may_start_at_once(discord: LoopbackDiscord) -> None:
    discord.world.application.shards, discord.world.application.max_concurrency = 4, 2
    headers = {"Authorization": f"Bot {discord.token}"}
    async with aiohttp.ClientSession(headers=headers) as http, http.get(f"{discord.api_url}/gateway/bot") as answer:
        told = await answer.json()
    assert (told["shards"], told["session_start_limit"]["max_concurrency"]) == (4, 2)


async def test_a_shard_hears_of_its_own_servers_alone(discord: LoopbackDiscord, start: Start) -> None:
    discord.world.application.shards = 4
    mine, other = (shard_of(discord, guild.id) for guild in (discord.guild, discord.second_guild))
    assert mine != other
    async with start(TinyBot(mine, of=4)) as one, start(TinyBot(other, of=4)) as two:
        assert [guild.id for guild in one.guilds] == [discord.guild.id]
        assert [guild.id for guild in two.guilds] == [discord.second_guild.id]
        alice = discord.person(discord.alice)
        await (await alice.command("paint", prompt="here")).reply()
        await (await alice.command("paint", prompt="there", channel=discord.second_channel)).reply()
        assert [[asked.guild_id for asked in bot.asked] for bot in (one, two)] == [
            [discord.guild.id],
            [discord.second_guild.id],
        ]


async def test_what_people_write_to_the_bot_is_heard_by_shard_0(discord: LoopbackDiscord, start: Start) -> None:
    discord.world.application.shards = 4
    async with start(TinyBot(1, 2, 3, of=4)) as others, start(TinyBot(0, of=4)) as first:
        conversation = discord.dm(discord.alice)
        await (await discord.person(discord.alice).command("paint", prompt="a cat", channel=conversation)).reply()
        assert (len(first.asked), others.asked) == (1, [])


async def test_a_shard_that_is_connected_twice_is_heard_twice(discord: LoopbackDiscord, start: Start) -> None:
    async with start(TinyBot(0, of=1)) as one, start(TinyBot(0, of=1)) as two:
        await discord.person(discord.alice).command("mull")
        async with asyncio.timeout(10):
            await asyncio.gather(one.mulling.wait(), two.mulling.wait())


async def test_who_identifies_too_fast_is_sent_away_and_comes_again(discord: LoopbackDiscord, start: Start) -> None:
    application = discord.world.application
    application.shards, application.max_concurrency, application.identify_seconds = 4, 2, 3600

    async def too_fast() -> bool:
        return discord.gateway.too_fast > 0

    async def forgive() -> None:
        await until(too_fast, wanted=True)
        application.identify_seconds = 0

    async with start(TinyBot(0, 1, of=4)), asyncio.TaskGroup() as group:  # shards of two kinds may come at once
        assert discord.gateway.too_fast == 0
        group.create_task(forgive())
        async with start(TinyBot(2, of=4)):
            assert discord.gateway.too_fast > 0
