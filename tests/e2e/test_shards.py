"""Several processes share one bot's shards: each hears of its own, and what one gives up another has taken before."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncGenerator, Callable, Set
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.app import App
from bot.config import Settings
from playground import LoopbackDiscord
from playground.messages import Message
from playground.model import Channel, User
from playground.permissions import MODERATOR
from tests.standins import BflStandIn
from tests.support.bot import RunningBot, bot_on, settings_for, until
from tests.support.vendors import using

REPO = Path(__file__).parents[2]
REGISTER = "/applications/{application_id}/commands"


@asynccontextmanager
async def sharded(shards: int = 4, *, concurrency: int = 1, seconds: float = 0.2) -> AsyncGenerator[LoopbackDiscord]:
    """A Discord that wants so many shards; the sample's first server is on shard 0, its second on shard 1.

    Turns are 0.65 s apart in ``process`` and may be taken 0.25 s late: what is left shall bear a busy machine.
    """
    async with LoopbackDiscord(limits=False) as server:
        application = server.world.application
        application.shards, application.max_concurrency, application.identify_seconds = shards, concurrency, seconds
        yield server


def process(
    server: LoopbackDiscord, folder: Path, shards: str, seed: int, *, awaited: bool = True, **changes: Any
) -> AbstractAsyncContextManager[App]:
    settings = settings_for(folder, server, shards=shards, **changes)
    return bot_on(server, settings, seed, identify_ms=650, awaited=awaited)


async def picture(server: LoopbackDiscord, channel: Channel) -> Message:
    asking = await server.person(server.alice).command("imagine", prompt="a red kite", channel=channel)
    message = await asking.reply()
    await server.until(lambda: message.pictures, 20)
    return message


def sessions(server: LoopbackDiscord) -> list[int]:
    """The shards of the sessions that are open."""
    return sorted(one.shard[0] for one in server.gateway.sessions.values() if one.open and one.shard)


async def becomes(look: Callable[[], object], wanted: object, timeout: float = 20) -> None:
    async def ask() -> object:
        return look()

    await until(ask, wanted, timeout)


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


async def test_what_two_processes_hear_while_a_shard_changes_hands_one_answers(tmp_path: Path) -> None:
    async with sharded(2) as server, process(server, tmp_path, "auto", 1) as one, AsyncExitStack() as second:
        two = await second.enter_async_context(process(server, tmp_path, "auto", 2, awaited=False))
        never = 3600  # seconds without news from Discord until it thinks that it knows every server
        two.client._connection.guild_ready_timeout = never  # pyright: ignore[reportPrivateUsage]
        await becomes(lambda: (connected(one), connected(two), sessions(server)), ([0, 1], [1], [0, 1, 1]))
        place = server.second_channel
        server.give_role(server.moderator, server.world.add_role(server.second_guild, "Moderators", MODERATOR))
        mod = server.person(server.moderator)
        asking = await mod.command("moderate grant", member=server.alice, credits=5, channel=place)
        await asking.reply()
        await picture(server, place)
        home = RunningBot(server, one, one.settings)
        assert await home.count("ledger", "kind='grant'") == 1
        assert home.rows.ask("SELECT worker FROM jobs") == [(one.worker.id,)]
        assert sum(call.template.endswith("/callback") for call in server.calls) == 2  # the other did not even try


class Crowd:
    """People who ask for one picture after the other, whatever happens to the processes."""

    def __init__(self, server: LoopbackDiscord) -> None:
        self.server = server
        self.messages: list[Message] = []
        self.tired = False

    async def people(self) -> None:
        alice, bob, mod = self.server.alice, self.server.bob, self.server.moderator
        places = [(alice, self.server.channel), (bob, self.server.channel), (alice, self.server.second_channel)]
        places += [(mod, self.server.second_channel), (bob, self.server.dm(bob)), (mod, self.server.other_channel)]
        await asyncio.gather(*(self._asks(user, channel) for user, channel in places))

    async def _asks(self, user: User, channel: Channel) -> None:
        while not self.tired:
            asking = await self.server.person(user).command("imagine", prompt="a red kite", channel=channel)
            message = await asking.reply()
            self.messages.append(message)
            await self.server.until(partial(getattr, message, "pictures"), 40)


@pytest.mark.slow
async def test_two_processes_are_replaced_while_200_pictures_are_asked_for_and_nobody_notices(tmp_path: Path) -> None:
    async with sharded() as server, BflStandIn() as vendor, AsyncExitStack() as last:
        how = using("bfl", vendor)
        vendor.seconds = 0.3
        crowd = Crowd(server)
        async with process(server, tmp_path, "auto", 1, **how), AsyncExitStack() as new:
            async with process(server, tmp_path, "auto", 2, **how):
                asking = asyncio.create_task(crowd.people())
                three = await new.enter_async_context(process(server, tmp_path, "auto", 3, **how))
            four = await last.enter_async_context(process(server, tmp_path, "auto", 4, **how))
            last.push_async_callback(new.pop_all().aclose)
        assert sorted(connected(three) + connected(four)) == sessions(server) == [0, 1, 2, 3]
        await becomes(lambda: len(crowd.messages) >= 200, True, 100)
        crowd.tired = True
        await asking
        home = RunningBot(server, four, four.settings)
        await home.at_rest()

        shown = [message for message in server.world.messages.values() if message.pictures]
        jobs = await home.count("jobs", "state='done'")
        assert jobs == len(crowd.messages) == len(shown) == await home.count("jobs") >= 200
        assert vendor.accepted == len(vendor.submits) == jobs
        assert await home.count("ledger", "kind='settle' AND credits=1") == jobs
        assert await home.books() == []
        assert len(set(home.rows.ask("SELECT DISTINCT worker FROM jobs"))) > 1
        assert server.gateway.too_fast == 0


@asynccontextmanager
async def real_process(settings: Settings, server: LoopbackDiscord, vendor: BflStandIn) -> AsyncGenerator[Process]:
    """The program as its operator runs it, on the same database."""
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(REPO), "SHARDS": "auto", "DATABASE_URL": settings.database_url}
    env |= {"DISCORD_TOKEN": server.token, "DISCORD_API_URL": server.api_url, "PROVIDERS": "bfl"}
    env |= {"BFL_API_KEY": vendor.key, "BFL_API_URL": vendor.url}
    running = await asyncio.create_subprocess_exec(sys.executable, "-m", "bot", "run", env=env, stdout=DEVNULL)
    try:
        yield running
    finally:
        if running.returncode is None:
            running.kill()
        await running.wait()


@pytest.mark.slow
async def test_another_process_takes_over_the_shards_and_the_jobs_of_one_that_is_killed(tmp_path: Path) -> None:
    async with sharded(2) as server, BflStandIn() as vendor, AsyncExitStack() as first:
        one = await first.enter_async_context(process(server, tmp_path, "auto", 1, **using("bfl", vendor)))
        async with real_process(one.settings, server, vendor) as other:
            await becomes(lambda: (connected(one), sessions(server)), ([0], [0, 1]), 60)
            vendor.seconds = 2.0
            alice = server.person(server.alice)
            asking = await alice.command("imagine", prompt="a red kite", channel=server.second_channel)
            message = await asking.reply()
            home = RunningBot(server, one, one.settings)
            await until(lambda: home.count("tasks", "state='running'"), 1)
            assert home.rows.ask("SELECT worker FROM jobs") != [(one.worker.id,)]
            other.kill()
        await server.until(lambda: message.pictures, 40)
        await becomes(lambda: connected(one), [0, 1])
        await becomes(lambda: one.client.connected, True)
        await picture(server, server.second_channel)
        await home.at_rest()
        assert vendor.accepted == len(vendor.submits) == await home.count("jobs", "state='done'") == 2
        assert await home.books() == []


async def test_commands_that_could_not_be_registered_are_registered_later(tmp_path: Path) -> None:
    async with sharded(1) as server:
        server.faults.next("PUT", REGISTER, reset=True, times=3)
        async with process(server, tmp_path, "auto", 1) as one:
            await becomes(lambda: [call.status for call in server.calls if call.template == REGISTER][-1], 200)
            await becomes(lambda: one.client.connected, True)
            await picture(server, server.channel)


async def test_a_shard_that_is_given_up_before_its_servers_are_known_tells_of_no_server_that_is_gone(
    tmp_path: Path,
) -> None:
    async with (
        sharded(1) as server,
        bot_on(server, settings_for(tmp_path, server, shards="auto"), identify_ms=2_000) as one,
    ):
        await one.client.guild_settings.change(server.guild.id, server.moderator.id, lambda _: {"user_jobs": 2})
        told: list[bool] = []
        seen_in = one.client.privacy.seen_in

        async def seen(present: Set[int], mine: Callable[[int], bool]) -> None:
            told.append(server.guild.id in present)
            await seen_in(present, mine)

        one.client.privacy.seen_in = seen  # pyright: ignore[reportAttributeAccessIssue]
        state = one.client._connection  # pyright: ignore[reportPrivateUsage]
        state.guild_ready_timeout = 0.3
        await server.drop_gateway(resumable=False)
        await becomes(lambda: 0 in state._ready_states, True)  # pyright: ignore[reportPrivateUsage]
        await one.client.release_shard(0)
        await becomes(lambda: (connected(one), told), ([0], [True]))
        assert await RunningBot(server, one, one.settings).count("departures") == 0
