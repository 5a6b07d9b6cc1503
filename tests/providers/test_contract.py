"""What holds for every vendor: pictures come out, money is not spent twice, the key stays where it belongs."""

from __future__ import annotations

import asyncio
import io

import httpx
import pytest
from PIL import Image
from structlog.testing import capture_logs

from bot.errors import (
    Ambiguous,
    BadKey,
    GenerationFailed,
    InvalidRequest,
    MalformedAnswer,
    Moderated,
    OutOfFunds,
    RateLimited,
    TimedOut,
    Unavailable,
)
from bot.models import AspectRatio, ImageFormat, Model
from bot.providers.base import Accepted, Finished
from bot.providers.http import AiohttpTransport
from tests.standins import Fault
from tests.support.providers import AT_ONCE, PATIENCE, PICTURE, REFERENCE, REQUEST, VENDORS, Pair, change

REFUSALS = (
    {
        ("bfl", 401): BadKey,
        ("bfl", 403): BadKey,
        ("bfl", 402): OutOfFunds,
        ("bfl", 504): Ambiguous,
        ("aimlapi", 401): BadKey,
        ("aimlapi", 403): OutOfFunds,
        ("vtrix", 401): BadKey,
        ("vtrix", 402): OutOfFunds,
        ("vtrix", 403): OutOfFunds,
        ("vtrix", 504): Ambiguous,
    }
    | {
        (name, status): error
        for name in VENDORS
        for status, error in {
            400: InvalidRequest,
            404: InvalidRequest,
            408: Unavailable,
            413: InvalidRequest,
            422: InvalidRequest,
            429: RateLimited,
            500: Unavailable,
            502: Unavailable,
            503: Unavailable,
            524: Ambiguous,
        }.items()
    }
    | {(name, status): Ambiguous for name in AT_ONCE for status in (408, 500, 502, 504)}
)


@pytest.mark.parametrize("image_format", ImageFormat)
@pytest.mark.parametrize("ratio", AspectRatio)
async def test_a_picture_comes_in_the_ratio_and_format_that_were_asked(
    pair: Pair, ratio: AspectRatio, image_format: ImageFormat
) -> None:
    finished = await pair.make(change(aspect_ratio=ratio, format=image_format))
    with Image.open(io.BytesIO(await pair.provider.fetch(finished))) as picture:
        assert picture.format == image_format.value.upper()
        assert picture.width / picture.height == pytest.approx(ratio.value_as_float, rel=0.02)


@pytest.mark.parametrize("model", Model)
async def test_both_models_make_pictures(pair: Pair, model: Model) -> None:
    assert await pair.provider.fetch(await pair.make(change(model=model)))


async def test_a_seed_decides_the_picture(pair: Pair) -> None:
    first, again, other = [await pair.provider.fetch(await pair.make(change(seed=seed))) for seed in (3, 3, 4)]
    assert first == again != other


@pytest.mark.parametrize("count", [1, 2, 3, 4])
async def test_up_to_four_pictures_can_be_started_from(pair: Pair, count: int) -> None:
    assert await pair.provider.fetch(await pair.make(change(references=(REFERENCE,) * count)))


async def test_an_edit_without_a_ratio_keeps_its_first_pictures(pair: Pair) -> None:
    """Said always: AI/ML API's own description has 16:9 for what is left out."""
    await pair.make(change(references=(REFERENCE,), aspect_ratio=None))
    body = str(pair.vendor.submits[0].body)
    assert "'aspect_ratio': '4:3'" in body


async def test_every_tolerance_that_is_claimed_is_taken(pair: Pair) -> None:
    for tolerance in pair.provider.capabilities.text_tolerance:
        await pair.make(change(tolerance=tolerance))
    for tolerance in pair.provider.capabilities.edit_tolerance:
        await pair.make(change(tolerance=tolerance, references=(REFERENCE,)))


async def test_the_longest_prompt_with_every_kind_of_letter_arrives_unchanged(pair: Pair) -> None:
    prompt = ('Ein "schönes" Bild 🦊\n\\ ' * 200)[:4000]
    await pair.make(change(prompt=prompt))
    body = pair.vendor.submits[0].body
    assert (body["input"][0]["params"] if "input" in body else body)["prompt"] == prompt


async def test_the_key_never_reaches_the_host_of_the_pictures(pair: Pair) -> None:
    await pair.provider.fetch(await pair.make())
    assert pair.vendor.pictures.keys_seen == []
    assert not any(pair.vendor.key in str(dict(seen.headers)) for seen in pair.vendor.downloads)


async def test_a_wrong_key_is_told_from_other_refusals(client: httpx.AsyncClient, pair: Pair) -> None:
    stranger = type(pair.provider)(client, "wrong", pair.vendor.url)
    with pytest.raises(BadKey):
        await stranger.submit(REQUEST, timeout=5)


async def test_a_key_that_no_header_can_carry_is_a_bad_key(client: httpx.AsyncClient, pair: Pair) -> None:
    stranger = type(pair.provider)(client, "schlüssel\n", pair.vendor.url)
    with pytest.raises(BadKey):
        await stranger.submit(REQUEST, timeout=5)


async def test_who_answers_with_the_picture_is_known(pair: Pair) -> None:
    at_once = isinstance(await pair.provider.submit(REQUEST, timeout=5), Finished)
    assert at_once == (pair.provider.name in AT_ONCE)


def test_what_a_wrong_key_is_answered_with_is_known_of_each() -> None:
    assert {(name, status) for name in VENDORS for status in (401, 403)} <= set(REFUSALS)


@pytest.mark.parametrize(("name", "status"), REFUSALS)
async def test_an_http_error_on_submit_is_translated(client: httpx.AsyncClient, name: str, status: int) -> None:
    stand_in, provider = VENDORS[name]
    async with stand_in() as vendor:
        vendor.next_submit(Fault.status(status))
        with pytest.raises(REFUSALS[name, status]) as caught:
            await provider(client, vendor.key, vendor.url).submit(REQUEST, timeout=5)
        assert type(caught.value) is REFUSALS[name, status]
        assert len(vendor.submits) == 1


async def test_too_many_requests_says_how_long_to_wait(pair: Pair) -> None:
    pair.vendor.next_submit(Fault.status(429, retry_after="7"))
    with pytest.raises(RateLimited) as caught:
        await pair.provider.submit(REQUEST, timeout=5)
    assert caught.value.retry_after == 7


async def test_a_vendor_without_a_free_slot_limits_the_rate(pair: Pair) -> None:
    pair.vendor.slots = 0
    with pytest.raises(RateLimited):
        await pair.provider.submit(REQUEST, timeout=5)


@pytest.mark.parametrize("fault", [Fault.silence(), Fault.close()], ids=lambda fault: fault.kind.name.lower())
async def test_silence_after_sending_is_ambiguous_and_is_sent_once(pair: Pair, fault: Fault) -> None:
    pair.vendor.next_submit(fault)
    with pytest.raises(Ambiguous):
        await pair.provider.submit(REQUEST, timeout=PATIENCE)
    assert len(pair.vendor.submits) == pair.vendor.accepted == 1


async def test_an_order_lost_with_a_reused_connection_is_not_sent_again(pair: Pair) -> None:
    await pair.make()
    pair.vendor.next_submit(Fault.close())
    with pytest.raises(Ambiguous):
        await pair.provider.submit(REQUEST, timeout=5)
    assert len(pair.vendor.submits) == pair.vendor.accepted == 2


@pytest.mark.parametrize(
    "fault",
    [Fault.garbage(), Fault.html(), Fault.raw(b"[" * 100_000), Fault.raw(b"null"), Fault.raw(b"{}"), Fault.raw(b"")],
    ids=["garbage", "html", "nested", "null", "empty object", "nothing"],
)
async def test_nonsense_after_a_submit_is_malformed_and_is_sent_once(pair: Pair, fault: Fault) -> None:
    pair.vendor.next_submit(fault)
    with pytest.raises(MalformedAnswer):
        await pair.provider.submit(REQUEST, timeout=5)
    assert len(pair.vendor.submits) == pair.vendor.accepted == 1


async def test_a_web_page_with_an_error_status_is_read_by_its_status(pair: Pair) -> None:
    pair.vendor.next_submit(Fault.html(code=503))
    with pytest.raises(Unavailable):
        await pair.provider.submit(REQUEST, timeout=5)


async def test_a_redirect_takes_neither_key_nor_order_along(pair: Pair) -> None:
    pair.vendor.next_submit(Fault.redirect(pair.vendor.pictures.url + "/sample/x"))
    with pytest.raises(MalformedAnswer):
        await pair.provider.submit(REQUEST, timeout=5)
    assert pair.vendor.downloads == []


async def test_a_refused_connection_means_that_nothing_was_sent(pair: Pair) -> None:
    await pair.vendor.stop()
    with pytest.raises(Unavailable):
        await pair.provider.submit(REQUEST, timeout=5)


@pytest.mark.parametrize("name", VENDORS)
async def test_a_name_that_does_not_resolve_means_that_nothing_was_sent(name: str, client: httpx.AsyncClient) -> None:
    provider = VENDORS[name][1](client, "key", "https://vendor.invalid")
    with pytest.raises(Unavailable):
        await provider.submit(REQUEST, timeout=5)


async def test_a_failed_tls_handshake_means_that_nothing_was_sent(client: httpx.AsyncClient, pair: Pair) -> None:
    provider = type(pair.provider)(client, pair.vendor.key, pair.vendor.url.replace("http:", "https:"))
    with pytest.raises(Unavailable):
        await provider.submit(REQUEST, timeout=5)
    assert pair.vendor.requests == []


async def test_no_free_connection_means_that_nothing_was_sent(pair: Pair) -> None:
    async with httpx.AsyncClient(transport=AiohttpTransport(connections=1)) as narrow:
        provider = type(pair.provider)(narrow, pair.vendor.key, pair.vendor.url)
        pair.vendor.next_submit(Fault.silence())
        first = asyncio.create_task(provider.submit(REQUEST, timeout=5))
        await pair.vendor.arrived(1)
        with pytest.raises(Unavailable):
            await provider.submit(REQUEST, timeout=PATIENCE)
        assert len(pair.vendor.submits) == 1
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first


async def test_a_vendor_that_comes_back_is_used_again(pair: Pair) -> None:
    await pair.make()
    await pair.vendor.stop()
    with pytest.raises(Unavailable):
        await pair.provider.submit(REQUEST, timeout=5)
    await pair.vendor.start()
    await pair.make()


async def test_neither_prompt_nor_key_is_logged(pair: Pair) -> None:
    prompt = "my secret wedding invitation"
    pair.vendor.next_submit(Fault.status(400, f"cannot paint {prompt!r} with {pair.vendor.key}"))
    with capture_logs() as logs, pytest.raises(InvalidRequest) as caught:
        await pair.provider.submit(change(prompt=prompt), timeout=5)
    assert any(entry["event"] == "provider refused" for entry in logs)
    for text in (str(logs), str(caught.value)):
        assert prompt not in text
        assert pair.vendor.key not in text


async def test_an_echoed_prompt_is_not_logged_even_in_part(pair: Pair) -> None:
    prompt = "my secret wedding invitation"
    with capture_logs() as logs, pytest.raises(InvalidRequest):
        await pair.provider.submit(change(prompt=prompt, tolerance=99), timeout=5)
    assert "wedding" not in str(logs)


@pytest.mark.parametrize("what", ["request", "content"])
async def test_a_refusal_for_content_is_recognised(pair: Pair, what: str) -> None:
    pair.vendor.next_submit(Fault.moderated(what, "nudity"))
    with pytest.raises(Moderated) as caught:
        await pair.make()
    assert caught.value.reasons


async def test_a_complaint_about_the_tolerance_is_no_refusal_for_content(pair: Pair) -> None:
    with pytest.raises(InvalidRequest):
        await pair.provider.submit(change(tolerance=99), timeout=5)


@pytest.mark.parametrize("word", ["Error", "failed"])
async def test_a_task_that_fails_makes_no_picture(pair: Pair, word: str) -> None:
    pair.vendor.next_submit(Fault.error(word))
    with pytest.raises((GenerationFailed, Ambiguous)):
        await pair.make()


# Polls


@pytest.mark.parametrize(
    ("status", "error"),
    [(401, BadKey), (402, OutOfFunds), (429, RateLimited), (500, Unavailable), (503, Unavailable), (504, Unavailable)],
)
async def test_an_http_error_on_poll_is_translated(polled: Pair, status: int, error: type[Exception]) -> None:
    taken = await polled.provider.submit(REQUEST, timeout=5)
    polled.vendor.next_poll(Fault.status(status))
    with pytest.raises(error):
        await polled.provider.poll(taken.ticket)


@pytest.mark.parametrize("fault", [Fault.silence(), Fault.close()], ids=lambda fault: fault.kind.name.lower())
async def test_a_poll_without_an_answer_may_be_asked_again(
    client: httpx.AsyncClient, polled: Pair, fault: Fault
) -> None:
    taken = await polled.provider.submit(REQUEST, timeout=5)
    polled.vendor.next_poll(fault)
    impatient = type(polled.provider)(client, polled.vendor.key, polled.vendor.url, ask_seconds=PATIENCE)
    with pytest.raises(Unavailable):
        await impatient.poll(taken.ticket)
    assert await polled.provider.fetch(await polled.provider.poll(taken.ticket))


@pytest.mark.parametrize("fault", [Fault.garbage(), Fault.html(), Fault.raw(b"{}")], ids=["garbage", "html", "empty"])
async def test_nonsense_on_a_poll_is_malformed(polled: Pair, fault: Fault) -> None:
    taken = await polled.provider.submit(REQUEST, timeout=5)
    polled.vendor.next_poll(fault)
    with pytest.raises(MalformedAnswer):
        await polled.provider.poll(taken.ticket)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.moderated("request"), Moderated),
        (Fault.moderated("content"), Moderated),
        (Fault.error(), GenerationFailed),
        (Fault.unknown_status(), MalformedAnswer),
        (Fault.not_found(), TimedOut),
    ],
    ids=lambda value: getattr(value, "text", None),
)
async def test_a_tasks_bad_end_is_translated(polled: Pair, fault: Fault, error: type[Exception]) -> None:
    taken = await polled.provider.submit(REQUEST, timeout=5)
    polled.vendor.next_poll(fault)
    with pytest.raises(error):
        await polled.provider.poll(taken.ticket)


async def test_a_running_task_is_not_yet_and_says_how_far(polled: Pair) -> None:
    polled.vendor.seconds = 1000
    taken = await polled.provider.submit(REQUEST, timeout=5)
    state = await polled.provider.poll(taken.ticket)
    assert state.progress == pytest.approx(0, abs=0.01)


async def test_progress_may_be_missing(polled: Pair) -> None:
    polled.vendor.seconds, polled.vendor.progress = 1000, False
    taken = await polled.provider.submit(REQUEST, timeout=5)
    assert isinstance(taken, Accepted)
    assert (await polled.provider.poll(taken.ticket)).progress is None


# Downloads


async def test_an_address_that_expired_is_malformed(pair: Pair) -> None:
    finished = await pair.make()
    pair.vendor.next_download(Fault.expired())
    with pytest.raises(MalformedAnswer):
        await pair.provider.fetch(finished)


async def test_a_picture_is_the_vendors_bytes(bfl: Pair) -> None:
    finished = await bfl.make()
    task = next(iter(bfl.vendor.tasks.values()))
    assert await bfl.provider.fetch(finished) == bfl.vendor.paint(task) != PICTURE
