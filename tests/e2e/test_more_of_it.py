"""`Max` and the strengths of a variation; and the bot where only a member has installed it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import update

from bot.models import FORGOTTEN_PROMPT
from bot.storage import Connection, open_database
from bot.storage.tables import jobs
from playground.world import Channel
from tests.standins import BflStandIn
from tests.support import photographs
from tests.support.bot import RunningBot, running_bot
from tests.support.remixing import (
    by_form,
    by_more,
    card_of,
    code_of,
    finished,
    head_of,
    imagine,
    parents,
    remix,
    thread_under,
)


def on_bfl(vendor: BflStandIn) -> dict[str, Any]:
    return {"providers": "bfl", "bfl_api_key": vendor.key, "bfl_api_url": vendor.url}


async def test_max_makes_the_same_words_and_seed_again_on_max(tmp_path: Path) -> None:
    async with BflStandIn(seconds=0.05) as vendor, running_bot(tmp_path, **on_bfl(vendor)) as home:
        first = await imagine(home, aspect_ratio="16:9", format="png")
        made = await finished(home, await by_more(home.discord.person(home.discord.bob), first, "Max"))
        pro, best = vendor.submits
        assert pro.body == best.body
        assert "pro" in pro.path
        assert "max" in best.path
        assert "made on max from" in made.text
        assert "Max" not in (await card_of(home.discord.person(home.discord.alice), made)).buttons
        assert await home.count("ledger", f"member_id={home.discord.bob.id} AND kind='reserve' AND credits=2") == 1
        assert await home.count("ledger", "kind='settle' AND credits=2") == 1
        family, _ = await home.app.client.library.family(
            await home.app.client.library.by_code(code_of(made)), lambda _: True
        )
        assert {one.code: one.parents for one in family.relatives}[code_of(made)] == (code_of(first),)


async def test_of_several_pictures_max_asks_which(tmp_path: Path) -> None:
    async with BflStandIn(seconds=0.05) as vendor, running_bot(tmp_path, **on_bfl(vendor)) as home:
        bob = home.discord.person(home.discord.bob)
        first = await imagine(home, count=3)
        asking = await by_more(bob, first, "Max")
        question = await asking.reply()
        assert asking.ephemeral
        assert question.buttons == ["Max 1", "Max 2", "Max 3"]
        await finished(home, await bob.click(question, "Max 3"))
        assert vendor.submits[-1].body["seed"] == min(one.body["seed"] for one in vendor.submits[:3]) + 2


async def test_a_max_picture_has_no_max_button(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        made = await imagine(home, model="max")
        assert "Max" not in (await card_of(home.discord.person(home.discord.bob), made)).buttons


async def test_subtle_and_bold_variations_ask_the_model_for_different_things(tmp_path: Path) -> None:
    async with BflStandIn(seconds=0.05) as vendor, running_bot(tmp_path, **on_bfl(vendor)) as home:
        first = await imagine(home, count=2)
        bob = home.discord.person(home.discord.bob)
        for value in ("2:subtle", "2:strong"):
            card = await card_of(bob, first)
            made = await finished(home, await bob.choose(card, "Make a variation …", value))
            assert await parents(home, code_of(made)) == [code_of(first, 2)]
        subtle, strong = (one.body["prompt"] for one in vendor.submits[-2:])
        assert "subtle variation" in subtle
        assert "keep the subject, the composition" in subtle
        assert "bold variation" in strong
        assert "change the composition" in strong
        assert all(one.endswith("a red kite") for one in (subtle, strong))


# Where only a member has installed the bot


async def everywhere(home: RunningBot, place: Channel) -> None:
    """The whole tour with nothing but tokens."""
    server = home.discord
    alice, bob = server.person(server.alice), server.person(server.bob)
    first = await imagine(home, count=2, channel=place)
    assert first.channel is place
    card = await card_of(bob, first)
    assert card.buttons == ["Max", "Details"]
    subtle = await finished(home, await bob.choose(card, "Make a variation …", "2:subtle"))
    assert await parents(home, code_of(subtle)) == [code_of(first, 2)]
    again = await finished(home, await bob.click(first, "Reroll"))
    assert len(again.pictures) == 2
    varied = await finished(home, await bob.click(first, "V2"))
    assert await parents(home, code_of(varied)) == [code_of(first, 2)]
    asking = await bob.click(first, "Remix")
    assert (await by_form(home, asking, server.bob, prompt="at night")).pictures
    assert (await remix(home, server.bob, channel=place)).pictures
    assert (await remix(home, server.bob, channel=place, source=code_of(first))).pictures
    edited = await alice.command("edit", image=photographs.png(), prompt="in snow", channel=place)
    assert (await finished(home, edited)).pictures
    posted = bob.say("look", files=[photographs.png()], channel=place)
    asking = await alice.context_menu("Edit image", posted)
    assert (await by_form(home, asking, server.alice, prompt="in snow")).pictures
    tree = await (await bob.command("lineage", source=code_of(first), channel=place)).reply()
    await server.until(lambda: tree.pictures)
    assert "Delete" not in (await card_of(alice, again)).buttons
    await (await bob.click(await (await by_more(bob, again, "Delete")).reply(), "Delete")).acknowledged()
    await server.until(lambda: again.deleted)
    assert all(one.interaction is None or one.interaction.follow_ups <= 5 for one in server.messages(place))
    assert not [call for call in server.calls if call.template.startswith("/channels") and call.method != "GET"]
    await home.at_rest()
    assert await home.books() == []


async def test_everything_works_in_a_server_where_only_the_member_has_the_bot(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        await everywhere(home, home.discord.elsewhere_channel)


async def test_everything_works_in_a_conversation_of_two_people(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        await everywhere(home, home.discord.private_channel)


async def test_in_a_conversation_with_the_bot_all_but_threads_is_there(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        dm = server.dm(server.alice)
        first = await imagine(home, channel=dm)
        assert (await card_of(server.person(server.alice), first)).buttons == ["Max", "Details", "Delete"]
        assert (await remix(home, server.alice, channel=dm)).pictures
        server.expire_addresses()
        assert (await remix(home, server.alice, channel=dm, source=code_of(first))).pictures


async def test_a_token_that_died_where_it_was_all_leads_to_a_direct_message(tmp_path: Path) -> None:
    async with running_bot(tmp_path, sandbox_seconds=1) as home:
        server = home.discord
        asking = await server.person(server.bob).command("imagine", prompt="a kite", channel=server.elsewhere_channel)
        await asking.reply()
        server.expire_token(asking.interaction)
        await server.until(lambda: any(one.pictures for one in server.messages(server.dm(server.bob))))
        await home.at_rest()
        assert await home.books() == []


async def test_a_double_click_costs_one_picture(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        bob = home.discord.person(home.discord.bob)
        first = await imagine(home)
        card = await card_of(bob, first)
        for number, (message, button) in enumerate(((first, "Reroll"), (first, "Vary"), (card, "Max")), start=2):
            asked = [await bob.click(message, button) for _ in range(2)]
            await asked[0].reply()
            await asked[1].acknowledged()
            await home.at_rest()
            assert await home.count("jobs") == number


async def test_the_head_of_a_thread_tells_of_pictures_that_did_not_become_current(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        thread = await thread_under(home, await imagine(home))
        await remix(home, server.bob, channel=thread, count=2)
        await server.until(lambda: (head := head_of(thread)) and f"<@{server.bob.id}> (1)" in head.text)


def forget_words(connection: Connection) -> None:
    """As thinning does."""
    connection.execute(update(jobs).values(prompt=FORGOTTEN_PROMPT, sources="[]"))


async def test_a_picture_whose_words_are_forgotten_is_remixed_but_not_made_again(tmp_path: Path) -> None:
    async with BflStandIn(seconds=0.05) as vendor, running_bot(tmp_path, **on_bfl(vendor)) as home:
        bob = home.discord.person(home.discord.bob)
        first = await imagine(home)
        async with open_database(home.settings.database_url) as database:
            await database.write(forget_words)
        card = await card_of(bob, first)
        for message, button in ((first, "Reroll"), (first, "Vary"), (card, "Max")):
            answer = await bob.click(message, button)
            assert "too old to be made again" in (await answer.reply()).text
            assert answer.ephemeral
        assert len(vendor.submits) == 1
        await finished(home, await bob.command("remix", source=code_of(first), prompt="make it night"))
