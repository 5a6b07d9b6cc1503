"""One step of one task at a time: submit it, or ask how it stands; every step leaves the row true.

Steps hold no state of their own and never decide when; that is the worker's part.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from functools import partial

import structlog

from bot.admission.policy import provider_tolerance
from bot.clock import Clock
from bot.errors import (
    BadKey,
    CannotWrite,
    InvalidRequest,
    Moderated,
    OutOfFunds,
    ProviderError,
    RateLimited,
    SourceError,
    Unavailable,
)
from bot.generation.references import ReferenceImages
from bot.generation.results import PaidResults, Result
from bot.media.images import ImageProcessor
from bot.models import PROMPT_MAX, Failure, ImageRequest, Job, JobState, OpenTask, Picture, Variation
from bot.providers.base import Accepted, Finished, NotYet, Provider, ReferenceImage, TaskRequest, Ticket, Webhook
from bot.storage import Connection, Database, Key, claims, jobs, tasks

_log = structlog.get_logger(__name__)

_DOWNLOAD_TRIES = 3
_PREVIEW_BYTES = 4 * 1024 * 1024
_PREVIEW_EDGE = 512


_VARIATIONS = {
    Variation.SUBTLE: "Make a subtle variation of this picture: keep the subject, the composition, the style and the "
    "colours as they are, and change only small details, such as textures, accessories and the fall of the light. "
    "It shows: ",
    Variation.STRONG: "Make a bold variation of this picture: keep its subject and its style, but change the "
    "composition, the viewpoint, the pose, the surroundings and the light. It shows: ",
}
"""Kontext keeps what it is not told to change, so each says both."""


def instruction(asked: ImageRequest) -> str:
    """What is sent to a provider: the member's words, or for a variation our own around them."""
    return asked.prompt if asked.vary is None else (_VARIATIONS[asked.vary] + asked.prompt)[:PROMPT_MAX]


@dataclass(frozen=True, slots=True)
class Running:
    """A provider works on it; ask again, not before ``retry_after`` seconds where it said so."""

    task: OpenTask
    provider: str
    ticket: Ticket
    began: int
    """When it was submitted (monotonic ms)."""
    retry_after: float | None = None
    progress: float | None = None
    preview: Finished | None = None
    expected: float | None = None
    """Seconds from the submit that it will take, where the provider said so."""
    cancelled: bool = False
    """Nobody waits for it any more; it is asked about until the provider has ended it, since it takes a slot there."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The task has ended and its row says how. ``dropped`` are the job's other tasks that ended with it."""

    failure: Failure | None
    dropped: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider certainly did not take it; it is queued again. ``rest`` says that the provider needs a pause."""

    task: OpenTask
    failure: Failure
    rest: bool
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Gone:
    """The task ended in the meantime (a cancel), or is somebody else's, and no provider works on it: nothing to do."""


@dataclass(frozen=True, slots=True)
class Unsent:
    """Nothing says that it was written down that the task is sent, so it was not: it is to be tried again."""

    task: OpenTask


Step = Running | Ended | Refused | Gone | Unsent


class TaskSteps:
    """Carries a task from row to row."""

    def __init__(
        self,
        database: Database,
        providers: Mapping[str, Provider],
        processor: ImageProcessor,
        clock: Clock,
        references: ReferenceImages,
        results: PaidResults,
        *,
        timeout_seconds: float,
        webhook: Webhook | None = None,
    ) -> None:
        self._database = database
        self._providers = providers
        self._processor = processor
        self._clock = clock
        self._references = references
        self._results = results
        self._timeout = timeout_seconds
        self._webhook = webhook

    async def submit(self, task: OpenTask, name: str, worker: str, since: int | None = None) -> Step:
        """Send a queued task to a provider: ``submitting`` is committed before a byte is sent.

        ``worker`` is the process that works on it from then on; ``since`` is when that was decided (monotonic ms).
        """
        since = self._clock.monotonic() if since is None else since
        async with AsyncExitStack() as held:
            return await self._submit(task, name, worker, since, held)

    async def _submit(self, task: OpenTask, name: str, worker: str, since: int, held: AsyncExitStack) -> Step:
        provider = self._providers[name]
        try:
            references = await self._bring(task, held)
        except SourceError as error:
            _log.info("source refused", failure=error.failure, detail=str(error), number=error.number)
            return await self._end(task, error.failure, cost=0, bad_source=error.number)
        began, now = self._clock.monotonic(), self._clock.now()
        try:
            job = (
                None
                if references is None
                else await self._database.write_on(_on(task), tasks.claim, task, name, worker, now)
            )
        except CannotWrite:
            return Unsent(replace(task, submitted_at=now))
        if job is None or references is None:
            return Gone()
        request = self._request(job, task.seed, provider, references)
        try:
            answer = await provider.submit(request, timeout=self._timeout)
        except ProviderError as error:
            _log.info("submit refused", provider=name, failure=error.failure, detail=error.detail)
            return await self._submit_failed(task, name, error, since)
        except Exception:  # noqa: BLE001 - whatever broke, the row must say so
            # Not the vendor's fault, and it may have been sent: never send it again.
            _log.exception("submit broke", provider=name)
            return await self._end(task, Failure.INTERNAL)
        try:
            if isinstance(answer, Finished):
                return await self._finish(task, name, provider, answer)
            return await self._accepted(task, name, answer, began)
        except Exception:  # noqa: BLE001 - as above, and now it is certainly billed: the estimate stays booked
            _log.exception("what was made broke", provider=name)
            return await self._end(task, Failure.INTERNAL)

    async def _bring(self, task: OpenTask, held: AsyncExitStack) -> tuple[ReferenceImage, ...] | None:
        """The pictures that a task starts from, until ``held`` is closed; None where its job has ended.

        Raises a ``SourceError``.
        """
        if not task.has_references:
            return ()
        job = await self._database.read(jobs.brief, task.job_id)
        if job is None or job.state.terminal or job.state is JobState.DELIVERING:
            return None
        return await held.enter_async_context(self._references.of(job))

    async def poll(self, running: Running) -> Step:
        """Ask the provider how a running task stands."""
        provider = self._providers[running.provider]
        try:
            answer = await provider.poll(running.ticket)
        except (Unavailable, RateLimited, BadKey, OutOfFunds) as error:
            # The task goes on over there; only our question failed.
            _log.info("poll failed", provider=running.provider, failure=error.failure, detail=error.detail)
            wait = error.retry_after if isinstance(error, RateLimited) else None
            return await self._still_running(running, retry_after=max(wait or 0, 1.0), progress=None)
        except ProviderError as error:
            _log.info("task failed", provider=running.provider, failure=error.failure, detail=error.detail)
            return await self._failed(running.task, error)
        except Exception:  # noqa: BLE001 - as above
            _log.exception("poll broke", provider=running.provider)
            return await self._end(running.task, Failure.INTERNAL)
        if isinstance(answer, NotYet):
            return await self._still_running(running, answer.retry_after, answer.progress, answer.preview)
        if running.cancelled:
            await self._database.write_on(_on(running.task), tasks.release, running.task.id, answer.cost_microusd)
            return Gone()
        return await self._finish(running.task, running.provider, provider, answer)

    async def preview(self, running: Running) -> bytes | None:
        """What a provider shows of a picture that is not done, as a small JPEG; None where that is nothing."""
        shown = running.preview
        if shown is None:
            return None
        try:
            data = await self._providers[running.provider].fetch(shown)
        except ProviderError as error:
            _log.info("preview lost", provider=running.provider, detail=error.detail)
            return None
        return await self._processor.thumbnail(data, _PREVIEW_EDGE) if len(data) <= _PREVIEW_BYTES else None

    def knows(self, provider: str | None) -> bool:
        """Whether a provider can be asked about its tasks; it need not be one that is given new ones."""
        return provider in self._providers

    async def restore(self, application_id: int) -> list[int]:
        """Write down what could not be when a vendor had answered; gives ids of jobs that may be ready."""
        return await self._results.restore(application_id)

    async def give_up(self, task: OpenTask, failure: Failure) -> Step:
        """End a task that is not tried any more; what was sent may be billed, so its estimate stays booked."""
        ended = await self._database.write_on(_on(task), _give_up, task, failure)
        return Ended(failure) if ended else Gone()

    async def _still_running(
        self, running: Running, retry_after: float | None, progress: float | None, preview: Finished | None = None
    ) -> Step:
        """Ask again later, unless the task has taken longer than is waited for."""
        if self._clock.monotonic() - running.began >= self._timeout * 1000:
            return await self._end(running.task, Failure.TIMED_OUT)
        return replace(running, retry_after=retry_after, progress=progress, preview=preview)

    def _request(self, job: Job, seed: int, provider: Provider, references: tuple[ReferenceImage, ...]) -> TaskRequest:
        asked, offer = job.request, provider.capabilities
        tolerance = provider_tolerance(offer, job.tolerance, edit=bool(references))
        if tolerance is None:
            raise AssertionError("the policy lets no job reach a provider that is too permissive for it")
        return TaskRequest(
            prompt=instruction(asked),
            model=asked.model,
            seed=seed,
            tolerance=tolerance,
            format=asked.format,
            aspect_ratio=asked.aspect_ratio,
            guidance=asked.guidance,
            enhance=asked.enhance,
            references=references,
            webhook=self._webhook if offer.webhooks else None,
        )

    async def _submit_failed(self, task: OpenTask, name: str, error: ProviderError, since: int) -> Step:
        match error:
            case Unavailable() | RateLimited():
                return await self._refused(task, name, error, since)
            case BadKey() | OutOfFunds() | InvalidRequest():
                return await self._refused(task, name, error, since, never_again=True)
            case _:
                return await self._failed(task, error)

    async def _refused(
        self, task: OpenTask, name: str, error: ProviderError, since: int, *, never_again: bool = False
    ) -> Step:
        again = self._tried(task, (*task.tried, name) if never_again else task.tried, error)
        if not again.candidates:
            return await self._end(task, error.failure, cost=0)
        retry_after = error.retry_after if isinstance(error, RateLimited) else None
        trouble = None
        if not isinstance(error, InvalidRequest):
            trouble = _Trouble(name, since, (retry_after or 0) * 1000, self._clock)
        if not await self._database.write_on(_on(task), _refuse, again, trouble):
            return Gone()
        return Refused(again, error.failure, trouble is not None, retry_after)

    def _tried(self, task: OpenTask, tried: tuple[str, ...], error: ProviderError) -> OpenTask:
        """The task with one more refusal."""
        if not isinstance(error, RateLimited):
            return replace(task, tried=tried, refusals=task.refusals + 1, worker=None)
        since = self._clock.now() if task.refused_at is None else task.refused_at
        return replace(task, tried=tried, refused_at=since, worker=None)

    async def _failed(self, task: OpenTask, error: ProviderError) -> Step:
        if isinstance(error, Moderated):
            return await self._moderated(task, error)
        return await self._end(task, error.failure)  # it may have been billed: the estimate stays booked

    async def _moderated(self, task: OpenTask, error: Moderated) -> Step:
        """A refusal for content ends the job: what no provider has seen yet is not sent to any."""
        _log.info("moderated", reasons=error.reasons)
        dropped = await self._database.write_on(_on(task), _end_moderated, task)
        return Gone() if dropped is None else Ended(Failure.MODERATED, dropped)

    async def _accepted(self, task: OpenTask, name: str, answer: Accepted, began: int) -> Step:
        ticket = answer.ticket
        _log.debug("ordered", provider=name, picture=task.number, remote_id=ticket.remote_id)
        wanted = await self._results.save(Result(task, answer.cost_microusd, ticket=ticket)) is not False
        return Running(task, name, ticket, began, answer.retry_after, expected=answer.expected, cancelled=not wanted)

    async def _finish(self, task: OpenTask, name: str, provider: Provider, answer: Finished) -> Step:
        try:
            data = await self._download(provider, answer)
            image = await self._processor.inspect(data)
        except ProviderError as error:
            _log.warning("picture lost", provider=name, failure=error.failure, detail=error.detail)
            return await self._end(task, error.failure, cost=answer.cost_microusd)
        picture = Picture(
            code="",
            job_id=task.job_id,
            number=task.number,
            seed=task.seed,
            width=image.width,
            height=image.height,
            format=image.format,
            provider=name,
            size=len(data),
        )
        _log.debug("made", provider=name, picture=task.number, size=len(data))
        made = await self._results.save(Result(task, answer.cost_microusd, picture=picture), data)
        return Ended(None) if made else Gone()

    async def _download(self, provider: Provider, answer: Finished) -> bytes:
        """The picture is made and paid for: a passing fault of the vendor's store must not lose it."""
        for left in reversed(range(_DOWNLOAD_TRIES)):
            try:
                return await provider.fetch(answer)
            except Unavailable:
                if not left:
                    raise
        raise AssertionError("unreachable")

    async def _end(
        self, task: OpenTask, failure: Failure, cost: int | None = None, bad_source: int | None = None
    ) -> Step:
        why = partial(tasks.end, failure=failure, cost=cost, by=task.worker, bad_source=bad_source)
        ended = await self._database.write_on(_on(task), why, task.id, task.job_id)
        return Ended(failure) if ended else Gone()


def _on(task: OpenTask) -> list[Key]:
    """Of a job's tasks only one at a time enters its end: the last one moves the job on."""
    return [("job", task.job_id)]


@dataclass(frozen=True, slots=True)
class _Trouble:
    """A provider is down, or refuses us: what was to be sent there ``since`` (monotonic ms) told."""

    provider: str
    since: int
    at_least_ms: float
    clock: Clock

    def age_ms(self) -> int:
        """For how long: looked at when the server's time is, since a transaction may have waited before."""
        return self.clock.monotonic() - self.since


def _refuse(connection: Connection, again: OpenTask, trouble: _Trouble | None) -> bool:
    """Queue a task again; where others share the provider, none of them sends there before it has rested."""
    if trouble is not None:
        now = trouble.clock.now()
        claims.strike(connection, again.job_id, trouble.provider, trouble.age_ms, trouble.at_least_ms, now)
    return tasks.unclaim(connection, again.id, again.tried, again.refusals, again.refused_at)


def _give_up(connection: Connection, task: OpenTask, failure: Failure) -> bool:
    cost = 0 if tasks.is_queued(connection, task.id) else None
    return tasks.end(connection, task.id, task.job_id, failure=failure, cost=cost, by=task.worker)


def _end_moderated(connection: Connection, task: OpenTask) -> tuple[int, ...] | None:
    """End a refused task, and the job's others that no provider has seen; None if it had ended."""
    if not tasks.end(connection, task.id, task.job_id, failure=Failure.MODERATED, cost=0):
        return None
    return tasks.fail_queued(connection, task.job_id, Failure.MODERATED)
