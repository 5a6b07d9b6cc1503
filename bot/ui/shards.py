"""Keeps this process connected as the shards that are its own, where several processes share a bot's shards.

Who holds which is decided in the database (``bot/storage/shards.py``); here shards are connected, given up, and offered
to the others by a process that stops. Without leases (SHARDS is not set) the library connects all of them, as ever.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from typing import Any, cast

import discord
import structlog
import yarl
from discord.ext import commands
from discord.shard import Shard

from bot.clock import Clock, WakeSignal
from bot.errors import CannotWrite
from bot.models import ShardPlan, ShardShare
from bot.storage import Database, shards
from bot.storage.shards import Holder
from bot.ui.gateway_events import only
from bot.ui.reply import LOST

_log = structlog.get_logger(__name__)

IDENTIFY_MS = 5_500
"""Between two identifies of a bucket: Discord wants five seconds, and two processes are not equally far from it."""
_LOOK_MS = 3_000
_LOOK_CLOSELY_MS = 500
"""While shards change hands."""
_PATIENCE_MS = 15_000
"""How long a process that stops waits for somebody to take the next shard."""
_RETRY_MS = 1_000
_CONNECT_MS = 1_000
"""So long before its turn a shard connects."""
_LATE_MS = 250
"""So long after its turn it may identify: half of what ``IDENTIFY_MS`` leaves."""
_UNSURE_MS = 10_000
"""After so long without the database, others may have taken these shards over: as long as a lease holds."""
_GIVE_WAY_MS = 1_200
"""So long others are let answer first."""
_ANSWER_BY_MS = 2_600
"""So old an interaction may be when nobody else has answered it: Discord waits three seconds."""
_NOTHING = ShardPlan(frozenset())
"""Before the database was asked."""


class ShardLeases:
    """What this process holds of its application's shards, and what it does about it."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        client: LeasedShardsBot,
        changed: WakeSignal,
        holder: Holder,
        identify_ms: int,
    ) -> None:
        """``changed`` is told when another process has done something with a shard."""
        self._database = database
        self._changed = changed
        self._clock = clock
        self._client = client
        self._me = holder
        self._identify_ms = identify_ms
        self._gateway = yarl.URL()
        self._buckets = 1
        self._plan = _NOTHING
        self._ready: set[int] = set()
        self._turns: dict[int, int] = {}
        self._online = asyncio.Event()
        self._due = asyncio.Event()
        self._looking = asyncio.Lock()
        self._leaving = False
        self._synced = False
        self._looked_at = 0
        self._told: frozenset[int] | None = None
        """The shards that it holds by what the log said last."""

    async def open(self, gateway: str, recommended: int, buckets: int) -> int:
        """Take shards from now on; gives how many there are in all."""
        self._gateway, self._buckets = yarl.URL(gateway), buckets
        application_id, share = self._client.application_id or 0, self._me.share
        if not share.count:
            now = self._clock.now()
            share = ShardShare(await self._database.read(shards.count, application_id, recommended, now))
        self._me = replace(self._me, application_id=application_id, share=share)
        self._ready.clear()
        self._plan = _NOTHING
        self._online.set()
        return share.count

    def close(self) -> None:
        """The client was closed: nothing is connected until ``open``."""
        self._online.clear()

    @property
    def connected(self) -> bool:
        """Whether what happens on every shard of its own is heard; a process that only stands by is well too."""
        plan = self._plan
        kept_out = plan.refused or plan.named
        return plan is not _NOTHING and not plan.taking and not kept_out and plan.held <= self._open

    @property
    def _open(self) -> set[int]:
        return {one for one, shard in self._client.shards.items() if one in self._ready and not shard.is_closed()}

    def ready(self, shard_id: int) -> None:
        """Discord has said what there is on a shard."""
        self._ready.add(shard_id)
        self._changed.notify()

    def answers(self, guild_id: int) -> bool:
        """Whether what is heard of a server is this process' to answer; while a shard changes hands, two hear it."""
        return (guild_id >> 22) % self._me.share.count not in self._plan.shadowed

    async def give_way(self, age_ms: int) -> None:
        """Before it is said that nothing can be saved: whoever took this shard over may be accepting the same."""
        if self._clock.monotonic() - self._looked_at >= _UNSURE_MS:
            await _others_first(self._clock, age_ms)

    async def turn(self, shard_id: int) -> None:
        """Wait until a shard may identify: one after the other within a bucket, over all processes."""
        at = self._turns.pop(shard_id, 0)
        if at < self._clock.monotonic() - _LATE_MS:
            at = await self._turn(shard_id)
        await self._clock.wait(asyncio.Event(), at)

    async def _turn(self, shard_id: int) -> int:
        """When a shard may identify (monotonic ms)."""
        while True:
            try:
                wait = await self._database.write_on(
                    self._locks,
                    shards.identify,
                    self._me,
                    shard_id,
                    self._buckets,
                    self._identify_ms,
                    self._clock.now(),
                )
            except CannotWrite:
                await self._pause(_RETRY_MS)
            else:
                return self._clock.monotonic() + wait

    async def run(self) -> None:
        """Take shards and give them up, until this process offers them to the others."""
        await self._online.wait()
        launching = asyncio.create_task(self._launch())
        try:
            while not self._leaving:
                self._changed.take()
                plan = await self._look()
                closely = plan is None or plan.handing or plan.taking
                until = self._clock.monotonic() + (_LOOK_CLOSELY_MS if closely else _LOOK_MS)
                await self._clock.wait(self._changed.event, until)
                if launching.done():
                    await launching  # it never ends but by an error
        finally:
            launching.cancel()
            await asyncio.wait([launching])

    async def hand_over(self) -> None:
        """Offer all shards to the others, and stay connected until they have them or none is taken for a while."""
        self._leaving = True
        self._changed.notify()
        left, until = self._me.share.count + 1, 0
        while (plan := await self._look()) and plan.held:
            self._changed.take()
            now = self._clock.monotonic()
            if len(plan.held) < left:
                left, until = len(plan.held), now + _PATIENCE_MS
            elif now > until:
                _log.warning("nobody takes these shards over", shards=_said(plan.held))
                return
            await self._clock.wait(self._changed.event, now + _LOOK_CLOSELY_MS)

    async def _look(self) -> ShardPlan | None:
        """Learn what is its own now, and let go of what is not."""
        async with self._looking:
            step = shards.leave if self._leaving else shards.settle
            plan = await self._database.write_on(self._locks, step, self._me, self._open, self._clock.now())
            if plan is None:
                return None
            self._looked_at = self._clock.monotonic()
            self._tell(plan)
            self._plan = plan
            for number, shard in self._client.shards.items():
                # One that is just being connected again is given up when it is.
                if number not in plan.held | plan.taking and not shard.is_closed():
                    self._ready.discard(number)
                    await self._client.release_shard(number)
            self._due.set()
            if 0 in plan.held and not self._synced:
                with contextlib.suppress(*LOST):  # the next look tries again
                    await self._client.sync_commands()
                    self._synced = True
            return plan

    def _tell(self, plan: ShardPlan) -> None:
        if plan.refused - self._plan.refused:
            _log.warning("another process holds these shards: they are taken when it stops", shards=_said(plan.refused))
        if plan.named and plan.named != self._plan.named:
            _log.error(
                "other processes of this bot name another number of shards: none are taken until those stop",
                theirs=plan.named,
                ours=self._me.share.count,
            )
        if not plan.held and (plan.taking or plan.refused or plan.named or self._leaving):
            return
        if plan.held == self._told:
            return
        self._told = plan.held
        if plan.held:
            _log.info("holds shards", shards=_said(plan.held), of_all=self._me.share.count)
        else:
            _log.info("no shard is free: standing by", of_all=self._me.share.count)

    async def _launch(self) -> None:
        """Connect what is missing, one after the other."""
        while True:
            mine = self._plan.held | self._plan.taking
            missing = min(mine - self._client.shards.keys(), default=None)
            if missing is None or self._client.is_closed() or not self._online.is_set():
                self._due.clear()
                await self._due.wait()
                continue
            at = self._turns[missing] = await self._turn(missing)
            await self._clock.wait(asyncio.Event(), at - _CONNECT_MS)  # a connection that says nothing seems dead
            if missing in self._plan.held | self._plan.taking:
                await self._client.launch_shard(self._gateway, missing)

    async def _pause(self, ms: int) -> None:
        await self._clock.wait(asyncio.Event(), self._clock.monotonic() + ms)

    @property
    def _locks(self) -> list[tuple[str, int]]:
        return [("shards", self._me.application_id)]


async def _others_first(clock: Clock, age_ms: int) -> None:
    left = min(_GIVE_WAY_MS, _ANSWER_BY_MS - age_ms)
    if left > 0:
        await clock.wait(asyncio.Event(), clock.monotonic() + left)


class LeasedShardsBot(commands.AutoShardedBot):
    """A client that connects as the shards which its leases give it; without leases, as all that there are."""

    leases: ShardLeases | None = None
    unleased: Clock | None = None
    """By which others are waited for, where processes without leases may share the database; None where none can."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for event in ("INTERACTION_CREATE", "MESSAGE_CREATE"):
            only(self._connection.parsers, event, self._answers)

    @property
    def connected(self) -> bool:
        """Whether commands arrive now: every shard's connection is open, and Discord has said what there is."""
        if self.leases is not None:
            return self.leases.connected
        shards = self.shards.values()
        return self.is_ready() and bool(shards) and not any(shard.is_closed() for shard in shards)

    async def launch_shards(self) -> None:
        """Connect; the library calls this first of all."""
        if self.leases is None:
            await super().launch_shards()
            return
        recommended, gateway, limits = await self.http.get_bot_gateway()
        count = await self.leases.open(gateway, recommended, limits["max_concurrency"])
        self.shard_count = self._connection.shard_count = count
        self._connection.shard_ids = []  # shards come and go: the library shall not wait until it has so many

    def _answers(self, event: dict[str, Any]) -> bool:
        """Whether somebody is to be answered by this process, and not by another one that hears them too."""
        return self.leases is None or self.leases.answers(int(event.get("guild_id") or 0))

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Wait for the moment at which Discord lets a shard in."""
        if self.leases is None or shard_id is None:
            await super().before_identify_hook(shard_id, initial=initial)
        else:
            await self.leases.turn(shard_id)

    async def give_way(self, age_ms: int) -> None:
        """Let the other processes answer first, where they may hear the same and this one has lost the database.

        ``age_ms`` is how old the interaction is.
        """
        if self.leases is not None:
            await self.leases.give_way(age_ms)
        elif self.unleased is not None:
            await _others_first(self.unleased, age_ms)

    async def release_shard(self, shard_id: int) -> None:
        """Hear nothing more of a shard, and forget its servers."""
        shard = self._connections.pop(shard_id)
        await shard.disconnect()
        for guild in [one for one in self.guilds if one.shard_id == shard_id]:
            self._connection._remove_guild(guild)  # pyright: ignore[reportPrivateUsage]

    async def reopen(self) -> None:
        """The library has no way to log in again with a client that was closed: what its login makes is made anew."""
        if self.leases is not None:
            self.leases.close()
        self.clear()
        self._connections.clear()  # Discord may want fewer now
        self.http.connector = discord.utils.MISSING
        self.shard_count = cast(Any, None)  # Discord is asked anew how many it wants
        await self._async_setup_hook()

    async def sync_commands(self) -> None:
        """Tell Discord which commands there are; for the bot itself to say."""
        raise NotImplementedError

    @property
    def _connections(self) -> dict[int, Shard]:
        """The library's own table of shards, from which it takes none out."""
        return cast(dict[int, Shard], vars(self)["_AutoShardedClient__shards"])


def _said(numbers: frozenset[int]) -> str:
    return ", ".join(map(str, sorted(numbers)))
