"""Black Forest Labs' own ways: the polling address, the call back, statuses inside errors, the request's fields."""

from __future__ import annotations

import asyncio
import io

import httpx
import jsonschema
import pytest
from aiohttp import web
from PIL import Image

from bot.errors import InvalidRequest, MalformedAnswer, Moderated
from bot.models import AspectRatio, ImageFormat, Model
from bot.providers.base import Accepted, Balance, Finished, NotYet, Ticket, Webhook
from bot.providers.bfl import Bfl
from tests.standins import BflStandIn, Fault
from tests.support.providers import PICTURE, REFERENCE, REQUEST, Pair, base64_of, change, specification

BflPair = Pair[BflStandIn, Bfl]
WEBHOOK = Webhook("https://atelier.example/hooks/t0ken", "s3cret")


async def test_a_request_names_every_option(bfl: BflPair) -> None:
    await bfl.make(change(enhance=True, format=ImageFormat.PNG))
    submit = bfl.vendor.submits[0]
    assert submit.path == "/v1/flux-kontext-pro"
    assert submit.headers["x-key"] == bfl.vendor.key
    assert submit.body == {
        "prompt": REQUEST.prompt,
        "seed": 1234,
        "output_format": "png",
        "prompt_upsampling": True,
        "safety_tolerance": 2,
        "aspect_ratio": "16:9",
    }


async def test_max_has_its_own_address(bfl: BflPair) -> None:
    await bfl.make(change(model=Model.MAX))
    assert bfl.vendor.submits[0].path == "/v1/flux-kontext-max"


async def test_input_pictures_are_sent_in_base64_and_numbered_from_the_second(bfl: BflPair) -> None:
    await bfl.make(change(references=(REFERENCE,) * 4))
    body = bfl.vendor.submits[0].body
    names = ("input_image", "input_image_2", "input_image_3", "input_image_4")
    assert [body[name] for name in names] == [base64_of(PICTURE)] * 4


async def test_an_edit_keeps_its_pictures_ratio(bfl: BflPair) -> None:
    finished = await bfl.make(change(references=(REFERENCE,), aspect_ratio=None))
    with Image.open(io.BytesIO(await bfl.provider.fetch(finished))) as picture:
        assert picture.width / picture.height == pytest.approx(4 / 3, rel=0.02)


@pytest.mark.parametrize(
    "request_",
    [
        REQUEST,
        change(aspect_ratio=AspectRatio.R9_21, enhance=True, tolerance=6),
        change(references=(REFERENCE,) * 4, aspect_ratio=None),
        change(webhook=WEBHOOK),
    ],
    ids=["text", "options", "edit", "webhook"],
)
@pytest.mark.parametrize("model", Model)
async def test_a_request_is_one_that_the_vendors_specification_allows(
    bfl: BflPair, request_: object, model: Model
) -> None:
    schemas = specification("bfl.json")["components"]["schemas"]
    bfl.vendor.calls_back = False
    await bfl.provider.submit(request_, timeout=5)
    body = bfl.vendor.submits[0].body
    schema = schemas["FluxKontextProInputs"] | {"additionalProperties": False, "components": {"schemas": schemas}}
    jsonschema.validate(body, schema)


async def test_the_polling_address_is_asked_as_it_was_returned(bfl: BflPair) -> None:
    taken = await bfl.provider.submit(REQUEST, timeout=5)
    assert taken.ticket.polling_url == f"{bfl.vendor.url}/eu1/v1/get_result?id={taken.ticket.remote_id}"
    assert isinstance(await bfl.provider.poll(taken.ticket), Finished)
    assert bfl.vendor.polls[0].headers["x-key"] == bfl.vendor.key


@pytest.mark.parametrize(
    "address",
    [
        "https://bfl.ai.evil.example/v1/get_result?id=1",
        "https://evilbfl.ai/v1/get_result?id=1",
        "https://api.bfl.ai@evil.example/v1/get_result?id=1",
        "https://user:pass@api.bfl.ai/v1/get_result?id=1",
        "http://api.bfl.ai/v1/get_result?id=1",
        "http://10.0.0.1/v1/get_result?id=1",
        "ftp://127.0.0.1/v1/get_result?id=1",
        "/v1/get_result?id=1",
        "http://[::1/",
    ],
)
async def test_the_key_goes_to_no_polling_address_elsewhere(bfl: BflPair, address: str) -> None:
    bfl.vendor.next_submit(Fault.foreign_polling_url(address))
    with pytest.raises(MalformedAnswer):
        await bfl.provider.submit(REQUEST, timeout=5)
    assert bfl.vendor.accepted == len(bfl.vendor.submits) == 1
    with pytest.raises(MalformedAnswer):
        await bfl.provider.poll(Ticket("1", address))


@pytest.mark.parametrize("host", ["api.bfl.ai", "api.eu1.bfl.ai", "api.us1.bfl.ai"])
async def test_every_region_of_the_vendor_is_trusted(bfl: BflPair, host: str) -> None:
    address = f"https://{host}/v1/get_result?id=1"
    bfl.vendor.next_submit(Fault.foreign_polling_url(address))
    taken = await bfl.provider.submit(REQUEST, timeout=5)
    assert taken.ticket.polling_url == address


@pytest.mark.parametrize("word", ["Pending", "Queued", "Processing", "Reasoning", "Generating"])
async def test_every_word_for_waiting_means_not_yet(bfl: BflPair, word: str) -> None:
    bfl.vendor.seconds, bfl.vendor.waiting_words = 1000, (word,)
    taken = await bfl.provider.submit(REQUEST, timeout=5)
    assert isinstance(await bfl.provider.poll(taken.ticket), NotYet)


async def test_a_poll_says_how_long_to_wait(bfl: BflPair) -> None:
    bfl.vendor.seconds = 1000
    taken = await bfl.provider.submit(REQUEST, timeout=5)
    assert (await bfl.provider.poll(taken.ticket)).retry_after == 1


@pytest.mark.parametrize("name", ["sample", "url"])
async def test_what_a_running_task_shows_is_fetched_without_the_key(bfl: BflPair, name: str) -> None:
    bfl.vendor.seconds = 1000
    bfl.vendor.preview = {"step": 3, name: bfl.vendor.pictures.publish(PICTURE, "jpeg")}
    taken = await bfl.provider.submit(REQUEST, timeout=5)
    state = await bfl.provider.poll(taken.ticket)
    assert isinstance(state, NotYet)
    assert state.preview is not None
    assert await bfl.provider.fetch(state.preview) == PICTURE
    assert bfl.vendor.pictures.keys_seen == []


async def test_what_a_running_task_shows_may_come_along(bfl: BflPair) -> None:
    bfl.vendor.seconds, bfl.vendor.preview = 1000, {"image": f"data:image/jpeg;base64,{base64_of(PICTURE)}"}
    taken = await bfl.provider.submit(REQUEST, timeout=5)
    state = await bfl.provider.poll(taken.ticket)
    assert isinstance(state, NotYet)
    assert state.preview is not None
    assert await bfl.provider.fetch(state.preview) == PICTURE


@pytest.mark.parametrize(
    "shown",
    [
        None,
        {},
        {"sample": None},
        {"sample": "https://elsewhere.example/preview.jpg"},
        {"sample": "http://eu1.bfl.ai/preview.jpg"},
        {"sample": "data:image/jpeg;base64,???"},
        {"sample": "data:text/html;base64,PGI+"},
        {"sample": {"url": "https://eu1.bfl.ai/preview.jpg"}},
    ],
)
async def test_what_is_no_picture_of_the_vendors_is_not_shown(bfl: BflPair, shown: dict[str, object] | None) -> None:
    bfl.vendor.seconds, bfl.vendor.preview = 1000, shown
    taken = await bfl.provider.submit(REQUEST, timeout=5)
    state = await bfl.provider.poll(taken.ticket)
    assert isinstance(state, NotYet)
    assert state.preview is None


@pytest.mark.parametrize("code", [400, 404, 422, 500, 503])
async def test_a_tasks_end_inside_an_http_error_is_read_first(bfl: BflPair, code: int) -> None:
    taken = await bfl.provider.submit(REQUEST, timeout=5)
    bfl.vendor.next_poll(Fault.moderated("content", code=code))
    with pytest.raises(Moderated):
        await bfl.provider.poll(taken.ticket)


async def test_a_moderated_request_inside_an_http_error_of_a_submit_is_read_first(bfl: BflPair) -> None:
    bfl.vendor.next_submit(Fault.moderated("request", "weapons", code=422))
    with pytest.raises(Moderated) as caught:
        await bfl.provider.submit(REQUEST, timeout=5)
    assert caught.value.reasons == ("weapons",)


async def test_moderation_reasons_are_kept(bfl: BflPair) -> None:
    bfl.vendor.next_submit(Fault.moderated("content", "nudity", "violence"))
    with pytest.raises(Moderated) as caught:
        await bfl.make()
    assert caught.value.reasons == ("nudity", "violence")


async def test_ready_without_a_sample_is_malformed(bfl: BflPair) -> None:
    taken = await bfl.provider.submit(REQUEST, timeout=5)
    bfl.vendor.next_poll(Fault.raw(b'{"id": "1", "status": "Ready", "result": {}}'))
    with pytest.raises(MalformedAnswer):
        await bfl.provider.poll(taken.ticket)


async def test_errors_may_be_a_text_or_a_list(bfl: BflPair) -> None:
    bfl.vendor.next_submit(Fault.status(422, "no such option"))
    with pytest.raises(InvalidRequest, match="no such option"):
        await bfl.provider.submit(REQUEST, timeout=5)
    with pytest.raises(InvalidRequest, match="less than or equal to 6"):
        await bfl.provider.submit(change(tolerance=7), timeout=5)


async def test_the_cost_is_read_from_cents(bfl: BflPair) -> None:
    assert (await bfl.provider.submit(REQUEST, timeout=5)).cost_microusd == 40_000
    assert (await bfl.provider.submit(change(model=Model.MAX), timeout=5)).cost_microusd == 80_000


async def test_an_answer_without_cost_is_accepted_all_the_same(bfl: BflPair) -> None:
    bfl.vendor.tells_cost = False
    assert (await bfl.provider.submit(REQUEST, timeout=5)).cost_microusd is None


async def test_a_nonsensical_cost_does_not_lose_an_accepted_task(bfl: BflPair) -> None:
    address = f"{bfl.vendor.url}/v1/get_result?id=7"
    bfl.vendor.next_submit(Fault.raw(f'{{"id": 7, "polling_url": "{address}", "cost": "free"}}'.encode()))
    assert await bfl.provider.submit(REQUEST, timeout=5) == Accepted(Ticket("7", address))


async def test_the_answer_to_a_request_with_a_call_back_has_no_polling_address(bfl: BflPair) -> None:
    bfl.vendor.calls_back = False
    taken = await bfl.provider.submit(change(webhook=WEBHOOK), timeout=5)
    body = bfl.vendor.submits[0].body
    assert (body["webhook_url"], body["webhook_secret"]) == (WEBHOOK.url, WEBHOOK.secret)
    assert taken.ticket.polling_url is None
    assert isinstance(await bfl.provider.poll(taken.ticket), Finished)
    assert bfl.vendor.polls[0].path == f"/v1/get_result?id={taken.ticket.remote_id}"


async def test_a_rebuilt_address_that_finds_no_task_proves_nothing(bfl: BflPair) -> None:
    assert isinstance(await bfl.provider.poll(Ticket("in another region")), NotYet)


@pytest.mark.parametrize(
    ("proof", "header"), [("secret", "X-Webhook-Secret"), ("signature", "X-BFL-Signature"), ("none", None)]
)
async def test_the_stand_in_calls_back_when_the_task_ends(bfl: BflPair, proof: str, header: str | None) -> None:
    called: asyncio.Future[web.Request] = asyncio.get_running_loop().create_future()

    async def receive(request: web.Request) -> web.Response:
        await request.read()
        called.set_result(request)
        return web.Response()

    bfl.vendor.webhook_proof = proof
    app = web.Application()
    app.router.add_post("/hook", receive)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        hook = Webhook(f"http://127.0.0.1:{runner.addresses[0][1]}/hook", "s3cret")
        await bfl.provider.submit(change(webhook=hook), timeout=5)
        request = await asyncio.wait_for(called, 5)
    finally:
        await runner.cleanup()
    proofs = {"X-Webhook-Secret", "X-BFL-Signature"} & set(request.headers)
    assert proofs == ({header} if header else set())
    assert (await request.json())["result"]["sample"].startswith(bfl.vendor.pictures.url)


async def test_the_balance_is_in_credits(bfl: BflPair) -> None:
    assert await bfl.provider.balance() == Balance("1,240.5 credits", empty=False)
    bfl.vendor.credits = 0
    assert await bfl.provider.balance() == Balance("0 credits", empty=True)


async def test_the_stand_in_refuses_fields_that_the_vendor_does_not_have(
    bfl: BflPair, client: httpx.AsyncClient
) -> None:
    answer = await client.post(
        f"{bfl.vendor.url}/v1/flux-kontext-pro",
        json={"prompt": "elephant", "width": 1024},
        headers={"x-key": bfl.vendor.key},
    )
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", "width"]
