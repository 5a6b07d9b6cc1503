"""Slash commands through the unmodified discord.py: options that are chosen, and who may use a command where."""

from __future__ import annotations

import asyncio
from typing import Any

import discord as library
import pytest
from discord import app_commands

from playground import LoopbackDiscord
from playground.attachments import Upload
from playground.commands import CommandError
from playground.permissions import Permission
from playground.world import Overwrite
from tests.support.tiny_bot import PIXEL, TinyBot

PICTURE = Upload("a pixel.png", PIXEL)


@pytest.fixture
async def chosen(discord: LoopbackDiscord, bot: TinyBot) -> asyncio.Queue[dict[str, Any]]:
    """What the bot was given, by option."""
    got: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def choose(
        interaction: library.Interaction,
        image: library.Attachment | None = None,
        who: library.User | None = None,
        where: app_commands.AppCommandChannel | None = None,
        what: library.Role | None = None,
    ) -> None:
        await interaction.response.send_message("chosen", ephemeral=True)
        got.put_nowait({"image": image, "who": who, "where": where, "what": what})

    async def guess(interaction: library.Interaction, image: library.Attachment, text: str) -> None:
        await interaction.response.send_message("guessed")

    async def complete(interaction: library.Interaction, current: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=f"{current}!", value=current)]

    bot.tree.command(name="choose", description="Takes anything")(choose)
    guessing = bot.tree.command(name="guess", description="Completes itself")(guess)
    guessing.autocomplete("text")(complete)
    for name, needed in (("moderate", library.Permissions(manage_guild=True)), ("own", library.Permissions.none())):
        gated = app_commands.Command(name=name, description="For some", callback=bot.whisper)
        bot.tree.add_command(app_commands.default_permissions(needed)(gated))
    await bot.tree.sync()
    return got


async def test_a_file_in_an_option_reaches_the_bot_with_its_bytes(
    discord: LoopbackDiscord, chosen: asyncio.Queue[dict[str, Any]]
) -> None:
    asking = await discord.person(discord.alice).command("choose", image=PICTURE)
    image = (await chosen.get())["image"]
    assert isinstance(image, library.Attachment)
    assert (image.filename, image.content_type, image.width, image.size) == ("a_pixel.png", "image/png", 1, len(PIXEL))
    assert image.ephemeral
    assert "/ephemeral-attachments/" in image.url
    assert await image.read() == PIXEL
    [option] = asking.interaction.data["options"]
    assert (option["type"], option["value"]) == (11, str(image.id))


async def test_a_file_that_is_already_kept_can_be_chosen(
    discord: LoopbackDiscord, chosen: asyncio.Queue[dict[str, Any]]
) -> None:
    kept = discord.person(discord.alice).say(files=[PICTURE]).files[0]
    await discord.person(discord.alice).command("choose", image=kept)
    assert (await chosen.get())["image"].id == kept.id


@pytest.mark.parametrize("wrong", ["words", 7, b"bytes"], ids=["text", "number", "bytes"])
async def test_what_is_no_file_is_refused_for_a_file(
    discord: LoopbackDiscord, chosen: asyncio.Queue[dict[str, Any]], wrong: Any
) -> None:
    with pytest.raises(CommandError, match="a file is needed"):
        await discord.person(discord.alice).command("choose", image=wrong)


async def test_an_option_may_be_called_as_a_channel_is(discord: LoopbackDiscord, bot: TinyBot) -> None:
    got: asyncio.Queue[int] = asyncio.Queue()

    async def limit(interaction: library.Interaction, channel: library.TextChannel) -> None:
        got.put_nowait(channel.id)
        await interaction.response.defer()

    bot.tree.command(name="limit", description="Takes a channel")(limit)
    await bot.tree.sync()
    asking = await discord.person(discord.alice).use("limit", {"channel": discord.nsfw_channel}, discord.other_channel)
    assert await got.get() == discord.nsfw_channel.id
    assert asking.interaction.channel is discord.other_channel
    thread = discord.world.add_thread(discord.channel, "a thread", discord.bob)
    with pytest.raises(CommandError, match="this kind of channel"):
        await discord.person(discord.alice).use("limit", {"channel": thread})


@pytest.mark.parametrize("by_id", [False, True], ids=["thing", "id"])
async def test_people_channels_and_roles_are_resolved(
    discord: LoopbackDiscord, chosen: asyncio.Queue[dict[str, Any]], by_id: bool
) -> None:
    role = discord.world.add_role(discord.guild, "Painters")
    things: dict[str, Any] = {"who": discord.bob, "where": discord.nsfw_channel, "what": role}
    if by_id:
        things = {name: str(thing.id) for name, thing in things.items()}
    await discord.person(discord.mod).command("choose", **things)
    got = await chosen.get()
    assert isinstance(got["who"], library.Member)
    assert (got["who"].id, got["who"].resolved_permissions.manage_guild) == (discord.bob.id, False)
    assert (got["where"].id, got["where"].nsfw) == (discord.nsfw_channel.id, True)
    assert got["where"].permissions.manage_guild  # what the person may do there, not the bot
    assert isinstance(got["what"], library.Role)
    assert got["what"].name == "Painters"


async def test_somebody_of_another_server_is_resolved_as_a_user_alone(
    discord: LoopbackDiscord, chosen: asyncio.Queue[dict[str, Any]]
) -> None:
    asking = await discord.person(discord.alice).command("choose", channel=discord.second_channel, who=discord.bob)
    assert type((await chosen.get())["who"]) is library.User
    assert "members" not in asking.interaction.data["resolved"]


@pytest.mark.parametrize(
    ("option", "value"),
    [("who", "12345678901234567"), ("who", object()), ("where", "12345678901234567"), ("what", None), ("where", None)],
    ids=["no-user", "no-thing", "no-channel", "another-servers-role", "another-servers-channel"],
)
async def test_what_is_not_there_cannot_be_chosen(
    discord: LoopbackDiscord, chosen: asyncio.Queue[dict[str, Any]], option: str, value: Any
) -> None:
    foreign = {"what": discord.elsewhere.roles[discord.elsewhere.id], "where": discord.elsewhere_channel}
    with pytest.raises(CommandError):
        await discord.person(discord.alice).command("choose", **{option: value or foreign[option]})


async def test_a_file_is_not_sent_while_another_option_completes_itself(
    discord: LoopbackDiscord, chosen: asyncio.Queue[dict[str, Any]]
) -> None:
    asking = await discord.person(discord.alice).autocomplete("guess", "text", text="ca", image=PICTURE)
    await asking.acknowledged()
    assert asking.interaction.choices == [{"name": "ca!", "value": "ca"}]
    assert [option["name"] for option in asking.interaction.data["options"]] == ["text"]


async def test_a_command_for_some_is_refused_to_others_until_an_administrator_loosens_it(
    discord: LoopbackDiscord, chosen: asyncio.Queue[dict[str, Any]]
) -> None:
    alice, moderator = discord.person(discord.alice), discord.person(discord.mod)
    await (await moderator.command("moderate")).acknowledged()
    with pytest.raises(CommandError, match="you do not have permission"):
        await alice.command("moderate")
    with pytest.raises(CommandError, match="you do not have permission"):
        await moderator.command("own")  # "0": nobody but administrators
    discord.loosen_command_permissions = True
    await (await alice.command("moderate")).acknowledged()
    await (await alice.command("own")).acknowledged()


async def test_a_channels_overwrite_counts_for_a_commands_permission(
    discord: LoopbackDiscord, chosen: asyncio.Queue[dict[str, Any]]
) -> None:
    discord.channel.overwrites[discord.alice.id] = Overwrite(1, allow=int(Permission.MANAGE_GUILD))
    await (await discord.person(discord.alice).command("moderate")).acknowledged()
    with pytest.raises(CommandError):
        await discord.person(discord.alice).command("moderate", channel=discord.other_channel)
