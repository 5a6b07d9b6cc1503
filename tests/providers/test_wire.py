"""The edge's own parts: waiting times, what may be logged, what reads as moderation."""

from __future__ import annotations

import httpx
import pytest

from bot.providers.wire import RETRY_AFTER_MAX, retry_after
from bot.providers.wording import is_moderation, scrub, words_of

NOW = 1_784_000_000.0


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "1"}, 1),
        ({"Retry-After": " 2.5 "}, 2.5),
        ({"Retry-After": "-3"}, 0),
        ({"Retry-After": "99999999"}, RETRY_AFTER_MAX),
        ({"Retry-After": "inf"}, RETRY_AFTER_MAX),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "Wed, 01 Jul 2026 00:00:30 GMT", "Date": "Wed, 01 Jul 2026 00:00:00 GMT"}, 30),
        ({"Retry-After": "Wed, 01 Jul 2026 00:00:00 GMT", "Date": "Wed, 01 Jul 2026 00:00:30 GMT"}, 0),
        ({"Retry-After": "Tue, 14 Jul 2026 03:33:30 GMT"}, 10),
    ],
    ids=str,
)
def test_a_waiting_time_is_read_as_seconds_or_as_a_date(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(httpx.Headers(headers), NOW) == seconds


def test_secrets_are_taken_out_as_whole_words_and_long_texts_are_cut() -> None:
    assert scrub("bad key k3y: cat in category", "k3y", "cat") == "bad key •••: ••• in category"
    assert len(scrub("x" * 5000)) < 600


def test_words_are_collected_from_any_shape_but_not_from_what_was_sent() -> None:
    body = {
        "detail": [{"loc": ["body", "seed"], "msg": "too small", "input": "private"}],
        "error": {"message": "bad"},
        "prompt": "private",
        "code": 7,
    }
    assert words_of(body) == "body | seed | too small | bad"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Content policy violation", True),
        ("content_filter", True),
        ("nsfw_content_detected", True),
        ("The request was moderated.", True),
        ("rejected for safety reasons", True),
        ("contains sensitive content", True),
        ("safety_tolerance: Input should be less than or equal to 6", False),
        ("moderation level must be an integer", False),
        ("immoderate demand", False),
        ("content-type must be application/json", False),
    ],
)
def test_moderation_is_recognised_by_its_words(text: str, expected: bool) -> None:
    assert is_moderation(text) is expected
