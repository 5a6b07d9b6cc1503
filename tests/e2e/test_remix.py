"""`/remix` and every way to it, on the loopback Discord."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import discord
import pytest

from playground.attachments import Upload
from playground.messages import Message
from playground.permissions import Permission
from playground.world import Overwrite, User
from tests.support import photographs
from tests.support.bot import RunningBot, restarted, running_bot, until
from tests.support.remixing import by_form, code_of, finished, imagine, parents, remix, thread_under


async def said(home: RunningBot, who: Any, **options: Any) -> str:
    """A refusal's words; it is private and costs nothing."""
    before = await home.count("jobs")
    asking = await home.discord.person(who).command("remix", prompt="at night", **options)
    message = await asking.reply()
    assert asking.ephemeral
    assert await home.count("jobs") == before
    return message.text


async def test_without_a_source_the_channels_newest_picture_is_taken(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        await imagine(home, prompt="old")
        newest = await imagine(home, prompt="new")
        made = await remix(home, home.discord.bob)
        assert await parents(home, code_of(made)) == [code_of(newest)]
        assert f"remixed from {code_of(newest)}" in made.text


async def test_an_empty_channel_says_what_to_do(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        assert "`/imagine`" in await said(home, home.discord.alice)


async def test_a_code_and_a_link_name_a_picture(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        first = await imagine(home, count=2)
        await imagine(home, prompt="something else")
        link = f"https://discord.com/channels/{home.discord.guild.id}/{home.discord.channel.id}/{first.id}"
        for source, number in ((code_of(first, 2), 2), (code_of(first).upper(), 1), (link, 1), (f"<{link}>", 1)):
            made = await remix(home, home.discord.bob, source=source)
            assert await parents(home, code_of(made)) == [code_of(first, number)]


async def test_the_list_of_sources_finds_words_makers_and_codes(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        kite = await imagine(home, prompt="a red kite over the dunes " * 10)
        await imagine(home, home.discord.bob, prompt="a blue boat")
        bob = home.discord.person(home.discord.bob)
        for typed, wanted in (("", 2), ("kite", 1), ("Bob", 1), (code_of(kite)[:4], 1), ("nothing like it", 0)):
            asking = await bob.autocomplete("remix", "source", prompt="x", source=typed)
            await asking.acknowledged()
            choices = asking.interaction.choices or []
            assert len(choices) == wanted, typed
            assert all(len(one["name"]) <= 100 and " ago" in one["name"] for one in choices)


async def test_a_wrong_code_a_dead_link_and_a_strange_text_are_refused_in_words(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        await imagine(home)
        assert "cannot find that picture, or you cannot see it" in await said(home, server.bob, source="zzzzz-1")
        assert "cannot find that picture, or you cannot see it" in await said(home, server.bob, source="../../etc")
        dead = f"https://discord.com/channels/{server.guild.id}/{server.channel.id}/{server.channel.id}"
        assert "cannot find that picture, or you cannot see it" in await said(home, server.bob, source=dead)


async def test_a_picture_of_another_server_is_out_of_reach_for_who_cannot_see_it(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        secret = await imagine(home, channel=server.second_channel)
        link = f"https://discord.com/channels/{server.second_guild.id}/{server.second_channel.id}/{secret.id}"
        for source in (code_of(secret), link):
            assert "cannot find that picture, or you cannot see it" in await said(home, server.bob, source=source)
        made = await remix(home, server.alice, source=link)  # she is a member of both
        assert await parents(home, code_of(made)) == [code_of(secret)]


async def test_a_picture_of_a_closed_channel_is_out_of_reach_as_well(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        server.other_channel.overwrites[server.bob.id] = Overwrite(1, deny=int(Permission.VIEW_CHANNEL))
        server.world.emit("CHANNEL_UPDATE", server.other_channel)
        hidden = await imagine(home, channel=server.other_channel)
        assert "cannot find that picture, or you cannot see it" in await said(home, server.bob, source=code_of(hidden))
        assert (await remix(home, server.moderator, source=code_of(hidden))).pictures


async def test_what_is_out_of_reach_is_answered_as_what_never_was(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        elsewhere, gone = await imagine(home, channel=server.second_channel), await imagine(home)
        server.delete_message(gone)
        await until(lambda: home.count("jobs", "message_id IS NOT NULL"), 1)
        there, here = server.second_guild.id, server.guild.id
        links = [
            f"https://discord.com/channels/{there}/{server.second_channel.id}/{elsewhere.id}",
            f"https://discord.com/channels/{there}/{server.second_channel.id}/{elsewhere.id + 1}",
            f"https://discord.com/channels/{here}/{server.channel.id}/{gone.id}",
        ]
        sources = [code_of(elsewhere), code_of(gone), "zzzzz-1", "zzzzz", "what?", *links]
        assert len({await said(home, server.bob, source=one) for one in sources}) == 1


async def test_an_age_restricted_picture_does_not_travel(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        adult = await imagine(home, channel=server.nsfw_channel)
        assert "age-restricted" in await said(home, server.bob, source=code_of(adult))
        assert (await remix(home, server.bob, channel=server.nsfw_channel)).pictures


async def test_a_deleted_picture_cannot_be_named(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        message = await imagine(home)
        code = code_of(message)
        home.discord.delete_message(message)
        await until_forgotten(home)
        assert "cannot find that picture, or you cannot see it" in await said(home, home.discord.bob, source=code)
        assert "no picture here" in await said(home, home.discord.bob)


async def until_forgotten(home: RunningBot) -> None:
    await until(lambda: home.count("jobs", "message_id IS NOT NULL"), 0)


async def test_an_expired_address_is_asked_for_anew(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        first = await imagine(home)
        home.discord.expire_addresses()
        assert (await remix(home, home.discord.bob, source=code_of(first))).pictures


async def test_a_picture_that_is_gone_when_its_turn_comes_costs_nothing(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        first = await imagine(home)
        home.discord.store.forget(first.pictures[0])
        made = await remix(home, home.discord.bob, source=code_of(first))
        assert "can no longer be read" in made.text
        assert "Nothing was charged" in made.text
        assert await home.books() == []


async def test_of_several_pictures_everybody_reads_which_is_gone_but_not_what_a_file_was_called(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        first, bob = await imagine(home), home.discord.bob
        form = await home.discord.person(bob).click(first, "Remix")
        home.discord.store.forget(first.pictures[0])
        made = await by_form(home, form, bob, prompt="at night", extra=[photographs.png("secret.png")])
        assert "Picture 1 can no longer be read." in made.text
        assert ".png" not in made.text
        assert "Try again" in made.buttons


# The button and its form


async def test_the_remix_button_opens_an_empty_form_with_the_old_words_above_it_and_choices(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        first = await imagine(home, count=2, model="max", aspect_ratio="16:9")
        asking = await server.person(server.bob).click(first, "Remix")
        await asking.acknowledged()
        modal = asking.interaction.modal
        assert modal is not None
        assert not modal.fields["prompt"].get("value")
        assert modal.fields["prompt"]["placeholder"] == "make it night, keep the fox"
        assert modal.components[0]["content"] == "-# The words so far\n> a red kite"
        names = [one["label"] for one in modal.fields["pictures"]["options"]]
        assert names == ["Picture 1 – left", "Picture 2 – right"]
        chosen = {
            name: [one["value"] for one in field["options"] if one.get("default")]
            for name, field in modal.fields.items()
            if "options" in field
        }
        assert chosen == {"pictures": ["1"], "model": ["max:16:9"]}
        made = await by_form(home, asking, server.bob, prompt="at dawn", pictures=["2"], model="pro:9:16")
        assert await parents(home, code_of(made)) == [code_of(first, 2)]
        assert "at dawn" in made.text
        assert "pro · 9:16" in made.text


async def test_the_form_of_a_single_picture_has_a_select_for_each_choice(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        asking = await server.person(server.bob).click(await imagine(home, aspect_ratio="16:9"), "Remix")
        await asking.acknowledged()
        assert asking.interaction.modal is not None
        assert [*asking.interaction.modal.fields] == ["prompt", "model", "aspect_ratio", "extra"]
        made = await by_form(home, asking, server.bob, prompt="at dawn", model="max", aspect_ratio="keep")
        assert "max" in made.text
        assert "16:9" not in made.text


async def test_two_steps_from_its_origin_a_picture_can_be_started_from_the_original(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        first = await imagine(home, count=2)
        second = await remix(home, server.bob, source=code_of(first, 2))
        third = await remix(home, server.bob, "with stars", source=code_of(second), count=2)
        for message, offered in ((first, False), (second, False), (third, True)):
            asking = await server.person(server.bob).click(message, "Remix")
            await asking.acknowledged()
            assert asking.interaction.modal is not None
            assert ("The original: a red kite" in str(asking.interaction.modal.components)) is offered
            if offered:
                made = await by_form(home, asking, server.bob, prompt="at dawn", pictures=[code_of(first, 2)])
                assert await parents(home, code_of(made)) == [code_of(first, 2)]


async def test_an_original_that_somebody_cannot_see_is_not_offered_and_not_taken(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        hidden = server.other_channel
        first = await imagine(home, channel=hidden)
        second = await remix(home, server.bob, source=code_of(first), channel=hidden)
        third = await remix(home, server.bob, source=code_of(second))
        hidden.overwrites[server.bob.id] = Overwrite(1, deny=int(Permission.VIEW_CHANNEL))
        server.world.emit("CHANNEL_UPDATE", hidden)
        asking = await server.person(server.bob).click(third, "Remix")
        await asking.acknowledged()
        assert asking.interaction.modal is not None
        assert "The original" not in str(asking.interaction.modal.components)


async def test_the_list_of_sources_says_which_picture_stands_where(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        first = await imagine(home, count=4)
        asking = await home.discord.person(home.discord.bob).autocomplete("remix", "source", prompt="x", source="")
        await asking.acknowledged()
        names = [one["name"].split(" · ")[:2] for one in asking.interaction.choices or []]
        wanted = ("top left", "top right", "bottom left", "bottom right")
        assert names == [[code_of(first, number), place] for number, place in enumerate(wanted, start=1)]


async def test_a_blend_in_the_form_knows_both_parents_and_an_extra_picture(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        first = await imagine(home, count=2)
        asking = await server.person(server.bob).click(first, "Remix")
        made = await by_form(home, asking, server.bob, prompt="both", pictures=["1", "2"], extra=[photographs.png()])
        assert await parents(home, code_of(made)) == [code_of(first, 1), code_of(first, 2), "?"]


async def test_a_wrong_extra_file_in_the_form_is_refused(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        asking = await server.person(server.bob).click(await imagine(home), "Remix")
        await asking.acknowledged()
        sent = await server.person(server.bob).submit_modal(asking, prompt="x", extra=[photographs.text()])
        assert "not a picture that I can start from" in (await sent.reply()).text
        assert sent.ephemeral


async def test_a_form_that_was_opened_before_a_restart_can_be_sent_after_it(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        first = await imagine(home)
        asking = await server.person(server.bob).click(first, "Remix")
        await asking.acknowledged()
        async with restarted(home) as later:
            made = await by_form(later, asking, server.bob, prompt="after the storm")
            assert await parents(later, code_of(made)) == [code_of(first)]


# Menus on any message


async def menu(home: RunningBot, name: str, message: Message) -> Any:
    asking = await home.discord.person(home.discord.bob).context_menu(name, message)
    await asking.acknowledged()
    return asking


def messages_with_pictures(home: RunningBot) -> dict[str, Message]:
    server = home.discord
    alice = server.person(server.alice)
    posted = alice.say("look", files=[photographs.png(), photographs.jpeg_with_gps()])
    return {
        "files": posted,
        "a preview of a link": alice.say("https://example.com/x.png", embed_images=[photographs.png()]),
        "a forward": alice.say(forward=posted),
    }


@pytest.mark.parametrize("kind", ["files", "a preview of a link", "a forward"])
@pytest.mark.parametrize("name", ["Edit image", "Remix image"])
async def test_the_menus_take_any_message_with_a_picture(tmp_path: Path, name: str, kind: str) -> None:
    async with running_bot(tmp_path) as home:
        message = messages_with_pictures(home)[kind]
        asking = await menu(home, name, message)
        assert (await by_form(home, asking, home.discord.bob, prompt="in winter")).pictures


async def test_the_menus_take_our_own_gallery_and_know_it(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        first = await imagine(home)
        for name in ("Edit image", "Remix image"):
            made = await by_form(home, await menu(home, name, first), home.discord.bob, prompt="in winter")
            assert await parents(home, code_of(made)) == [code_of(first)]


async def test_the_menus_take_another_bots_gallery(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        other = server.world.add_user("otherbot", "Other", bot=True, listed=False)
        server.world.add_member(server.guild, other)
        file = photographs.png()
        body = {
            "flags": 1 << 15,
            "components": [{"type": 12, "items": [{"media": {"url": f"attachment://{file.filename}"}}]}],
            "attachments": [{"id": 0, "filename": file.filename}],
        }
        message = server.messages_of_world.create(server.channel, other, body, [file])
        asking = await menu(home, "Edit image", message)
        assert (await by_form(home, asking, server.bob, prompt="in winter")).pictures


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ({"text": "only words"}, "no picture in that message"),
        ({"text": "", "stickers": ["Wave"]}, "sticker"),
        ({"text": "", "files": [photographs.text()]}, "no picture among that message's files"),
        ({"text": "", "files": [Upload("x.svg", b"<svg/>", "image/svg+xml")]}, "not a picture that I can start from"),
    ],
)
async def test_the_menus_refuse_a_message_without_a_picture_in_words(
    tmp_path: Path, message: dict[str, Any], words: str
) -> None:
    async with running_bot(tmp_path) as home:
        said = home.discord.person(home.discord.alice).say(**message)
        asking = await menu(home, "Remix image", said)
        assert words in (await asking.reply()).text
        assert asking.ephemeral


async def test_image_details_tells_how_ours_was_made_and_that_others_are_not_known(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        first = await imagine(home)
        assert "How this was made" in (await (await menu(home, "Image details", first)).reply()).text
        theirs = messages_with_pictures(home)["files"]
        assert "not made by me" in (await (await menu(home, "Image details", theirs)).reply()).text


# A reply that mentions the bot


async def test_a_reply_that_mentions_the_bot_is_a_remix(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        first = await imagine(home)
        mention = f"<@{server.bot_id}>"
        said = server.person(server.bob).say(f"{mention} paint it blue", reply_to=first)
        answer: Message = await server.until(
            lambda: next((one for one in server.messages() if one.reply_to is said), None)
        )
        await home.finished(answer)
        assert await parents(home, code_of(answer)) == [code_of(first)]
        assert "> paint it blue" in answer.text
        assert not answer.pings.users
        await home.at_rest()
        assert await home.books() == []


async def test_a_reply_without_words_or_without_a_picture_is_refused_privately(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        first = await imagine(home)
        bob, mention = server.person(server.bob), f"<@{server.bot_id}>"
        asked = bob.say(mention, reply_to=first)
        dm = server.dm(server.bob)
        await server.until(
            lambda: any("Mention me and say what should change" in one.text for one in server.messages(dm))
        )
        link = f"https://discord.com/channels/{server.guild.id}/{server.channel.id}/{asked.id}"
        assert link in server.messages(dm)[-1].text
        chat = server.person(server.alice).say("no picture")
        bob.say(f"{mention} paint it", reply_to=chat)
        await server.until(lambda: any("no picture in that message" in one.text for one in server.messages(dm)))
        assert await home.count("jobs") == 1


async def mentioned(home: RunningBot, who: User, text: str, **options: Any) -> Message:
    """What the bot makes of words that mention it."""
    said = home.discord.person(who).say(f"<@{home.discord.bot_id}> {text}", **options)
    answer: Message = await home.discord.until(
        lambda: next((one for one in said.channel.messages.values() if one.reply_to is said), None)
    )
    await home.finished(answer)
    await home.at_rest()
    return answer


async def test_a_mention_in_a_thread_goes_on_from_its_current_picture(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        first = await imagine(home)
        thread = await thread_under(home, first)
        second = await mentioned(home, server.bob, "make it night", channel=thread)
        assert await parents(home, code_of(second)) == [code_of(first)]
        await imagine(home, prompt="a later one, not in the thread")
        third = await mentioned(home, server.alice, "with stars", channel=thread)
        assert await parents(home, code_of(third)) == [code_of(second)]


async def test_a_mention_in_a_channel_goes_on_from_its_newest_picture_that_may_be_remixed(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        first = await imagine(home)
        await imagine(home, server.moderator, "mine alone")
        await (await server.person(server.moderator).command("privacy consent", remix="only_me")).reply()
        made = await mentioned(home, server.bob, "make it night")
        assert await parents(home, code_of(made)) == [code_of(first)]
        assert await home.books() == []


async def test_a_picture_that_comes_with_a_mention_is_edited(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        await imagine(home)
        photo = photographs.png()
        made = await mentioned(home, server.bob, "make it night", files=[photo])
        job = (await home.app.client.library.by_code(code_of(made))).job
        assert job.request.origin == "edit"
        assert [(one.code, one.owner_id) for one in job.request.references] == [(None, server.bob.id)]


async def test_a_picture_that_comes_with_a_reply_is_taken_along(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        first = await imagine(home)
        photo = photographs.png()
        made = await mentioned(home, server.bob, "like this", files=[photo], reply_to=first)
        assert await parents(home, code_of(made)) == [code_of(first), "?"]


async def test_a_mention_without_words_or_where_nothing_is_says_privately_how_it_works(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        server.person(server.bob).say(f"<@{server.bot_id}> make it night")
        await server.until(lambda: any("no picture here" in one.text for one in server.messages(server.dm(server.bob))))
        server.person(server.alice).say(f"<@{server.bot_id}>")
        dm = server.dm(server.alice)
        await server.until(lambda: any("@Atelier make it night" in one.text for one in server.messages(dm)))
        assert await home.count("jobs") == 0
        assert not any(one.author.id == server.bot_id for one in server.messages())


async def test_the_line_that_says_that_the_bot_was_added_to_a_thread_asks_for_nothing(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        thread = await thread_under(home, await imagine(home))
        body = {"content": f"<@{server.bot_id}>"}  # Discord writes it in a member's name, and mentions whom they added
        server.context.messages.create(thread, server.bob, body, kind=discord.MessageType.recipient_add.value)
        await mentioned(home, server.bob, "make it night", channel=thread)  # whatever it set off would be there by now
        assert server.messages(server.dm(server.bob)) == []


async def test_a_reply_that_does_not_ping_does_nothing(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        first = await imagine(home)
        home.discord.person(home.discord.bob).say("nice", reply_to=first, ping=False)
        await imagine(home, prompt="a later one")  # whatever it set off would have come before
        assert await home.count("jobs") == 2


async def test_a_mention_in_a_channel_where_the_bot_may_not_write_costs_nothing(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        first = await imagine(home)
        server.revoke_permission(server.channel, "send_messages")
        server.person(server.bob).say(f"<@{server.bot_id}> paint it blue", reply_to=first)
        dm = server.dm(server.bob)
        await server.until(lambda: any("not allowed to write" in one.text for one in server.messages(dm)))
        assert await home.count("jobs") == 1


# Consent


async def test_who_keeps_their_pictures_is_not_remixed_on_any_way(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        alice, bob = server.person(server.alice), server.person(server.bob)
        first = await imagine(home)
        posted = alice.say("mine", files=[photographs.png()])
        again = bob.say("copied", files=[Upload(first.pictures[0].filename, first.pictures[0].data, "image/jpeg")])
        forwarded = bob.say(forward=first)
        opened = await bob.click(first, "Remix")
        await opened.acknowledged()
        await (await alice.command("privacy consent", remix="only_me")).reply()
        before = await home.count("jobs")

        async def kept(asking: Any) -> None:
            assert "keeps their pictures to themselves" in (await asking.reply()).text
            assert asking.ephemeral

        await kept(await bob.command("remix", prompt="x", source=code_of(first)))
        await kept(await bob.click(first, "Vary"))
        for message in (first, posted, again, forwarded):
            for name in ("Remix image", "Edit image"):
                await kept(await menu(home, name, message))
        await kept(await bob.click(first, "Remix"))
        await kept(await bob.submit_modal(opened, prompt="x"))
        copy = Upload(first.pictures[0].filename, first.pictures[0].data, "image/jpeg")
        await kept(await bob.command("edit", prompt="x", image=copy))
        bob.say(f"<@{server.bot_id}> x", reply_to=first)
        dm = server.dm(server.bob)
        await server.until(lambda: any("keeps their pictures" in one.text for one in server.messages(dm)))
        assert "no picture here" in (await (await bob.command("remix", prompt="x")).reply()).text
        assert await home.count("jobs") == before
        assert (await finished(home, await alice.command("remix", prompt="x"))).pictures  # her own
        await (await alice.command("privacy consent", remix="everyone")).reply()
        assert (await remix(home, server.bob, source=code_of(first))).pictures


# Together


async def test_two_members_remix_the_same_picture_at_the_same_moment(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        first = await imagine(home)
        people = [server.person(one) for one in (server.alice, server.bob)]
        askings = await asyncio.gather(*(one.command("remix", prompt=one.user.name) for one in people))
        made = [await finished(home, asking) for asking in askings]
        assert [await parents(home, code_of(one)) for one in made] == [[code_of(first)]] * 2
        await home.at_rest()
        assert await home.books() == []
