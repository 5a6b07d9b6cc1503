"""What people see, in languages that are longer than English: all of it is looked up, and Discord takes it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.models import Language
from bot.ui.words import catalogues
from playground.components import walk
from playground.messages import Message
from playground.people import Asking
from tests.support.bot import RunningBot, running_bot
from tests.support.languages import pseudo, speaking, unspoken

PHRASE = re.compile(r"[^\W\d_]{3,}\s+[^\W\d_]{3,}")
SHOWN = {"content", "label", "placeholder", "description"}
ANSWERED = [
    *("help", "quota", "history", "privacy consent", "privacy delete", "settings show", "settings words"),
    *("settings quota", "settings channels", "settings models", "settings providers", "settings language"),
    *("moderate usage", "moderate blocks", "moderate audit", "moderate cancel"),
]
"""Commands that answer without options."""


def words_in(components: list[dict[str, object]]) -> list[str]:
    return [str(one[name]) for one in walk(components) for name in SHOWN if isinstance(one.get(name), str)]


def untranslated(message: Message) -> list[str]:
    """Phrases that somebody reads though nobody looked them up."""
    return [text for text in words_in(message.components) if PHRASE.search(unspoken(text))]


@pytest.fixture
def strange(tmp_path: Path) -> Iterator[None]:
    with speaking(tmp_path / "locales", pseudo("de")):
        yield


async def answer(home: RunningBot, asking: Asking) -> Message:
    message = await asking.reply()
    await home.discord.until(lambda: not message.loading)
    return message


@pytest.mark.usefixtures("strange")
@pytest.mark.parametrize("command", ANSWERED)
async def test_every_answer_is_looked_up_and_fits(tmp_path: Path, command: str) -> None:
    async with running_bot(tmp_path) as home:
        moderator = home.discord.moderator
        moderator.locale = home.discord.guild.locale = "de"
        assert untranslated(await answer(home, await home.discord.person(moderator).use(command, {}))) == []


@pytest.mark.usefixtures("strange")
async def test_a_picture_and_what_is_behind_more_are_looked_up_and_fit(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        alice = home.discord.alice
        alice.locale = home.discord.guild.locale = "de"
        person = home.discord.person(alice)
        message = await (await person.command("imagine", prompt="kite", count=2)).reply()
        assert untranslated(message) == []
        await home.discord.until(lambda: message.pictures)
        assert untranslated(message) == []
        more = next(label for label in message.buttons if "Móré" in label)
        assert untranslated(await answer(home, await person.click(message, more))) == []


@pytest.mark.parametrize("code", [one for one in Language if catalogues.file_of(one).exists()])
async def test_discord_takes_the_commands_of_every_language(tmp_path: Path, code: str) -> None:
    """The loopback Discord refuses all commands for one name, description or choice that is not as Discord's are."""
    async with running_bot(tmp_path) as home:
        names = home.discord.commands.find(0, "imagine")["name_localizations"]
        assert names[code] == names[code].lower()
