"""What members and moderators can ask of a job: make, repeat, vary, cancel, remove. All pass the same admission.

Commands and buttons come in with frozen values; what follows goes on by itself: the worker makes, delivery posts.
"""

from __future__ import annotations

import contextlib
import random
from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, replace

import structlog

from bot.admission.arrivals import Arrivals
from bot.admission.checks import Admission
from bot.audit.entries import record_job_action
from bot.audit.moderator_log import LogNotice
from bot.clock import DAY_MS, Clock
from bot.credits import account
from bot.errors import (
    CannotWrite,
    HeardTwice,
    Late,
    Missing,
    NotFound,
    NotNow,
    NotYours,
    OverBudget,
    Refusal,
    Theirs,
    VeryBusy,
)
from bot.generation.crowd import Crowd
from bot.generation.events import JobEvents
from bot.generation.worker import Worker
from bot.guild_settings.store import EffectiveRules
from bot.models import (
    FORGOTTEN_PROMPT,
    AuditAction,
    Failure,
    ImageRequest,
    Job,
    JobState,
    Member,
    Model,
    NewJob,
    Origin,
    Picture,
    Place,
    Plan,
    Reference,
    ReplyToken,
    Variation,
)
from bot.observability.log import about
from bot.providers.base import Capabilities
from bot.storage import AnswerLost, Connection, Database, Key, jobs, ledger, notices, pictures, tasks, wanted_mentions

_log = structlog.get_logger(__name__)

_CODE_LETTERS = "23456789abcdefghjkmnpqrstvwxyz"
_CODE_LENGTH = 5
_CODE_TRIES = 8
_LONGEST_WAIT = 15 * 60
"""Seconds; a request that would take longer is refused, also since its token would have died by then."""
_UNKNOWN = 10.0
"""Seconds that a picture is thought to take while no service has made one."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """An accepted job. ``ahead`` is its place among what waits, from 1; 0 means that it is begun at once.

    ``ready_at`` is about when it will be done (epoch ms), None where nothing is known yet.
    """

    job: Job
    ahead: int
    ready_at: int | None = None


@dataclass(frozen=True, slots=True)
class _Asked:
    """Who asks, where, and in answer to what."""

    member: Member
    place: Place
    reply: ReplyToken | None
    event_id: int | None
    """The interaction's or the message's: it is accepted once."""
    retry_of: Job | None


class GenerationService:
    """Accepts requests, and ends jobs before their time."""

    def __init__(
        self,
        database: Database,
        admission: Admission,
        worker: Worker,
        events: JobEvents,
        offers: Mapping[str, Capabilities],
        clock: Clock,
        rng: random.Random,
        arrivals: Arrivals,
    ) -> None:
        self._database = database
        self._admission = admission
        self._worker = worker
        self._events = events
        self._offers = offers
        self._clock = clock
        self._rng = rng
        self._arrivals = arrivals
        self._crowd = Crowd(arrivals, clock)
        self._accepting: Counter[int | None] = Counter()
        """Pictures that are about to wait, by their server."""

    # What a member asks for

    async def submit(
        self,
        request: ImageRequest,
        member: Member,
        place: Place,
        reply: ReplyToken | None,
        *,
        message_id: int | None = None,
        retry_of: Job | None = None,
    ) -> Receipt:
        """Accept a request: credits reserved, tasks in the queue; or raise a ``Refusal``, or ``HeardTwice``.

        ``reply`` is None where no interaction asked but a message: the answer is then an ordinary one.
        """
        asked = _Asked(member, place, reply, reply.interaction_id if reply else message_id, retry_of)
        try:
            return await self._accept(request, asked)
        except Refusal as refusal:
            self._events.metrics.refused(type(refusal).__name__)
            self._admission.tell_moderators(refusal, member, place)
            if isinstance(refusal, OverBudget):
                self._events.alerts.budget(refusal.share)
            raise

    async def _accept(self, request: ImageRequest, asked: _Asked) -> Receipt:
        self._arrivals.check(asked.reply)
        if not self._database.writable:
            raise CannotWrite
        writer, retry_of = asked.member.id, asked.retry_of
        if retry_of is not None and retry_of.request.prompt == request.prompt:
            writer = await self._database.read(jobs.writer_of, retry_of.id)
        for anew in (False, True):
            plan, effective = await self._admission.admit(request, asked.member, asked.place, writer, anew=anew)
            try:
                return await self._accept_plan(plan, effective, asked)
            except _Outdated:
                continue
            except VeryBusy:  # are the services that the rules at hand name
                if anew:
                    raise
        raise NotNow(Late.NOT_WORKING)  # they have changed once more, within milliseconds

    async def _accept_plan(self, plan: Plan, effective: EffectiveRules, asked: _Asked) -> Receipt:
        """Accept what was admitted; raises ``_Outdated`` where it was admitted by what does not hold any more."""
        request, member, place, retry_of = plan.request, asked.member, asked.place, asked.retry_of
        self._check_wait(plan, member, place)
        estimate = self._offers[plan.providers[0]].prices[request.model]
        now = self._clock.now()
        new = NewJob(
            code=self._draw_code(_CODE_LENGTH),
            worker=self._worker.id,
            member=member,
            place=_spoken_in(place, effective.rules.spoken(place.language)),
            plan=plan,
            reply=asked.reply,
            created_at=now,
            estimate_microusd=estimate,
            application_id=self._worker.application_id,
            event_id=asked.event_id,
            message_id=retry_of.message_id if retry_of else None,
            retry_of=retry_of.id if retry_of else None,
        )
        self._arrivals.check(asked.reply)  # again: it has grown older meanwhile
        with self._about_to_wait(place, request.count):
            job = await self._add(new, effective)
        self._events.accepted[job.id] = begun = self._clock.monotonic()
        ahead = self._worker.queue.ahead(place.guild_id, member.id)
        self._events.progress.accepted(job.id, begun, now, queued=ahead > 0)
        seconds = self._worker.seconds_until_done(plan.providers[0], request.model, ahead, request.count)
        self._worker.enqueue(job)
        about(job=job.code)
        _log.debug("accepted", model=request.model, count=request.count, origin=request.origin)
        return Receipt(job, ahead, None if seconds is None else now + int(seconds * 1000))

    def _check_wait(self, plan: Plan, member: Member, place: Place) -> None:
        """Raise ``VeryBusy`` where a picture would be long in coming: better now than after the wait."""
        provider, request = plan.providers[0], plan.request
        ahead = self._worker.queue.ahead(place.guild_id, member.id, request.count) + self._accepting[place.guild_id]
        seconds = self._worker.seconds_until_done(provider, request.model, ahead, 1, unknown=_UNKNOWN)
        if seconds is not None and seconds > _LONGEST_WAIT:
            raise VeryBusy(round(seconds / 60))

    @contextlib.contextmanager
    def _about_to_wait(self, place: Place, count: int) -> Generator[None]:
        """Count pictures that are being accepted, so that of many at once none overlooks the others."""
        self._accepting[place.guild_id] += count
        try:
            yield
        finally:
            self._accepting[place.guild_id] -= count
            if not self._accepting[place.guild_id]:
                del self._accepting[place.guild_id]

    async def may_ask(self, member: Member, place: Place, references: Sequence[Reference]) -> None:
        """What can be said before somebody fills in a form to go on from these pictures; raises a ``Refusal``."""
        await self._admission.may_ask(member, place, references)

    async def placed(self, job_id: int, message_id: int, channel_id: int) -> bool:
        """Tell which message answers a job; until then it is not delivered. False: it ended in another message."""
        await self._crowd.passed()  # of this one's answer Discord knows; those of others come first
        state = await self._database.write_on([("job", job_id)], jobs.placed, job_id, message_id, channel_id)
        if state is JobState.DELIVERING:  # it was finished before its message was known
            self._events.ready_to_deliver.notify(job_id)
        return state is not None

    async def reroll(self, code: str, member: Member, place: Place, reply: ReplyToken) -> Receipt:
        """Make a job's pictures anew, with fresh seeds, for whoever asks."""
        job = await self._repeatable(code, place)
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
        job = await self._repeatable(code, place)
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
        job = await self._repeatable(code, place)
        picture = picture_of(job, number)
        if job.request.model is Model.MAX:
            raise NotNow(Late.ON_MAX)
        request = replace(
            _owned(job), model=Model.MAX, count=1, seed=picture.seed, origin=Origin.MAX, parent=picture.code
        )
        return await self.submit(request, member, place, reply)

    async def retriable(self, code: str, member: Member, place: Place) -> Job:
        """A failed job that may be asked for again; by its requester and the moderators alone."""
        job = await self._repeatable(code, place)
        _allow(job, member, Theirs.RETRY)
        if job.state is not JobState.FAILED:
            raise NotNow(Late.NOT_FAILED)
        if failure_of(job) in BROKEN_FILE:
            raise NotNow(Late.BROKEN_FILE)
        return job

    async def retry(
        self, code: str, member: Member, place: Place, reply: ReplyToken, *, words: str | None = None
    ) -> Receipt:
        """Ask again for a job that failed, in the same message and perhaps in other words; once only."""
        job = await self.retriable(code, member, place)
        request = job.request if words is None else replace(job.request, prompt=words)
        return await self.submit(request, member, place, reply, retry_of=job)

    async def cancel(self, code: str, member: Member, place: Place) -> Job:
        """End an unfinished job; the requester's and the moderators' alone.

        What no provider has seen is released, the rest is spent. It is booked when its message has been edited.
        """
        job = await self.find(code, place)
        _allow(job, member, Theirs.CANCEL)
        if job.cancelled:
            return job  # the answer to the first click was lost
        ended, notice = await self._database.write(_cancel, job, member, self._clock.now())
        if notice is not None:
            self._events.moderator_log.post(notice)
        self._worker.cancelled(job.id)
        self._events.ready_to_deliver.notify(job.id)
        _log.info("cancelled", job=job.code, ordered=ended.ordered)
        return ended

    async def mention_when_ready(self, code: str, member: Member, place: Place) -> None:
        """Let a job's requester be mentioned when it is ready, if it takes long; theirs alone to ask for."""
        job = await self.find(code, place)
        if member.id != job.member_id:
            raise NotYours(Theirs.MENTION, job.member_id)
        if not await self._database.write_on([("job", job.id)], _want_mention, job.id):
            raise NotNow(Late.FINISHED)

    async def removable(self, code: str, member: Member, place: Place) -> Job:
        """A job whose message a member may delete; once it is deleted, tell ``removed``."""
        job = await self.find(code, place)
        _allow(job, member, Theirs.DELETE)
        if not job.state.terminal:
            raise NotNow(Late.UNFINISHED)
        return job

    async def removed(self, job: Job, by: Member | None = None, reason: str = "") -> None:
        """A job's message is deleted: its pictures are nowhere any more, not at the head of a thread either.

        ``by`` is who had the bot do it; what a moderator did goes on record.
        """
        threads, notice = await self._database.write(_remove, job, by, self._clock.now(), reason)
        if notice is not None:
            self._events.moderator_log.post(notice)
        for thread_id in threads:
            self._events.thread_changed.notify(thread_id)

    async def find(self, code: str, place: Place) -> Job:
        """A job by its code, if it lives in this very server (or direct-message channel)."""
        job = await self._database.read(jobs.by_code, code)
        if job is None or _elsewhere(job.place, place):
            raise NotFound(Missing.JOB)
        return job

    async def _repeatable(self, code: str, place: Place) -> Job:
        """A job to be made again; of an old one that is no longer possible, since its words are forgotten."""
        job = await self.find(code, place)
        if job.request.prompt == FORGOTTEN_PROMPT:
            raise NotNow(Late.THINNED)
        return job

    async def forgotten(self, message_id: int) -> bool:
        """Somebody deleted a message: if it was a job's, its pictures are nowhere any more; False if it was not."""
        job = await self._database.read(jobs.at_message, message_id)
        if job is None or not job.state.terminal:
            return False
        await self.removed(job)
        return True

    async def _add(self, new: NewJob, effective: EffectiveRules) -> Job:
        """Accept in one transaction; where the code is taken, another is drawn."""
        for attempt in range(1, _CODE_TRIES + 1):
            try:
                added, share = await self._database.write_on(_touched(new), _accept, new, effective)
            except jobs.Taken:  # the more codes are taken, the longer they get
                new = replace(new, code=self._draw_code(_CODE_LENGTH + attempt // 2))
                continue
            self._events.alerts.budget(share)
            self._events.metrics.budget(share)
            try:
                return added()
            except AnswerLost:  # it is kept, so nobody may read that it is not
                kept = await self._database.read(jobs.by_code, new.code)
                if kept is None:
                    raise
                return replace(kept, reply=new.reply)
        raise NotNow(Late.NOT_WORKING)

    def _draw_code(self, length: int) -> str:
        return "".join(self._rng.choices(_CODE_LETTERS, k=length))


def _spoken_in(place: Place, language: str | None) -> Place:
    return place if language == place.language else replace(place, language=language)


class _Outdated(Exception):
    """The rules have changed since they were read, or the member has been blocked."""


def _accept(connection: Connection, new: NewJob, effective: EffectiveRules) -> tuple[Callable[[], Job], float]:
    """Checked, inserted, reserved; gives the job and the share of the operator's budget that is spent with it."""
    member, place, plan, now, rules = new.member, new.place, new.plan, new.created_at, effective.rules
    room = account.room(plan, place, rules, new.estimate_microusd)
    standing = account.standing(connection, new, rules, room)
    if standing.heard:
        raise HeardTwice
    if standing.rules_version != effective.version or standing.blocked:
        raise _Outdated
    drawn = account.check(connection, standing, member, place, plan, rules, now)
    share = account.check_budget(standing, plan, rules, new.estimate_microusd)
    if new.retry_of is not None:
        if jobs.was_retried(connection, new.retry_of):
            raise NotNow(Late.RETRIED)
        jobs.forget_message(connection, new.retry_of)  # it is the new job's from now on
    job_id = jobs.add_without_tasks(connection, new)
    ledger.hold(connection, place.guild_id, now - DAY_MS, room)  # from here on nothing is looked at
    job = jobs.add_tasks(connection, new, job_id)
    account.reserve(connection, job_id, member, place, plan, drawn, now)
    notices.send(connection, "queued")
    return job, share


def _touched(new: NewJob) -> list[Key]:
    """Whose limits an acceptance looks at: who looks at the same takes turns. The limits of many come last."""
    keys: list[Key] = [("member", new.member.id)]
    if new.retry_of is not None:
        keys.append(("job", new.retry_of))
    return keys


def _cancel(connection: Connection, job: Job, by: Member, now: int) -> tuple[Job, LogNotice | None]:
    repeated = by.id == job.member_id and jobs.cancelled_lately(connection, by.id, now - DAY_MS)
    if not tasks.cancel(connection, job.id):
        raise NotNow(Late.FINISHED)
    notices.send(connection, "cancelled", job.id)
    pictures.forget_all(connection, job.id)
    notice = record_job_action(connection, job, by, AuditAction.CANCEL, now, own=repeated)
    ended = jobs.get(connection, job.id)
    if ended is None:
        raise AssertionError("a job's row is never deleted")
    return ended, notice


def _want_mention(connection: Connection, job_id: int) -> bool:
    """False where it has ended meanwhile."""
    job = jobs.brief(connection, job_id)
    if job is None or job.state.terminal:
        return False
    wanted_mentions.add(connection, job_id)
    return True


def _remove(
    connection: Connection, job: Job, by: Member | None, now: int, reason: str
) -> tuple[list[int], LogNotice | None]:
    threads = jobs.forget_message(connection, job.id)
    notice = None if by is None else record_job_action(connection, job, by, AuditAction.REMOVE, now, reason)
    return threads, notice


BROKEN_FILE = {Failure.SOURCE_ANIMATED, Failure.SOURCE_UNREADABLE, Failure.SOURCE_TOO_LARGE}
"""What to ask again for is of no use: the file stays as it is."""


def failure_of(job: Job) -> Failure | None:
    """Why pictures are missing: content first, since the member can change that; None when none are."""
    failures = [task.failure for task in job.tasks if task.failure is not None]
    if Failure.MODERATED in failures:
        return Failure.MODERATED
    return failures[0] if failures else None


def bad_source_of(job: Job) -> int | None:
    """Which of several pictures to start from is why there is none, from 1; None where that is not known."""
    if len(job.request.references) < 2:
        return None
    return next((task.bad_source for task in job.tasks if task.bad_source is not None), None)


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
    raise NotFound(Missing.JOB)


def reference_to(job: Job, picture: Picture, address: str | None = None) -> Reference:
    """A picture of ours as one to start from: at ``address``, else wherever its message shows it at that moment."""
    if job.message_id is None:
        raise NotFound(Missing.MESSAGE)
    return Reference(
        url=address or picture.url,
        code=picture.code,
        owner_id=job.member_id or None,
        channel_id=job.message_channel_id or job.place.channel_id,
        message_id=job.message_id,
        attachment_id=picture.attachment_id,
        age_restricted=job.place.age_restricted,
        spoiler=job.spoiler,
    )


def moves_on(job: Job) -> bool:
    """Whether a finished job becomes its thread's current picture by itself; of several, somebody chooses one."""
    return job.request.origin is Origin.REMIX and job.request.count == 1


def may_end(job: Job, member: Member) -> bool:
    """Whether a member may cancel, repeat or delete a job: their own, and as a moderator anybody's."""
    return member.id == job.member_id or member.moderator


def _allow(job: Job, member: Member, what: Theirs) -> None:
    if not may_end(job, member):
        raise NotYours(what, job.member_id)


def _elsewhere(home: Place, here: Place) -> bool:
    if home.guild_id is None:
        return home.channel_id != here.channel_id
    return home.guild_id != here.guild_id
