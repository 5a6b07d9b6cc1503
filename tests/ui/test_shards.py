"""When a shard identifies: never sooner after another one of its bucket than Discord lets it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from functools import partial
from pathlib import Path
from typing import Any, cast

import aiohttp
from sqlalchemy import select
from structlog.testing import capture_logs

from bot.clock import WakeSignal
from bot.models import ShardShare
from bot.storage import Connection, shards, tables, workers
from bot.storage.shards import Holder
from bot.ui.client import AtelierClient
from bot.ui.shards import IDENTIFY_MS, ShardLeases
from tests.support.bot import until
from tests.support.clocks import START, StillClock
from tests.support.storage import by_our_clock, database_in

APPLICATION = 5
SHARE = ShardShare(2)


class Client:
    """Connects slowly: what asks for its turn is the test."""

    def __init__(self) -> None:
        self.application_id = APPLICATION
        self.shards: dict[int, object] = {}
        self.launched = asyncio.Event()

    def is_closed(self) -> bool:
        return False

    async def launch_shard(self, _gateway: object, _shard_id: int) -> None:
        self.launched.set()
        await asyncio.Event().wait()

    async def sync_commands(self) -> None:
        pass


def turn_of_first(connection: Connection) -> int:
    return connection.execute(select(tables.shards.c.identified_at).where(tables.shards.c.shard_id == 0)).scalar_one()


@by_our_clock
async def test_a_shard_that_connects_too_slowly_for_its_turn_takes_another(tmp_path: Path) -> None:
    clock, client = StillClock(), Client()
    async with database_in(tmp_path) as database:
        await database.write(workers.renew, "a", clock.now(), 60_000)
        leases = ShardLeases(
            database, clock, cast(Any, client), WakeSignal(), Holder("a", 0, ShardShare(0)), IDENTIFY_MS
        )
        await leases.open("wss://gateway", SHARE.count, 1)
        running = asyncio.create_task(leases.run())
        await client.launched.wait()  # shard 0's turn is now
        other = Holder("b", APPLICATION, SHARE)
        assert await database.write(shards.identify, other, 1, 1, IDENTIFY_MS, clock.now()) == IDENTIFY_MS
        clock.advance(0.9)
        asking = asyncio.create_task(leases.turn(0))
        await until(lambda: database.read(turn_of_first), START + 2 * IDENTIFY_MS, 10)  # not 4.6 s before the other
        await clock.asleep(2)  # the look at what is its own, and the one who asks
        assert not asking.done()
        clock.advance(2 * IDENTIFY_MS / 1000 - 0.9)
        await asking
        running.cancel()


async def said(told: list[Any]) -> list[str]:
    return [one["event"] for one in told]


@by_our_clock
async def test_who_gets_no_shard_says_that_it_stands_by(tmp_path: Path) -> None:
    clock, first = StillClock(), Holder("first", APPLICATION, ShardShare(1))
    async with database_in(tmp_path) as database:
        for worker in ("first", "a"):
            await database.write(workers.renew, worker, clock.now(), 60_000)
        for ready in ((), (0,)):
            await database.write(shards.settle, first, ready, clock.now())
        leases = ShardLeases(
            database, clock, cast(Any, Client()), WakeSignal(), Holder("a", 0, ShardShare(0)), IDENTIFY_MS
        )
        await leases.open("wss://gateway", 1, 1)
        with capture_logs() as told:
            running = asyncio.create_task(leases.run())
            await until(partial(said, told), ["no shard is free: standing by"])
        running.cancel()


@by_our_clock
async def test_who_has_lost_the_database_lets_those_answer_first_who_may_have_taken_over(tmp_path: Path) -> None:
    clock, client = StillClock(), Client()
    async with database_in(tmp_path) as database:
        await database.write(workers.renew, "a", clock.now(), 60_000)
        leases = ShardLeases(
            database, clock, cast(Any, client), WakeSignal(), Holder("a", 0, ShardShare(0)), IDENTIFY_MS
        )
        await leases.open("wss://gateway", SHARE.count, 1)
        running = asyncio.create_task(leases.run())
        await client.launched.wait()  # it has looked
        running.cancel()
        await leases.give_way(0)  # its shards are its own: at once
        clock.advance(10)
        await waits(clock, leases.give_way(100), 1.2)


async def waits(clock: StillClock, waiting: Awaitable[None], seconds: float) -> None:
    """It takes just so long."""
    task = asyncio.ensure_future(waiting)
    await asyncio.sleep(0)
    clock.advance(seconds - 0.1)
    await asyncio.sleep(0)
    assert not task.done()
    clock.advance(0.1)
    await task


async def test_without_leases_those_answer_first_who_share_the_database() -> None:
    clock, client = StillClock(), AtelierClient(aiohttp.TraceConfig())
    await client.give_way(0)  # nobody shares it: at once
    client.unleased = clock
    await waits(clock, client.give_way(100), 1.2)
    await waits(clock, client.give_way(2_000), 0.6)  # Discord will not wait any longer
    await client.give_way(2_600)
