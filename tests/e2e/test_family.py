"""`/lineage`, `Details`, `Compare`: where pictures come from, and to whom that is shown."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path
from typing import Any

from PIL import Image

from bot.generation.service import reference_to
from bot.ui.picture_addresses import current_addresses
from playground.attachments import Upload
from playground.messages import Message
from playground.permissions import Permission
from playground.world import Overwrite
from tests.support import photographs
from tests.support.bot import RunningBot, running_bot, until
from tests.support.remixing import by_form, by_more, card_of, code_of, imagine, parents, remix, thread_under


async def lineage(home: RunningBot, who: Any = None, **options: Any) -> Message:
    """The tree, once it is drawn."""
    asking = await home.discord.person(who or home.discord.bob).command("lineage", **options)
    message = await asking.reply()
    await home.discord.until(lambda: message.pictures or not message.loading)
    return message


async def test_the_family_is_drawn_and_told(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        first = await imagine(home, prompt="a red kite")
        second = await remix(home, server.bob, "at night")
        asking = await server.person(server.moderator).click(first, "Remix")
        third = await by_form(home, asking, server.moderator, prompt="as a woodcut")
        message = await lineage(home, source=code_of(second))
        assert not message.ephemeral
        with Image.open(io.BytesIO(message.pictures[0].data)) as tree:
            assert tree.format == "PNG"
            assert min(tree.size) > 200
        for words in ("3 pictures", "“a red kite”", "“at night”", "“as a woodcut”", server.bob.mention):
            assert words in message.text
        assert not message.pings.users
        description = str(message.components)
        assert "Family tree of 3 pictures" in description
        assert code_of(third) not in message.text  # codes are in the tree


async def test_a_blend_has_two_parents_in_the_tree(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        first = await imagine(home, count=2)
        asking = await server.person(server.bob).click(first, "Remix")
        blend = await by_form(home, asking, server.bob, pictures=["1", "2"], prompt="both")
        library = home.app.client.library
        family, _ = await library.family(await library.by_code(code_of(blend)), lambda _: True)
        parents = {one.code: one.parents for one in family.relatives}
        assert parents[code_of(blend)] == (code_of(first, 1), code_of(first, 2))
        assert family.current == code_of(blend)
        assert "3 pictures" in (await lineage(home, source=code_of(blend))).text


async def test_without_a_source_it_is_the_threads_picture(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        thread = await thread_under(home, await imagine(home))
        second = await remix(home, home.discord.bob, channel=thread)
        await imagine(home, prompt="later, elsewhere")
        assert f"The family of {code_of(second)}" in (await lineage(home, channel=thread)).text


async def test_what_stands_in_an_age_restricted_channel_is_not_shown_outside(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        first = await imagine(home)
        secret = await remix(home, server.alice, "SECRET words", channel=server.nsfw_channel, source=code_of(first))
        message = await lineage(home, source=code_of(first))
        assert "SECRET" not in str(message.components)
        assert "1 picture" in message.text
        asking = await server.person(server.bob).command("lineage", source=code_of(secret))
        assert "belongs to another channel" in (await asking.reply()).text
        assert asking.ephemeral
        assert "SECRET" in (await lineage(home, channel=server.nsfw_channel, source=code_of(secret))).text


async def test_a_deleted_relative_keeps_its_place_without_its_picture(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        first = await imagine(home)
        second = await remix(home, server.bob)
        server.delete_message(first)
        await until(lambda: home.count("jobs", "message_id IS NULL"), 1)
        message = await lineage(home, source=code_of(second))
        assert "2 pictures" in message.text
        assert message.pictures


async def test_one_unreadable_message_does_not_take_its_neighbours_along(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        pictures = [await imagine(home, prompt=f"number {number}") for number in range(3)]
        server.expire_addresses()
        server.world.messages.pop(pictures[1].id)
        pictures[1].channel.messages.pop(pictures[1].id)  # deleted while the bot was away
        sources = [await home.app.client.library.by_code(code_of(one)) for one in pictures]
        found = await current_addresses(home.app.client, [reference_to(one.job, one.picture) for one in sources])
        assert [one is not None for one in found] == [True, False, True]


async def test_details_of_a_remix_offer_a_comparison(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        first = await imagine(home)
        second = await remix(home, server.bob)
        bob = server.person(server.bob)
        details = await (await by_more(bob, second, "Details")).reply()
        assert f"Started from `{code_of(first)}`" in details.text
        asking = await bob.click(details, "Compare")
        shown = await asking.reply()
        await server.until(lambda: shown.pictures)
        assert asking.ephemeral
        with Image.open(io.BytesIO(shown.pictures[0].data)) as image:
            assert image.width > image.height
        plain = await (await by_more(bob, first, "Details")).reply()
        assert plain.buttons == []


async def test_a_member_own_upload_is_compared_for_them_alone(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        asking = await server.person(server.alice).command("edit", image=photographs.png(), prompt="in snow")
        message = await home.finished(await asking.reply())
        await home.at_rest()
        alice, bob = server.person(server.alice), server.person(server.bob)
        for who, theirs in ((alice, True), (bob, False)):
            card = await card_of(who, message)
            details = await (await who.click(card, "Details")).reply()
            assert ("Compare" in card.buttons) is ("Compare" in details.buttons) is theirs
        shown = await (await by_more(alice, message, "Compare")).reply()
        await server.until(lambda: "Before and after" in shown.text)


async def test_a_picture_of_extreme_proportions_is_compared_without_harm(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        alice = server.person(server.alice)
        line = Upload("line.png", photographs.encoded(photographs.scene(30_000, 2), "PNG"), "image/png")
        message = await home.finished(await (await alice.command("edit", image=line, prompt="wider")).reply())
        await home.at_rest()
        details = await (await by_more(alice, message, "Details")).reply()
        shown = await (await alice.click(details, "Compare")).reply()
        await server.until(lambda: not shown.loading)
        assert all((one.width or 0) <= 8100 for one in shown.pictures)


async def test_details_hold_the_whole_prompt_in_a_file_where_it_is_long(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        alice, prompt = home.discord.person(home.discord.alice), "a red kite over the sea, " * 120 + "at night"
        for words, names in (("a red kite", []), (prompt, ["prompt.txt"])):
            message = await imagine(home, prompt=words)
            details = await (await by_more(alice, message, "Details")).reply()
            assert [one.filename for one in details.files] == names
            assert f"> {words[:800]}" in details.text
        [file] = details.files
        assert file.data.decode() == prompt


async def test_the_tree_begins_with_the_photograph_whose_owner_has_agreed(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        alice = home.discord.person(home.discord.alice)
        edited = await made_by(home, await alice.command("edit", image=photographs.png(), prompt="at night"))
        trees: list[bytes] = []
        for consent in ("only_me", "everyone"):
            await (await alice.command("privacy consent", remix=consent)).reply()
            message = await lineage(home, home.discord.alice, source=code_of(edited))
            assert "1 picture" in message.text  # the photograph is none of the bot's
            assert "**2** “at night”" in message.text  # it is the first one in the drawing
            trees.append(message.pictures[0].data)
        assert trees[0] != trees[1]


async def test_a_photograph_is_known_but_not_shown_until_somebody_says_so(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        alice = home.discord.person(home.discord.alice)
        edited = await made_by(home, await alice.command("edit", image=photographs.png(), prompt="at night"))
        library = home.app.client.library
        for agreed in (False, True):
            if agreed:
                await (await alice.command("privacy consent", remix="everyone")).reply()
            family, _ = await library.family(await library.by_code(code_of(edited)), lambda _: True)
            first, second = sorted(family.relatives, key=lambda one: one.created_at)
            assert (first.brought, second.parents) == (True, (first.code,))
            assert (first.source is not None) is agreed


async def test_a_photograph_bears_the_name_of_its_owner_where_they_took_part_later(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        photograph = server.person(server.alice).say("mine", files=[photographs.png()])
        server.person(server.bob).say(f"<@{server.bot_id}> make it night", reply_to=photograph)
        edited = await server.until(lambda: next((one for one in server.messages() if one.author.bot), None))
        await home.finished(edited)
        await home.at_rest()
        library = home.app.client.library
        for name in ("", "Alice"):
            family, _ = await library.family(await library.by_code(code_of(edited)), lambda _: True)
            assert [one.member_name for one in family.relatives if one.brought] == [name]
            await remix(home, server.alice, "at noon", source=code_of(edited))


async def made_by(home: RunningBot, asking: Any) -> Message:
    message = await home.finished(await asking.reply())
    await home.at_rest()
    return message


async def test_a_picture_in_the_tree_can_be_chosen_to_go_on_from(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        first = await imagine(home, prompt="a red kite")
        second = await remix(home, server.bob, "at night")
        tree = await lineage(home, source=code_of(second))
        bob = server.person(server.bob)
        asking = await bob.choose(tree, "Go on from …", code_of(first))
        made = await by_form(home, asking, server.bob, prompt="as a woodcut")
        assert await parents(home, code_of(made)) == [code_of(first)]


async def test_a_reply_to_a_tree_says_which_picture_to_choose_and_makes_nothing(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        tree = await lineage(home, source=code_of(await imagine(home)))
        server.person(server.bob).say(f"<@{server.bot_id}> make it night", reply_to=tree)
        dm = server.dm(server.bob)
        await server.until(lambda: any("in the menu under it" in one.text for one in server.messages(dm)))
        assert await home.count("jobs") == 1


async def test_a_time_lapse_shows_the_line_of_a_picture_to_who_asks(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        await imagine(home, prompt="a red kite")
        await remix(home, server.bob, "at night")
        third = await remix(home, server.alice, "as a woodcut")
        await remix(home, server.bob, "a sister", source=code_of(third))
        tree = await lineage(home, source=code_of(third))
        asking = await server.person(server.bob).click(tree, "Time-lapse")
        answer = await asking.reply()
        await server.until(lambda: answer.pictures)
        assert asking.ephemeral
        data = answer.pictures[0].data
        assert len(data) <= 8 * 1024 * 1024
        with Image.open(io.BytesIO(data)) as moving:
            assert (moving.format, getattr(moving, "n_frames", 1)) == ("WEBP", 3)


async def test_a_time_lapse_leaves_out_what_the_one_who_asks_cannot_see(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        server.other_channel.overwrites[server.bob.id] = Overwrite(1, deny=int(Permission.VIEW_CHANNEL))
        server.world.emit("CHANNEL_UPDATE", server.other_channel)
        hidden = await imagine(home, prompt="a secret", channel=server.other_channel)
        made = await remix(home, server.alice, "at night", source=code_of(hidden))
        tree = await lineage(home, source=code_of(made))
        answer = await (await server.person(server.bob).click(tree, "Time-lapse")).reply()
        await server.until(lambda: "nothing before this picture" in answer.text)
        theirs = await (await server.person(server.alice).click(tree, "Time-lapse")).reply()
        await server.until(lambda: theirs.pictures)


async def test_a_slow_discord_keeps_nobody_waiting_for_what_the_form_offers_beside(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        thread = await thread_under(home, await imagine(home))
        first = await imagine(home, channel=thread)
        second = await remix(home, server.bob, "at night", source=code_of(first), channel=thread)
        third = await remix(home, server.bob, "with stars", source=code_of(second), channel=thread)
        tree = await lineage(home, source=code_of(third))
        server.archive_thread(thread)  # Discord has to be asked who may see it: for the picture, and for the original
        server.context.interactions.acknowledge_seconds = 3  # as Discord's
        answered = asyncio.Event()
        server.faults.next("GET", "/channels/{channel_id}", stall=1.2)
        server.faults.next("GET", "/channels/{channel_id}", held=answered)
        asking = await server.person(server.bob).choose(tree, "Go on from …", code_of(third))
        await asking.acknowledged()
        answered.set()
        assert asking.interaction.modal is not None
