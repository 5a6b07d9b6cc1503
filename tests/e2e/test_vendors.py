"""A picture through each vendor's wire, posted in the channel; and what their faults become."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.standins import AimlapiStandIn, BflStandIn, Fault, VtrixStandIn
from tests.support.bot import RunningBot, bot_on, running_bot, until
from tests.support.vendors import STAND_INS, using


async def make(home: RunningBot, **options: Any) -> Any:
    """Use /imagine as Alice and wait for the outcome."""
    alice = home.discord.person(home.discord.alice)
    message = await (await alice.command("imagine", prompt="a red kite", **options)).reply()
    await home.finished(message)
    await home.at_rest()
    assert await home.books() == []
    return message


async def spent(home: RunningBot) -> int:
    return await home.count("ledger", "kind='settle'")


@pytest.mark.parametrize("name", STAND_INS)
async def test_a_picture_of_each_vendor_is_posted_unchanged(tmp_path: Path, name: str) -> None:
    async with STAND_INS[name](seconds=0.05) as vendor, running_bot(tmp_path, **using(name, vendor)) as home:
        message = await make(home, model="max", aspect_ratio="16:9", seed=7, format="png", count=2)
        assert len(message.pictures) == 2
        assert {picture.content_type for picture in message.pictures} == {"image/png"}
        assert len(vendor.submits) == 2
        assert not vendor.pictures.keys_seen
        seeds = [_seed(name, request.body) for request in vendor.submits]
        assert sorted(seeds) == [7, 8]
        assert len(home.posts) == 2


def _seed(name: str, body: Any) -> int:
    return body["input"][0]["params"]["seed"] if name == "vtrix" else body["seed"]


@pytest.mark.parametrize("name", STAND_INS)
async def test_a_variation_starts_from_the_posted_picture(tmp_path: Path, name: str) -> None:
    async with STAND_INS[name](seconds=0.05) as vendor, running_bot(tmp_path, **using(name, vendor)) as home:
        first = await make(home)
        bob = home.discord.person(home.discord.bob)
        varied = await (await bob.click(first, "Vary")).reply()
        await home.finished(varied)
        assert len(varied.pictures) == 1
        assert "varied from" in varied.text
        body = str(vendor.submits[-1].body)
        assert "variation" in body
        assert "input_image" in body or "image_url" in body


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault.moderated("request"), "safety check refused"),
        (Fault.status(402), "account with the image service is empty"),
        (Fault.status(400), "did not accept this combination"),
        (Fault.garbage(), "not a picture"),
    ],
    ids=["moderated", "no money", "invalid", "garbage"],
)
async def test_a_fault_of_the_only_vendor_is_told_plainly_and_costs_nothing(
    tmp_path: Path, fault: Fault, words: str
) -> None:
    async with BflStandIn(seconds=0.05) as vendor, running_bot(tmp_path, **using("bfl", vendor)) as home:
        vendor.next_submit(fault)
        message = await make(home)
        assert words in message.text
        assert "Nothing was charged" in message.text
        assert message.buttons == ["Try again", "Delete"]
        assert await spent(home) == 0
        assert len(vendor.submits) == 1


async def test_try_again_turns_the_failed_message_into_the_picture(tmp_path: Path) -> None:
    async with BflStandIn(seconds=0.05) as vendor, running_bot(tmp_path, **using("bfl", vendor)) as home:
        vendor.next_submit(Fault.status(400))
        message = await make(home)
        alice = home.discord.person(home.discord.alice)
        asking = await alice.click(message, "Try again")
        await asking.acknowledged()
        await home.finished(message)
        await home.at_rest()
        assert len(message.pictures) == 1
        assert len(home.discord.messages()) == 1
        assert await home.books() == []


@pytest.mark.parametrize("status", [401, 402, 429, 500, 503])
async def test_an_explicit_refusal_goes_to_the_next_provider(tmp_path: Path, status: int) -> None:
    async with (
        BflStandIn(seconds=0.05) as bfl,
        AimlapiStandIn(seconds=0.05) as aimlapi,
        running_bot(tmp_path, **using("bfl", bfl, "aimlapi", aimlapi)) as home,
    ):
        bfl.next_submit(Fault.status(status))
        message = await make(home)
        assert len(message.pictures) == 1
        assert len(bfl.submits) == 1
        assert len(aimlapi.submits) == 1


@pytest.mark.parametrize("key", [True, False], ids=["its-key-is-there", "its-key-is-gone"])
async def test_a_vendor_that_was_taken_off_the_list_still_delivers_what_it_was_paid_for(
    tmp_path: Path, key: bool
) -> None:
    async with (
        BflStandIn(seconds=0.5) as bfl,
        VtrixStandIn(seconds=0.05) as vtrix,
        running_bot(tmp_path, **using("bfl", bfl, "vtrix", vtrix)) as home,
    ):
        message = await (await home.discord.person(home.discord.alice).command("imagine", prompt="a kite")).reply()
        await until(lambda: home.count("tasks", "state='running'"), 1)
        await home.end()
        changes: dict[str, Any] = {"providers": ("vtrix",)} | ({} if key else {"bfl_api_key": None})
        async with bot_on(home.discord, home.settings.model_copy(update=changes), seed=2):
            await home.finished(message)
            await home.at_rest()
        assert len(message.pictures) == key
        assert ("restarted at the wrong moment" in message.text) is not key
        assert await home.count("tasks", "cost_microusd=40000") == 1
        assert (bfl.accepted, vtrix.accepted) == (1, 0)
        assert await home.books() == []


async def test_content_refused_by_one_provider_is_never_shown_to_another(tmp_path: Path) -> None:
    async with (
        BflStandIn(seconds=0.05) as bfl,
        AimlapiStandIn(seconds=0.05) as aimlapi,
        running_bot(tmp_path, **using("bfl", bfl, "aimlapi", aimlapi)) as home,
    ):
        bfl.next_submit(Fault.moderated("request"))
        message = await make(home)
        assert "safety check refused" in message.text
        assert not aimlapi.submits


@pytest.mark.parametrize("status", [408, 500, 502, 504])
async def test_an_error_of_a_vendor_that_paints_while_it_is_waited_for_is_never_sent_again(
    tmp_path: Path, status: int
) -> None:
    async with (
        AimlapiStandIn(seconds=0.05) as aimlapi,
        BflStandIn(seconds=0.05) as bfl,
        running_bot(tmp_path, **using("aimlapi", aimlapi, "bfl", bfl)) as home,
    ):
        aimlapi.next_submit(Fault.status(status))
        message = await make(home)
        assert "stopped answering" in message.text
        assert (len(aimlapi.submits), len(bfl.submits)) == (1, 0)
        assert await home.count("tasks", "state='failed' AND cost_microusd=40000") == 1
        assert await home.count("ledger", "kind='release'") == 1


@pytest.mark.parametrize("fault", [Fault.close(), Fault.silence()], ids=["closed", "silent"])
async def test_silence_after_sending_is_never_sent_again(tmp_path: Path, fault: Fault) -> None:
    async with (
        AimlapiStandIn(seconds=0.05) as aimlapi,
        BflStandIn(seconds=0.05) as bfl,
        running_bot(tmp_path, job_timeout_seconds=1, **using("aimlapi", aimlapi, "bfl", bfl)) as home,
    ):
        aimlapi.next_submit(fault)
        message = await make(home)
        assert "stopped answering" in message.text or "too long" in message.text
        assert len(aimlapi.submits) == 1
        assert not bfl.submits


async def test_one_of_four_missing_is_said_and_not_charged(tmp_path: Path) -> None:
    async with BflStandIn(seconds=0.05) as vendor, running_bot(tmp_path, **using("bfl", vendor)) as home:
        vendor.next_submit(Fault.error())
        message = await make(home, count=4)
        assert len(message.pictures) == 3
        assert "One picture is missing, and not charged" in message.text
        assert await home.count("ledger", "kind='settle' AND credits=3") == 1
        assert await home.count("ledger", "kind='release' AND credits=1") == 1


async def test_a_task_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    async with (
        BflStandIn(seconds=60) as vendor,
        running_bot(tmp_path, job_timeout_seconds=1, **using("bfl", vendor)) as home,
    ):
        message = await make(home)
        assert "took too long" in message.text


@pytest.mark.parametrize("fault", [Fault.truncated(), Fault.html(), Fault.expired()], ids=["cut", "html", "expired"])
async def test_a_picture_that_is_none_is_told_plainly(tmp_path: Path, fault: Fault) -> None:
    async with BflStandIn(seconds=0.05) as vendor, running_bot(tmp_path, **using("bfl", vendor)) as home:
        vendor.next_download(fault)
        message = await make(home)
        assert "not a picture" in message.text
        assert await spent(home) == 0


async def test_nothing_configured_offers_what_is_asked(tmp_path: Path) -> None:
    async with BflStandIn() as vendor, running_bot(tmp_path, **using("bfl", vendor)) as home:
        alice = home.discord.person(home.discord.alice)
        asking = await alice.command("imagine", prompt="a kite", guidance=5)
        assert "`guidance`" in (await asking.reply()).text
        assert asking.ephemeral
        assert not vendor.submits


async def test_the_operators_budget_stops_further_requests(tmp_path: Path) -> None:
    async with (
        BflStandIn(seconds=0.05) as vendor,
        running_bot(tmp_path, daily_budget_usd=0.05, **using("bfl", vendor)) as home,
    ):
        await make(home)
        alice = home.discord.person(home.discord.alice)
        asking = await alice.command("imagine", prompt="another")
        assert "budget for today" in (await asking.reply()).text
        assert asking.ephemeral
        assert len(vendor.submits) == 1


async def test_a_variation_of_a_variation_keeps_the_members_own_words(tmp_path: Path) -> None:
    async with BflStandIn(seconds=0.05) as vendor, running_bot(tmp_path, **using("bfl", vendor)) as home:
        message = await make(home)
        alice = home.discord.person(home.discord.alice)
        for label in ("Vary", "Vary", "Reroll"):
            message = await (await alice.click(message, label)).reply()
            await home.finished(message)
            assert "> a red kite\n" in message.text
        for request in vendor.submits[1:]:
            assert request.body["prompt"].endswith("It shows: a red kite")
            assert request.body["prompt"].count("Make a bold variation") == 1
