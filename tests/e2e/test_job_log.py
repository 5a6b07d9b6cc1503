"""One id runs through a job's log lines: its code stands in all of them, from the command to the delivery."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
import structlog

from bot.observability import log
from playground.messages import Message
from tests.standins import BflStandIn
from tests.standins.faults import Fault
from tests.support.bot import RunningBot, running_bot, until
from tests.support.vendors import using

pytestmark = pytest.mark.usefixtures("restored_logging")
Line = dict[str, Any]
EDIT = "/webhooks/{application_id}/{token}/messages/{message_id}"


@pytest.fixture
async def vendor() -> AsyncGenerator[BflStandIn]:
    async with BflStandIn() as vendor:
        yield vendor


@pytest.fixture
async def home(tmp_path: Path, vendor: BflStandIn) -> AsyncGenerator[RunningBot]:
    async with running_bot(tmp_path, **using("bfl", vendor)) as home:
        yield home


def listen(level: str = "DEBUG") -> None:
    log.configure(level, "json", ())
    structlog.configure(cache_logger_on_first_use=False)  # the modules' own loggers go on after this test


async def life(home: RunningBot, capsys: pytest.CaptureFixture[str]) -> tuple[str, list[Line]]:
    """One job's code, and our lines from its acceptance to its end; no other job is there."""
    listen()
    await imagine(home)
    return await heard(capsys)


async def heard(capsys: pytest.CaptureFixture[str]) -> tuple[str, list[Line]]:
    said = ""

    def job() -> list[Line]:
        lines: list[Line] = [json.loads(line) for line in said.splitlines()]
        ours = [line for line in lines if line["logger"].startswith("bot.")]
        events = [line["event"] for line in ours]
        begin = events.index("accepted") if "accepted" in events else len(events)  # another's end may come before
        return ours[begin : events.index("ended", begin) + 1] if "ended" in events[begin:] else []

    async def ended() -> bool:
        nonlocal said
        said += capsys.readouterr().err
        return bool(job())

    await until(ended, True)  # the row says so a little earlier than the log
    return job()[0]["job"], job()


async def imagine(home: RunningBot) -> Message:
    asking = await home.discord.person(home.discord.alice).command("imagine", prompt="a red kite")
    message = await home.finished(await asking.reply())
    await home.at_rest()
    return message


def unnamed(code: str, lines: list[Line]) -> list[Line]:
    return [line for line in lines if line.get("job") != code]


async def test_every_line_from_acceptance_to_delivery_names_the_job(
    home: RunningBot, capsys: pytest.CaptureFixture[str]
) -> None:
    code, lines = await life(home, capsys)
    assert unnamed(code, lines) == []
    events = [line["event"] for line in lines]
    assert {"accepted", "provider answered", "ordered", "made", "ended"} <= set(events)
    assert events.count("provider answered") >= 2  # the order and a poll


async def test_every_line_of_a_job_that_fails_names_it_too(
    home: RunningBot, vendor: BflStandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    vendor.next_submit(Fault.status(503))
    vendor.next_poll(Fault.status(500))
    vendor.next_poll(Fault.error())
    home.discord.faults.next("PATCH", EDIT, status=404)
    code, lines = await life(home, capsys)
    assert unnamed(code, lines) == []
    events = {line["event"] for line in lines}
    assert {"provider refused", "submit refused", "provider rests", "poll failed", "task failed"} <= events


async def test_the_acceptance_names_the_interaction_that_asked(
    home: RunningBot, capsys: pytest.CaptureFixture[str]
) -> None:
    code, lines = await life(home, capsys)
    assert [(lines[0]["interaction"],)] == home.rows.ask(f"SELECT event_id FROM jobs WHERE code = '{code}'")


async def test_a_job_that_a_reply_asked_for_names_that_message(
    home: RunningBot, capsys: pytest.CaptureFixture[str]
) -> None:
    server, first = home.discord, await imagine(home)
    listen()
    said = server.person(server.bob).say(f"<@{server.bot_id}> paint it blue", reply_to=first)
    await server.until(lambda: any(one.reply_to is said and "Cancel" not in one.buttons for one in server.messages()))
    await home.at_rest()
    code, lines = await heard(capsys)
    assert unnamed(code, lines) == []
    assert lines[0]["message"] == said.id


async def test_an_operator_reads_one_line_a_request_that_says_all_of_it(
    home: RunningBot, capsys: pytest.CaptureFixture[str]
) -> None:
    server = home.discord
    listen("INFO")
    first = await imagine(home)
    said = server.person(server.bob).say(f"<@{server.bot_id}> paint it blue", reply_to=first)
    await server.until(lambda: any(one.reply_to is said and "Cancel" not in one.buttons for one in server.messages()))
    heard = ""

    async def ended() -> int:
        nonlocal heard
        heard += capsys.readouterr().err
        return heard.count('"ended"')

    await until(ended, 2)
    lines = [json.loads(line) for line in heard.splitlines()]
    told = [line for line in lines if line["logger"].startswith("bot.") and "job" in line]
    assert first.interaction is not None
    assert [(line["event_id"], line["origin"]) for line in told] == [
        (first.interaction.id, "imagine"),
        (said.id, "remix"),
    ]
    always = {"event": "ended", "model": "pro", "state": "done", "failure": None, "pictures": 1}
    assert all(always.items() <= line.items() for line in told)
    assert [line["member"] for line in told] == [server.alice.id, server.bob.id]
    assert all(line["server"] == server.guild.id and line["seconds"] < 60 for line in told)
