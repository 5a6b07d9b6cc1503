"""The same bot runs twice on one database, as in a rolling update: what both hear is made, said and charged once."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.standins import BflStandIn
from tests.support.bot import RunningBot, bot_on, running_bot
from tests.support.remixing import finished, imagine
from tests.support.vendors import using


@asynccontextmanager
async def running_twice(folder: Path) -> AsyncGenerator[RunningBot]:
    async with running_bot(folder) as home, bot_on(home.discord, home.settings, seed=2):
        yield home


async def once(home: RunningBot, jobs: int) -> None:
    """Each was accepted, posted and booked once, and nobody was told anything else."""
    await home.at_rest()
    assert await home.count("jobs") == await home.count("ledger", "kind='settle' AND credits=1") == jobs
    assert [message.pictures for message in home.discord.messages() if len(message.pictures) != 1] == []
    assert len(home.discord.messages()) == jobs
    assert await home.books() == []


async def test_a_command_that_two_processes_hear_is_accepted_once(tmp_path: Path) -> None:
    async with running_twice(tmp_path) as home:
        await imagine(home)
        await once(home, 1)


async def test_a_command_that_two_processes_hear_is_bought_and_paid_once(tmp_path: Path) -> None:
    async with BflStandIn() as vendor, running_bot(tmp_path, **using("bfl", vendor)) as home:
        async with bot_on(home.discord, home.settings, seed=2):
            await imagine(home)
            await once(home, 1)
        assert vendor.accepted == len(vendor.submits) == 1
        assert home.rows.ask("SELECT sum(credits) FROM ledger WHERE kind='reserve'") == [(1,)]


async def test_a_member_who_may_have_one_job_is_not_told_that_it_is_the_second(tmp_path: Path) -> None:
    async with running_bot(tmp_path, user_jobs=1) as home, bot_on(home.discord, home.settings, seed=2):
        message = await imagine(home)
        assert not message.ephemeral
        await once(home, 1)


async def test_a_button_that_two_processes_hear_is_pressed_once(tmp_path: Path) -> None:
    async with running_twice(tmp_path) as home:
        message = await imagine(home)
        await finished(home, await home.discord.person(home.discord.bob).click(message, "Reroll"))
        await once(home, 2)


async def test_a_reply_that_two_processes_hear_is_answered_once(tmp_path: Path) -> None:
    async with running_twice(tmp_path) as home:
        server, first = home.discord, await imagine(home)
        said = server.person(server.bob).say(f"<@{server.bot_id}> paint it blue", reply_to=first)
        answer = await server.until(lambda: next((one for one in server.messages() if one.reply_to is said), None))
        await home.finished(answer)
        await home.at_rest()
        assert await home.count("jobs") == await home.count("ledger", "kind='settle'") == 2
        assert [one for one in server.messages() if one.reply_to is said] == [answer]
