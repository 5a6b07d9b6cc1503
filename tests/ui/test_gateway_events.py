"""What the library is let see of the gateway's events."""

from __future__ import annotations

from typing import Any

import pytest

from bot.ui.gateway_events import mentions, only

ME, OTHER = {"id": "7"}, {"id": "8"}


@pytest.mark.parametrize(
    ("message", "mentioned"),
    [
        ({"mentions": [OTHER, ME]}, True),
        ({"mentions": [OTHER]}, False),
        ({"mentions": []}, False),
        ({"mentions": [None, ME]}, True),
        ({"mentions": None}, False),
        ({}, False),
    ],
)
def test_a_message_is_for_the_bot_where_it_mentions_it(message: dict[str, Any], mentioned: bool) -> None:
    assert mentions(message, 7) is mentioned


def test_before_the_login_nothing_mentions_the_bot() -> None:
    assert not mentions({"mentions": [ME]}, None)


def test_only_what_is_wanted_is_parsed_and_other_kinds_of_events_all() -> None:
    parsed: list[Any] = []
    parsers = {"A": parsed.append, "B": parsed.append}
    only(parsers, "A", lambda event: event["wanted"])
    parsers["A"]({"wanted": False})
    parsers["A"]({"wanted": True})
    parsers["B"]({"wanted": False})
    assert parsed == [{"wanted": True}, {"wanted": False}]
