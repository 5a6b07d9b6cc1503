"""Whose a job and a task are: one process accepts and posts, any works, and what a dead one left is gone on with."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot import app as composition
from bot.app import App
from bot.errors import CannotWrite, ConfigurationError
from playground import LoopbackDiscord
from tests.standins import BflStandIn, Fault
from tests.support.bot import bot_on, patient, settings_for, until
from tests.support.several import Several, several
from tests.support.vendors import using

REPO = Path(__file__).parents[2]


@asynccontextmanager
async def working(home: Several) -> AsyncGenerator[App]:
    """A process without a gateway beside the others."""
    settings = home.apps[0].settings
    async with composition.assemble(settings, rng=random.Random(9), arrivals=patient(), gateway=False) as app:
        stop = asyncio.Event()
        running = asyncio.create_task(composition.serve(app, stop))
        await until(lambda: registered(app), True)
        yield app
        stop.set()
        await running


async def registered(app: App) -> bool:
    return app.worker.application_id != 0


async def test_a_process_without_a_gateway_works_on_what_another_accepts_and_posts(
    tmp_path: Path, address: str
) -> None:
    async with (
        BflStandIn(seconds=0.1, edge=32) as vendor,
        several(tmp_path, address, vendor, 1) as home,
        working(home) as other,
    ):
        await home.apps[0].worker.stop(1)  # it claims nothing more, but hears, and posts
        await home.ask(3)
        await home.once(3)
        assert home.rows("SELECT count(*) FROM jobs WHERE worker=%s", home.apps[0].worker.id) == [(3,)]
        assert other.worker.running == 0
        assert vendor.accepted == 3


async def test_a_process_without_a_gateway_needs_a_server_to_share(tmp_path: Path) -> None:
    async with LoopbackDiscord(limits=False) as discord:
        settings = settings_for(tmp_path, discord, database_url=f"sqlite+aiosqlite:///{tmp_path / 'a.db'}")
        with pytest.raises(ConfigurationError):
            async with composition.assemble(settings, gateway=False):
                pass


async def test_a_batch_that_is_refused_is_one_strike_for_all_processes(tmp_path: Path, address: str) -> None:
    async with BflStandIn(seconds=0.1, edge=32) as vendor, several(tmp_path, address, vendor, 2) as home:
        vendor.next_submit(Fault.status(429), times=13)
        await home.ask(1)
        await until(lambda: home.count("provider_rests", "strikes = 1 AND until - struck_at = 2000"), 1)
        home.rows("UPDATE provider_rests SET until = until + 60000 RETURNING 1")  # however long asking takes here
        await home.ask(11)
        assert (len(vendor.submits), await home.count("tasks", "slot IS NULL AND state='queued'")) == (1, 12)
        home.rows("UPDATE provider_rests SET until = until - 60000 RETURNING 1")
        for app in home.apps:
            app.worker.queue.look()  # they have waited, and begin together
        await until(lambda: home.count("provider_rests", "strikes = 2 AND until - struck_at = 4000"), 1)
        await until(lambda: home.count("tasks", "slot IS NULL AND state='queued'"), 12)
        assert home.rows("SELECT strikes FROM provider_rests") == [(2,)]
        await home.once(12)
        assert len(vendor.submits) == 1 + 12 + 12
        assert home.rows("SELECT count(*) FROM provider_rests") == [(0,)]


async def ended(vendor: BflStandIn) -> bool:
    return all(task.ended for task in vendor.tasks.values())


async def test_a_call_back_that_another_process_gets_reaches_the_one_that_works_on_it(
    tmp_path: Path, address: str
) -> None:
    async with (
        BflStandIn(seconds=1.0, edge=32, retry_after="60") as vendor,
        several(tmp_path, address, vendor, 2) as home,
    ):
        await home.ask(1)
        await until(lambda: home.count("tasks", "state='running'"), 1)
        await until(lambda: ended(vendor), True)
        for app in home.apps:
            if not app.worker.running:
                app.worker.hint(next(iter(vendor.tasks)))
        await home.at_rest(20)  # the vendor asked for a minute's patience
        await home.once(1)


async def test_a_cancel_that_one_process_hears_ends_what_another_works_on(tmp_path: Path, address: str) -> None:
    async with BflStandIn(seconds=1.5, edge=32) as vendor, several(tmp_path, address, vendor, 2) as home:
        messages = await home.ask(4)
        await until(lambda: home.count("tasks", "state='running'"), 4)
        for message in messages[:2]:
            await home.discord.person(home.discord.alice).click(message, "Cancel")
        await until(lambda: home.count("tasks", "state='cancelled' AND slot IS NOT NULL"), 2)
        await home.at_rest()
        await until(lambda: home.count("tasks", "slot IS NOT NULL"), 0)
        assert (await home.count("jobs", "state='cancelled'"), await home.count("jobs", "state='done'")) == (2, 2)
        assert len(vendor.downloads) == 2


async def test_what_a_killed_process_worked_on_is_gone_on_with_by_another(tmp_path: Path, address: str) -> None:
    async with BflStandIn(seconds=3.0, edge=32) as vendor, AsyncExitStack() as stack:
        discord = await stack.enter_async_context(LoopbackDiscord(limits=False))
        killed = await process(tmp_path, discord, address, vendor)
        stack.callback(lambda: killed.returncode is None and killed.kill())
        settings = settings_for(tmp_path, discord, database_url=address, **using("bfl", vendor))
        alice = discord.person(discord.alice)
        for number in range(4):
            await (await alice.command("imagine", prompt=f"kite {number}")).reply()
        home = Several(discord, [await stack.enter_async_context(bot_on(discord, settings, 2))], address)
        await until(lambda: home.count("tasks", "state='running'"), 4)
        killed.send_signal(signal.SIGKILL)
        await killed.wait()
        await home.at_rest(40)
        await home.once(4)
        assert vendor.accepted == 4


async def process(
    folder: Path, discord: LoopbackDiscord, address: str, vendor: BflStandIn
) -> asyncio.subprocess.Process:
    """The program, as an operator runs it, once it is connected."""
    values = settings_for(folder, discord, database_url=address, **using("bfl", vendor))
    env = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(REPO),
        "DISCORD_TOKEN": discord.token,
        "DISCORD_API_URL": discord.api_url,
        "DATABASE_URL": address,
        "PROVIDERS": "bfl",
        "BFL_API_KEY": vendor.key,
        "BFL_API_URL": vendor.url,
        "USER_JOBS": str(values.user_jobs),
        "DAILY_CREDITS": str(values.daily_credits),
    }
    with (folder / "log").open("ab") as log:
        started = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "run", cwd=folder, env=env, stdout=log, stderr=log
        )
    await discord.bot_ready()
    return started


async def test_credits_that_a_moderator_gives_are_booked_once_where_two_processes_hear_it(
    tmp_path: Path, address: str
) -> None:
    async with BflStandIn(edge=32) as vendor, several(tmp_path, address, vendor, 2) as home:
        discord = home.discord
        mod = discord.person(discord.moderator)
        answer = await (await mod.command("moderate grant", member=discord.alice, credits=5)).reply()
        await discord.until(lambda: "5 more credits" in answer.text)
        await discord.until(lambda: sum(call.template.endswith("/callback") for call in discord.calls) == 2)
        assert home.rows("SELECT count(*) FROM ledger WHERE kind='grant'") == [(1,)]


@pytest.mark.parametrize("unit", ["bot.generation.shared_queue._claim", "bot.storage.tasks.claim"])
async def test_a_claim_that_was_kept_though_its_answer_was_lost_delays_a_picture_and_no_more(
    tmp_path: Path, address: str, unit: str
) -> None:
    async with BflStandIn(edge=32) as vendor, several(tmp_path, address, vendor, 1) as home:
        database, lost = home.apps[0].database, list[str]()
        write_on = database.write_on

        async def answer_lost(keys: Any, work: Any, *args: Any, **kwargs: Any) -> Any:
            found = await write_on(keys, work, *args, **kwargs)
            if f"{work.__module__}.{work.__name__}" == unit and found and not lost:
                lost.append(unit)
                raise CannotWrite
            return found

        database.write_on = answer_lost  # pyright: ignore[reportAttributeAccessIssue]
        await home.ask(1)
        await home.once(1)
        assert (lost, vendor.accepted) == ([unit], 1)
