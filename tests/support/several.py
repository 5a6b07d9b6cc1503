"""Several processes' worth of the bot on one database server and one loopback Discord."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from bot.app import App
from playground import LoopbackDiscord
from playground.messages import Message
from playground.world import User
from tests.standins import BflStandIn
from tests.support.bot import books, bot_on, settings_for, until
from tests.support.vendors import using


@dataclass
class Several:
    """Some processes' worth of the bot, which all hear everything."""

    discord: LoopbackDiscord
    apps: Sequence[App]
    address: str

    async def ask(self, number: int, who: User | None = None) -> list[Message]:
        """So many pictures, asked for at once by Alice or ``who``; gives their messages."""
        person = self.discord.person(who or self.discord.alice)
        asking = [await person.command("imagine", prompt=f"kite {number}") for number in range(number)]
        return [await one.reply() for one in asking]

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.address, autocommit=True) as connection:
            return connection.execute(query.encode(), values).fetchall()

    async def count(self, table: str, where: str) -> int:
        return (await asyncio.to_thread(self.rows, f"SELECT count(*) FROM {table} WHERE {where}"))[0][0]

    async def at_rest(self, timeout: float = 60) -> None:
        """Wait until every job has ended."""
        await until(lambda: self.count("jobs", "finished_at IS NULL"), 0, timeout)

    async def once(self, jobs: int) -> None:
        """Each was accepted, made, posted and booked once."""
        await self.at_rest()
        assert self.rows("SELECT state, failure, count(*) FROM jobs GROUP BY state, failure") == [("done", None, jobs)]
        assert self.rows("SELECT count(*) FROM ledger WHERE kind='settle' AND credits=1") == [(jobs,)]
        assert [len(message.pictures) for message in self.discord.messages()] == [1] * jobs
        assert self.rows("SELECT count(*) FROM tasks WHERE slot IS NOT NULL") == [(0,)]
        assert await books(self.apps[0].settings) == []


@asynccontextmanager
async def several(folder: Path, address: str, vendor: BflStandIn, number: int) -> AsyncGenerator[Several]:
    async with LoopbackDiscord(limits=False) as discord, AsyncExitStack() as stack:
        discord.context.interactions.acknowledge_seconds = 60  # how slow a machine is shall fail no test
        settings = settings_for(folder, discord, database_url=address, **using("bfl", vendor))
        apps = [await stack.enter_async_context(bot_on(discord, settings, seed)) for seed in range(1, number + 1)]
        yield Several(discord, apps, address)
