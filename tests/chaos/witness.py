"""What Discord and the vendors saw, as the values that the checker reads."""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import sha256
from typing import Any, cast

from playground import LoopbackDiscord, components
from playground.messages import Message
from playground.world import Event
from tests.chaos.history import Card, Change, Order, Phase, Shown
from tests.standins.faults import Kind
from tests.standins.server import Recorded
from tests.standins.vendor import VendorStandIn

_PICTURE = re.compile(r"atelier-([2-9a-z]{5,12})-(\d+)\.")
_CONTROL = re.compile(r"atelier:\w+:([2-9a-z]{5,12})(?::|$)")
_FREE = {Kind.MODERATED, Kind.ERROR}
_MICROUSD = {"pro": 40_000, "max": 80_000}


class Witness:
    """Notes every change of the bot's messages, from here on."""

    def __init__(self, discord: LoopbackDiscord) -> None:
        self.changes: list[Change] = []
        self.deleted: set[int] = set()
        self._bot = discord.world.bot
        discord.world.subscribe(self._on_event)

    def _on_event(self, event: Event) -> None:
        if not isinstance(event.subject, Message) or event.subject.author is not self._bot:
            return
        message = event.subject
        if event.name == "MESSAGE_DELETE":
            self.deleted.add(message.id)
        elif event.name in {"MESSAGE_CREATE", "MESSAGE_UPDATE"}:
            card = card_of(message)
            code = next((one.code for one in card.pictures), None) or next(iter(card.codes), None)
            self.changes.append(Change(message.id, card.phase, code))


def cards(discord: LoopbackDiscord) -> tuple[Card, ...]:
    """The bot's messages as they are now, those for one person alone too."""
    return tuple(card_of(one) for one in list(discord.world.messages.values()) if one.author is discord.world.bot)


def card_of(message: Message) -> Card:
    """A message as the checker sees it."""
    pictures = tuple(
        Shown(found[1], int(found[2]), digest(one.data))
        for one in message.pictures
        if (found := _PICTURE.search(one.filename))
    )
    ids = (str(one.get("custom_id", "")) for one in components.walk(message.components))
    return Card(
        message_id=message.id,
        text=message.text,
        phase=_phase(message, bool(pictures)),
        pictures=pictures,
        codes=frozenset(found[1] for one in ids if (found := _CONTROL.match(one))),
        private=message.ephemeral,
        unanswered=message.loading,
        interaction_id=message.interaction.id if message.interaction else None,
    )


def _phase(message: Message, shows_pictures: bool) -> Phase:
    if "Cancel" in message.buttons:
        return Phase.WAITING
    if shows_pictures:
        return Phase.PICTURES
    first = message.text.lstrip().split("\n", 1)[0]
    if "Cancelled" in first:
        return Phase.CANCELLED
    return Phase.FAILED if "No picture this time" in first else Phase.OTHER


def orders(vendors: Iterable[tuple[str, VendorStandIn]]) -> tuple[Order, ...]:
    """What the vendors took."""
    return tuple(one for name, vendor in vendors for one in _orders(name, vendor))


def _orders(name: str, vendor: VendorStandIn) -> Iterable[Order]:
    prices = dict(map(_priced, vendor.submits))
    for task in vendor.tasks.values():
        yield Order(
            name,
            task.seed,
            prices[task.seed],
            digest(vendor.paint(task)),
            free=task.outcome is not None and task.outcome.kind in _FREE,
        )


def _priced(seen: Recorded) -> tuple[int, int]:
    """The seed and the price of what was asked for, in millionths of a dollar."""
    body = cast(dict[str, Any], seen.body)
    model = seen.path + str(body.get("model", ""))
    inside = body["input"][0]["params"] if "input" in body else body
    return inside["seed"], _MICROUSD["max" if "kontext-max" in model or "kontext_max" in model else "pro"]


def digest(data: bytes) -> str:
    """A short name for bytes."""
    return sha256(data).hexdigest()[:16]
