"""Posts ended jobs: edits the placeholder into the outcome, and posts by another way where that is gone.

The ways, in order: the interaction's token while it is young, the channel, the placeholder looked for in the channel's
history, a new message in the channel, a direct message. Transient errors are retried for a day; an edit is idempotent.
"""

from __future__ import annotations

import asyncio
import heapq
import io
import random
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import discord
import structlog
from discord import ui

from bot.background import backoff
from bot.clock import DAY_MS, Clock, WakeSignal
from bot.errors import CannotWrite
from bot.generation.outbox import Outbox, PendingDelivery, PostedMessage
from bot.generation.service import BROKEN_FILE, failure_of
from bot.media.images import ImageProcessor
from bot.models import Job, Surroundings
from bot.observability.log import about
from bot.ui import controls, followups, mentions
from bot.ui.markup import message_link
from bot.ui.message_pictures import media_items
from bot.ui.messages import ARCHIVED, unarchived
from bot.ui.progress import WaitingCards
from bot.ui.reply import LOST, NOBODY
from bot.ui.views import jobs as render
from bot.ui.words import use_language

_log = structlog.get_logger(__name__)

_PLACEHOLDER_MS = 10_000
_SWEEP_MS = 3_000
_SLACK_MS = 60_000
"""So far Discord's clock may be behind ours."""
_SEARCHED = 200
"""Messages that are looked through for a placeholder."""
_REQUEST_LIMIT = 24 * 1024 * 1024
_DM_LIMIT = 10 * 1024 * 1024
_AT_ONCE = 16
_SMALLEST = 8 * 1024
"""Bytes; a place that does not take this much takes no pictures."""

_CLOSED = {10003, 10008, 10015, 50001, 50005, 50007, 50013, 50027, ARCHIVED}
"""Discord's codes after which a way stays closed: unknown channel, message or webhook, not ours, no direct messages,
no access, no permission, token expired, thread archived."""

Images = Mapping[int, bytes]
Posted = tuple[discord.Message, int]


@dataclass(frozen=True, slots=True)
class _Content:
    """What is posted."""

    job: Job
    around: Surroundings
    images: Images = field(repr=False)

    @property
    def view(self) -> ui.LayoutView:
        return render.message(self.job, self.around)

    @property
    def files(self) -> list[discord.File]:
        """Fresh ones for each try: sending a file uses it up."""
        shown = [one for one in self.job.pictures if one.number in self.images]
        return [discord.File(io.BytesIO(self.images[one.number]), one.filename) for one in shown]


Way = Callable[[_Content], Awaitable[Posted | None]]
"""None: this way leads nowhere; the next one is taken."""


class Delivery:
    """Empties the outbox."""

    def __init__(
        self,
        client: discord.Client,
        outbox: Outbox,
        processor: ImageProcessor,
        clock: Clock,
        rng: random.Random,
        signal: WakeSignal,
        cards: WaitingCards,
    ) -> None:
        self._client = client
        self._outbox = outbox
        self._processor = processor
        self._clock = clock
        self._rng = rng
        self._signal = signal
        self._cards = cards
        self._ready: dict[int, int] = {}  # since when jobs are known to wait (monotonic ms)
        self._due: list[tuple[int, int]] = []  # (monotonic ms, job id)
        self._attempts: dict[int, int] = {}
        self._busy: set[int] = set()
        self._again: set[int] = set()
        self._under_way: set[asyncio.Task[None]] = set()
        self._stopping = False
        outbox.watch(self._longest_wait)

    async def run(self) -> None:
        """Deliver until ``stop``."""
        while not self._stopping:
            now = self._clock.monotonic()
            for job_id in self._signal.take():
                self._ready.setdefault(job_id, now)
                if job_id in self._busy:
                    self._again.add(job_id)
                else:
                    heapq.heappush(self._due, (now, job_id))
            while self._due and self._due[0][0] <= now and len(self._busy) < _AT_ONCE:
                self._begin(heapq.heappop(self._due)[1])
            room = len(self._busy) < _AT_ONCE
            await self._clock.wait(self._signal.event, self._due[0][0] if self._due and room else None)

    async def sweep(self) -> None:
        """Where other processes end this one's jobs: look now and then for those of which no notice came."""
        while not self._stopping:
            for job_id in await self._outbox.waiting():
                if job_id not in self._ready:
                    self._signal.notify(job_id)
            await self._clock.wait(asyncio.Event(), self._clock.monotonic() + _SWEEP_MS)

    async def stop(self, grace_seconds: float) -> None:
        """Begin nothing more; let what is being posted end."""
        self._stopping = True
        self._signal.notify()
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=grace_seconds)
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    def _longest_wait(self) -> float:
        """For how many seconds the oldest job has waited to be posted."""
        return max(0, self._clock.monotonic() - min(self._ready.values())) / 1000 if self._ready else 0.0

    def _begin(self, job_id: int) -> None:
        if job_id in self._busy:
            return
        self._busy.add(job_id)
        self._ready.setdefault(job_id, self._clock.monotonic())
        task = asyncio.create_task(self._deliver(job_id))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _deliver(self, job_id: int) -> None:
        pending: PendingDelivery | None = None
        try:
            pending = await self._outbox.pending(job_id)
            if pending is not None:
                about(job=pending.job.code)
                await self._cards.settled(job_id)
            with use_language(pending and pending.job.place.language):
                if pending is None or await self._post(pending):
                    self._forget(job_id)
        except Exception as error:  # noqa: BLE001 - a job in the outbox must never be forgotten
            await self._later(job_id, pending, error)
        finally:
            self._busy.discard(job_id)
            if job_id in self._again:
                self._again.discard(job_id)
                heapq.heappush(self._due, (self._clock.monotonic(), job_id))
            self._signal.notify()

    def _forget(self, job_id: int) -> None:
        """It needs no delivery, or not yet."""
        self._attempts.pop(job_id, None)
        self._ready.pop(job_id, None)

    async def _later(self, job_id: int, pending: PendingDelivery | None, error: Exception) -> None:
        """Try again with growing pauses; after a day, give the credits back."""
        passing = isinstance(error, (*LOST, TimeoutError, CannotWrite))
        _log.warning("delivery failed", job_id=job_id, error=type(error).__name__, exc_info=None if passing else error)
        if pending is not None and await self._given_up(pending.job):
            self._forget(job_id)
            return
        attempt = self._attempts[job_id] = self._attempts.get(job_id, -1) + 1
        seconds = backoff(attempt, base=1.0, cap=300.0, rng=self._rng)
        heapq.heappush(self._due, (self._clock.monotonic() + int(seconds * 1000), job_id))

    async def _given_up(self, job: Job) -> bool:
        """Give up a job that is older than a day; False where it is not, or where that cannot be written down now."""
        if self._clock.now() - job.created_at <= DAY_MS:
            return False
        try:
            await self._outbox.undeliverable(job)
        except Exception as error:  # noqa: BLE001 - as above
            _log.error("a job could not be given up", exc_info=error)
            return False
        return True

    async def _post(self, pending: PendingDelivery) -> bool:
        """Post an outcome; False where that has to wait for the placeholder."""
        job, now = pending.job, self._clock.now()
        left = self._placeholder_left(job)
        if job.message_channel_id is None and left > 0:
            # Faster than its own placeholder: `placed` rings again.
            heapq.heappush(self._due, (self._clock.monotonic() + left, job.id))
            return False
        images = await self._fitting(pending)
        while True:
            largest = max(map(len, images.values()), default=0)
            try:
                await self._by_any(_Content(job, pending.around, images), now)
            except discord.HTTPException as error:
                if error.status != 413 or largest <= _SMALLEST:
                    raise
                # The place takes less than it said: half of the largest, then.
                _log.warning("too large for the place", largest=largest)
                images = await self._fit(images, largest // 2)
            else:
                return True

    def _placeholder_left(self, job: Job) -> int:
        """For how long a job's placeholder may still be on its way (ms)."""
        accepted = self._outbox.accepted_at(job.id)
        if accepted is not None:
            return accepted + _PLACEHOLDER_MS - self._clock.monotonic()
        left = job.created_at + _PLACEHOLDER_MS - self._clock.now()
        return left if left <= _PLACEHOLDER_MS else 0  # more: somebody has set the clock back

    async def _by_any(self, content: _Content, now: int) -> None:
        """Take the first way that is open."""
        job = content.job
        for way in self._ways(job, now):
            try:
                found = await self._go(way, content)
            except discord.HTTPException as error:
                if not _closed(way, error):
                    raise
                _log.info("way closed", way=_named(way), status=error.status, code=error.code)
                continue
            if found is None:
                continue
            message, channel_id = found
            posted = PostedMessage(message.id, channel_id, _attachments(message, job))
            lag = self._clock.monotonic() - self._ready[job.id]
            after = await self._outbox.delivered(job, posted, way=_named(way), lag_ms=lag)
            if after.mention:
                await mentions.tell(self._client, self._outbox, job, message.id, channel_id, now)
            if not job.pictures and not job.cancelled and failure_of(job) in BROKEN_FILE:
                await self._tell_alone(job, render.useless_file(job), now, instead_of=message)
            elif after.strike.last_warning or after.strike.paused_until:
                link = message_link(job.place.guild_id, channel_id, message.id)  # a webhook's message knows no server
                await self._tell_alone(job, render.warning(job, after.strike, link), now)
            return
        _log.warning("undeliverable")
        await self._outbox.undeliverable(job)

    async def _tell_alone(
        self, job: Job, view: ui.LayoutView, now: int, *, instead_of: discord.Message | None = None
    ) -> None:
        """Tell the requester alone, once: where that cannot be, the message for everybody stays, and says little."""
        try:
            await followups.alone(self._client, job, view, now)
            if instead_of is not None:
                await instead_of.delete()
        except LOST as error:
            _log.info("not told alone", error=type(error).__name__)

    async def _go(self, way: Way, content: _Content) -> Posted | None:
        """Take a way; a thread that was archived meanwhile is opened again, unless a moderator has locked it."""
        try:
            return await way(content)
        except discord.HTTPException as error:
            if error.code != ARCHIVED or not await unarchived(self._client, content.job.place.channel_id):
                raise
        return await way(content)

    def _ways(self, job: Job, now: int) -> list[Way]:
        ways: list[Way] = []
        if followups.webhook(self._client, job, now):
            ways.append(self._by_token)
        if job.message_id is not None:
            ways.append(self._by_edit)
        unknown = job.message_id is None and job.message_channel_id is None
        if unknown:  # we may have died between showing it and noting its id
            ways.append(self._by_search)
        if job.pictures or unknown:  # a failure whose placeholder was deleted is not worth a new message
            ways.append(self._by_new_message)
        if job.pictures:
            ways.append(self._by_direct_message)
        return ways

    async def _by_token(self, content: _Content) -> Posted | None:
        job = content.job
        hook = followups.webhook(self._client, job, self._clock.now())
        if hook is None:
            return None
        target: Any = job.message_id or "@original"
        message = await hook.edit_message(target, view=content.view, attachments=content.files, allowed_mentions=NOBODY)
        return message, job.place.channel_id

    async def _by_edit(self, content: _Content) -> Posted:
        job = content.job
        channel_id = job.message_channel_id or job.place.channel_id
        channel = self._client.get_partial_messageable(channel_id, guild_id=job.place.guild_id)
        message = await channel.get_partial_message(job.message_id or 0).edit(
            view=content.view, attachments=content.files, allowed_mentions=NOBODY
        )
        return message, channel_id

    async def _by_search(self, content: _Content) -> Posted | None:
        """Edit the message whose id nobody noted: of ours the one that answers what asked for the job.

        It need not be the placeholder any more: it may have been edited, and that not been noted either.
        """
        job = content.job
        channel = self._client.get_partial_messageable(job.place.channel_id, guild_id=job.place.guild_id)
        # What asked is older than its answer, by Discord's own clock; ours may differ by any time.
        since = discord.Object(job.event_id or _snowflake_at(job.created_at - _SLACK_MS))
        cancel = controls.Cancel(job.code).item.custom_id
        async for message in channel.history(limit=_SEARCHED, after=since):
            if message.author == self._client.user and (_answers(message, job) or _holds(message.components, cancel)):
                view, files = content.view, content.files
                return await message.edit(view=view, attachments=files, allowed_mentions=NOBODY), channel.id
        return None

    async def _by_new_message(self, content: _Content) -> Posted:
        job = content.job
        channel = self._client.get_partial_messageable(job.place.channel_id, guild_id=job.place.guild_id)
        # The nonce makes Discord drop a repetition, should we die between its answer and our commit.
        message = await channel.send(view=content.view, files=content.files, nonce=job.code, allowed_mentions=NOBODY)
        return message, job.place.channel_id

    async def _by_direct_message(self, content: _Content) -> Posted:
        job = content.job
        channel = await self._client.create_dm(discord.Object(job.member_id))
        images = await self._fit(content.images, _DM_LIMIT)  # a boosted server's limit does not hold here
        content = replace(content, images=images)
        message = await channel.send(view=content.view, files=content.files, nonce=job.code, allowed_mentions=NOBODY)
        return message, channel.id

    async def _fitting(self, pending: PendingDelivery) -> Images:
        """The bytes as they came; re-encoded only where one exceeds the place's limit, or all together Discord's."""
        return await self._fit(pending.images, pending.job.place.file_limit)

    async def _fit(self, images: Images, limit: int) -> Images:
        if sum(map(len, images.values())) > _REQUEST_LIMIT:
            limit = min(limit, _REQUEST_LIMIT // len(images))
        return {
            number: data if len(data) <= limit else await self._processor.fit(data, limit)
            for number, data in images.items()
        }


def _snowflake_at(at: int) -> int:
    return discord.utils.time_snowflake(datetime.fromtimestamp(at / 1000, UTC))


def _answers(message: discord.Message, job: Job) -> bool:
    """Whether a message is the answer to the interaction, or to the message, that asked for a job."""
    if message.interaction_metadata is not None:
        return message.interaction_metadata.id == job.event_id
    return message.reference is not None and message.reference.message_id == job.event_id


def _holds(components: Iterable[Any], custom_id: str | None) -> bool:
    """Whether one of these components, or of those within, has this id."""
    return any(
        getattr(one, "custom_id", None) == custom_id or _holds(getattr(one, "children", ()), custom_id)
        for one in components
    )


def _named(way: Way) -> str:
    """What a way is called among the metrics and in the log."""
    return way.__name__.removeprefix("_by_")


def _closed(way: Way, error: discord.HTTPException) -> bool:
    """Whether a way stays closed. A 401 says so of an interaction's token only; the bot's own the operator can mend."""
    if error.status == 401:
        return _named(way) == "token"
    return error.code in _CLOSED or error.status == 404


def _attachments(message: discord.Message, job: Job) -> dict[int, tuple[int, str]]:
    """Where Discord keeps the pictures; V2 messages say so in their gallery, not in ``attachments``."""
    return {
        picture.number: (media.attachment_id, media.url)
        for picture, media in zip(job.pictures, media_items(message.components), strict=False)
        if media.attachment_id is not None
    }
