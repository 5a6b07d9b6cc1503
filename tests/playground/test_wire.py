"""The loopback Discord on the wire: refusals, addresses that die, limits, and answers by Discord's schemas."""

from __future__ import annotations

import gc
import json
import weakref
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from jsonschema import Draft202012Validator

from playground import LoopbackDiscord
from tests.support.tiny_bot import PIXEL, Clock, TinyBot

V2 = 1 << 15
SCHEMAS = Path(__file__).parents[3] / "shared" / "reference" / "openapi" / "discord.json"


def text(content: str = "words") -> dict[str, Any]:
    return {"type": 10, "content": content}


def button(**traits: Any) -> dict[str, Any]:
    return {"type": 2, "style": 2, "label": "Go", "custom_id": "go"} | traits


def row(*children: dict[str, Any]) -> dict[str, Any]:
    return {"type": 1, "components": list(children)}


def gallery(count: int, url: str = "https://example.org/a.png") -> dict[str, Any]:
    return {"type": 12, "items": [{"media": {"url": url}}] * count}


@pytest.fixture
async def http(discord: LoopbackDiscord) -> AsyncGenerator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(headers={"Authorization": f"Bot {discord.token}"}) as session:
        yield session


def posts(discord: LoopbackDiscord) -> str:
    return f"{discord.api_url}/channels/{discord.channel.id}/messages"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"flags": V2, "content": "hi", "components": [text()]}, ["content"]),
        ({"flags": V2, "embeds": [{"title": "x"}], "components": [text()]}, ["embeds"]),
        ({"flags": V2, "components": [text("x" * 2001), text("y" * 2000)]}, ["components"]),
        ({"flags": V2, "components": [text()] * 41}, ["components"]),
        (
            {"flags": V2, "components": [row(*(button(custom_id=f"b{n}") for n in range(6)))]},
            ["components", "0", "components"],
        ),
        ({"components": [row(button(label="x" * 81))]}, ["components", "0", "components", "0", "label"]),
        ({"components": [row(button(custom_id="x" * 101))]}, ["components", "0", "components", "0", "custom_id"]),
        ({"components": [row(button(), button())]}, ["components", "0", "components", "1", "custom_id"]),
        ({"flags": V2, "components": [gallery(0)]}, ["components", "0", "items"]),
        ({"flags": V2, "components": [gallery(11)]}, ["components", "0", "items"]),
        (
            {"flags": V2, "components": [gallery(1, "attachment://absent.png")]},
            ["components", "0", "items", "0", "media", "url"],
        ),
        ({"components": [text()]}, ["components", "0", "type"]),
        ({"content": "x" * 2001}, ["content"]),
    ],
)
async def test_a_form_with_a_fault_is_refused_at_the_faulty_field(
    discord: LoopbackDiscord, http: aiohttp.ClientSession, body: dict[str, Any], field: list[str]
) -> None:
    async with http.post(posts(discord), json=body) as response:
        answer = await response.json()
    assert (response.status, answer["code"], answer["message"]) == (400, 50035, "Invalid Form Body")
    node = answer["errors"]
    for step in field:
        node = node[step]
    assert node["_errors"][0].keys() >= {"code", "message"}
    assert discord.messages() == []


async def test_an_empty_message_is_refused(discord: LoopbackDiscord, http: aiohttp.ClientSession) -> None:
    async with http.post(posts(discord), json={}) as response:
        assert (response.status, (await response.json())["code"]) == (400, 50006)


async def test_another_ones_message_cannot_be_edited(discord: LoopbackDiscord, http: aiohttp.ClientSession) -> None:
    said = discord.person(discord.alice).say("mine")
    async with http.patch(f"{posts(discord)}/{said.id}", json={"content": "yours"}) as response:
        assert (response.status, (await response.json())["code"]) == (403, 50005)
    assert said.text == "mine"


async def test_an_edit_that_lists_its_attachments_drops_the_others(
    discord: LoopbackDiscord, http: aiohttp.ClientSession
) -> None:
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("payload_json", json.dumps({"content": "two"}))
    for index, name in enumerate(("one.png", "two.png")):
        form.add_field(f"files[{index}]", PIXEL, filename=name, content_type="application/octet-stream")
    async with http.post(posts(discord), data=form) as response:
        sent = await response.json()
    keep, drop = sent["attachments"]

    async with http.patch(f"{posts(discord)}/{sent['id']}", json={"attachments": [{"id": keep["id"]}]}) as response:
        assert [file["filename"] for file in (await response.json())["attachments"]] == ["one.png"]
    async with http.get(drop["url"]) as response:
        assert response.status == 404


async def test_an_address_expires_and_a_fresh_one_is_to_be_had(
    discord: LoopbackDiscord, http: aiohttp.ClientSession, clock: Clock
) -> None:
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("files[0]", PIXEL, filename="pixel.png")
    async with http.post(posts(discord), data=form) as response:
        url = (await response.json())["attachments"][0]["url"]
    async with http.get(url) as response:
        assert await response.read() == PIXEL
    clock.now += 25 * 3600
    async with http.get(url) as response:
        assert (response.status, await response.text()) == (404, "This content is no longer available.")
    refresh = f"{discord.api_url}/attachments/refresh-urls"
    async with http.post(refresh, json={"attachment_urls": [url]}) as response:
        fresh = (await response.json())["refreshed_urls"][0]["refreshed"]
    async with http.get(fresh) as response:
        assert await response.read() == PIXEL


async def test_a_forged_signature_opens_nothing(discord: LoopbackDiscord, http: aiohttp.ClientSession) -> None:
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("files[0]", PIXEL, filename="pixel.png")
    async with http.post(posts(discord), data=form) as response:
        url = (await response.json())["attachments"][0]["url"]
    async with http.get(url.split("&hm=")[0] + "&hm=" + "0" * 64) as response:
        assert response.status == 404


async def test_the_sixth_write_into_a_channel_within_five_seconds_must_wait(
    discord: LoopbackDiscord, http: aiohttp.ClientSession
) -> None:
    for left in (4, 3, 2, 1, 0):
        async with http.post(posts(discord), json={"content": "again"}) as response:
            assert (response.status, response.headers["X-RateLimit-Remaining"]) == (200, str(left))
    async with http.post(posts(discord), json={"content": "again"}) as response:
        answer = await response.json()
    assert response.status == 429
    assert answer["global"] is False
    assert 0 < answer["retry_after"] <= 5
    assert response.headers.keys() >= {"Retry-After", "Via"}


async def test_a_wrong_token_is_refused(discord: LoopbackDiscord) -> None:
    headers = {"Authorization": "Bot wrong"}
    async with aiohttp.ClientSession(headers=headers) as http, http.get(f"{discord.api_url}/users/@me") as response:
        assert response.status == 401


@pytest.mark.parametrize(
    "headers", [{"Host": "playground.example"}, {"Origin": "https://playground.example"}], ids=["host", "origin"]
)
async def test_another_site_cannot_speak_to_it(discord: LoopbackDiscord, headers: dict[str, str]) -> None:
    async with aiohttp.ClientSession() as http, http.get(f"{discord.api_url}/gateway", headers=headers) as response:
        assert response.status == 403


@pytest.mark.skipif(not SCHEMAS.exists(), reason="Discord's description of its HTTP interface is not at hand")
async def test_messages_answer_to_discords_own_schema(discord: LoopbackDiscord, bot: TinyBot) -> None:
    message = await (await discord.person(discord.alice).command("paint", prompt="a cat")).reply()
    described = json.loads(SCHEMAS.read_text(encoding="utf-8"))
    schema = {"$ref": "#/components/schemas/MessageResponse", "components": described["components"]}
    faults = Draft202012Validator(schema).iter_errors(discord.payloads.message(message))
    assert [f"{list(fault.absolute_path)}: {fault.message[:200]}" for fault in faults] == []


async def test_a_discord_that_was_closed_is_not_kept(http: aiohttp.ClientSession) -> None:
    async with LoopbackDiscord() as discord:
        world = weakref.ref(discord.world)
        async with http.get(f"{discord.api_url}/gateway") as response:
            assert response.status == 200
    del discord, response
    gc.collect()
    assert world() is None
