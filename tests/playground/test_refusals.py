"""What Discord refuses the loopback Discord refuses: with Discord's error body, and loudly."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncGenerator
from typing import Any

import aiohttp
import pytest

from playground import LoopbackDiscord
from playground.behind import Behind
from playground.interactions import AUTOCOMPLETE, COMMAND
from playground.model import Interaction

V2 = 1 << 15
LINK = {"type": 2, "style": 5, "label": "x", "url": "https://example.org"}


@pytest.fixture
async def http(discord: LoopbackDiscord) -> AsyncGenerator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(headers={"Authorization": f"Bot {discord.token}"}) as session:
        yield session


def row(*children: dict[str, Any]) -> dict[str, Any]:
    return {"components": [{"type": 1, "components": list(children)}]}


def v2(*components: dict[str, Any]) -> dict[str, Any]:
    return {"flags": V2, "components": list(components)}


def text(content: str = "words", **more: Any) -> dict[str, Any]:
    return {"type": 10, "content": content, **more}


def faults(answer: dict[str, Any]) -> set[str]:
    """The codes in an error body, each behind the path of its field."""

    def under(tree: dict[str, Any], path: str) -> set[str]:
        here = {f"{path}:{one['code']}" for one in tree.get("_errors", ())}
        return here.union(
            *(under(below, f"{path}.{step}".strip(".")) for step, below in tree.items() if step != "_errors")
        )

    assert (answer["code"], answer["message"]) == (50035, "Invalid Form Body")
    return under(answer["errors"], "")


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({"content": "x", "allowed_mentions": {"parse": ["here"]}}, "allowed_mentions.parse.0:BASE_TYPE_CHOICES"),
        (
            {"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}},
            "allowed_mentions:MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
        ),
        ({"content": "x", "allowed_mentions": {"users": ["me"]}}, "allowed_mentions.users.0:NUMBER_TYPE_COERCE"),
        (
            {"content": "x", "allowed_mentions": {"roles": [str(n) for n in range(101)]}},
            "allowed_mentions.roles:BASE_TYPE_MAX_LENGTH",
        ),
        ({"content": "x", "allowed_mentions": []}, "allowed_mentions:BASE_TYPE_BAD_TYPE"),
        (row({**LINK, "url": "javascript:alert()"}), "components.0.components.0.url:URL_TYPE_INVALID_SCHEME"),
        (row({**LINK, "url": "https://" + "x" * 505}), "components.0.components.0.url:BASE_TYPE_BAD_LENGTH"),
        (
            row({**LINK, "custom_id": "x"}),
            "components.0.components.0:BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE",
        ),
        (
            row({"type": 2, "style": 1, "custom_id": "x", "emoji": {"name": ""}}),
            "components.0.components.0.emoji.name:BASE_TYPE_BAD_LENGTH",
        ),
        (v2(text(id=7), text(id=7)), "components.1.id:COMPONENT_ID_DUPLICATED"),
        (v2(text("\n ")), "components.0.content:BASE_TYPE_BAD_LENGTH"),
        (
            v2({"type": 17, "accent_color": 0x1000000, "components": [text()]}),
            "components.0.accent_color:NUMBER_TYPE_RANGE",
        ),
        (
            v2({"type": 12, "items": [{"media": {"url": "https://a.b/c.png"}, "description": "x" * 1025}]}),
            "components.0.items.0.description:BASE_TYPE_MAX_LENGTH",
        ),
        (
            row({"type": 3, "custom_id": "x", "options": [{"label": "x" * 101, "value": "x"}]}),
            "components.0.components.0.options.0.label:BASE_TYPE_BAD_LENGTH",
        ),
        (
            row({"type": 3, "custom_id": "x", "options": ["x"]}),
            "components.0.components.0.options.0:BASE_TYPE_BAD_TYPE",
        ),
        (
            row({"type": 3, "custom_id": "x", "placeholder": "x" * 151, "options": [{"label": "x", "value": "x"}]}),
            "components.0.components.0.placeholder:BASE_TYPE_MAX_LENGTH",
        ),
    ],
)
async def test_a_message_is_refused_at_its_faulty_field(
    discord: LoopbackDiscord, http: aiohttp.ClientSession, body: dict[str, Any], fault: str
) -> None:
    async with http.post(f"{discord.api_url}/channels/{discord.channel.id}/messages", json=body) as response:
        answer = await response.json()
    assert response.status == 400
    assert fault in faults(answer)
    assert discord.messages() == []


async def test_an_attachments_name_and_alt_text_have_their_lengths(
    discord: LoopbackDiscord, http: aiohttp.ClientSession
) -> None:
    form = aiohttp.FormData(quote_fields=False)
    entry = {"id": 0, "filename": "x" * 1025, "description": "x" * 1025}
    form.add_field("payload_json", json.dumps({"attachments": [entry]}))
    form.add_field("files[0]", b"x", filename="x.txt")
    async with http.post(f"{discord.api_url}/channels/{discord.channel.id}/messages", data=form) as response:
        found = faults(await response.json())
    assert found == {"attachments.0.filename:BASE_TYPE_BAD_LENGTH", "attachments.0.description:BASE_TYPE_MAX_LENGTH"}


def asked(discord: LoopbackDiscord, kind: int) -> Interaction:
    world = discord.world
    one = Interaction(world.snowflakes.next(), kind, discord.alice, discord.channel, {}, world.clock())
    discord.context.interactions.remember(one)
    return one


async def answered(
    discord: LoopbackDiscord, http: aiohttp.ClientSession, kind: int, callback: dict[str, Any]
) -> set[str]:
    one = asked(discord, kind)
    url = f"{discord.api_url}/interactions/{one.id}/{one.token}/callback"
    async with http.post(url, json=callback) as response:
        assert response.status == 400
        assert one.acknowledged is None  # it can still be answered rightly
        return faults(await response.json())


def field(**traits: Any) -> dict[str, Any]:
    return {"type": 18, "label": "Words", "component": {"type": 4, "style": 1, "custom_id": "x"} | traits}


_INPUT = "data.components.0.component"


@pytest.mark.parametrize(
    ("modal", "fault"),
    [
        ({"title": "x" * 46, "components": [field()]}, "data.title:BASE_TYPE_BAD_LENGTH"),
        ({"title": "x", "components": []}, "data.components:BASE_TYPE_BAD_LENGTH"),
        ({"title": "x", "components": [field()] * 6}, "data.components:BASE_TYPE_BAD_LENGTH"),
        (
            {"title": "x", "components": [field(), field()]},
            "data.components.1.component.custom_id:COMPONENT_CUSTOM_ID_DUPLICATED",
        ),
        ({"title": "x", "components": [field() | {"label": "x" * 46}]}, "data.components.0.label:BASE_TYPE_BAD_LENGTH"),
        (
            {"title": "x", "components": [field() | {"description": "x" * 101}]},
            "data.components.0.description:BASE_TYPE_BAD_LENGTH",
        ),
        ({"title": "x", "components": [field(style=3)]}, f"{_INPUT}.style:BASE_TYPE_CHOICES"),
        ({"title": "x", "components": [field(max_length=4001)]}, f"{_INPUT}.max_length:NUMBER_TYPE_RANGE"),
        ({"title": "x", "components": [field(min_length=9, max_length=3)]}, f"{_INPUT}.max_length:NUMBER_TYPE_MIN"),
        ({"title": "x", "components": [field(max_length=3, value="long")]}, f"{_INPUT}.value:BASE_TYPE_MAX_LENGTH"),
        ({"title": "x", "components": [field(placeholder="x" * 101)]}, f"{_INPUT}.placeholder:BASE_TYPE_MAX_LENGTH"),
        (
            {"title": "x", "components": [{"type": 1, "components": [LINK]}]},
            "data.components.0.components.0.type:UNION_TYPE_CHOICES",
        ),
    ],
)
async def test_a_form_that_a_bot_opens_is_refused_at_its_faulty_field(
    discord: LoopbackDiscord, http: aiohttp.ClientSession, modal: dict[str, Any], fault: str
) -> None:
    found = await answered(discord, http, COMMAND, {"type": 9, "data": {"custom_id": "form", **modal}})
    assert fault in found


@pytest.mark.parametrize(
    ("choices", "fault"),
    [
        ([{"name": str(n), "value": "x"} for n in range(26)], "data.choices:BASE_TYPE_MAX_LENGTH"),
        ([{"name": "x" * 101, "value": "x"}], "data.choices.0.name:BASE_TYPE_BAD_LENGTH"),
        ([{"name": "x", "value": "x" * 101}], "data.choices.0.value:BASE_TYPE_BAD_LENGTH"),
        ([{"name": "x"}], "data.choices.0.value:BASE_TYPE_REQUIRED"),
    ],
)
async def test_suggestions_have_their_lengths(
    discord: LoopbackDiscord, http: aiohttp.ClientSession, choices: list[dict[str, Any]], fault: str
) -> None:
    assert fault in await answered(discord, http, AUTOCOMPLETE, {"type": 8, "data": {"choices": choices}})


def command(**traits: Any) -> dict[str, Any]:
    return {"name": "paint", "description": "Paints"} | traits


def option(**traits: Any) -> dict[str, Any]:
    return {"type": 3, "name": "words", "description": "What"} | traits


@pytest.mark.parametrize(
    ("commands", "fault"),
    [
        ([command(name="Paint")], "0.name:APPLICATION_COMMAND_INVALID_NAME"),
        ([command(description="x" * 101)], "0.description:BASE_TYPE_BAD_LENGTH"),
        ([command(), command()], "1.name:APPLICATION_COMMANDS_DUPLICATE_NAME"),
        ([command(name=f"c{n}") for n in range(101)], ":APPLICATION_COMMANDS_MAX"),
        ([{"type": 3, "name": str(n)} for n in range(16)], ":APPLICATION_COMMANDS_MAX"),
        ([{"type": 3, "name": "Edit", "description": "x"}], "0:APPLICATION_COMMAND_CONTEXT_MENU_INVALID"),
        ([command(name_localizations={"de": "Malen"})], "0.name_localizations.de:APPLICATION_COMMAND_INVALID_NAME"),
        ([command(name_localizations={"de": "x" * 33})], "0.name_localizations.de:BASE_TYPE_BAD_LENGTH"),
        ([command(name_localizations={"tlh": "x"})], "0.name_localizations.tlh:ENUM_TYPE_COERCE"),
        ([command(description_localizations={"fr": "x" * 101})], "0.description_localizations.fr:BASE_TYPE_BAD_LENGTH"),
        ([command(options=[option(), option()])], "0.options:APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS"),
        (
            [command(options=[option(), option(name="b", name_localizations={"de": "words"})])],
            "0.options:APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS",
        ),
        ([command(options=[option(name="Words")])], "0.options.0.name:APPLICATION_COMMAND_INVALID_NAME"),
        ([command(options=[option(type=12)])], "0.options.0.type:BASE_TYPE_CHOICES"),
        ([command(options=[option(max_length=6001)])], "0.options.0.max_length:NUMBER_TYPE_RANGE"),
        ([command(options=[option(type=4, min_value=5, max_value=1)])], "0.options.0.max_value:NUMBER_TYPE_MIN"),
        (
            [command(options=[option(), option(name="b", required=True)])],
            "0.options.1:APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
        ),
        (
            [command(options=[option(), option(type=1, name="sub")])],
            "0.options:APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
        ),
        (
            [command(options=[option(autocomplete=True, choices=[{"name": "a", "value": "a"}])])],
            "0.options.0:APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_INVALID",
        ),
        (
            [command(options=[option(choices=[{"name": "a", "value": "a"}, {"name": "a", "value": "b"}])])],
            "0.options.0.choices:APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_ALREADY_EXISTS",
        ),
        (
            [command(options=[option(choices=[{"name": "a", "name_localizations": {"ja": "x" * 101}, "value": "a"}])])],
            "0.options.0.choices.0.name_localizations.ja:BASE_TYPE_BAD_LENGTH",
        ),
        (
            [
                command(
                    options=[
                        option(name=f"o{n}", choices=[{"name": f"{m}" * 50, "value": f"{m}" * 50} for m in range(10)])
                        for n in range(8)
                    ]
                )
            ],
            "0:APPLICATION_COMMAND_TOO_LARGE",
        ),
    ],
)
async def test_commands_are_refused_all_together_at_the_faulty_field(
    discord: LoopbackDiscord, http: aiohttp.ClientSession, commands: list[dict[str, Any]], fault: str
) -> None:
    url = f"{discord.api_url}/applications/{discord.application_id}/commands"
    async with http.put(url, json=commands) as response:
        assert response.status == 400
        assert fault in faults(await response.json())
    assert discord.commands.scope(0) == []


async def test_a_refusal_for_a_state_that_no_bot_can_know_is_no_alarm(caplog: pytest.LogCaptureFixture) -> None:
    behind = Behind()
    async with LoopbackDiscord(page=True, behind=behind) as discord, aiohttp.ClientSession() as http:
        message = discord.person(discord.bob).say("hello")
        url = f"{discord.api_url}/channels/{discord.channel.id}/messages/{message.id}/threads"
        headers = {"Authorization": f"Bot {discord.token}"}
        answers: list[int] = []
        with caplog.at_level(logging.WARNING):
            for _ in range(2):
                async with http.post(url, json={"name": "one"}, headers=headers) as response:
                    answers.append((await response.json()).get("code"))
            behind.tell("job", {})
        async with http.get(f"{discord.url}/play/behind/told") as stream:
            told = json.loads((await stream.content.readline()).removeprefix(b"data: "))
    assert (answers, told["kind"], caplog.messages) == ([None, 160004], "job", [])


async def test_a_refusal_is_told_in_the_log_and_behind_the_page(caplog: pytest.LogCaptureFixture) -> None:
    async with LoopbackDiscord(page=True, behind=Behind()) as discord, aiohttp.ClientSession() as http:
        url = f"{discord.api_url}/channels/{discord.channel.id}/messages"
        headers = {"Authorization": f"Bot {discord.token}"}
        with caplog.at_level(logging.WARNING):
            async with http.post(url, json={"content": "x" * 2001}, headers=headers) as response:
                assert response.status == 400
        async with http.get(f"{discord.url}/play/behind/told") as stream:
            told = json.loads((await stream.content.readline()).removeprefix(b"data: "))
    why = "Invalid Form Body (50035); content: Must be 2000 or fewer in length."
    assert f"Discord would refuse POST /channels/{{channel_id}}/messages: {why}" in caplog.text
    refusal = {"kind": "refused", "what": "POST /channels/{channel_id}/messages", "why": why}
    assert refusal.items() <= told.items()
