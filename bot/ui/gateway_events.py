"""Which of the gateway's events the library builds objects of: what nobody listens to is not built.

Discord tells a bot of every message in every channel that it can see, and of every change of one. On a large server
that is nearly all that the gateway carries; building a ``Message`` takes 0.1 to 0.3 ms of each. The library has no
setting for this; its table of parsers is where the gateway looks events up.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Parsers = dict[str, Callable[[Any], None]]
"""The library's, by the event's name."""


def only(parsers: Parsers, event: str, wanted: Callable[[dict[str, Any]], bool]) -> None:
    """Let the library see of one kind of event what is wanted, by the event as Discord sends it."""
    parse = parsers[event]

    def parse_wanted(data: dict[str, Any]) -> None:
        if wanted(data):
            parse(data)

    parsers[event] = parse_wanted


def mentions(message: dict[str, Any], user_id: int | None) -> bool:
    """Whether a message mentions a user; a reply that pings does (Discord reference: the message object)."""
    user = str(user_id)
    return any(one and one["id"] == user for one in message.get("mentions") or ())
