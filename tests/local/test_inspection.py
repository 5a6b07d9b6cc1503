"""Behind the scenes of the playground: what is told of the bot, and the switches, as its page uses them."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.clock import MovableClock
from bot.config import Settings, load
from bot.local import embedding
from bot.local.inspection import Inspection
from playground import LoopbackDiscord
from playground.model import Message
from tests.support.bot import books
from tests.support.storage import database_url

HOUR = 3600


@dataclass
class Page:
    """An open panel."""

    url: str
    http: aiohttp.ClientSession
    told: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def listen(self) -> None:
        async with self.http.get(f"{self.url}/play/behind/told") as stream:
            async for line in stream.content:
                if line.startswith(b"data: "):
                    self.told.append(json.loads(line[6:]))
                    self.changed.set()

    async def until(self, condition: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        """Wait until something is told."""
        async with asyncio.timeout(30):
            while not (found := [one for one in self.told if condition(one)]):
                self.changed.clear()
                await self.changed.wait()
        return found[0]

    async def use(self, switch: str, person: int) -> str:
        async with self.http.post(f"{self.url}/play/behind/{switch}", json={"person": str(person)}) as answer:
            assert answer.status == 200
            return (await answer.json())["number"]


SECONDS = 0.2
"""How long a picture takes; a slow one ten times as long."""


@dataclass
class Home:
    """The playground with the bot in it, as `make run` starts both."""

    discord: LoopbackDiscord
    settings: Settings
    inspection: Inspection
    page: Page

    async def imagine(self, words: str = "a cat in a hat") -> Message:
        asking = await self.discord.person(self.discord.alice).command("imagine", prompt=words)
        return await asking.reply()

    async def ended(self, message: Message) -> Message:
        await self.discord.until(lambda: "Cancel" not in message.buttons)
        return message


@pytest.fixture
async def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Home]:
    monkeypatch.setattr(embedding, "PLAYGROUND_PORT", 0)
    opened: list[LoopbackDiscord] = []
    enter = LoopbackDiscord.__aenter__

    async def noted(self: LoopbackDiscord) -> LoopbackDiscord:
        opened.append(self)
        self.context.interactions.acknowledge_seconds = 60 * HOUR
        return await enter(self)

    monkeypatch.setattr(LoopbackDiscord, "__aenter__", noted)
    given = load(None, database_url=database_url(tmp_path), sandbox_seconds=SECONDS)
    stop = asyncio.Event()
    async with AsyncExitStack() as stack:
        changed, url, inspection = await stack.enter_async_context(embedding.playground(given))
        http = await stack.enter_async_context(aiohttp.ClientSession())
        running = asyncio.create_task(embedding.run(changed, stop, inspection))
        await opened[0].bot_ready()
        page = Page(url, http)
        listening = asyncio.create_task(page.listen())
        yield Home(opened[0], changed, inspection, page)
        stop.set()
        await running
        listening.cancel()
        await asyncio.wait([listening])


async def test_a_jobs_states_requests_and_bookings_are_told_as_they_happen(home: Home) -> None:
    await home.ended(await home.imagine("a SECRET cat"))
    await home.page.until(lambda one: one["kind"] == "job" and one["state"] == "done")
    await home.page.until(lambda one: one["kind"] == "booking" and one["what"] == "settle")
    states = [one["state"] for one in home.page.told if one["kind"] == "job"]
    assert states[0] in {"queued", "submitting"}
    assert {one["name"] for one in home.page.told if one["kind"] != "request"} == {"Alice"}
    assert states[-1] == "done"
    assert [one["what"] for one in home.page.told if one["kind"] == "booking"] == ["reserve", "settle"]
    calls = [(one["method"], one["host"]) for one in home.page.told if one["kind"] == "request"]
    assert {("submit", "sandbox"), ("poll", "sandbox")} <= set(calls)
    assert "SECRET" not in json.dumps(home.page.told)


async def test_a_panel_that_opens_late_is_told_what_it_missed(home: Home) -> None:
    await home.ended(await home.imagine())
    await home.page.until(lambda one: one["kind"] == "job" and one["state"] == "done")
    late = Page(home.page.url, home.page.http)
    listening = asyncio.create_task(late.listen())
    await late.until(lambda one: one["kind"] == "job" and one["state"] == "done")
    assert late.told == home.page.told[: len(late.told)]
    listening.cancel()


@pytest.mark.parametrize(("switch", "error"), [("moderated", "Moderated"), ("error", "GenerationFailed")])
async def test_the_next_picture_ends_badly_and_costs_nothing(home: Home, switch: str, error: str) -> None:
    await home.page.use(switch, home.discord.alice.id)
    refused = await home.ended(await home.imagine())
    assert refused.pictures == []
    await home.page.until(lambda one: one["kind"] == "request" and one["answer"] == error)
    await home.page.until(lambda one: one["kind"] == "booking" and one["what"] == "release")
    assert (await home.ended(await home.imagine())).pictures  # only the next


async def test_the_next_picture_is_slow(home: Home) -> None:
    await home.page.use("slow", home.discord.alice.id)
    message = await home.imagine()
    assert (await home.ended(message)).pictures
    await home.page.until(lambda one: one["kind"] == "request" and one["method"] == "poll")
    first = {one["method"]: one["at"] for one in reversed(home.page.told) if one["kind"] == "request"}
    assert first["poll"] - first["submit"] > 5 * SECONDS


async def test_all_credits_are_used_up_and_a_grant_helps(home: Home) -> None:
    alice, moderator = home.discord.alice, home.discord.person(home.discord.moderator)
    assert await home.page.use("broke", alice.id) == "200"
    assert await home.page.use("broke", alice.id) == "0"
    refused = await home.imagine()
    assert refused.ephemeral
    assert "0 of 200 left" in refused.text
    await (await moderator.command("moderate grant", member=alice, credits=5)).reply()
    assert (await home.ended(await home.imagine())).pictures
    assert await home.page.use("broke", alice.id) == "4"  # what is left of the grant
    assert (await home.imagine()).ephemeral
    assert await books(home.settings) == []


async def test_unlimited_credits_cannot_be_used_up_and_it_says_so(home: Home) -> None:
    moderator = home.discord.person(home.discord.moderator)
    await (await moderator.command("settings quota", unlimited=True)).reply()
    assert await home.page.use("broke", home.discord.alice.id) == "unlimited"


async def test_open_pages_are_told_what_time_it_is_when_the_clock_is_put_forward(home: Home) -> None:
    address = f"{home.page.url}/play/ws?person={home.discord.bob.id}"
    async with home.page.http.ws_connect(address) as tab:
        before = (await tab.receive_json(timeout=30))["now"]
        await home.page.use("hour", home.discord.alice.id)
        async with asyncio.timeout(30):
            while (frame := await tab.receive_json())["t"] != "clock":
                pass
    assert frame["now"] - before >= HOUR * 1000


async def test_credits_come_back_when_a_day_of_hours_has_passed(home: Home) -> None:
    alice = home.discord.alice
    await home.page.use("broke", alice.id)
    before = home.discord.world.clock()
    for _ in range(24):
        await home.page.use("hour", alice.id)
    assert home.discord.world.clock() - before >= 24 * HOUR
    assert (await home.ended(await home.imagine())).pictures


async def test_an_hour_later_an_answers_token_has_died_and_its_picture_comes_all_the_same(home: Home) -> None:
    await home.page.use("slow", home.discord.alice.id)
    message = await home.imagine()
    await home.page.until(lambda one: one["kind"] == "job" and one["state"] == "running")
    await home.page.use("hour", home.discord.alice.id)
    await home.ended(message)
    assert home.discord.world.clock() - message.created_at >= HOUR


async def test_the_bot_begins_anew_and_loses_nothing(home: Home) -> None:
    await home.page.use("slow", home.discord.alice.id)
    message = await home.imagine()
    await home.page.until(lambda one: one["kind"] == "job" and one["state"] == "running")
    ended = home.inspection.ending
    await home.page.use("restart", home.discord.alice.id)
    await home.discord.until(lambda: home.inspection.ending is not ended and home.discord.gateway.online)
    assert (await home.ended(message)).pictures
    assert (await home.ended(await home.imagine("a dog"))).pictures
    assert await books(home.settings) == []


async def test_without_somebody_who_tells_there_is_no_panel() -> None:
    async with LoopbackDiscord(page=True) as discord, aiohttp.ClientSession() as http:
        async with http.get(f"{discord.url}/play/behind") as answer:
            assert await answer.json() == []
        for method, path in (("GET", "told"), ("POST", "restart")):
            async with http.request(method, f"{discord.url}/play/behind/{path}", json={}) as answer:
                assert answer.status == 404


async def test_another_site_can_switch_nothing(home: Home) -> None:
    headers = {"Origin": "https://elsewhere.example"}
    async with home.page.http.post(f"{home.page.url}/play/behind/restart", json={}, headers=headers) as answer:
        assert answer.status == 403


def test_with_a_token_nothing_of_it_is_loaded_nor_of_other_commands_or_databases(tmp_path: Path) -> None:
    script = (
        "import asyncio, sys\n"
        "from bot import __main__ as program, app\n"
        "from bot.storage import open_database\n"
        "async def run(settings, *_, **__):\n"
        "    async with open_database(settings.database_url): pass\n"
        "app.run = run\n"
        "sys.argv = ['atelier', 'run']\n"
        "try: program.main()\n"
        "except SystemExit: pass\n"
        "others = ('playground', 'bot.local', 'bot.doctor', 'bot.cli.databases', 'bot.cli.initial_setup')\n"
        "others += ('bot.storage.backup', 'bot.storage.moving', 'bot.observability.http', 'bot.legal')\n"
        "others += ('sqlalchemy.dialects.postgresql', 'psycopg', 'alembic')\n"
        "print(sorted(name for name in sys.modules if name.startswith(others)))\n"
    )
    env = {"DISCORD_TOKEN": "x" * 40, "PYTHONPATH": str(Path(__file__).parents[2])}
    ended = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=60
    )
    assert ended.stdout.splitlines()[-1] == "[]"


async def test_who_waits_for_a_time_wakes_when_the_clock_is_put_past_it() -> None:
    clock, event, later = MovableClock(), asyncio.Event(), asyncio.Event()
    first = asyncio.create_task(clock.wait(event, clock.monotonic() + HOUR * 1000))
    second = asyncio.create_task(clock.wait(later, clock.monotonic() + 2 * HOUR * 1000))
    await asyncio.sleep(0)
    before = clock.now()
    clock.put_forward(HOUR * 1000)
    await asyncio.wait_for(first, 10)
    assert clock.now() - before >= HOUR * 1000
    assert not second.done()
    clock.put_forward(HOUR * 1000)
    await asyncio.wait_for(second, 10)
