"""The queue of several processes, in their database: each claims what it then works on, exactly as one would alone.

What the rows say is chosen from by the same code as in memory. Between two looks this process knows a picture of it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import structlog

from bot.clock import Clock
from bot.errors import CannotWrite
from bot.generation.local_queue import LocalQueue
from bot.generation.recovery import Lease
from bot.generation.task_queue import TaskQueue, Turn
from bot.models import OpenTask, ProviderRest
from bot.providers.base import Capabilities
from bot.storage import Connection, Database, Key, claims, notices, workers

_log = structlog.get_logger(__name__)

_SWEEP_MS = 2_000
"""Between two looks though nobody has told of anything."""
_AT_ONCE = 16
"""Tasks that one claim takes at most, so that several processes share what comes at once."""
_DEPTH = 6 * _AT_ONCE
"""So many of each lane are looked at for that: picks from other lanes change a lane's own order by few places."""
_SHARE = 20
"""A look may take one part in so many of the time."""


class SharedQueue(TaskQueue):
    """Claims tasks for this process, and tells what waits for all."""

    def __init__(
        self,
        database: Database,
        offers: Mapping[str, Capabilities],
        clock: Clock,
        worker: str,
        lease: Lease,
        claimed: Callable[[], None],
    ) -> None:
        """``claimed`` is called when there is something to ``take``."""
        self._database = database
        self._offers = offers
        self._clock = clock
        self._worker = worker
        self._lease = lease
        self._tell = claimed
        self._picture = LocalQueue(offers, clock.now)
        self._next_picture = 0
        self._claimed: deque[Turn] = deque()
        self._taken = set[int]()
        self._unsure = False
        self._well: dict[str, int] = {}
        self._troubled = frozenset[str]()
        self._wake = asyncio.Event()
        self._stopping = False

    @property
    def waiting(self) -> int:
        return self._picture.waiting

    @property
    def oldest(self) -> int | None:
        return self._picture.oldest

    @property
    def next_look(self) -> int | None:
        return None  # it looks by itself

    def ahead(self, guild_id: int | None, member_id: int, count: int = 1) -> int:
        return self._picture.ahead(guild_id, member_id, count)

    def put(self, task: OpenTask) -> None:
        if task.worker is None:
            self._picture.put(task)
            self.look()
        else:  # claimed, and not sent since that could not be written down
            self._claimed.append(Turn(task, task.provider or "", self._clock.monotonic()))

    def take(self) -> Turn | None:
        if not self._claimed:
            return None
        turn = self._claimed.popleft()
        self._taken.add(turn.task.id)
        return turn

    def hold(self, task: OpenTask, provider: str) -> None:
        pass  # its row does

    def release(self, task: OpenTask, provider: str) -> None:
        self._taken.discard(task.id)
        self.look()

    def drop_job(self, job_id: int) -> None:
        self._claimed = deque(turn for turn in self._claimed if turn.task.job_id != job_id)
        self._picture.drop_job(job_id)
        self.look()

    def rest(self, provider: str, sent_at: int, *, at_least_ms: float = 0) -> None:
        self._next_picture = 0  # now: a rest is soon over, and rare
        self.look()  # it was written down with the refusal

    def well(self, provider: str, sent_at: int) -> None:
        if provider in self._troubled:
            self._well[provider] = sent_at
            self.look()

    def knows_any(self, providers: Iterable[str]) -> bool:
        return self._picture.knows_any(providers)

    @property
    def any_awake(self) -> bool:
        return self._picture.any_awake

    def active(self, provider: str) -> int:
        return self._picture.active(provider)

    def resting(self, provider: str) -> bool:
        return self._picture.resting(provider)

    def look(self) -> None:
        self._wake.set()

    async def run(self) -> None:
        while not self._stopping:
            self._wake.clear()
            try:
                again = await self._round()
            except CannotWrite:  # the lease finds out when it is writable again
                again, self._unsure = _SWEEP_MS, True  # a claim may have been kept, and only its answer lost
            await self._clock.wait(self._wake, self._clock.monotonic() + again)

    async def stop(self) -> None:
        self._stopping = True
        self.look()
        ids = [turn.task.id for turn in self._claimed]
        self._claimed.clear()
        if ids:
            await self._database.write_on([self._key], _give_back, ids, self._worker)

    @property
    def _key(self) -> Key:
        return "claims", self._lease.application_id

    async def _round(self) -> int:
        """Look, and claim what may begin; gives after how long to look again (ms)."""
        application, now = self._lease.application_id, self._clock.now()
        if self._unsure:
            known = self._taken.union(turn.task.id for turn in self._claimed)
            await self._database.write_on([self._key], claims.give_back_but, known, self._worker)
            self._unsure = False
        for provider, sent_at in list(self._well.items()):
            age = self._clock.monotonic() - sent_at
            await self._database.write_on([self._key], claims.well, application, provider, age, now)
            self._well.pop(provider, None)
        began = self._clock.monotonic()
        late = began < self._next_picture
        if not late:
            picture, self._troubled = await self._database.read(_picture, application, self._offers, self._clock.now)
            self._picture, ended = picture, self._clock.monotonic()
            self._next_picture = ended + _SHARE * (ended - began)
        if not self._picture.waiting or self._stopping:
            return self._next_picture - began if late else _SWEEP_MS
        since = self._clock.monotonic()
        got = await self._database.write_on(
            [self._key], _claim, application, self._worker, self._offers, self._clock.now
        )
        if self._stopping:
            await self._database.write_on([self._key], _give_back, [task.id for task in got], self._worker)
            return 0
        if got:
            self._claimed.extend(Turn(task, task.provider or "", since) for task in got)
            self._tell()
        if got:  # there may be more, and the picture is out of date
            return 0 if len(got) == _AT_ONCE else max(0, self._next_picture - self._clock.monotonic())
        closes = self._picture.next_look
        return _SWEEP_MS if closes is None else max(1, min(_SWEEP_MS, closes - self._picture.now()))


def _survey(
    connection: Connection,
    application_id: int,
    offers: Mapping[str, Capabilities],
    now: Callable[[], int],
    most: int | None,
) -> tuple[LocalQueue, frozenset[str]]:
    """What the rows say, as a queue in memory; its providers rest by the server's clock."""
    find_active, waiting = claims.active(connection, application_id), list[OpenTask]
    active = None if most is None else find_active()
    if active is None or _counted(offers, now, active).any_free:
        waiting = claims.waiting(connection, application_id, most)
    find_rests = claims.rests(connection, application_id)  # last: what was refused meanwhile waits, and tells of one
    rests = find_rests()
    ahead = workers.time(connection, now()) - now() if rests else 0
    queue = _counted(offers, lambda: now() + ahead, find_active() if active is None else active, rests)
    for task in waiting():
        queue.put(task)
    return queue, frozenset(rests)


def _counted(
    offers: Mapping[str, Capabilities],
    now: Callable[[], int],
    active: Iterable[tuple[str, OpenTask]],
    rests: Mapping[str, ProviderRest] | None = None,
) -> LocalQueue:
    queue = LocalQueue(offers, now, rests)
    for slot, task in active:
        queue.hold(task, slot)
    return queue


def _picture(
    connection: Connection, application_id: int, offers: Mapping[str, Capabilities], now: Callable[[], int]
) -> tuple[LocalQueue, frozenset[str]]:
    return _survey(connection, application_id, offers, now, None)


def _claim(
    connection: Connection,
    application_id: int,
    worker: str,
    offers: Mapping[str, Capabilities],
    now: Callable[[], int],
) -> list[OpenTask]:
    """Take what may begin now, under the lock of all who claim for this application."""
    queue, _ = _survey(connection, application_id, offers, now, _DEPTH)
    chosen: list[OpenTask] = []
    while len(chosen) < _AT_ONCE and (found := queue.take()):
        chosen.append(replace(found.task, provider=found.provider, worker=worker))
    if not chosen:
        return []
    got = claims.take(connection, {task.id: task.provider or "" for task in chosen}, worker)
    return [task for task in chosen if task.id in got]


def _give_back(connection: Connection, task_ids: list[int], worker: str) -> None:
    claims.give_back(connection, task_ids, worker)
    notices.send(connection, "queued")
