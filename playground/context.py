"""What REST routes, people and the page work on: the state and its services, without the server that serves them."""

from __future__ import annotations

from dataclasses import dataclass

from playground.address import Address
from playground.attachments import AttachmentStore
from playground.changes import Changes
from playground.commands import Registry
from playground.interactions import Interactions
from playground.messages import Messages
from playground.model import Channel, Guild
from playground.payloads import Payloads
from playground.world import World


@dataclass(frozen=True, slots=True)
class Context:
    """One loopback Discord; time is `world.clock`, word of a change goes through `changes`."""

    world: World
    store: AttachmentStore
    payloads: Payloads
    messages: Messages
    commands: Registry
    interactions: Interactions
    changes: Changes
    address: Address
    guild: Guild
    """The server that the page shows."""
    channel: Channel
    """Where people act unless they say where."""
