"""Real processes, killed at the worst moments: nothing is lost, nothing doubled, nothing made twice."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot.config import Settings
from playground import LoopbackDiscord
from playground.people import Asking
from tests.standins import AimlapiStandIn, BflStandIn, Fault
from tests.support.bot import books, settings_for, until
from tests.support.database_faults import change

REPO = Path(__file__).parents[2]
EDIT = "/webhooks/{application_id}/{token}/messages/{message_id}"
CALLBACK = "/interactions/{interaction_id}/{token}/callback"
Vendor = BflStandIn | AimlapiStandIn
KEYS = {"bfl": ("BFL_API_KEY", "BFL_API_URL"), "aimlapi": ("AIMLAPI_KEY", "AIMLAPI_URL")}
UNFINISHED = "state NOT IN ('done','failed','cancelled')"


@dataclass
class Town:
    """The bot as its operator runs it, and all that it speaks to."""

    folder: Path
    discord: LoopbackDiscord
    vendor: Vendor
    provider: str
    rng: random.Random = field(default_factory=lambda: random.Random(7))
    process: asyncio.subprocess.Process | None = None
    asked: dict[str, Asking] = field(default_factory=dict)

    @property
    def settings(self) -> Settings:
        return settings_for(self.folder, self.discord)

    async def start(self) -> None:
        key, url = KEYS[self.provider]
        env = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(REPO),
            "PYTHONUNBUFFERED": "1",
            "DISCORD_TOKEN": self.discord.token,
            "DISCORD_API_URL": self.discord.api_url,
            "DATABASE_URL": self.settings.database_url,
            "PROVIDERS": self.provider,
            "DAILY_CREDITS": "10000",
            "MEMBER_DAILY_CREDITS": "10000",
            "SERVER_DAILY_CREDITS": "10000",
            "USER_JOBS": "100",
            key: self.vendor.key,
            url: self.vendor.url,
        }
        with (self.folder / "log").open("ab") as log:
            command = (sys.executable, "-m", "bot", "run")
            self.process = await asyncio.create_subprocess_exec(
                *command, cwd=self.folder, env=env, stdout=log, stderr=log
            )
        ready = asyncio.create_task(self.discord.bot_ready())
        ended = asyncio.create_task(self.process.wait())
        await asyncio.wait((ready, ended), return_when=asyncio.FIRST_COMPLETED)
        if ended.done():
            ready.cancel()
            raise AssertionError((self.folder / "log").read_text())
        ended.cancel()
        await ready

    async def end(self, number: signal.Signals, timeout: float = 30) -> int:
        """Send a signal, reap the process, and wait until Discord has noticed."""
        if self.process is None:
            raise AssertionError("nothing runs")
        self.process.send_signal(number)
        async with asyncio.timeout(timeout):
            status = await self.process.wait()
        self.process = None
        await self.discord.until(lambda: not self.discord.gateway.online)
        return status

    def rows(self, query: str) -> list[Any]:
        return change(self.settings.database_url, query)

    def count(self, table: str, where: str) -> int:
        return self.rows(f"SELECT count(*) FROM {table} WHERE {where}")[0][0]

    def calls(self, template: str) -> int:
        return sum(call.template == template for call in self.discord.calls)

    async def ask(self, **options: Any) -> Asking:
        prompt = f"scene {len(self.asked):03}."
        user = self.rng.choice((self.discord.alice, self.discord.bob, self.discord.moderator))
        asking = await self.discord.person(user).command("imagine", prompt=prompt, **options)
        self.asked[prompt] = asking
        return asking

    async def rush(self) -> None:
        """More than the vendor's slots take at once, from several members."""
        for _ in range(5):
            await self.ask(model="max", count=2)
        for count in (1, 2):
            await self.ask(model="pro", count=count)

    async def at_rest(self, timeout: float = 40) -> None:
        async def unfinished() -> int:
            return self.count("jobs", UNFINISHED)

        await until(unfinished, 0, timeout)


@asynccontextmanager
async def town(folder: Path, provider: str, discord: LoopbackDiscord | None = None) -> AsyncGenerator[Town]:
    vendor = BflStandIn(retry_after=None) if provider == "bfl" else AimlapiStandIn()
    async with discord or LoopbackDiscord(limits=False) as discord, vendor:
        here = Town(folder, discord, vendor, provider)
        try:
            await here.start()
            yield here
        finally:
            if here.process is not None and here.process.returncode is None:
                here.process.kill()
                await here.process.wait()


# The moments at which the process is killed. Each waits until it has come.


async def rows_say(here: Town, table: str, where: str, least: int = 1) -> None:
    async def enough() -> bool:
        return here.count(table, where) >= least

    await until(enough, True)


async def while_queued(here: Town) -> None:
    await rows_say(here, "tasks", "state='queued'", here.rng.randint(1, 2))


async def while_sending(here: Town) -> None:
    """The vendor has taken a task and says nothing: billed, but nobody here knows it."""
    before = len(here.vendor.submits)
    here.vendor.next_submit(Fault.silence())

    async def sent() -> bool:
        return len(here.vendor.submits) > before

    await until(sent, True)
    await rows_say(here, "tasks", "state='submitting'")


async def while_running(here: Town) -> None:
    await rows_say(here, "tasks", "state='running'", here.rng.randint(1, 5))


async def while_delivering(here: Town) -> None:
    here.discord.faults.next("PATCH", EDIT, stall=1.0, applied=True, times=2)
    await rows_say(here, "jobs", "state='delivering' AND message_id IS NOT NULL")


async def just_answered(here: Town) -> None:
    """Between Discord's taking the placeholder and the row that knows it."""
    wanted = here.calls(CALLBACK) + here.rng.randint(1, 5)
    await here.discord.until(lambda: here.calls(CALLBACK) >= wanted)


async def just_edited(here: Town) -> None:
    """Between Discord's taking the pictures and the row that knows it."""
    wanted = here.calls(EDIT) + here.rng.randint(1, 2)
    await here.discord.until(lambda: here.calls(EDIT) >= wanted)


Moment = Callable[[Town], Awaitable[None]]
ALWAYS: list[Moment] = [just_answered, while_queued, while_sending, while_delivering, just_edited]


@pytest.mark.slow
@pytest.mark.parametrize(("provider", "moments"), [("bfl", [*ALWAYS, while_running]), ("aimlapi", ALWAYS)])
async def test_kills_at_any_moment_lose_nothing_and_double_nothing(
    tmp_path: Path, provider: str, moments: list[Moment]
) -> None:
    seen: Counter[str] = Counter()
    async with town(tmp_path, provider) as here:
        here.vendor.seconds = lambda _: here.rng.uniform(0.2, 0.8)
        here.rng.shuffle(moments := list(moments))
        for moment in moments:
            coming = asyncio.create_task(moment(here))
            await here.rush()
            await coming
            assert await here.end(signal.SIGKILL) == -signal.SIGKILL
            seen.update(state for (state,) in here.rows("SELECT state FROM tasks"))
            seen.update(state for (state,) in here.rows("SELECT state FROM jobs"))
            here.discord.faults.clear()
            await here.start()
        await here.at_rest()

        assert seen.keys() >= {"queued", "submitting", "delivering"} | ({"running"} if provider == "bfl" else set())
        _every_command_was_answered_once(here)
        _nothing_was_ordered_twice(here)
        assert here.count("jobs", "state='done'")  # how many depends on where the kills fell
        assert await books(here.settings) == []


def _every_command_was_answered_once(here: Town) -> None:
    messages = here.discord.messages()
    rows = {row[0]: row[1:] for row in here.rows("SELECT prompt, state, message_id, id, image_count FROM jobs")}
    for prompt, asking in here.asked.items():
        about = [message for message in messages if prompt in message.text]
        original = asking.interaction.original
        if prompt not in rows:  # it never got further than the socket
            assert about == []
            continue
        state, message_id, job_id, wanted = rows[prompt]
        assert len(about) == 1, f"{prompt} {state}: {[message.text for message in about]}"
        [message] = about
        assert original is None or message is original
        assert message.id == message_id
        made = here.count("tasks", f"job_id={job_id} AND state='made'")
        assert len(message.pictures) == made <= wanted
        if made:
            assert state == "done"
            assert "Reroll" in message.buttons
        else:
            assert state == "failed"
            assert message.buttons == ["Try again", "Delete"]
    assert sum(1 for message in messages if "scene" in message.text) == len(messages)


def _nothing_was_ordered_twice(here: Town) -> None:
    ordered = Counter(seen.body["seed"] for seen in here.vendor.submits if isinstance(seen.body, dict))
    assert not [seed for seed, times in ordered.items() if times > 1]
    tasks = dict(here.rows("SELECT seed, state FROM tasks"))
    assert ordered.keys() <= tasks.keys()
    assert {seed for seed, state in tasks.items() if state == "made"} <= ordered.keys()
    assert here.vendor.accepted <= here.count("tasks", "cost_microusd > 0")


async def test_a_stopped_bot_ends_in_order_and_its_next_start_delivers_what_ran(tmp_path: Path) -> None:
    async with town(tmp_path, "bfl") as here:
        here.vendor.seconds = 3.0
        asking = await here.ask()
        await rows_say(here, "tasks", "state='running'")
        message = await asking.reply()

        assert await here.end(signal.SIGTERM) == 0
        assert "Cancel" in message.buttons
        assert here.count("workers", "1=1") == 0

        await here.start()
        await here.discord.until(lambda: message.pictures)
        await here.at_rest()
        assert here.discord.messages() == [message]
        assert here.vendor.accepted == len(here.vendor.submits) == 1
        assert await books(here.settings) == []


@pytest.mark.slow
async def test_a_bot_leaves_what_another_bot_on_its_database_was_killed_over(tmp_path: Path) -> None:
    other = LoopbackDiscord(limits=False, application_id=2**60)
    async with town(tmp_path, "bfl") as a, town(tmp_path, "bfl", other) as b:
        a.vendor.seconds = 1.0
        asking = await a.ask(count=2)
        await rows_say(a, "tasks", "state='running'", 2)
        message = await asking.reply()
        assert await a.end(signal.SIGKILL) == -signal.SIGKILL
        await until(lambda: _leases(a), 1, 30)  # the dead one's has run out, and b has looked at what it left
        assert a.count("tasks", "state='running' AND cost_microusd=40000") == 2
        assert b.vendor.polls == []

        await a.start()
        await a.discord.until(lambda: len(message.pictures) == 2, 30)
        await a.at_rest()
        assert (b.discord.messages(), a.discord.messages()) == ([], [message])
        assert a.vendor.accepted == len(a.vendor.submits) == 2
        assert await books(a.settings) == []


async def _leases(here: Town) -> int:
    return here.count("workers", "1=1")
