"""Whose a picture is, and whether it is covered, stays with it on its way through Discord."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from playground.attachments import Upload
from playground.components import walk
from playground.messages import Message
from playground.world import User
from tests.support import photographs
from tests.support.bot import RunningBot, running_bot
from tests.support.remixing import by_form, by_more, code_of, finished, imagine, remix

MENUS = ("Remix image", "Edit image")


async def only_me(home: RunningBot, who: User) -> None:
    await (await home.discord.person(who).command("privacy consent", remix="only_me")).reply()


async def refused(home: RunningBot, message: Message, who: User, words: str) -> None:
    """Each menu, and a reply that mentions the bot, says these words and makes nothing."""
    server, before = home.discord, await home.count("jobs")
    person = server.person(who)
    for name in MENUS:
        asking = await person.context_menu(name, message)
        assert words in (await asking.reply()).text, name
        assert asking.ephemeral
    person.say(f"<@{server.bot_id}> x", reply_to=message)
    await server.until(lambda: any(words in one.text for one in server.messages(server.dm(who))))
    assert await home.count("jobs") == before


def covers(message: Message) -> list[bool]:
    """Which pictures of a message's galleries are covered."""
    return [item["spoiler"] for one in walk(message.components) if one["type"] == 12 for item in one["items"]]


# Forwards


async def test_a_forwarded_photograph_stays_its_posters(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        alice, bob = server.person(server.alice), server.person(server.bob)
        posted = alice.say("mine", files=[photographs.png()])
        forwarded = bob.say(forward=posted)
        again = bob.say(forward=forwarded)
        await only_me(home, server.alice)
        for message in (forwarded, again):
            await refused(home, message, server.bob, "keeps their pictures to themselves")
        asking = await alice.context_menu("Edit image", forwarded)
        assert (await by_form(home, asking, server.alice, prompt="in winter")).pictures  # her own


async def test_a_form_that_was_opened_for_a_forward_asks_its_poster_again(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        bob = server.person(server.bob)
        forwarded = bob.say(forward=server.person(server.alice).say(files=[photographs.png()]))
        opened = await bob.context_menu("Edit image", forwarded)
        await opened.acknowledged()
        await only_me(home, server.alice)
        assert "keeps their pictures" in (await (await bob.submit_modal(opened, prompt="x")).reply()).text


async def test_a_forward_from_where_the_bot_cannot_look_is_refused_in_words(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        alice, bob = server.person(server.alice), server.person(server.bob)
        hidden = bob.say(forward=alice.say(files=[photographs.png()], channel=server.other_channel))
        server.revoke_permission(server.other_channel, "view_channel")
        gone = alice.say(files=[photographs.png()])
        deleted = bob.say(forward=gone)
        server.messages_of_world.delete(gone)
        for message in (hidden, deleted):
            await refused(home, message, server.bob, "cannot tell who posted this picture first")


async def test_a_forward_from_an_age_restricted_channel_does_not_travel(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        alice, bob = server.person(server.alice), server.person(server.bob)
        posted = alice.say(files=[photographs.png()], channel=server.nsfw_channel)
        forwarded = bob.say(forward=posted)
        asking = await bob.context_menu("Edit image", forwarded)
        await asking.acknowledged()
        assert "age-restricted" in (await (await bob.submit_modal(asking, prompt="x")).reply()).text
        link = f"https://discord.com/channels/{server.guild.id}/{server.nsfw_channel.id}/{posted.id}"
        assert "age-restricted" in (await (await bob.command("remix", prompt="x", source=link)).reply()).text


# Trees and comparisons


async def test_a_posted_tree_is_no_start_and_neither_is_its_forward(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        bob = server.person(server.bob)
        first = await imagine(home)
        await only_me(home, server.alice)
        tree = await (await bob.command("lineage", source=code_of(first))).reply()
        await server.until(lambda: tree.pictures)
        for message in (tree, bob.say(forward=tree)):
            await refused(home, message, server.bob, "a drawing of several pictures")
        link = f"https://discord.com/channels/{server.guild.id}/{server.channel.id}/{tree.id}"
        assert (
            "a drawing of several pictures"
            in (await (await bob.command("remix", prompt="x", source=link)).reply()).text
        )


async def test_a_comparison_is_no_start(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        bob = server.person(server.bob)
        second = await remix(home, server.bob, source=code_of(await imagine(home)))
        details = await (await by_more(bob, second, "Details")).reply()
        shown = await (await bob.click(details, "Compare")).reply()
        await server.until(lambda: shown.pictures)
        asking = await bob.context_menu("Edit image", shown)
        assert "a drawing of several pictures" in (await asking.reply()).text


# Covers


def covered_messages(home: RunningBot) -> dict[str, Message]:
    """Pictures that somebody covered, in each way that Discord knows."""
    server = home.discord
    alice, picture = server.person(server.alice), photographs.png()
    hidden = Upload(f"SPOILER_{picture.filename}", picture.data, picture.content_type)
    other = server.world.add_user("otherbot", "Other", bot=True, listed=False)
    server.world.add_member(server.guild, other)
    media = {"media": {"url": f"attachment://{picture.filename}"}}

    def gallery(*shown: dict[str, Any]) -> Message:
        body = {"flags": 1 << 15, "components": [*shown], "attachments": [{"id": 0, "filename": picture.filename}]}
        return server.messages_of_world.create(server.channel, other, body, [picture])

    return {
        "file": alice.say("look", files=[hidden]),
        "forward": alice.say(forward=alice.say("look", files=[hidden])),
        "gallery item": gallery({"type": 12, "items": [media | {"spoiler": True}]}),
        "container": gallery({"type": 17, "spoiler": True, "components": [{"type": 12, "items": [media]}]}),
        "link": alice.say(f"||https://example.com/{picture.filename}||", embed_images=[picture]),
    }


@pytest.mark.parametrize("kind", ["file", "forward", "gallery item", "container", "link"])
async def test_what_is_made_of_a_covered_picture_is_covered(tmp_path: Path, kind: str) -> None:
    async with running_bot(tmp_path) as home:
        message = covered_messages(home)[kind]
        asking = await home.discord.person(home.discord.bob).context_menu("Edit image", message)
        made = await by_form(home, asking, home.discord.bob, prompt="in winter")
        assert covers(made) == [True]


async def test_a_cover_stays_through_remixes_variations_rerolls_and_the_head_of_a_thread(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        bob, picture = server.person(server.bob), photographs.png()
        hidden = Upload(f"SPOILER_{picture.filename}", picture.data, picture.content_type)
        made = await finished(home, await bob.command("edit", prompt="in winter", image=hidden))
        assert covers(made) == [True]
        for button in ("Reroll", "Vary"):
            assert covers(await finished(home, await bob.click(made, button))) == [True], button
        asking = await bob.click(made, "Remix")
        extra = await by_form(
            home, await bob.click(await imagine(home), "Remix"), server.bob, prompt="x", extra=[hidden]
        )
        assert covers(await by_form(home, asking, server.bob, prompt="x")) == [True]
        assert covers(extra) == [True]
