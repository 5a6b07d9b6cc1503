"""The connection to Discord: lost and found again, refused, and what is told to it at the start."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import discord
import pytest
from structlog.testing import capture_logs

from bot import app as composition
from bot.errors import BadToken
from playground import LoopbackDiscord
from tests.support.bot import RunningBot, running_bot, settings_for, until

REPO = Path(__file__).parents[2]
REGISTER = "/applications/{application_id}/commands"


async def makes_a_picture(home: RunningBot) -> None:
    asking = await home.discord.person(home.discord.bob).command("imagine", prompt="a quiet harbour")
    message = await asking.reply()
    await home.discord.until(lambda: message.pictures)


@pytest.mark.parametrize("resumable", [True, False], ids=["resumable", "not-resumable"])
async def test_a_lost_connection_neither_stops_a_job_nor_the_commands_after_it(tmp_path: Path, resumable: bool) -> None:
    async with running_bot(tmp_path, sandbox_seconds=0.5) as home:
        [session] = home.discord.gateway.sessions
        asking = await home.discord.person(home.discord.alice).command("imagine", prompt="a lighthouse at dawn")
        message = await asking.reply()
        await home.discord.drop_gateway(resumable=resumable)
        assert not home.discord.gateway.online

        await home.discord.until(lambda: message.pictures)
        await home.discord.until(lambda: home.discord.gateway.online)
        assert (session in home.discord.gateway.sessions) is resumable
        assert len(home.discord.gateway.sessions) == 1
        await makes_a_picture(home)
        await home.at_rest()
        assert len(home.discord.messages()) == 2
        assert await home.books() == []


async def test_a_command_used_while_the_connection_was_lost_is_answered_once_after_the_resume(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        await home.discord.drop_gateway()
        await makes_a_picture(home)
        await home.at_rest()
        assert len(home.discord.messages()) == 1
        assert await home.count("jobs") == 1


@pytest.mark.parametrize("leased", [{}, {"shards": "0/1"}], ids=["without leases", "with leases"])
async def test_of_all_that_is_said_the_bot_looks_at_what_mentions_it(tmp_path: Path, leased: dict[str, Any]) -> None:
    async with running_bot(tmp_path, **leased) as home:
        heard: list[discord.Message] = []
        changed: list[int] = []

        async def on_message(message: discord.Message) -> None:
            heard.append(message)

        async def on_edit(payload: discord.RawMessageUpdateEvent) -> None:
            changed.append(payload.message_id)

        home.app.client.add_listener(on_message, "on_message")
        home.app.client.add_listener(on_edit, "on_raw_message_edit")
        bob = home.discord.person(home.discord.bob)
        bob.say("a quiet word")
        bob.say(f"<@{home.discord.alice.id}> have you seen this?")
        await makes_a_picture(home)  # its message is sent, and changed
        said = bob.say(f"<@{home.discord.bot_id}> make it night")
        await home.discord.until(lambda: heard)
        assert [message.id for message in heard] == [said.id]
        assert changed == []


async def test_the_commands_are_registered_once_and_discord_takes_them(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        await home.discord.drop_gateway(resumable=False)
        await home.discord.until(lambda: home.discord.gateway.online)
        puts = [call for call in home.discord.calls if call.method == "PUT"]
        assert [(call.template, call.status) for call in puts] == [(REGISTER, 200)]

        shown = home.discord.commands.seen_in(home.discord.guild.id)
        names = [command["name"] for command in shown]
        assert "imagine" in names
        assert len(set(names)) == len(names) <= 100
        for command in shown:
            options = command.get("options", [])
            assert len(options) <= 25
            texts = [command["name"], command["description"]]
            for option in options:
                texts += [option["name"], option["description"]]
                texts += [text for choice in option.get("choices", []) for text in (choice["name"], choice["value"])]
                assert len(option.get("choices", [])) <= 25
            assert sum(map(len, map(str, texts))) <= 8000


async def test_a_wrong_token_is_a_plain_fault(tmp_path: Path) -> None:
    with pytest.raises(BadToken, match="DISCORD_TOKEN"):
        async with running_bot(tmp_path, discord_token="not.the.token"):
            raise AssertionError("it must not start")


async def test_a_token_that_is_withdrawn_while_it_runs_is_a_plain_fault(tmp_path: Path) -> None:
    async def live_until_the_gateway_refuses() -> None:
        async with running_bot(tmp_path) as home:
            home.discord.gateway._token = "another"
            await home.discord.drop_gateway(resumable=False)
            parts = {task.get_name(): task for task in asyncio.all_tasks()}
            await asyncio.wait([parts["gateway"]], timeout=15)

    with pytest.raises(BadToken, match="DISCORD_TOKEN"):
        await live_until_the_gateway_refuses()


async def test_a_wrong_token_is_told_to_the_operator_in_one_line(tmp_path: Path) -> None:
    async with LoopbackDiscord(limits=False) as discord:
        env = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(REPO),
            "DISCORD_TOKEN": "not.the.token",
            "DISCORD_API_URL": discord.api_url,
            "DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path / 'atelier.db'}",
            "PROVIDERS": "sandbox",
        }
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "run"), cwd=tmp_path, env=env, stdout=-1, stderr=-1
        )
        try:
            async with asyncio.timeout(60):
                out, err = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        assert process.returncode == 1
        said = err.decode().splitlines()
        assert said[-1] == "Atelier cannot go on: DISCORD_TOKEN: Discord does not know this token."
        assert not [line for line in said if "Traceback" in line or "not.the.token" in line]
        assert b"not.the.token" not in out


async def test_a_bot_that_never_reached_discord_ends_without_a_fault(tmp_path: Path) -> None:
    server = LoopbackDiscord()  # it was never started: nobody listens at its address
    settings = settings_for(tmp_path, server, discord_api_url="http://127.0.0.1:9/api/v10")
    stop = asyncio.Event()
    with capture_logs() as told:
        async with composition.assemble(settings) as app:
            running = asyncio.create_task(composition.serve(app, stop))

            async def broke() -> bool:
                return any(one.get("part") == "gateway" for one in told)

            await until(broke, wanted=True)
            stop.set()
            await running
    assert [one for one in told if one["event"] == "not done"] == []


async def test_of_interactions_forms_alone_are_told_to_who_listens_and_the_age_of_each_is_learned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_bot(tmp_path) as home:
        client, told, learned = home.app.client, list[discord.InteractionType](), list[int]()
        listener, age_ms = client.on_interaction, client.arrivals.age_ms

        async def tell(interaction: Any) -> None:
            told.append(interaction.type)
            await listener(interaction)

        def learn(issued_at: int) -> int:
            learned.append(issued_at)
            return age_ms(issued_at)

        monkeypatch.setattr(client, "on_interaction", tell)
        alice = home.discord.person(home.discord.alice)
        await makes_a_picture(home)
        assert not told
        monkeypatch.setattr(client.arrivals, "age_ms", learn)
        await (await alice.autocomplete("remix", "source", prompt="x", source="")).acknowledged()
        assert len(learned) >= 1
        asking = await alice.click(home.discord.messages()[0], "Remix")
        await alice.submit(asking, prompt="make it night")
        await home.discord.until(lambda: told)
        assert told == [discord.InteractionType.modal_submit]
