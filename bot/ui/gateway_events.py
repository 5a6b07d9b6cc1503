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


def only_mentions(parsers: Parsers, own_id: Callable[[], int | None]) -> None:
    """Of messages, build those that mention the user of this id; of changed messages none.

    A reply that pings is a mention too (Discord reference: the message object's ``mentions``).
    """
    build = parsers["MESSAGE_CREATE"]

    def parse_message_create(data: dict[str, Any]) -> None:
        me = str(own_id())
        if any(user["id"] == me for user in data.get("mentions", ())):
            build(data)

    parsers["MESSAGE_CREATE"] = parse_message_create
    del parsers["MESSAGE_UPDATE"]
