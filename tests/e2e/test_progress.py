"""What members see while they wait, through the whole bot: the place in the queue, then painting, then a preview."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from playground import LoopbackDiscord
from tests.standins import BflStandIn
from tests.standins.pictures import paint
from tests.support.bot import restarted, running_bot, until
from tests.support.clocks import AheadClock
from tests.support.storage import without_helpers
from tests.support.vendors import using


async def fill_slots(server: LoopbackDiscord) -> None:
    """Ask for as many pictures as the vendor makes at once."""
    for _ in range(6):
        await (await server.person(server.alice).command("imagine", prompt="a kite", count=4)).reply()


@without_helpers
async def test_a_card_says_its_place_then_that_it_is_painted_then_shows_what_arrives(tmp_path: Path) -> None:
    clock = AheadClock()
    async with BflStandIn(seconds=1) as vendor, running_bot(tmp_path, clock=clock, **using("bfl", vendor)) as home:
        vendor.retry_after = None
        server = home.discord
        await fill_slots(server)
        vendor.seconds = 1000
        card = await (await server.person(server.alice).command("imagine", prompt="a boat")).reply()
        assert "**In the queue** · number 1 · " in card.text
        refused = await (await server.person(server.bob).click(card, "Tell me")).reply()
        assert (refused.ephemeral, "can ask to be mentioned" in refused.text) == (True, True)
        said = await (await server.person(server.alice).click(card, "Tell me")).reply()
        assert (said.ephemeral, "longer than a minute" in said.text) == (True, True)
        clock.ahead = 6_000
        await server.until(lambda: "**Painting** · begun" in card.text)
        assert card.pictures == []
        vendor.preview = {"sample": vendor.pictures.publish(paint("1:1", "jpeg", 3), "jpeg")}
        clock.ahead = 60_000
        await server.until(lambda: "**Arriving**" in card.text)
        assert [one.filename for one in card.pictures] == ["preview.jpg"]
        assert vendor.pictures.keys_seen == []
        for task in vendor.tasks.values():
            task.seconds = 0
        clock.ahead = 120_000
        await home.finished(card)
        await home.at_rest()
        assert [one.content_type for one in card.pictures] == ["image/jpeg"]
        edits = [call for call in home.posts if call.method == "PATCH" and "Cancel" in str(call.body)]
        assert len([call for call in edits if "a boat" in str(call.body)]) == 2
        assert [one.text for one in server.messages() if "your picture is ready" in one.text] != []


async def ordered(vendor: BflStandIn) -> int:
    return len(vendor.tasks)


@without_helpers
async def test_a_card_leaves_the_queue_though_the_bot_was_started_anew(tmp_path: Path) -> None:
    clock = AheadClock()
    async with BflStandIn(seconds=1000) as vendor, running_bot(tmp_path, clock=clock, **using("bfl", vendor)) as home:
        vendor.retry_after = None
        server = home.discord
        await fill_slots(server)
        card = await (await server.person(server.alice).command("imagine", prompt="a boat")).reply()
        await until(partial(ordered, vendor), 24)
        assert "**In the queue** · number 1" in card.text
        async with restarted(home, clock=clock):
            for task in list(vendor.tasks.values()):
                task.seconds = 0
            await until(partial(ordered, vendor), 25)
            clock.ahead = 10_000
            await server.until(lambda: "**Painting** · begun" in card.text)


async def test_a_quick_job_takes_two_calls(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        alice = home.discord.person(home.discord.alice)
        card = await (await alice.command("imagine", prompt="a kite")).reply()
        await home.finished(card)
        await home.at_rest()
        assert len(home.posts) == 2
