"""The bot on its embedded Discord, as `make run` starts it without a token."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.config import Settings, load
from bot.local import embedding
from playground import LoopbackDiscord
from playground.permissions import Permission, in_channel
from tests.support.bot import bot_on
from tests.support.storage import database_url


def settings(folder: Path, **changes: Any) -> Settings:
    return load(None, **({"database_url": database_url(folder), "sandbox_seconds": 0.05} | changes))


@asynccontextmanager
async def playground(
    monkeypatch: pytest.MonkeyPatch, given: Settings, **how: bool
) -> AsyncGenerator[tuple[Settings, LoopbackDiscord]]:
    """The playground on a free port, and the Discord in it."""
    monkeypatch.setattr(embedding, "PORT", 0)
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
    greeting, picture = discord.messages()
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
