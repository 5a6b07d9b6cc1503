"""Faults of our own machine and outages of Discord's: none of them ends the bot, and each is said in words."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import resource
import signal
import sys
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from structlog.testing import capture_logs

from playground import LoopbackDiscord
from tests.support.bot import RunningBot, bot_on, running_bot, settings_for, until
from tests.support.database_faults import change, full, locked
from tests.support.remixing import imagine
from tests.support.storage import HELPERS, about_a_file

REFUSED = "I cannot save anything at the moment, so this was not done and nothing was charged."
LOGIN, GATEWAY = ("GET", "/users/@me"), ("GET", "/gateway/bot")
CALLBACK = "/interactions/{interaction_id}/{token}/callback"


async def refused(home: RunningBot) -> str:
    return (await (await home.discord.person(home.discord.alice).command("imagine", prompt="a kite")).reply()).text


async def picture(home: RunningBot) -> None:
    await imagine(home)
    await home.at_rest()
    assert await home.books() == []


async def writable_again(home: RunningBot) -> None:
    async def known() -> bool:
        return home.database.writable

    await until(known, True, 20)


async def test_while_another_process_locks_the_database_requests_are_refused_in_words(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        with locked(home.settings.database_url):
            assert REFUSED in await refused(home)
            assert REFUSED in await refused(home)
        await writable_again(home)
        await picture(home)
        assert await home.count("jobs") == 1


async def test_a_lock_of_eleven_seconds_costs_a_job_nothing_but_time(tmp_path: Path) -> None:
    async with running_bot(tmp_path, sandbox_seconds=2) as home:
        message = await (await home.discord.person(home.discord.alice).command("imagine", prompt="a kite")).reply()
        await until(lambda: home.count("tasks", "state='running'"), 1)
        with locked(home.settings.database_url):
            await asyncio.to_thread(time.sleep, 11.0)  # as long as another process held it
        await home.finished(message, 40)
        await home.at_rest()
        assert len(message.pictures) == 1
        assert await home.books() == []


async def test_while_the_disk_is_full_requests_are_refused_in_words(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        async with full(home.database, home.settings.database_url):
            assert REFUSED in await refused(home)
        await writable_again(home)
        await picture(home)


async def test_a_stop_while_the_disk_is_full_goes_on_to_its_end(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        async with full(home.database, home.settings.database_url):
            await home.end()
        assert not home.discord.gateway.online


async def test_a_renewal_that_breaks_ends_neither_the_bot_nor_a_job(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        with capture_logs() as logs:
            change(home.settings.database_url, "ALTER TABLE workers RENAME TO mislaid")

            async def broke() -> bool:
                return any(one.get("part") == "lease" for one in logs)

            await until(broke, True, 20)
            await picture(home)
            change(home.settings.database_url, "ALTER TABLE mislaid RENAME TO workers")
        assert 1 <= sum(one.get("part") == "lease" for one in logs) <= 1 + HELPERS  # once in each process


@pytest.mark.parametrize(
    ("call", "fault"),
    [
        (LOGIN, {"status": 503}),
        (LOGIN, {"html": True}),
        (GATEWAY, {"status": 503}),
        (GATEWAY, {"html": True}),
        (("GET", "/gateway"), {"status": 500}),
        (("GET", "/gateway"), {"html": True}),
    ],
)
async def test_an_outage_of_discord_at_the_start_is_waited_for(
    tmp_path: Path, call: tuple[str, str], fault: dict[str, object]
) -> None:
    async with LoopbackDiscord(limits=False) as server:
        server.faults.next(*call, times=2, **fault)
        with capture_logs() as logs:
            async with bot_on(server, settings := settings_for(tmp_path, server)) as app:
                await picture(RunningBot(server, app, settings))
        assert sum(one.get("part") == "gateway" and one["log_level"] == "error" for one in logs) == 1


async def test_a_gateway_that_sends_nonsense_is_left_and_entered_again(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        with capture_logs():
            [session] = home.discord.gateway.sessions.values()
            assert session.socket is not None
            await session.socket.ws.send_str("nonsense")
            await home.discord.until(lambda: not home.discord.gateway.online)
            await home.discord.until(lambda: home.discord.gateway.online, 20)
            await home.app.client.wait_until_ready()
            await picture(home)


async def test_readiness_tells_what_is_not(tmp_path: Path, unused_tcp_port: int) -> None:
    async with running_bot(tmp_path, http_port=unused_tcp_port) as home:

        async def readiness() -> dict[str, object]:
            address = f"http://127.0.0.1:{unused_tcp_port}/readyz"
            async with aiohttp.ClientSession() as http, http.get(address) as answer:
                body: dict[str, object] = await answer.json()
                return {**body, "code": answer.status}

        fine = {"status": "ready", "gateway": True, "database": True, "providers": True, "code": 200}
        assert await readiness() == fine
        home.discord.gateway.shut = True
        await home.discord.drop_gateway()
        assert await readiness() == fine | {"status": "not ready", "gateway": False, "code": 503}
        home.discord.gateway.shut = False
        await until(readiness, fine, 20)
        with locked(home.settings.database_url):
            assert await readiness() == fine | {"status": "not ready", "database": False, "code": 503}
        await until(readiness, fine, 20)


@contextlib.contextmanager
def library_log(caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    lines: list[str] = []
    with caplog.at_level(logging.WARNING):
        yield lines
    lines += [f"{one.levelname} {one.name} {one.message}" for one in caplog.records if one.levelno >= logging.ERROR]


async def test_what_arrives_while_closing_is_answered_or_left_and_no_error(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with running_bot(tmp_path, sandbox_seconds=0.2) as home:
        alice = home.discord.person(home.discord.alice)
        message = await imagine(home)
        home.discord.faults.next("POST", CALLBACK, stall=0.3, times=5)
        with library_log(caplog) as lines, capture_logs() as logs:
            for _ in range(3):  # their answers are under way
                await alice.command("imagine", prompt="a kite")
            ending = asyncio.create_task(home.end())
            while not ending.done():
                await alice.click(message, "Reroll")
                await alice.command("imagine", prompt="a kite")
                await asyncio.sleep(0.01)
            await ending
        assert [one for one in logs if one["log_level"] in ("error", "critical")] == []
        assert lines == []


@asynccontextmanager
async def program(
    server: LoopbackDiscord, database_url: str, folder: Path, prepare: Callable[[], None] | None = None
) -> AsyncGenerator[asyncio.subprocess.Process]:
    """The bot as its operator starts it."""
    env = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "DISCORD_TOKEN": server.token,
        "DISCORD_API_URL": server.api_url,
        "DATABASE_URL": database_url,
        "PROVIDERS": "sandbox",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = (sys.executable, "-m", "bot", "run")
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, env=env, stdout=-1, stderr=-1, preexec_fn=prepare
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_a_folder_that_cannot_be_written_is_one_line_and_no_traceback(tmp_path: Path) -> None:
    async with (
        LoopbackDiscord(limits=False) as server,
        program(server, "sqlite+aiosqlite:////proc/nowhere/atelier.db", tmp_path) as process,
        asyncio.timeout(60),
    ):
        _, said = await process.communicate()
    [heading, fault] = said.decode().splitlines()
    assert process.returncode == 2
    assert heading == "Atelier cannot start:"
    assert fault.startswith("  DATABASE_URL: the database cannot be opened (")


@about_a_file
async def test_a_start_on_a_full_disk_waits_until_there_is_room(tmp_path: Path) -> None:
    async with LoopbackDiscord(limits=False) as server:
        url = settings_for(tmp_path, server).database_url
        async with program(server, url, tmp_path, _write_little) as process, asyncio.timeout(60):
            assert process.stderr is not None
            said = (await process.stderr.readline()).decode()
            assert "database cannot be opened: it is tried again from now on" in said
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            await server.bot_ready(40)
            process.send_signal(signal.SIGTERM)
            _, said = await process.communicate()
    assert process.returncode == 0
    assert b"Traceback" not in said


def _write_little() -> None:
    """No file may grow beyond a few kilobytes: what a full disk is like."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (8192, resource.RLIM_INFINITY))
