"""Accepting by rules that another process may have changed since they were read here."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.admission.checks import Admission
from bot.admission.standing import Standing
from bot.clock import DAY_MS
from bot.errors import Blocked, BlockedWords, NotHere, NotNow, OutOfCredits, VeryBusy
from bot.generation.service import GenerationService
from bot.guild_settings import store
from bot.guild_settings.rules import Rules
from bot.guild_settings.store import GuildSettings
from bot.models import Block, ImageRequest, Job, Place, ReplyToken
from bot.storage import departures, guild_rules, standing
from tests.support.generation import ALICE, PLACE, Generation, generation_on

GUILD = 7
HERE = Place(PLACE.channel_id, GUILD)


class Process:
    """One of several on a database: what it has read of the rules, and what it accepts by that."""

    def __init__(self, parts: Generation) -> None:
        database, clock, events = parts.database, parts.clock, parts.events
        self.settings = GuildSettings(database, Rules(daily_credits=9), clock, events.moderator_log)
        self.strikes = Standing(database, self.settings, clock, events.moderator_log)
        offers, rng = {name: one.capabilities for name, one in parts.providers.items()}, random.Random(4)
        rules = self.settings, self.strikes, events.moderator_log
        self.admission = Admission(database, *rules, offers, clock, rng)
        worker = parts.worker()
        self.worker = worker
        self.service = GenerationService(database, self.admission, worker, events, offers, clock, rng, parts.arrivals)

    async def ask(self, prompt: str = "a kite") -> Job:
        return (await self.service.submit(ImageRequest(prompt), ALICE, HERE, None)).job

    async def set(self, **rules: Any) -> None:
        await self.settings.change(GUILD, 1, lambda _: rules)


@pytest.mark.parametrize(
    ("rules", "refusal"),
    [
        ({"daily_credits": 0}, OutOfCredits),
        ({"denied_channels": (HERE.channel_id,)}, NotHere),
        ({"words": ("kite",)}, BlockedWords),
    ],
)
async def test_a_rule_holds_at_once_that_another_process_has_set(
    tmp_path: Path, rules: dict[str, Any], refusal: type[Exception]
) -> None:
    async with generation_on(tmp_path) as parts:
        one, other = Process(parts), Process(parts)
        await one.ask()
        await other.set(**rules)
        with pytest.raises(refusal):
            await one.ask()
        assert parts.rows.count("jobs") == 1


async def test_a_rule_that_another_process_has_lifted_refuses_nobody(tmp_path: Path) -> None:
    async with generation_on(tmp_path) as parts:
        one, other = Process(parts), Process(parts)
        await other.set(daily_credits=0, denied_channels=(HERE.channel_id,), words=("kite",))
        with pytest.raises(NotHere):
            await one.ask()
        await other.set(daily_credits=9, denied_channels=(), words=())
        assert (await one.ask()).request.prompt == "a kite"


async def test_who_is_blocked_is_told_so_however_long_the_queue_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with generation_on(tmp_path) as parts:
        one = Process(parts)
        await parts.database.write(standing.block, GUILD, Block(ALICE.id, 0, None, 1, "enough"))
        monkeypatch.setattr(one.worker, "seconds_until_done", lambda *_, **__: 1_000_000.0)
        with pytest.raises(Blocked):
            await one.ask()
        await parts.database.write(standing.unblock, GUILD, ALICE.id)
        with pytest.raises(VeryBusy):
            await one.ask()


async def test_a_block_holds_at_once(tmp_path: Path) -> None:
    async with generation_on(tmp_path) as parts:
        one = Process(parts)
        await one.ask()
        await parts.database.write(standing.block, GUILD, Block(ALICE.id, 0, None, 1, "enough"))
        with pytest.raises(Blocked):
            await one.ask()
        assert parts.rows.count("jobs") == 1


async def test_what_was_accepted_by_rules_that_have_changed_is_looked_at_once_more_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with generation_on(tmp_path) as parts:
        one, other = Process(parts), Process(parts)
        await one.ask()
        looks: list[bool] = []
        admit: Callable[..., Any] = one.admission.admit

        async def overtaken(*what: Any, anew: bool) -> Any:
            looks.append(anew)
            plan = await admit(*what, anew=anew)
            await other.set(daily_credits=20 + len(looks))
            return plan

        monkeypatch.setattr(one.admission, "admit", overtaken)
        with pytest.raises(NotNow):
            await one.ask()
        assert (looks, parts.rows.count("jobs")) == ([False, True], 1)
        assert await parts.faults() == []


async def test_rules_are_read_anew_where_a_server_that_was_left_begins_again(tmp_path: Path) -> None:
    async with generation_on(tmp_path) as parts:
        one, other = Process(parts), Process(parts)
        for credits in (1, 2, 3):
            await other.set(daily_credits=credits)
        assert (await one.settings.of(GUILD)).daily_credits == 3
        assert not await parts.database.write(departures.forget_some, 100, GUILD)
        assert await parts.database.read(guild_rules.version, GUILD) == 0
        await other.set(daily_credits=0)
        assert (await one.settings.of(GUILD)).daily_credits == 0
        with pytest.raises(OutOfCredits):
            await one.ask()


async def test_rules_that_a_server_sets_after_it_was_left_are_not_taken_for_its_old_ones(tmp_path: Path) -> None:
    async with generation_on(tmp_path) as parts:
        one, other = Process(parts), Process(parts)
        await other.set(daily_credits=9)
        await one.settings.of(GUILD)
        await parts.database.write(departures.forget_some, 100, GUILD)
        parts.clock.time += 31 * DAY_MS
        await other.set(daily_credits=0)
        with pytest.raises(OutOfCredits):
            await one.ask()


async def test_the_rules_of_a_busy_server_stay_at_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_AT_HAND", 2)
    async with generation_on(tmp_path) as parts:
        settings = Process(parts).settings
        for guild_id in (GUILD, GUILD + 1, GUILD + 2):
            await settings.change(guild_id, 1, lambda _: {"daily_credits": 5})
            await settings.of(guild_id)
            assert settings.at_hand(GUILD).rules.daily_credits == 5


async def test_what_message_answers_a_job_is_noted_once_a_crowd_has_its_answers(tmp_path: Path) -> None:
    async with generation_on(tmp_path) as parts:
        process = Process(parts)
        job = await process.ask()
        crowd = [ReplyToken(1, f"token {number}", parts.clock.now(), number) for number in range(8)]
        for one in crowd:
            parts.arrivals.check(one)
        noted = asyncio.create_task(process.service.placed(job.id, 5, PLACE.channel_id))
        await parts.clock.asleep()
        assert (await parts.job(job)).message_id is None
        for one in crowd:
            parts.arrivals.answered(one)
        parts.clock.time += 20
        assert await noted
        assert (await parts.job(job)).message_id == 5
