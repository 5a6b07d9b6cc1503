"""A delivery by itself, without a gateway: real rows, a real client, and the loopback Discord that it posts to."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import discord

from bot.generation.service import Receipt
from bot.models import Job, JobState, Member, Place, ReplyToken
from bot.observability.invalid_requests import InvalidRequests
from bot.storage import jobs
from bot.ui.client import point_at
from bot.ui.delivery import Delivery
from bot.ui.progress import WaitingCards
from bot.ui.views import jobs as render
from playground import LoopbackDiscord
from playground.interactions import COMMAND
from playground.model import Interaction, Message
from tests.support.generation import Generation, generation_on
from tests.support.tiny_bot import words

BY_TOKEN = ("PATCH", "/webhooks/{application_id}/{token}/messages/{message_id}")
BY_EDIT = ("PATCH", "/channels/{channel_id}/messages/{message_id}")
BY_SEARCH = ("GET", "/channels/{channel_id}/messages")
BY_MESSAGE = ("POST", "/channels/{channel_id}/messages")
DOWN: dict[str, Any] = {"status": 503}
"""Answers that the library does not try again by itself."""


@dataclass
class Posting:
    """A delivery, and the Discord that it posts to."""

    discord: LoopbackDiscord
    client: discord.Client
    parts: Generation
    deliveries: list[Delivery] = field(default_factory=list[Delivery])
    requests: InvalidRequests = field(default_factory=InvalidRequests)
    cards: WaitingCards = field(init=False)

    def __post_init__(self) -> None:
        parts = self.parts
        self.cards = WaitingCards(self.client, parts.outbox, parts.events.progress, parts.clock, self.requests)

    def delivery(self) -> Delivery:
        parts = self.parts
        signal = parts.events.ready_to_deliver
        return Delivery(self.client, parts.outbox, parts.processor, parts.clock, random.Random(1), signal, self.cards)

    async def accept(self, *, token: Interaction | None = None, **asked: Any) -> Job:
        """A job of Alice's; ``token`` is the interaction that asked for it."""
        alice, place = self.discord.alice, Place(self.discord.channel.id, self.discord.guild.id)
        reply = None if token is None else ReplyToken(self.discord.application_id, token.token, self.parts.clock.now())
        return await self.parts.accept(member=Member(alice.id, alice.name), place=place, reply=reply, **asked)

    async def placed(self, job: Job, message: Message) -> None:
        """This message is its placeholder."""
        await self.parts.database.write(jobs.placed, job.id, message.id, message.channel.id)

    async def placeholder(self) -> Message:
        """A message of the bot's in the usual channel."""
        channel = self.client.get_partial_messageable(self.discord.channel.id)
        sent = await channel.send(view=words("One moment …", button="Cancel"))
        self.discord.calls.clear()
        return next(one for one in self.discord.messages() if one.id == sent.id)

    async def waiting(self, job: Job) -> Message:
        """A job's placeholder, of which the job's row knows nothing."""
        channel = self.client.get_partial_messageable(self.discord.channel.id)
        sent = await channel.send(view=render.waiting(Receipt(job, 0)))
        self.discord.calls.clear()
        return next(one for one in self.discord.messages() if one.id == sent.id)

    async def end(self, job: Job, outcome: str) -> Job:
        """Let a job be made, fail or be cancelled."""
        if outcome == "cancelled":
            await self.parts.cancel(job)
            return await self.parts.job(job)
        return await self.parts.made(job, *([1] if outcome == "made" else []))

    async def answered(self) -> tuple[Interaction, Message]:
        """A command of Alice's that the bot has answered."""
        message, created = await self.placeholder(), self.parts.clock.now() / 1000
        interaction = Interaction(1, COMMAND, self.discord.alice, self.discord.channel, {}, created)
        interaction.acknowledged, interaction.original, message.interaction = 4, message, interaction
        self.discord.context.interactions.remember(interaction)
        return interaction, message

    async def once(self, job: Job, times: int = 1) -> None:
        """Let a job be posted, or not, by a delivery that then ends."""
        for _ in range(times):
            self.parts.events.ready_to_deliver.notify(job.id)
        delivery = self.delivery()
        running = asyncio.create_task(delivery.run())
        await self.parts.clock.asleep()
        await delivery.stop(10)
        await running

    @property
    def calls(self) -> list[tuple[str, str]]:
        """What Discord was asked for."""
        return [(call.method, call.template) for call in self.discord.calls]

    def taken(self, way: str) -> float | None:
        """How often a way was taken, as it is counted."""
        return self.parts.events.metrics.registry.get_sample_value("atelier_deliveries_total", {"way": way})

    async def rename(self, table: str, name: str) -> None:
        """Call a table otherwise: what reads it fails."""
        await self.parts.database.write(
            lambda one: one.exec_driver_sql(f"ALTER TABLE {table} RENAME TO {name}").rowcount
        )

    async def state(self, job: Job) -> JobState:
        return (await self.parts.job(job)).state


@asynccontextmanager
async def posting_on(folder: Path) -> AsyncGenerator[Posting]:
    """The parts, and a client that is logged in."""
    async with (
        generation_on(folder) as parts,
        LoopbackDiscord(limits=False, clock=lambda: parts.clock.now() / 1000) as server,
        discord.Client(intents=discord.Intents.none()) as client,
    ):
        await point_at(server.api_url)
        await client.login(server.token)
        server.calls.clear()
        yield Posting(server, client, parts)


@asynccontextmanager
async def running(posting: Posting) -> AsyncGenerator[Delivery]:
    """A delivery that goes on until the test is done with it."""
    delivery = posting.delivery()
    task = asyncio.create_task(delivery.run())
    try:
        yield delivery
    finally:
        await delivery.stop(10)
        await task
