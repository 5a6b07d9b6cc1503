"""AI/ML API's own ways: one long call, answers in several shapes, strings for numbers."""

from __future__ import annotations

import json

import jsonschema
import pytest

from bot.errors import BadKey, InvalidRequest, MalformedAnswer, Moderated, RateLimited
from bot.models import AspectRatio, ImageFormat, Model
from bot.providers.aimlapi import Aimlapi
from bot.providers.base import Balance, TaskRequest, Ticket
from tests.standins import AimlapiStandIn, Fault
from tests.standins.pictures import paint
from tests.support.providers import REFERENCE, REQUEST, Pair, base64_of, change, specification

AimlapiPair = Pair[AimlapiStandIn, Aimlapi]


async def test_a_request_names_every_option(aimlapi: AimlapiPair) -> None:
    await aimlapi.make(change(guidance=3.5, format=ImageFormat.PNG, tolerance=5))
    submit = aimlapi.vendor.submits[0]
    assert submit.path == "/v1/images/generations"
    assert submit.headers["authorization"] == f"Bearer {aimlapi.vendor.key}"
    assert submit.body == {
        "model": "flux/kontext-pro/text-to-image",
        "prompt": REQUEST.prompt,
        "num_images": 1,
        "seed": 1234,
        "safety_tolerance": "5",
        "output_format": "png",
        "guidance_scale": 3.5,
        "aspect_ratio": "16:9",
    }


async def test_a_ratio_is_always_sent_without_input_pictures(aimlapi: AimlapiPair) -> None:
    await aimlapi.make(change(aspect_ratio=None))
    assert aimlapi.vendor.submits[0].body["aspect_ratio"] == "1:1"


async def test_one_input_picture_is_an_address_and_more_are_a_list(aimlapi: AimlapiPair) -> None:
    await aimlapi.make(change(references=(REFERENCE,)))
    await aimlapi.make(change(references=(REFERENCE,) * 3, model=Model.MAX))
    one, more = (submit.body for submit in aimlapi.vendor.submits)
    assert (one["model"], one["image_url"]) == ("flux/kontext-pro/image-to-image", REFERENCE.url)
    assert (more["model"], more["image_url"]) == ("flux/kontext-max/image-to-image", [REFERENCE.url] * 3)


@pytest.mark.parametrize("model", Model)
@pytest.mark.parametrize(
    "request_",
    [
        REQUEST,
        change(guidance=20, tolerance=6, aspect_ratio=AspectRatio.R9_21),
        change(references=(REFERENCE,), aspect_ratio=None),
        change(references=(REFERENCE,) * 4),
    ],
    ids=["text", "options", "edit", "combine"],
)
async def test_a_request_is_one_that_the_vendors_specification_allows(
    aimlapi: AimlapiPair, request_: TaskRequest, model: Model
) -> None:
    await aimlapi.make(change(**{name: getattr(request_, name) for name in request_.__slots__} | {"model": model}))
    body = aimlapi.vendor.submits[0].body
    paths = specification(f"aimlapi-{body['model'].replace('/', '-')}.json")["paths"]
    schema = paths["/v1/images/generations"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    jsonschema.validate(body, schema | {"additionalProperties": False})


@pytest.mark.parametrize("created", [True, False])
@pytest.mark.parametrize("shape", ["data", "images", "b64"])
async def test_every_shape_of_answer_gives_the_same_picture(aimlapi: AimlapiPair, shape: str, created: bool) -> None:
    aimlapi.vendor.shape, aimlapi.vendor.created = shape, created
    picture = await aimlapi.provider.fetch(await aimlapi.make())
    assert picture == paint("16:9", "jpeg", REQUEST.seed)
    assert len(aimlapi.vendor.downloads) == (0 if shape == "b64" else 1)


async def test_bytes_may_come_as_a_data_address(aimlapi: AimlapiPair) -> None:
    image = {"b64_json": "data:image/png;base64," + base64_of(b"picture")}
    aimlapi.vendor.next_submit(Fault.raw(json.dumps({"data": [image]}).encode()))
    assert await aimlapi.provider.fetch(await aimlapi.make()) == b"picture"


@pytest.mark.parametrize(
    "body",
    [
        {"data": None, "images": None},
        {"data": []},
        {"data": [{}]},
        {"data": [{"b64_json": "no base64"}]},
        {"data": "soon"},
        {"images": [{"url": ""}]},
    ],
    ids=str,
)
async def test_an_answer_without_a_picture_is_malformed(aimlapi: AimlapiPair, body: object) -> None:
    aimlapi.vendor.next_submit(Fault.raw(json.dumps(body).encode()))
    with pytest.raises(MalformedAnswer):
        await aimlapi.make()


@pytest.mark.parametrize("flags", [[True], True, [False, True]], ids=str)
async def test_a_picture_with_nsfw_concepts_is_not_delivered(aimlapi: AimlapiPair, flags: object) -> None:
    body = {"images": [{"url": "https://cdn.aimlapi.com/x.jpg"}], "has_nsfw_concepts": flags}
    aimlapi.vendor.next_submit(Fault.raw(json.dumps(body).encode()))
    with pytest.raises(Moderated):
        await aimlapi.make()


@pytest.mark.parametrize(
    "text",
    [
        "Your request was rejected by our content policy",
        "NSFW content detected",
        "The prompt was flagged by moderation",
        "blocked by the safety system",
        "Request moderated",
    ],
)
async def test_a_400_that_speaks_of_content_is_moderation(aimlapi: AimlapiPair, text: str) -> None:
    aimlapi.vendor.next_submit(Fault.status(400, text))
    with pytest.raises(Moderated):
        await aimlapi.make()


@pytest.mark.parametrize(
    "text",
    [
        "safety_tolerance must be one of 1, 2, 3, 4, 5, 6",
        "safety tolerance: Invalid enum value",
        "image_url: content type not supported",
        "aspect_ratio: Invalid option",
    ],
)
async def test_a_400_that_speaks_of_form_is_not_moderation(aimlapi: AimlapiPair, text: str) -> None:
    aimlapi.vendor.next_submit(Fault.status(400, text))
    with pytest.raises(InvalidRequest):
        await aimlapi.make()


async def test_words_of_the_prompt_do_not_make_an_error_a_moderation(aimlapi: AimlapiPair) -> None:
    aimlapi.vendor.next_submit(Fault.status(400, "cannot parse: a safety poster"))
    with pytest.raises(InvalidRequest):
        await aimlapi.make(change(prompt="a safety poster"))


@pytest.mark.parametrize("as_text", [True, False])
async def test_an_error_under_a_good_status_counts(aimlapi: AimlapiPair, as_text: bool) -> None:
    code = "429" if as_text else 429
    aimlapi.vendor.next_submit(Fault.raw(json.dumps({"message": "slow down", "statusCode": code}).encode()))
    with pytest.raises(RateLimited):
        await aimlapi.make()


async def test_a_status_code_in_words_is_as_good(aimlapi: AimlapiPair) -> None:
    aimlapi.vendor.status_code_as_text = True
    aimlapi.vendor.next_submit(Fault.status(401))
    with pytest.raises(BadKey):
        await aimlapi.make()


async def test_the_cost_is_read_from_the_header(aimlapi: AimlapiPair) -> None:
    assert (await aimlapi.make()).cost_microusd == 40_000
    aimlapi.vendor.tells_cost = False
    assert (await aimlapi.make()).cost_microusd is None


async def test_there_is_nothing_to_poll(aimlapi: AimlapiPair) -> None:
    with pytest.raises(MalformedAnswer):
        await aimlapi.provider.poll(Ticket("1"))


async def test_the_balance_is_in_dollars(aimlapi: AimlapiPair) -> None:
    assert await aimlapi.provider.balance() == Balance("$123.45", empty=False)
    aimlapi.vendor.balance = 0
    assert await aimlapi.provider.balance() == Balance("$0.00", empty=True)
