"""What the web page is told, over its own WebSocket."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncGenerator
from typing import Any

import aiohttp
import pytest

from playground import LoopbackDiscord
from playground.behind import Behind
from playground.permissions import MODERATOR
from tests.support.bot import until

MODERATE = {"name": "moderate", "description": "For some", "default_member_permissions": str(int(MODERATOR))}
OWN = {"name": "own", "description": "For administrators", "default_member_permissions": "0"}
OPEN = {"name": "imagine", "description": "For all"}


@pytest.fixture
async def server() -> AsyncGenerator[LoopbackDiscord]:
    async with LoopbackDiscord(page=True) as server:
        server.commands.replace(0, [MODERATE, OWN, OPEN])
        yield server


@pytest.fixture
async def alice(server: LoopbackDiscord) -> AsyncGenerator[aiohttp.ClientWebSocketResponse]:
    address = f"{server.url}/play/ws?person={server.alice.id}"
    async with aiohttp.ClientSession() as session, session.ws_connect(address) as page:
        yield page


async def told(page: aiohttp.ClientWebSocketResponse, kind: str) -> dict[str, Any]:
    while True:
        frame = await page.receive_json(timeout=10)
        if frame["t"] == kind:
            return frame


def names(frame: dict[str, Any]) -> list[str]:
    return [one["name"] for one in frame["commands"]]


async def test_who_becomes_a_moderator_is_shown_their_commands_at_once(
    server: LoopbackDiscord, alice: aiohttp.ClientWebSocketResponse
) -> None:
    assert names(await told(alice, "hello")) == ["imagine"]
    role = server.create_role("Helpers", MODERATOR)
    assert "Helpers" in [one["name"] for one in (await told(alice, "standing"))["roles"]]
    server.give_role(server.alice, role)
    frame = await told(alice, "standing")
    assert (names(frame), frame["me"]["moderator"]) == (["moderate", "imagine"], True)
    server.delete_role(role)
    frame = await told(alice, "standing")
    assert (names(frame), frame["me"]["moderator"]) == (["imagine"], False)


async def test_pages_that_close_amid_events_leave_no_traceback(caplog: pytest.LogCaptureFixture) -> None:
    loop, faults = asyncio.get_running_loop(), list[dict[str, Any]]()
    loop.set_exception_handler(lambda _, context: faults.append(context))
    async with LoopbackDiscord(page=True) as server:
        bob = server.person(server.bob)
        for _ in range(5):
            async with aiohttp.ClientSession() as session:
                page = await session.ws_connect(f"{server.url}/play/ws?person={server.alice.id}")
                await told(page, "hello")
                for text in ("[", "[]", "{}"):
                    await page.send_str(text)
                page._response.close()  # pyright: ignore[reportPrivateUsage] - as a browser goes: without a farewell
                for _ in range(50):
                    bob.say("word " * 300)
                    await asyncio.sleep(0)
    gc.collect()
    assert (faults, caplog.messages) == ([], [])


async def test_no_part_of_the_page_is_used_unasked_after_an_upgrade(server: LoopbackDiscord) -> None:
    async with aiohttp.ClientSession() as session:
        for path in ("/", "/app.js", "/style.css"):
            async with session.get(server.url + path) as answer:
                assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-cache")


async def test_older_messages_come_in_pages(server: LoopbackDiscord, alice: aiohttp.ClientWebSocketResponse) -> None:
    said = [server.person(server.bob).say(f"word {number}") for number in range(70)]
    await alice.send_json({"t": "open", "channel": str(server.channel.id)})
    frame = await told(alice, "messages")
    assert ([one["content"] for one in frame["messages"]][::49], frame["older"]) == (["word 20", "word 69"], True)
    await alice.send_json({"t": "older", "channel": str(server.channel.id), "before": str(said[20].id)})
    frame = await told(alice, "older")
    assert ([one["content"] for one in frame["messages"]][::19], frame["older"]) == (["word 0", "word 19"], False)
    await alice.send_json({"t": "open", "channel": str(server.channel.id), "message": str(said[1].id)})
    frame = await told(alice, "messages")
    assert (frame["messages"][0]["content"], frame["older"], frame["newer"]) == ("word 0", False, True)


async def test_a_page_is_told_where_its_person_is_mentioned(
    server: LoopbackDiscord, alice: aiohttp.ClientWebSocketResponse
) -> None:
    said = server.person(server.bob).say(f"look, {server.alice.mention}", channel=server.other_channel)
    assert (await told(alice, "message"))["message"]["pinged"] is True
    server.edit_channel(server.channel, name="paintings")
    [lounge] = [one for one in (await told(alice, "channels"))["channels"] if one["name"] == "lounge"]
    assert (lounge["last"], lounge["pings"]) == (str(said.id), [str(said.id)])


async def test_the_words_above_a_reply_are_whole(
    server: LoopbackDiscord, alice: aiohttp.ClientWebSocketResponse
) -> None:
    text = "word " * 23 + server.bob.mention + " ||" + "secret " * 30 + "||"
    first = server.person(server.bob).say(text)
    server.person(server.alice).say("I see", reply_to=first)
    frames = [await told(alice, "message") for _ in range(2)]
    assert frames[1]["message"]["reply"]["text"] == text


async def test_an_age_restriction_is_shown_and_lifted(
    server: LoopbackDiscord, alice: aiohttp.ClientWebSocketResponse
) -> None:
    await told(alice, "hello")
    for nsfw in (True, False):
        server.edit_channel(server.channel, nsfw=nsfw)
        assert (await told(alice, "channels"))["channels"][0]["nsfw"] is nsfw


async def test_what_is_chosen_beforehand_has_ids_that_a_page_can_read(
    server: LoopbackDiscord, alice: aiohttp.ClientWebSocketResponse
) -> None:
    select = {"type": 5, "custom_id": "x", "default_values": [{"id": server.bob.id, "type": "user"}]}
    body = {"flags": 1 << 15, "components": [{"type": 1, "components": [select]}]}
    server.messages_of_world.create(server.channel, server.world.bot, body)
    [row] = (await told(alice, "message"))["message"]["components"]
    assert row["components"][0]["default_values"] == [{"id": str(server.bob.id), "type": "user"}]


async def test_a_chosen_language_is_that_of_ones_commands_and_interactions(
    server: LoopbackDiscord, alice: aiohttp.ClientWebSocketResponse
) -> None:
    server.commands.replace(0, [{**OPEN, "description_localizations": {"es-ES": "Para todos"}}])
    assert (await told(alice, "hello"))["spoken"] == {"me": "en-US", "server": "en-US"}
    ask = {"t": "locale", "channel": str(server.channel.id), "of": "me", "locale": "es-ES"}
    await alice.send_json(ask)
    frame = await told(alice, "standing")
    assert (frame["spoken"]["me"], frame["commands"][0]["description"]) == ("es-ES", "Para todos")
    assert frame["translated"] == ["es-ES"]
    asking = await server.person(server.alice).command("imagine")
    assert server.payloads.interaction(asking.interaction)["locale"] == "es-ES"
    await alice.send_json(ask | {"locale": "tlh", "nonce": 1})
    frame = await told(alice, "interaction")
    while frame["nonce"] != 1:
        frame = await told(alice, "interaction")
    assert (frame["state"], server.alice.locale) == ("failed", "es-ES")


async def test_commands_options_and_choices_have_their_names_in_ones_language(
    server: LoopbackDiscord, alice: aiohttp.ClientWebSocketResponse
) -> None:
    choice = {"name": "square", "name_localizations": {"de": "quadratisch"}, "value": "1:1"}
    option = {"type": 3, "name": "shape", "name_localizations": {"de": "form"}, "description": "Its shape"}
    described = {**option, "description_localizations": {"de": "Die Form"}, "choices": [choice]}
    server.commands.replace(0, [{**OPEN, "name_localizations": {"de": "bild"}, "options": [described]}])
    await alice.send_json({"t": "locale", "channel": str(server.channel.id), "of": "me", "locale": "de"})
    [command] = (await told(alice, "standing"))["commands"]
    [option] = command["options"]
    [choice] = option["choices"]
    assert [(one["name"], one["shown"]) for one in (command, option, choice)] == [
        ("imagine", "bild"),
        ("shape", "form"),
        ("square", "quadratisch"),
    ]
    assert (option["description"], choice["value"]) == ("Die Form", "1:1")
    await alice.send_json({"t": "locale", "channel": str(server.channel.id), "of": "me", "locale": "fi"})
    assert (await told(alice, "standing"))["commands"][0]["shown"] == "imagine"


async def test_a_servers_language_is_changed_for_everybody(
    server: LoopbackDiscord, alice: aiohttp.ClientWebSocketResponse
) -> None:
    server.world.speak(server.guild, "ja")
    frame = await told(alice, "standing")
    assert frame["spoken"] == {"me": "en-US", "server": "ja"}


async def test_a_panel_whose_page_was_closed_is_forgotten() -> None:
    behind = Behind(heartbeat_s=0.01)
    async with LoopbackDiscord(page=True, behind=behind) as discord, aiohttp.ClientSession() as http:
        async with http.get(f"{discord.url}/play/behind/told") as stream:
            assert await stream.content.readline() == b":\n"
            assert behind.panels == 1

        async def open_panels() -> int:
            return behind.panels

        await until(open_panels, 0)


async def test_an_open_panel_ends_with_the_server() -> None:
    behind = Behind()
    async with aiohttp.ClientSession() as http:
        async with LoopbackDiscord(page=True, behind=behind) as discord:
            stream = await http.get(f"{discord.url}/play/behind/told")
        assert behind.panels == 0
        assert await stream.read() == b""
