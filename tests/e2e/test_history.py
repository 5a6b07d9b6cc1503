"""`/history`: one's own pictures, page by page; and who may see others'."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playground.messages import Message
from playground.permissions import Permission
from playground.world import Overwrite
from tests.support.bot import RunningBot, running_bot
from tests.support.remixing import code_of, imagine


async def history(home: RunningBot, who: Any, **options: Any) -> Message:
    asking = await home.discord.person(who).command("history", **options)
    message = await asking.reply()
    await home.discord.until(lambda: not message.loading)
    assert asking.ephemeral
    return message


def shown(message: Message) -> int:
    return str(message.components).count("'media': {'url'")


async def test_an_empty_history_says_so(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        assert "none here yet" in (await history(home, home.discord.alice)).text


async def test_it_shows_ones_own_newest_first_with_links(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        first, second = await imagine(home, prompt="first [x](https://evil)"), await imagine(home, prompt="second")
        await imagine(home, server.bob, prompt="of somebody else")
        text = (await history(home, server.alice)).text
        assert text.index(code_of(second)[:5]) < text.index(code_of(first)[:5])
        assert f"https://discord.com/channels/{server.guild.id}/{server.channel.id}/{first.id}" in text
        assert "somebody else" not in text
        assert "](https://evil)" not in text


async def test_pages_and_words(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        for number in range(11):
            await imagine(home, prompt=f"{'boat' if number % 2 else 'kite'} number {number}")
        first = await history(home, server.alice)
        assert shown(first) == 9
        assert first.buttons == ["Older"]
        await (await server.person(server.alice).click(first, "Older")).acknowledged()
        await server.until(lambda: "number 1" in first.text and "number 10" not in first.text)
        assert first.buttons == ["Newest"]
        boats = await history(home, server.alice, words="BOAT")
        assert shown(boats) == 5
        assert "kite" not in boats.text
        assert "None." in (await history(home, server.alice, words="100%")).text


async def test_addresses_that_expired_are_shown_fresh(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        await imagine(home)
        home.discord.expire_addresses()
        assert shown(await history(home, home.discord.alice)) == 1


async def test_only_moderators_see_the_pictures_of_others_and_only_where_they_may_look(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        await imagine(home, prompt="in the open")
        server.other_channel.overwrites[server.moderator.id] = Overwrite(1, deny=int(Permission.VIEW_CHANNEL))
        server.world.emit("CHANNEL_UPDATE", server.other_channel)
        await imagine(home, prompt="behind a door", channel=server.other_channel)
        refused = await history(home, server.bob, member=server.alice)
        assert "Only moderators" in refused.text
        seen = await history(home, server.moderator, member=server.alice)
        assert "in the open" in seen.text
        assert "behind a door" not in seen.text


async def test_in_a_conversation_with_the_bot_it_shows_everything_of_ones_own(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        await imagine(home, prompt="on the server")
        dm = server.dm(server.alice)
        await imagine(home, prompt="between us", channel=dm)
        text = (await history(home, server.alice, channel=dm)).text
        assert "on the server" in text
        assert "between us" in text
        assert "between us" not in (await history(home, server.alice)).text


async def test_age_restricted_pictures_are_linked_but_not_shown_elsewhere(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        await imagine(home, prompt="for adults", channel=server.nsfw_channel)
        elsewhere = await history(home, server.alice)
        assert shown(elsewhere) == 0
        assert "for adults" in elsewhere.text
        assert shown(await history(home, server.alice, channel=server.nsfw_channel)) == 1
