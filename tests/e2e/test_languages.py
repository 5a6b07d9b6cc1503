"""Who reads which language: a member in private their own, everybody in public the server's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from playground import LoopbackDiscord
from tests.support.bot import restarted, running_bot, until
from tests.support.languages import speaking
from tests.support.rules import setting

REROLL = {"de": "Nochmal", "fr": "Relancer"}


@pytest.fixture(autouse=True)
def _catalogues(tmp_path: Path) -> Iterator[None]:
    german, french = Catalog(locale="de"), Catalog(locale="fr")
    for one in (german, french):
        one.add("Reroll", REROLL[str(one.locale)])
    german.add("Please describe the picture: the prompt is empty.", "Leer.")
    german.add("See your credits: used, left, and when more come back", "Zeig deine Credits")
    german.add("Try again", "Neuer Versuch")
    german.add("quota", "guthaben", context="command")
    german.add("member", "mitglied", context="option")
    german.add("Edit image", "Bild bearbeiten")
    german.add("only me", "nur ich")
    french.add(
        "I could not do that, and cannot write to you privately. `/remix` will tell you why.", "Voyez avec `/remix`."
    )
    german.add("{member} changed the rules:", "{member} hat Regeln geändert:")
    with speaking(tmp_path / "locales", german, french):
        yield


async def test_a_member_is_refused_in_their_own_language_whatever_the_server_speaks(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        home.discord.alice.locale, home.discord.guild.locale = "de", "fr"
        asking = await home.discord.person(home.discord.alice).command("imagine", prompt=" ")
        assert (await asking.reply()).text == "Leer."
        assert asking.ephemeral


async def test_a_picture_is_posted_in_the_servers_language_not_in_the_members(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        home.discord.alice.locale, home.discord.guild.locale = "fr", "de"
        asking = await home.discord.person(home.discord.alice).command("imagine", prompt="a kite")
        message = await asking.reply()
        assert "Nochmal" in (await home.finished(message)).buttons


async def test_a_servers_rule_says_what_is_spoken_in_public(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        assert "**French**" in await setting(home, "language", language="fr")
        asking = await home.discord.person(home.discord.alice).command("imagine", prompt="a kite")
        assert "Relancer" in (await home.finished(await asking.reply())).buttons


async def test_a_job_keeps_its_language_over_a_restart(tmp_path: Path) -> None:
    async with running_bot(tmp_path, sandbox_seconds=1.5) as home:
        home.discord.guild.locale = "de"
        message = await (await home.discord.person(home.discord.alice).command("imagine", prompt="a kite")).reply()
        await until(lambda: home.count("jobs", "language='de' AND message_id IS NOT NULL"), 1)
        async with restarted(home) as later:
            assert "Neuer Versuch" in (await later.finished(message)).buttons  # the sandbox forgets what it paints


async def test_in_a_direct_message_everything_is_in_the_members_language(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        home.discord.alice.locale, home.discord.guild.locale = "de", "fr"
        place = home.discord.dm(home.discord.alice)
        asking = await home.discord.person(home.discord.alice).command("imagine", channel=place, prompt="a kite")
        assert "Nochmal" in (await home.finished(await asking.reply())).buttons


async def test_the_moderators_log_speaks_the_servers_language(tmp_path: Path) -> None:
    server = LoopbackDiscord(limits=False)
    server.guild.locale = "de"  # the bot learns it when it connects
    async with running_bot(tmp_path, server=server) as home:
        channel = home.discord.other_channel
        await setting(home, "log-channel", channel=channel)
        await setting(home, "quota", credits=3)
        await home.discord.until(
            lambda: any("hat Regeln geändert" in one.text for one in home.discord.messages(channel))
        )


async def test_who_takes_no_direct_messages_is_answered_in_the_servers_language(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        await setting(home, "language", language="fr")
        server.bob.accepts_dms = False
        said = server.person(server.bob).say(f"<@{server.bot_id}>")
        answer = await server.until(lambda: next((one for one in server.messages() if one.reply_to is said), None))
        assert answer.text == "Voyez avec `/remix`."


async def test_commands_are_offered_in_the_languages_of_their_readers(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        quota, history, privacy = (home.discord.commands.find(0, name) for name in ("quota", "history", "privacy"))
        assert quota["name_localizations"] == {"de": "guthaben"}
        assert quota["description_localizations"] == {"de": "Zeig deine Credits"}
        assert history["options"][0]["name_localizations"] == {"de": "mitglied"}
        (consent,) = (one for one in privacy["options"] if one["name"] == "consent")
        assert consent["options"][0]["choices"][1]["name_localizations"] == {"de": "nur ich"}
        assert home.discord.commands.find(0, "Edit image", 3)["name_localizations"] == {"de": "Bild bearbeiten"}
