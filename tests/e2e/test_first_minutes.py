"""A new user's first five minutes: start, ask, wait, see, go on."""

from __future__ import annotations

from pathlib import Path

from tests.support.bot import running_bot


async def test_a_new_user_makes_a_picture_and_rerolls_it(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        alice = home.discord.person(home.discord.alice)
        asking = await alice.command("imagine", prompt="a lighthouse at dawn")
        message = await asking.reply()
        assert "Painting" in message.text
        assert message.buttons == ["Cancel"]

        await home.finished(message)
        assert len(message.pictures) == 1
        assert message.pictures[0].content_type == "image/jpeg"
        assert message.buttons == ["Remix", "Vary", "Reroll", "More"]
        assert "a lighthouse at dawn" in message.text

        again = await (await alice.click(message, "Reroll")).reply()
        await home.finished(again)
        assert again.pictures[0].data != message.pictures[0].data
        await home.at_rest()
        assert await home.books() == []
        assert len(home.posts) == 4
