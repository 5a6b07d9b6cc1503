"""The unmodified discord.py on the loopback Discord: what a bot sends arrives, what it must be refused is refused."""

from __future__ import annotations

import asyncio
import io
from typing import Any

import aiohttp
import discord as library
import pytest

from playground import LoopbackDiscord
from tests.support.tiny_bot import PIXEL, Clock, TinyBot, words


def webhook_of(asking: Any, bot: TinyBot) -> library.Webhook:
    token = asking.interaction.token
    return library.Webhook.partial(bot.application_id or 0, token, client=bot)


def a_file() -> library.File:
    return library.File(io.BytesIO(PIXEL), filename="pixel.png")


async def test_a_placeholder_is_edited_into_a_message_with_a_picture(discord: LoopbackDiscord, bot: TinyBot) -> None:
    asking = await discord.person(discord.alice).command("paint", prompt="a cat")
    message = await asking.reply()
    assert (message.text, message.buttons, message.pictures) == ("painting a cat", ["Cancel"], [])

    view = words("done", button="Reroll", picture="pixel.png")
    edited = await webhook_of(asking, bot).edit_message("@original", attachments=[a_file()], view=view)

    assert (message.text, message.buttons) == ("done", ["Reroll"])
    [picture] = message.pictures
    assert (picture.filename, picture.content_type, picture.data) == ("pixel.png", "image/png", PIXEL)
    assert (picture.width, picture.height) == (1, 1)
    assert edited.attachments == []
    gallery = next(item for item in edited.components if isinstance(item, library.MediaGalleryComponent))
    assert gallery.items[0].media.url.startswith(f"{discord.url}/attachments/")


async def test_the_interaction_tells_who_asked_where_and_with_which_rights(
    discord: LoopbackDiscord, bot: TinyBot
) -> None:
    await (await discord.person(discord.mod).command("paint", prompt="x", channel=discord.nsfw_channel)).reply()
    [interaction] = bot.asked
    assert (interaction.user.id, interaction.guild_id) == (discord.mod.id, discord.guild.id)
    assert interaction.channel_id == discord.nsfw_channel.id
    assert interaction.channel.is_nsfw()
    assert interaction.permissions.manage_guild
    assert interaction.permissions.moderate_members
    assert interaction.app_permissions.send_messages
    assert interaction.filesize_limit == 10 * 1024 * 1024


async def test_a_click_reaches_the_bot_and_changes_its_message(discord: LoopbackDiscord, bot: TinyBot) -> None:
    message = await (await discord.person(discord.alice).command("paint", prompt="a cat")).reply()
    await (await discord.person(discord.bob).click(message, "Cancel")).acknowledged()
    assert message.text == "clicked"
    click = bot.asked[-1]
    assert click.user.id == discord.bob.id
    assert click.message is not None
    assert click.message.id == message.id


async def test_an_ephemeral_answer_is_private_and_cannot_be_fetched_from_the_channel(
    discord: LoopbackDiscord, bot: TinyBot
) -> None:
    asking = await discord.person(discord.alice).command("whisper")
    message = await asking.reply()
    assert asking.ephemeral
    assert message.private_to is discord.alice
    channel = bot.get_partial_messageable(discord.channel.id)
    with pytest.raises(library.NotFound) as refused:
        await channel.fetch_message(message.id)
    assert refused.value.code == 10008


async def test_an_answer_after_three_seconds_is_too_late(discord: LoopbackDiscord, bot: TinyBot, clock: Clock) -> None:
    await discord.person(discord.alice).command("mull")
    async with asyncio.timeout(10):
        await bot.mulling.wait()
    clock.now += 3.5
    with pytest.raises(library.NotFound) as refused:
        await bot.asked[0].response.send_message("late")
    assert refused.value.code == 10062


async def test_a_second_answer_is_refused(discord: LoopbackDiscord, bot: TinyBot) -> None:
    asking = await discord.person(discord.alice).command("paint", prompt="x")
    await asking.reply()
    one = asking.interaction
    url = f"{discord.api_url}/interactions/{one.id}/{one.token}/callback"
    async with aiohttp.ClientSession() as http, http.post(url, json={"type": 5}) as response:
        assert (response.status, (await response.json())["code"]) == (400, 40060)


@pytest.mark.parametrize("by_clock", [True, False], ids=["15-minutes", "expire_token"])
async def test_an_expired_token_no_longer_edits(
    discord: LoopbackDiscord, bot: TinyBot, clock: Clock, by_clock: bool
) -> None:
    asking = await discord.person(discord.alice).command("paint", prompt="x")
    await asking.reply()
    if by_clock:
        clock.now += 15 * 60 + 1
    else:
        discord.expire_token(asking.interaction)
    with pytest.raises(library.HTTPException) as refused:
        await webhook_of(asking, bot).edit_message("@original", view=words("late"))
    assert (refused.value.status, refused.value.code) == (401, 50027)


async def test_a_429_is_waited_out_by_the_library(discord: LoopbackDiscord, bot: TinyBot) -> None:
    asking = await discord.person(discord.alice).command("paint", prompt="x")
    message = await asking.reply()
    edit = "/webhooks/{application_id}/{token}/messages/{message_id}"
    discord.faults.next("PATCH", edit, status=429, retry_after=0.01)
    await webhook_of(asking, bot).edit_message("@original", view=words("after all"))
    assert message.text == "after all"
    assert [call.status for call in discord.calls if call.method == "PATCH"] == [429, 200]


async def test_a_lost_answer_was_carried_out_all_the_same(discord: LoopbackDiscord, bot: TinyBot) -> None:
    asking = await discord.person(discord.alice).command("paint", prompt="x")
    message = await asking.reply()
    edit = "/webhooks/{application_id}/{token}/messages/{message_id}"
    discord.faults.next("PATCH", edit, reset=True, applied=True)
    with pytest.raises((aiohttp.ClientError, OSError)):
        await webhook_of(asking, bot).edit_message("@original", view=words("carried out"))
    assert message.text == "carried out"


async def test_what_happened_while_the_socket_was_down_is_replayed(discord: LoopbackDiscord, bot: TinyBot) -> None:
    [session] = discord.gateway.sessions
    await discord.drop_gateway(resumable=True)
    asking = await discord.person(discord.alice).command("paint", prompt="missed")
    message = await asking.reply()
    assert message.text == "painting missed"
    assert list(discord.gateway.sessions) == [session]
    assert len(bot.asked) == 1


async def test_only_a_mention_carries_its_words_to_the_bot(discord: LoopbackDiscord, bot: TinyBot) -> None:
    alice = discord.person(discord.alice)
    alice.say("not for the bot")
    alice.say(f"<@{discord.bot_id}> for the bot")
    await discord.until(lambda: discord.gateway.online)
    await (await alice.command("paint", prompt="a mark in the order of events")).reply()
    heard = [message.content for message in bot.heard if message.author.id == discord.alice.id]
    assert heard == ["", f"<@{discord.bot_id}> for the bot"]


@pytest.mark.parametrize(
    ("deed", "code"),
    [("gone", 10003), ("hidden", 50001), ("mute", 50013)],
)
async def test_a_channel_that_is_closed_to_the_bot_says_why(
    discord: LoopbackDiscord, bot: TinyBot, deed: str, code: int
) -> None:
    channel = bot.get_partial_messageable(discord.channel.id)
    match deed:
        case "gone":
            discord.delete_channel(discord.channel)
        case "hidden":
            discord.revoke_permission(discord.channel, "view_channel")
        case _:
            discord.revoke_permission(discord.channel, "send_messages")
    with pytest.raises(library.HTTPException) as refused:
        await channel.send("hello")
    assert refused.value.code == code


async def test_a_member_who_takes_no_direct_messages_gets_none(discord: LoopbackDiscord, bot: TinyBot) -> None:
    discord.bob.accepts_dms = False
    user = await bot.fetch_user(discord.bob.id)
    with pytest.raises(library.Forbidden) as refused:
        await user.send("hello")
    assert refused.value.code == 50007


async def test_a_file_over_the_limit_is_refused(discord: LoopbackDiscord, bot: TinyBot) -> None:
    discord.guild.file_limit = len(PIXEL) - 1
    with pytest.raises(library.HTTPException) as refused:
        await bot.get_partial_messageable(discord.channel.id).send(file=a_file())
    assert (refused.value.status, refused.value.code) == (413, 40005)
