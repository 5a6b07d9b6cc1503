"""What the operator is told, and the money: price list, budget, alerts, the place in the queue."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import generate_latest

from bot import doctor
from bot.cli.start_table import start_table
from bot.config import load
from playground import LoopbackDiscord
from playground.messages import Message
from tests.standins import BflStandIn
from tests.support.bot import RunningBot, bot_on, running_bot, settings_for
from tests.support.remixing import imagine
from tests.support.storage import about_a_file, in_one_process


def on_bfl(vendor: BflStandIn, **more: Any) -> dict[str, Any]:
    return {"providers": "bfl", "bfl_api_key": vendor.key, "bfl_api_url": vendor.url} | more


def told(home: RunningBot, words: str) -> list[Message]:
    """The direct messages to the bot's owner that hold these words."""
    server = home.discord
    return [one for one in server.messages(server.dm(server.application_owner)) if words in one.text]


async def ask(home: RunningBot) -> str:
    return (await (await home.discord.person(home.discord.alice).command("imagine", prompt="a kite")).reply()).text


async def test_the_owner_is_told_once_at_80_and_at_100_percent(tmp_path: Path) -> None:
    settings = {"price_list": "bfl.pro=0.01", "daily_budget_usd": 0.05}
    async with (
        BflStandIn(seconds=0.05, tells_cost=False) as vendor,
        running_bot(tmp_path, **on_bfl(vendor, **settings)) as home,
    ):
        for _ in range(3):
            await imagine(home)
        assert told(home, "DAILY_BUDGET_USD") == []
        await imagine(home)
        await home.discord.until(lambda: told(home, "80%"))
        await imagine(home)
        await home.discord.until(lambda: told(home, "All of DAILY_BUDGET_USD"))
        assert "reached its budget" in await ask(home)
        assert b"atelier_budget_share 1.0" in generate_latest(home.app.metrics.registry)
        assert b"atelier_spend_usd_total" in generate_latest(home.app.metrics.registry)
        assert (len(told(home, "80%")), len(told(home, "All of DAILY_BUDGET_USD"))) == (1, 1)


async def test_a_restart_does_not_repeat_an_alert(tmp_path: Path) -> None:
    async with BflStandIn(seconds=0.05, tells_cost=False) as vendor, LoopbackDiscord(limits=False) as server:
        changes = on_bfl(vendor, price_list="bfl.pro=0.01", daily_budget_usd=0.05)
        settings = settings_for(tmp_path, server, **changes)
        async with bot_on(server, settings) as app:
            home = RunningBot(server, app, settings)
            for _ in range(4):
                await imagine(home)
            await server.until(lambda: told(home, "80%"))
        async with bot_on(server, settings) as app:
            home = RunningBot(server, app, settings)
            await imagine(home)
            await server.until(lambda: told(home, "All of DAILY_BUDGET_USD"))
            assert len(told(home, "80%")) == 1


async def test_a_vendor_that_refuses_the_key_or_wants_money_is_told(tmp_path: Path) -> None:
    async with BflStandIn(seconds=0.05) as vendor, running_bot(tmp_path, **on_bfl(vendor)) as home:
        server = home.discord
        moderator = server.person(server.moderator)
        await (await moderator.use("settings log-channel", {"channel": server.other_channel})).reply()
        vendor.key = "another"
        first = await (await server.person(server.alice).command("imagine", prompt="a kite")).reply()
        await server.until(lambda: "No picture this time" in first.text)
        await server.until(lambda: told(home, "does not accept the bot's key"))
        assert home.app.settings.bfl_api_key is not None
        assert home.app.settings.bfl_api_key.get_secret_value() not in told(home, "key")[0].text

        def posted() -> bool:
            return any("does not accept the bot's key" in one.text for one in server.messages(server.other_channel))

        await server.until(posted, 25)


async def test_the_waiting_message_says_when_it_will_be_ready_once_that_is_known(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        alice = server.person(server.alice)
        for _ in range(2):
            await imagine(home, count=4)
        waiting = [await (await alice.command("imagine", prompt="[slow] kite", count=4)).reply() for _ in range(4)]
        assert any(re.search(r"number \d+ · ready about <t:", one.text) for one in waiting)
        await home.at_rest()


@in_one_process
async def test_a_new_member_waits_behind_no_more_than_their_share(tmp_path: Path) -> None:
    async with running_bot(tmp_path, sandbox_seconds=30) as home:
        server = home.discord
        for _ in range(5):
            await (await server.person(server.alice).command("imagine", prompt="many", count=4)).reply()
        bob = await (await server.person(server.bob).command("imagine", prompt="one")).reply()
        assert "number 1 " in bob.text
        for member in (server.alice, server.bob):
            moderator = server.person(server.moderator)
            await (await moderator.use("moderate cancel", {"member": member})).reply()
        await home.at_rest()


async def test_proxies_of_the_environment_are_not_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # nobody listens there
    async with BflStandIn() as vendor, running_bot(tmp_path, **on_bfl(vendor)) as home:
        assert (await imagine(home)).pictures


async def test_the_bill_is_bounded_at_ten_dollars_where_the_operator_has_said_nothing(tmp_path: Path) -> None:
    changes = {"price_list": "bfl.pro=4", "daily_budget_usd": None}
    async with (
        BflStandIn(seconds=0.05, tells_cost=False) as vendor,
        running_bot(tmp_path, **on_bfl(vendor, **changes)) as home,
    ):
        for _ in range(2):
            await imagine(home)
        assert "reached its budget" in await ask(home)


def test_the_start_up_table_says_what_bounds_the_bill() -> None:
    assert ("Budget", "off", "nothing here costs money") in start_table(load(None), None)
    (row,) = (row for row in start_table(load(None, bfl_api_key="k"), None) if row[0] == "Budget")
    assert row[1:] == (
        "default",
        "in 24 hours 10 dollars in all, 40 credits a member, 400 a server (DAILY_BUDGET_USD and others)",
    )


HIGH = {"server_daily_credits": 1_000_000, "daily_budget_usd": 100_000}


async def test_the_start_warns_of_a_public_bot_whose_ceilings_are_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for changes, warned in (({}, 0), (HIGH, 1)):
        async with BflStandIn() as vendor, running_bot(tmp_path, **on_bfl(vendor, **changes)):
            said = capsys.readouterr().out
        assert said.count("SERVER_DAILY_CREDITS, DAILY_BUDGET_USD") == warned
        assert said.count("anybody can add this bot") == warned


async def test_doctor_warns_of_a_public_bot_whose_ceilings_are_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with BflStandIn() as vendor, LoopbackDiscord(limits=False) as server:
        for changes, said in (
            ({}, "ok   Ceilings   anybody can add the bot; 900 dollars in all"),
            (HIGH, "WARN Ceilings"),
        ):
            assert await doctor.examine(settings_for(tmp_path, server, **on_bfl(vendor, **changes))) == 0
            assert said in capsys.readouterr().out


@about_a_file
async def test_doctor_makes_no_database_where_there_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with BflStandIn() as vendor, LoopbackDiscord(limits=False) as server:
        settings = settings_for(tmp_path, server, **on_bfl(vendor))
        assert await doctor.examine(settings) == 0
    assert "there is none at" in capsys.readouterr().out
    assert not (tmp_path / "atelier.db").exists()


@pytest.mark.parametrize("address", ["user:se@cret@host/db", "user@host/db?password=secret&sslmode=require"])
def test_the_start_table_shows_where_the_database_is_without_its_password(address: str) -> None:
    (row,) = (
        row for row in start_table(load(None, database_url=f"postgresql://{address}"), None) if row[0] == "Database"
    )
    assert "host/db" in row[2]
    assert "cret" not in row[2]
