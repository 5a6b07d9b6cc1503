"""The one door: everything that a member may do to a job goes through here, past policy and ledger.

Cogs and buttons come in with frozen values; delivery fetches finished jobs here and reports how it went.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import structlog

from bot.admission.checks import Admission
from bot.admission.standing import Standing
from bot.audit.operator_alerts import OperatorAlerts
from bot.clock import Clock, WakeSignal
from bot.credits import account as credits
from bot.credits.account import CreditUsage
from bot.errors import NotFound, NothingOffers, NotNow, NotYours, OverBudget, Refusal
from bot.generation.worker import Worker
from bot.guild_settings.rules import Rules
from bot.guild_settings.store import GuildSettings
from bot.models import (
    ACTIVE_STATES,
    AuditAction,
    Failure,
    ImageRequest,
    Job,
    JobState,
    Member,
    Model,
    Origin,
    Picture,
    Place,
    Plan,
    Reference,
    ReplyToken,
    TaskState,
    Variation,
)
from bot.observability.metrics import Metrics
from bot.providers.base import Capabilities
from bot.storage import Database, jobs, pictures, remix_threads
from bot.storage.jobs import NewJob, OpenTask

_log = structlog.get_logger(__name__)

_CODE_LETTERS = "23456789abcdefghjkmnpqrstvwxyz"
_CODE_LENGTH = 5
_CODE_TRIES = 8


@dataclass(frozen=True, slots=True)
class Receipt:
    """An accepted job. ``ahead`` is how many pictures wait before it; 0 means that it is begun at once.

    ``ready_at`` is about when it will be done (epoch ms), None where nothing is known yet.
    """

    job: Job
    ahead: int
    ready_at: int | None = None


@dataclass(frozen=True, slots=True)
class PendingDelivery:
    """A job whose message is to be edited, with the pictures' bytes by their index."""

    job: Job
    images: Mapping[int, bytes]


class GenerationService:
    """What members, moderators and delivery can ask for."""

    def __init__(
        self,
        database: Database,
        worker: Worker,
        offers: Mapping[str, Capabilities],
        admission: Admission,
        guild_settings: GuildSettings,
        conduct: Standing,
        clock: Clock,
        rng: random.Random,
        *,
        ready_to_deliver: WakeSignal,
        thread_changed: WakeSignal,
        alerts: OperatorAlerts,
        metrics: Metrics,
    ) -> None:
        self._database = database
        self._worker = worker
        self._offers = offers
        self._admission = admission
        self._guild_settings = guild_settings
        self._standing = conduct
        self._clock = clock
        self._rng = rng
        self._deliver = ready_to_deliver
        self._thread_changed = thread_changed
        self._alerts = alerts
        self._metrics = metrics

    # What a member asks for

    async def submit(
        self,
        request: ImageRequest,
        member: Member,
        place: Place,
        reply: ReplyToken | None,
        *,
        retry_of: Job | None = None,
    ) -> Receipt:
        """Accept a request: credits reserved, tasks in the queue; or raise a ``Refusal``.

        ``reply`` is None where no interaction asked: the answer is then an ordinary message.
        """
        try:
            return await self._accept(request, member, place, reply, retry_of)
        except Refusal as refusal:
            self._metrics.refused(type(refusal).__name__)
            self._admission.heard(refusal, member, place)
            if isinstance(refusal, OverBudget):
                self._alerts.budget(refusal.share)
            raise

    async def _accept(
        self, request: ImageRequest, member: Member, place: Place, reply: ReplyToken | None, retry_of: Job | None
    ) -> Receipt:
        plan, rules = await self._admission.admit(request, member, place)
        estimate = self._offers[plan.providers[0]].prices[request.model]
        now = self._clock.now()
        new = NewJob(
            code="",
            worker=self._worker.id,
            member=member,
            place=place,
            plan=plan,
            reply=reply,
            created_at=now,
            estimate_microusd=estimate,
            message_id=retry_of.message_id if retry_of else None,
            retry_of=retry_of.id if retry_of else None,
        )
        job_id, code, task_ids = await self._add(new, rules)
        ahead = self._worker.ahead(member.id)
        seconds = self._worker.seconds_until_done(plan.providers[0], request.model, ahead, request.count)
        self._worker.enqueue(_open_tasks(job_id, task_ids, plan, member, now))
        _log.info("accepted", job=code, model=request.model, count=request.count, origin=request.origin)
        ready_at = None if seconds is None else now + int(seconds * 1000)
        return Receipt(_fresh_job(job_id, code, plan, member, place, now, reply), ahead, ready_at)

    async def may_ask(self, member: Member, place: Place, references: Sequence[Reference]) -> None:
        """What can be said before somebody fills in a form to go on from these pictures; raises a ``Refusal``."""
        await self._admission.may_ask(member, place, references)

    async def placed(self, job_id: int, message_id: int, channel_id: int) -> bool:
        """Tell which message answers a job; until then it is not delivered. False: it came too late to be of use."""
        async with self._database.write() as connection:
            in_time = await jobs.placed(connection, job_id, message_id, channel_id)
        self._deliver.notify(job_id)
        return in_time

    async def reroll(self, code: str, member: Member, place: Place, reply: ReplyToken) -> Receipt:
        """Make a job's pictures anew, with fresh seeds, for whoever asks."""
        job = await self.find(code, place)
        request = replace(_owned(job), seed=None, origin=Origin.REROLL, parent=job.code)
        return await self.submit(request, member, place, reply)

    async def vary(
        self,
        code: str,
        number: int,
        strength: Variation,
        address: str | None,
        member: Member,
        place: Place,
        reply: ReplyToken,
    ) -> Receipt:
        """Make one variation of a job's picture; ``address`` is where Discord shows it now, where that is known."""
        job = await self.find(code, place)
        picture = picture_of(job, number)
        request = replace(
            job.request,
            count=1,
            seed=None,
            enhance=False,
            references=(reference_to(job, picture, address),),
            vary=strength,
            origin=Origin.VARIATION,
            parent=picture.code,
        )
        return await self.submit(request, member, place, reply)

    async def remake(self, code: str, number: int, member: Member, place: Place, reply: ReplyToken) -> Receipt:
        """Make a `pro` picture again on `max`: the same words, the same seed."""
        job = await self.find(code, place)
        picture = picture_of(job, number)
        if job.request.model is Model.MAX:
            raise NotNow("This picture was made on `max` already.")
        request = replace(
            _owned(job), model=Model.MAX, count=1, seed=picture.seed, origin=Origin.MAX, parent=picture.code
        )
        return await self.submit(request, member, place, reply)

    async def retry(self, code: str, member: Member, place: Place, reply: ReplyToken) -> Receipt:
        """Ask again for a job that failed, in the same message; once only."""
        job = await self.find(code, place)
        if job.state is not JobState.FAILED:
            raise NotNow("This did not fail, so there is nothing to try again.")
        return await self.submit(job.request, member, place, reply, retry_of=job)

    async def cancel(self, code: str, member: Member, place: Place) -> Job:
        """End an unfinished job and give its credits back; the requester's and the moderators' alone."""
        job = await self.find(code, place)
        _allow(job, member, "cancel this")
        if job.state is JobState.CANCELLED:
            return job  # the answer to the first click was lost
        now = self._clock.now()
        before_delivery = ACTIVE_STATES - {JobState.DELIVERING}
        async with self._database.write() as connection:
            if not await jobs.finish(connection, job.id, before_delivery, JobState.CANCELLED, None, now):
                raise NotNow("This is already finished.")
            await jobs.cancel_tasks(connection, job.id)
            await pictures.forget_all(connection, job.id)
            await credits.settle(connection, job, 0, now)
            await self._standing.entry(connection, job, member, AuditAction.CANCEL)
        self._worker.forget(job.id)
        self._metrics.ended(job, JobState.CANCELLED)
        _log.info("cancelled", job=job.code)
        return replace(job, state=JobState.CANCELLED)

    async def removable(self, code: str, member: Member, place: Place) -> Job:
        """A job whose message a member may delete; once it is deleted, tell ``removed``."""
        job = await self.find(code, place)
        _allow(job, member, "delete this")
        if not job.state.terminal:
            raise NotNow("This is still being made. Use `Cancel` first.")
        return job

    async def removed(self, job: Job, by: Member | None = None, reason: str = "") -> None:
        """A job's message is deleted: its pictures are nowhere any more, not at the head of a thread either.

        ``by`` is who had the bot do it; a moderator's deed goes on record.
        """
        async with self._database.write() as connection:
            threads = await jobs.forget_message(connection, job.id)
            if by is not None:
                await self._standing.entry(connection, job, by, AuditAction.REMOVE, reason)
        for thread_id in threads:
            self._thread_changed.notify(thread_id)

    async def find(self, code: str, place: Place) -> Job:
        """A job by its code, if it lives in this very server (or direct-message channel)."""
        async with self._database.read() as connection:
            job = await jobs.by_code(connection, code)
        if job is None or _elsewhere(job.place, place):
            raise NotFound("I do not know this picture here.")
        return job

    async def forgotten(self, message_id: int) -> None:
        """Somebody deleted a message: if it was a job's, its pictures are nowhere any more."""
        async with self._database.read() as connection:
            job = await jobs.at_message(connection, message_id)
        if job is not None and job.state.terminal:
            await self.removed(job)

    async def usage(self, member: Member, place: Place) -> CreditUsage:
        """Where a member stands with their credits here."""
        rules = await self._guild_settings.of(place.guild_id)
        async with self._database.read() as connection:
            return await credits.usage(connection, member, place, rules, self._clock.now())

    async def blocked(self, member: Member, place: Place) -> str | None:
        """What keeps a member from making pictures here, in words for them; None where nothing does."""
        return await self._admission.blocked(member, place)

    # What delivery asks for

    async def pending(self, job_id: int) -> PendingDelivery | None:
        """A job that waits for its message to be edited; None when it was ended in the meantime."""
        async with self._database.read() as connection:
            job = await jobs.get(connection, job_id)
            if job is None or job.state is not JobState.DELIVERING:
                return None
            return PendingDelivery(job, await pictures.kept(connection, job_id))

    async def delivered(
        self, job: Job, message_id: int, channel_id: int, attachments: Mapping[int, tuple[int, str]], *, way: str
    ) -> None:
        """The message is edited: settle what was made, release the rest, drop the kept bytes. ``way`` is counted."""
        self._metrics.delivered(way)
        state = JobState.DONE if job.pictures else JobState.FAILED
        await self._close(job, state, failure_of(job), len(job.pictures), (message_id, channel_id), attachments)

    async def undeliverable(self, job: Job) -> None:
        """Nobody can be shown the outcome: every credit goes back."""
        await self._close(job, JobState.FAILED, Failure.UNDELIVERABLE, 0, None, {})

    async def _close(
        self,
        job: Job,
        state: JobState,
        failure: Failure | None,
        made: int,
        message: tuple[int, int] | None,
        attachments: Mapping[int, tuple[int, str]],
    ) -> None:
        now = self._clock.now()
        async with self._database.write() as connection:
            if not await jobs.finish(connection, job.id, (JobState.DELIVERING,), state, failure, now):
                return
            if message is not None and message != (job.message_id, job.message_channel_id):
                await jobs.moved(connection, job.id, *message)
            await pictures.posted(connection, job.id, attachments)
            await pictures.drop_kept(connection, job.id)
            await credits.settle(connection, job, made * job.request.model.credits, now)
            thread_id = job.place.channel_id
            moved = False
            if made and moves_on(job):
                moved = await remix_threads.move(connection, thread_id, job.pictures[0].code)
            elif made and job.place.in_thread:
                moved = await remix_threads.touch(connection, thread_id)
        if moved:
            self._thread_changed.notify(thread_id)
        self._metrics.ended(job, state)
        _log.info("ended", job=job.code, state=state, failure=failure, pictures=made)
        await self._standing.ended(job, failure)

    # Small things

    async def _add(self, new: NewJob, rules: Rules) -> tuple[int, str, tuple[int, ...]]:
        """One transaction: checked, inserted, reserved. A code that is taken voids it, and another is drawn."""
        member, place, plan, now = new.member, new.place, new.plan, new.created_at
        for attempt in range(_CODE_TRIES):
            length = _CODE_LENGTH + attempt // 2  # a crowded room gets longer numbers
            code = "".join(self._rng.choices(_CODE_LETTERS, k=length))
            try:
                async with self._database.write() as connection:
                    drawn = await credits.check(connection, member, place, plan, rules, now)
                    spent = await credits.check_budget(connection, plan, rules, new.estimate_microusd, now)
                    if new.retry_of is not None and await jobs.was_retried(connection, new.retry_of):
                        raise NotNow("This is already being tried again.")
                    if new.retry_of is not None:
                        await jobs.forget_message(connection, new.retry_of)  # it is the new job's from now on
                    job_id, task_ids = await jobs.add(connection, replace(new, code=code))
                    await credits.reserve(connection, job_id, member, place, plan, drawn, now)
            except jobs.Taken:
                continue
            self._alerts.budget(spent)
            self._metrics.budget(spent)
            return job_id, code, task_ids
        raise NothingOffers("Something is in the way on our side. Please try again.")


def failure_of(job: Job) -> Failure | None:
    """Why pictures are missing: content first, since the member can change that; None when none are."""
    failures = [task.failure for task in job.tasks if task.failure is not None]
    if Failure.MODERATED in failures:
        return Failure.MODERATED
    return failures[0] if failures else None


def _open_tasks(job_id: int, task_ids: tuple[int, ...], plan: Plan, member: Member, now: int) -> tuple[OpenTask, ...]:
    return tuple(
        OpenTask(
            id=task_id,
            job_id=job_id,
            member_id=member.id,
            model=plan.request.model,
            providers=plan.providers,
            tried=(),
            created_at=now,
            state=TaskState.QUEUED,
            number=number,
            seed=plan.seed + number,
        )
        for number, task_id in enumerate(task_ids)
    )


def _fresh_job(
    job_id: int, code: str, plan: Plan, member: Member, place: Place, now: int, reply: ReplyToken | None
) -> Job:
    return Job(
        id=job_id,
        code=code,
        state=JobState.QUEUED,
        member_id=member.id,
        member_name=member.name,
        place=place,
        request=plan.request,
        tolerance=plan.tolerance,
        providers=plan.providers,
        seed=plan.seed,
        created_at=now,
        reply=reply,
    )


def _owned(job: Job) -> ImageRequest:
    """What a job asked for, to be asked again by anybody; files that came with it stay those of whoever brought them.

    Rows of version 0.1 do not say whose they are; then they came with the command.
    """
    theirs = (
        one if one.code or one.owner_id or one.channel_id else replace(one, owner_id=job.member_id)
        for one in job.request.references
    )
    return replace(job.request, references=tuple(theirs))


def picture_of(job: Job, number: int) -> Picture:
    """A job's picture by its number from 1."""
    for picture in job.pictures:
        if picture.number == number:
            return picture
    raise NotFound("I do not know this picture here.")


def reference_to(job: Job, picture: Picture, address: str | None = None) -> Reference:
    """A picture of ours as one to start from: at ``address``, else wherever its message shows it at that moment."""
    if job.message_id is None:
        raise NotFound("That picture was deleted.")
    return Reference(
        url=address or picture.url,
        code=picture.code,
        owner_id=job.member_id or None,
        channel_id=job.message_channel_id or job.place.channel_id,
        message_id=job.message_id,
        attachment_id=picture.attachment_id,
        age_restricted=job.place.age_restricted,
    )


def moves_on(job: Job) -> bool:
    """Whether a finished job becomes its thread's current picture by itself; of several, somebody chooses one."""
    return job.request.origin is Origin.REMIX and job.request.count == 1


def _allow(job: Job, member: Member, what: str) -> None:
    if member.id != job.member_id and not member.moderator:
        raise NotYours(f"Only <@{job.member_id}> and the moderators can {what}.")


def _elsewhere(home: Place, here: Place) -> bool:
    if home.guild_id is None:
        return home.channel_id != here.channel_id
    return home.guild_id != here.guild_id
