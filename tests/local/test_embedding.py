"""The bot on its embedded Discord, as `make run` starts it without a token."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.cli.start_table import start_table
from bot.config import Settings, load
from bot.local import embedding
from bot.local.inspection import Inspection
from playground import LoopbackDiscord
from playground.permissions import Permission, in_channel
from tests.support.bot import bot_on
from tests.support.rows import Rows
from tests.support.storage import database_url


def settings(folder: Path, **changes: Any) -> Settings:
    return load(None, **({"database_url": database_url(folder), "sandbox_seconds": 0.05} | changes))


def kept(folder: Path) -> set[str]:
    """What a folder has in it."""
    return {one.name for one in folder.iterdir()}


@asynccontextmanager
async def playground(
    monkeypatch: pytest.MonkeyPatch, given: Settings, **how: bool
) -> AsyncGenerator[tuple[Settings, LoopbackDiscord]]:
    """The playground on a free port, and the Discord in it."""
    monkeypatch.setattr(embedding, "PLAYGROUND_PORT", 0)
    opened: list[LoopbackDiscord] = []
    enter = LoopbackDiscord.__aenter__

    async def noted(self: LoopbackDiscord) -> LoopbackDiscord:
        opened.append(self)
        return await enter(self)

    monkeypatch.setattr(LoopbackDiscord, "__aenter__", noted)
    async with embedding.playground(given, **how) as (changed, _, _):
        yield changed, opened[0]


async def test_the_playground_opens_with_a_picture_that_the_bot_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = settings(tmp_path)
    async with playground(monkeypatch, given, welcome=True) as (changed, discord), bot_on(discord, changed):
        await discord.until(lambda: [one for one in discord.messages() if one.pictures and "Remix" in one.buttons])
    picture, greeting = await discord.until(lambda: discord.messages()[1:] and discord.messages())
    assert "/moderate grant" in greeting.text
    assert (picture.author.id, picture.interaction and picture.interaction.user) == (discord.bot_id, discord.bob)


async def test_no_picture_is_asked_for_where_it_would_cost_money(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = settings(tmp_path, bfl_api_key="k" * 20, bfl_api_url="http://127.0.0.1:9")
    async with playground(monkeypatch, given, welcome=True) as (changed, discord), bot_on(discord, changed):
        await (await discord.person(discord.alice).command("help")).reply()
        assert [one for one in discord.messages() if not one.ephemeral] == []
        assert changed.daily_credits == 20


def test_the_start_table_says_that_pictures_cost_money_in_the_playground_too() -> None:
    page = "http://127.0.0.1:8790"
    said = ("Pictures", "real", "the keys in .env are used and pictures cost money; PROVIDERS=sandbox paints for free")
    keys = {"bfl_api_key": "k" * 20, "vtrix_api_key": "k" * 20}
    assert start_table(load(None, **keys), page).count(said) == 1
    assert said not in start_table(load(None, **keys), None)  # there nobody is surprised
    assert said not in start_table(load(None, **keys, providers="sandbox"), page)
    assert said not in start_table(load(None), page)


async def test_members_have_credits_to_play_with_unless_the_operator_has_said_how_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with playground(monkeypatch, settings(tmp_path)) as (changed, discord), bot_on(discord, changed):
        assert "200" in (await (await discord.person(discord.alice).command("quota")).reply()).text
        assert min(changed.member_daily_credits, changed.server_daily_credits) > 200  # room for a moderator's grants
    async with playground(monkeypatch, settings(tmp_path, daily_credits=3)) as (changed, _):
        assert changed.daily_credits == 3


async def test_the_moderators_channel_takes_the_log_and_is_hidden_from_members(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with playground(monkeypatch, settings(tmp_path)) as (changed, discord), bot_on(discord, changed):
        staff, needed = discord.staff_channel, Permission.VIEW_CHANNEL | Permission.SEND_MESSAGES
        seen = {user.name: bool(in_channel(staff, user.id) & needed) for user in discord.world.users.values()}
        assert {name for name, sees in seen.items() if sees} == {"mod", "owner", "atelier"}
        moderator = discord.person(discord.moderator)
        await (await moderator.use("settings log-channel", {"channel": staff})).reply()
        await (await moderator.command("moderate block", member=discord.bob)).reply()
        await discord.until(
            lambda: any("Bob" in one.text or str(discord.bob.id) in one.text for one in discord.messages(staff))
        )


@asynccontextmanager
async def made_run(
    monkeypatch: pytest.MonkeyPatch, given: Settings, **how: bool
) -> AsyncGenerator[tuple[LoopbackDiscord, Inspection]]:
    """The bot in its playground, as `make run` runs it."""
    inspections: list[Inspection] = []

    def noted(*given: Any) -> Inspection:
        inspections.append(Inspection(*given))
        return inspections[0]

    monkeypatch.setattr(embedding, "Inspection", noted)
    async with playground(monkeypatch, given, **how) as (changed, discord):
        stop = asyncio.Event()
        running = asyncio.create_task(embedding.run(changed, stop, inspections[0]))
        try:
            await discord.bot_ready()
            yield discord, inspections[0]
        finally:
            stop.set()
            await running


async def test_a_fresh_playground_takes_reports_and_tells_them_to_its_moderators(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = settings(tmp_path)
    async with made_run(monkeypatch, given, welcome=True) as (discord, _):
        await discord.until(lambda: [one for one in discord.messages() if "Remix" in one.buttons])
        alice, [picture] = discord.person(discord.alice), [one for one in discord.messages() if one.pictures]
        form = await alice.context_menu("Report image", picture)
        await (await alice.submit(form, reason="not nice")).acknowledged()
        for words in ("not nice", "changed the rules"):  # in either order
            await discord.until(
                lambda words=words: any(words in one.text for one in discord.messages(discord.staff_channel))
            )
        assert Rows(given.database_url).count("audit", f"actor_id = {discord.moderator.id}") == 1


async def test_only_what_make_run_starts_begins_with_a_rule_and_no_moderators_choice_is_overruled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = settings(tmp_path)
    rows = Rows(given.database_url)
    async with made_run(monkeypatch, given) as _:
        assert rows.count("audit") == 0
    async with made_run(monkeypatch, given, welcome=True) as (discord, inspection):
        moderator = discord.person(discord.moderator)
        await (await moderator.use("settings reset", {"rule": "log-channel"})).reply()
        changes = rows.count("audit")
        inspection.ending.set()
        await discord.until(lambda: not discord.gateway.online)
        await discord.bot_ready()
        assert rows.count("audit") == changes


async def test_the_playground_has_a_database_of_its_own_that_is_gone_when_it_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    given = load(None, sandbox_seconds=0.05)
    async with playground(monkeypatch, given) as (changed, discord), bot_on(discord, changed):
        await (await discord.person(discord.alice).command("imagine", prompt="a cat")).reply()
        (folder,) = kept(tmp_path / "data")
        assert "atelier.db" in kept(tmp_path / "data" / folder)
    assert kept(tmp_path / "data") == set()
    assert ("Database", "embedded", "forgotten when it ends; DATABASE_URL names one that is kept") in start_table(
        given, "http://127.0.0.1:8790"
    )


async def test_a_database_that_the_operator_names_is_used_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    given = settings(tmp_path)
    async with playground(monkeypatch, given) as (changed, discord), bot_on(discord, changed):
        assert changed.database_url == given.database_url
    assert "data" not in kept(tmp_path)
    assert "forgotten" not in str(start_table(given, "http://127.0.0.1:8790"))


async def test_what_a_killed_playground_left_is_removed_a_day_later_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("playground-old", "playground-in-use", "playground-new", "other"):
        (tmp_path / "data" / name).mkdir(parents=True)
        (tmp_path / "data" / name / "atelier.db").touch()
    for name in ("playground-old", "playground-old/atelier.db", "playground-in-use", "other", "other/atelier.db"):
        os.utime(tmp_path / "data" / name, (0, 0))
    async with playground(monkeypatch, load(None)):
        pass
    assert kept(tmp_path / "data") == {"playground-in-use", "playground-new", "other"}


def test_the_start_table_says_so_when_the_usual_port_is_taken() -> None:
    usual, other = (start_table(load(None), f"http://127.0.0.1:{port}")[0] for port in (8790, 40123))
    assert "taken" not in usual[2]
    assert "8790 is taken" in other[2]


async def test_who_starts_on_a_file_that_another_process_works_on_is_told_in_the_log(tmp_path: Path) -> None:
    shared = "another process works on this database, or has crashed: what it left is taken over within seconds"
    async with LoopbackDiscord() as discord:
        given = settings(tmp_path, discord_token=discord.token, discord_api_url=discord.api_url)
        with capture_logs() as logs:
            async with bot_on(discord, given):
                assert shared not in [one["event"] for one in logs]
                async with bot_on(discord, given, seed=2, awaited=False):
                    assert shared in [one["event"] for one in logs]
        with capture_logs() as logs:
            async with bot_on(discord, given):
                assert shared not in [one["event"] for one in logs]
