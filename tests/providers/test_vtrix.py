"""Vtrix's own ways: the nested body, errors in two forms, cost as a text."""

from __future__ import annotations

import json

import pytest

from bot.errors import GenerationFailed, InvalidRequest, MalformedAnswer, Moderated, TimedOut
from bot.models import ImageFormat, Model
from bot.providers.base import Accepted, Finished, NotYet, Ticket
from bot.providers.vtrix import Vtrix
from tests.standins import Fault, VtrixStandIn
from tests.support.providers import PICTURE, REFERENCE, REQUEST, Pair, base64_of, change

VtrixPair = Pair[VtrixStandIn, Vtrix]


async def test_a_request_names_every_option(vtrix: VtrixPair) -> None:
    await vtrix.make(change(enhance=True, format=ImageFormat.PNG, model=Model.MAX, references=(REFERENCE,)))
    submit = vtrix.vendor.submits[0]
    assert submit.path == "/model/v1/generation"
    assert submit.headers["authorization"] == f"Bearer {vtrix.vendor.key}"
    assert submit.body == {
        "model": "flux_kontext_max",
        "input": [
            {
                "params": {
                    "prompt": REQUEST.prompt,
                    "seed": 1234,
                    "output_format": "png",
                    "prompt_upsampling": True,
                    "safety_tolerance": 2,
                    "input_image": base64_of(PICTURE),
                    "aspect_ratio": "16:9",
                }
            }
        ],
    }


@pytest.mark.parametrize("word", ["pending", "processing", "in_progress"])
async def test_every_word_for_waiting_means_not_yet(vtrix: VtrixPair, word: str) -> None:
    vtrix.vendor.seconds, vtrix.vendor.waiting_words = 1000, (word,)
    taken = await vtrix.provider.submit(REQUEST, timeout=5)
    assert isinstance(await vtrix.provider.poll(taken.ticket), NotYet)
    assert vtrix.vendor.polls[0].path == f"/model/v1/generation/task/{taken.ticket.remote_id}"


async def test_a_task_may_be_finished_at_once(vtrix: VtrixPair) -> None:
    vtrix.vendor.at_once = True
    finished = await vtrix.provider.submit(REQUEST, timeout=5)
    assert isinstance(finished, Finished)
    assert await vtrix.provider.fetch(finished)


async def test_an_id_alone_is_an_accepted_task(vtrix: VtrixPair) -> None:
    vtrix.vendor.next_submit(Fault.raw(b'{"id": 7}'))
    assert await vtrix.provider.submit(REQUEST, timeout=5) == Accepted(Ticket("7"))


async def test_a_task_id_cannot_change_the_path(vtrix: VtrixPair) -> None:
    with pytest.raises(TimedOut):
        await vtrix.provider.poll(Ticket("../../billing?x=1"))
    assert vtrix.vendor.requests[-1].path == "/model/v1/generation/task/..%2F..%2Fbilling%3Fx%3D1"


@pytest.mark.parametrize("as_object", [True, False])
async def test_moderation_is_recognised_in_both_forms_of_error(vtrix: VtrixPair, as_object: bool) -> None:
    vtrix.vendor.error_as_object = as_object
    vtrix.vendor.next_submit(Fault.moderated("content"))
    with pytest.raises(Moderated):
        await vtrix.make()


@pytest.mark.parametrize("as_object", [True, False])
async def test_other_failures_keep_their_words_for_the_log(vtrix: VtrixPair, as_object: bool) -> None:
    vtrix.vendor.error_as_object = as_object
    vtrix.vendor.next_submit(Fault.error("worker lost"))
    with pytest.raises(GenerationFailed, match="worker lost"):
        await vtrix.make()


async def test_an_error_may_have_its_message_under_another_name(vtrix: VtrixPair) -> None:
    taken = await vtrix.provider.submit(REQUEST, timeout=5)
    body = {"id": "1", "status": "failed", "error": {"code": 17, "error_message": "flagged by moderation"}}
    vtrix.vendor.next_poll(Fault.raw(json.dumps(body).encode()))
    with pytest.raises(Moderated):
        await vtrix.provider.poll(taken.ticket)


@pytest.mark.parametrize("as_object", [True, False])
async def test_a_refused_prompt_is_moderation_and_a_bad_option_is_not(vtrix: VtrixPair, as_object: bool) -> None:
    vtrix.vendor.error_as_object = as_object
    vtrix.vendor.next_submit(Fault.status(400, "the prompt violates our content policy"))
    with pytest.raises(Moderated):
        await vtrix.make()
    vtrix.vendor.next_submit(Fault.status(400, "unknown model"))
    with pytest.raises(InvalidRequest):
        await vtrix.make()


async def test_completed_without_a_picture_is_malformed(vtrix: VtrixPair) -> None:
    taken = await vtrix.provider.submit(REQUEST, timeout=5)
    body = {"id": "1", "status": "completed", "output": [{"content": [{"type": "text", "url": "https://x.example"}]}]}
    vtrix.vendor.next_poll(Fault.raw(json.dumps(body).encode()))
    with pytest.raises(MalformedAnswer):
        await vtrix.provider.poll(taken.ticket)


async def test_the_cost_is_read_from_a_text_of_dollars(vtrix: VtrixPair) -> None:
    assert (await vtrix.make()).cost_microusd == 40_000
    assert (await vtrix.make(change(model=Model.MAX))).cost_microusd == 80_000


async def test_a_nonsensical_cost_does_not_lose_a_picture(vtrix: VtrixPair) -> None:
    taken = await vtrix.provider.submit(REQUEST, timeout=5)
    output = [{"content": [{"type": "image", "url": "https://x.example/1.jpg"}]}]
    for cost in ("a lot", "NaN", "Infinity", None, {}):
        body = {"id": "1", "status": "completed", "output": output, "usage": {"cost": cost}}
        vtrix.vendor.next_poll(Fault.raw(json.dumps(body).encode()))
        assert await vtrix.provider.poll(taken.ticket) == Finished(url="https://x.example/1.jpg")


async def test_there_is_no_balance_to_ask_for(vtrix: VtrixPair) -> None:
    assert await vtrix.provider.balance() is None
    assert vtrix.vendor.requests == []
