"""The bot on PostgreSQL, and what happens to it when the server goes, comes back, or cuts it off."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.app import run
from playground import LoopbackDiscord
from playground.messages import Message
from tests.standins.wire import Wire
from tests.support.bot import RunningBot, running_bot, settings_for, until
from tests.support.database_faults import change
from tests.support.postgres import Cluster
from tests.support.remixing import imagine
from tests.support.rows import Rows

REFUSED = "I cannot save anything at the moment, so this was not done and nothing was charged."
AWAY_S = 9.0


async def ask(home: RunningBot, prompt: str = "a kite") -> Message:
    return await (await home.discord.person(home.discord.alice).command("imagine", prompt=prompt)).reply()


async def exact(home: RunningBot, pictures: int) -> None:
    """So many jobs were accepted, made and settled, and nothing else was booked."""
    await home.at_rest(60)
    assert (await home.count("jobs"), await home.count("jobs", "state='done'")) == (pictures, pictures)
    assert (await home.count("ledger", "kind='settle'"), await home.count("ledger", "kind='release'")) == (pictures, 0)
    assert await home.books() == []


async def well(home: RunningBot) -> None:
    async def writable() -> bool:
        return home.database.writable

    await until(writable, True, 20)


@pytest.mark.slow
async def test_while_the_server_is_away_for_nine_seconds_members_are_told_and_what_was_under_way_goes_on(
    tmp_path: Path, server: Cluster, address: str
) -> None:
    async with running_bot(tmp_path, database_url=address, sandbox_seconds=1) as home:
        under_way = [await ask(home, f"kite {number}") for number in range(4)]
        await until(lambda: home.count("tasks", "state='running'"), 4)
        await asyncio.to_thread(server.stop)
        back = asyncio.get_running_loop().time() + AWAY_S
        while asyncio.get_running_loop().time() < back:
            assert REFUSED in (await ask(home)).text
            await asyncio.sleep(1)  # as long as the server was away
        await asyncio.to_thread(server.start)
        for message in under_way:
            assert len((await home.finished(message, 60)).pictures) == 1
        await well(home)
        await imagine(home)
        await exact(home, 5)


async def test_after_a_restart_of_the_server_the_first_command_is_done(
    tmp_path: Path, server: Cluster, address: str
) -> None:
    async with running_bot(tmp_path, database_url=address) as home:
        await imagine(home)
        await asyncio.to_thread(server.stop)
        await asyncio.to_thread(server.start)

        async def writable() -> bool:
            return home.app.database.writable

        await until(writable, True, 20)  # a renewal that found the server away has requests refused until the next
        message = await home.finished(await ask(home))
        assert len(message.pictures) == 1
        await exact(home, 2)


async def test_connections_that_are_cut_again_and_again_cost_no_job_anything(
    tmp_path: Path, server: Cluster, address: str
) -> None:
    async with running_bot(tmp_path, database_url=address, sandbox_seconds=0.3) as home:
        messages: list[Message] = []
        for number in range(12):
            messages.append(await ask(home, f"kite {number}"))
            await asyncio.to_thread(server.cut_off, address)
        for message in messages:
            assert len((await home.finished(message)).pictures) == 1
        await exact(home, 12)


async def test_a_start_while_the_server_is_away_waits_for_it(tmp_path: Path, server: Cluster, address: str) -> None:
    async with LoopbackDiscord(limits=False) as discord:
        await asyncio.to_thread(server.stop)
        stop = asyncio.Event()
        with capture_logs() as logs:
            running = asyncio.create_task(run(settings_for(tmp_path, discord, database_url=address), stop))
            await seen(lambda: any("database cannot be opened" in one["event"] for one in logs))
            assert not running.done()
            await asyncio.to_thread(server.start)
            await discord.bot_ready(30)
        stop.set()
        await running
    assert change(address, "SELECT count(*) FROM jobs") == [(0,)]


async def seen(what: Callable[[], bool]) -> None:
    await until(lambda: asyncio.sleep(0, what()), True, 20)


async def test_a_stop_while_the_server_is_away_goes_on_to_its_end(
    tmp_path: Path, server: Cluster, address: str
) -> None:
    async with running_bot(tmp_path, database_url=address, sandbox_seconds=600) as home:
        await ask(home)
        await until(lambda: home.count("tasks", "state='running'"), 1)
        await asyncio.to_thread(server.stop)
        async with asyncio.timeout(10):  # then Docker kills
            await home.end()


async def test_a_request_whose_commit_was_not_answered_is_made_all_the_same(tmp_path: Path, address: str) -> None:
    async with Wire(address) as wire, running_bot(tmp_path, database_url=wire.url) as home:
        home.rows = Rows(address)  # it asks from this very loop, which the wire needs
        await imagine(home)
        wire.cut_before_answering(b"COMMIT\0")
        message = await home.finished(await ask(home))
        assert wire.cuts == 1
        assert len(message.pictures) == 1
        await exact(home, 2)
