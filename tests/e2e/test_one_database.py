"""Several bots, or one bot several times, on one database: each leaves alone what is another's."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from playground import LoopbackDiscord
from tests.standins import AimlapiStandIn
from tests.support.bot import RunningBot, bot_on, running_bot, settings_for, until
from tests.support.remixing import head_of, imagine, thread_under
from tests.support.storage import HELPERS
from tests.support.vendors import using


class TwinClock:
    """Shows two Discords the same time while they are made, so that people and places have the same ids in both."""

    def __init__(self) -> None:
        self._start = time.time()
        self.runs = False

    def __call__(self) -> float:
        return time.time() if self.runs else self._start


@asynccontextmanager
async def home_on(folder: Path, server: LoopbackDiscord) -> AsyncGenerator[RunningBot]:
    settings = settings_for(folder, server)
    async with bot_on(server, settings) as app:
        yield RunningBot(server, app, settings)


async def erase(home: RunningBot) -> None:
    alice = home.discord.person(home.discord.alice)
    question = await (await alice.command("privacy delete")).reply()
    await (await alice.click(question, "Delete my data")).acknowledged()


async def test_a_bot_leaves_another_ones_messages_and_threads_to_it_when_a_member_of_both_erases_everything(
    tmp_path: Path,
) -> None:
    clock = TwinClock()
    first = LoopbackDiscord(limits=False, clock=clock)
    second = LoopbackDiscord(limits=False, clock=clock, application_id=2**60)
    clock.runs = True
    async with first, second:
        assert (first.alice.id, first.channel.id) == (second.alice.id, second.channel.id)
        async with home_on(tmp_path, first) as a:
            theirs = await imagine(a)
            head = head_of(await thread_under(a, theirs))
        async with home_on(tmp_path, second) as b:
            own = await imagine(b)
            await erase(b)
            await second.until(lambda: own.deleted)
            await until(lambda: b.count("jobs", "erase_message"), 1)
            tried = [call for call in second.calls if call.method in {"DELETE", "PATCH"}]
            message = "/channels/{channel_id}/messages/{message_id}"
            assert [(call.method, call.status) for call in tried if call.template == message] == [("DELETE", 204)]
            assert not theirs.deleted
        async with home_on(tmp_path, first) as a:
            await first.until(lambda: theirs.deleted)
            await first.until(lambda: head is not None and not head.pictures)
            await until(lambda: a.count("jobs", "erase_message"), 0)
            assert await a.books() == []


async def test_two_processes_on_one_machine_interrupt_none_of_each_others_jobs(tmp_path: Path) -> None:
    """They have one host name, as two containers may, and here even one process number."""
    async with AimlapiStandIn() as vendor, running_bot(tmp_path, **using("aimlapi", vendor)) as home:
        vendor.seconds = 5.0  # longer than it takes to look for the dead
        async with bot_on(home.discord, home.settings, seed=2):
            alice = home.discord.person(home.discord.alice)
            for _ in range(4):
                await alice.command("imagine", prompt="a red kite")
            await until(lambda: home.count("workers"), 2 + HELPERS)
            await until(lambda: home.count("jobs", "state='done'"), 4, 30)
            assert await home.count("tasks", "state='failed'") == 0
            assert vendor.accepted == len(vendor.submits) == 4
            assert await home.books() == []
