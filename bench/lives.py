"""The units of work of a job's life, in their order, as service, worker and delivery run them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter

from bench.backlog import code_of
from bench.grown import ADDRESS, APPLICATION, PRICE_MICROUSD, TOKEN, WORKER
from bot.credits import account
from bot.guild_settings.rules import Rules
from bot.models import (
    ImageFormat,
    ImageRequest,
    Job,
    JobState,
    Member,
    NewJob,
    OpenTask,
    Picture,
    Place,
    Plan,
    ReplyToken,
)
from bot.storage import Connection, jobs, ledger, pictures, tasks

RULES = Rules(
    daily_credits=None,
    pool_credits=10**9,
    server_ceiling=10**9,
    member_ceiling=10**9,
    user_jobs=10**9,
    daily_budget_microusd=10**15,
)
"""Nothing is refused, and everything is looked at."""
_POLLING = "https://api.us1.bfl.ai/v1/get_result?id=01234567-89ab-cdef-0123-456789abcdef"
_PNG = b"p" * 1000


@dataclass
class Life:
    """One job from its acceptance to its end; each method is a transaction of the bot's."""

    number: int
    member: Member
    place: Place
    request: ImageRequest
    now: int
    job: Job | None = None
    seconds: dict[str, float] = field(default_factory=dict[str, float])
    """What each step took inside its transaction."""

    def accept(self, connection: Connection) -> None:
        """``/imagine``."""
        with self._timed("accept"):
            plan, place = Plan(self.request, 2, ("bfl", "aimlapi"), self.number), self.place
            event = APPLICATION + 1000 * self.number
            standing = ledger.standing(connection, place.guild_id, self.member.id, self.now, event_id=event)
            drawn = account.check(connection, standing, self.member, place, plan, RULES, self.now)
            account.check_budget(standing, plan, RULES, PRICE_MICROUSD)
            reply = ReplyToken(APPLICATION, TOKEN, self.now, event)
            code = "z" + code_of(self.number)
            new = NewJob(code, WORKER, self.member, place, plan, reply, self.now, PRICE_MICROUSD, APPLICATION, event)
            self.job = jobs.add(connection, new)
            account.reserve(connection, self.job.id, self.member, place, plan, drawn, self.now)

    def placed(self, connection: Connection) -> None:
        """Discord has told the placeholder's id."""
        with self._timed("placed"):
            jobs.placed(connection, self._job.id, APPLICATION + 1000 * self.number + 1, self.place.channel_id)

    def claim(self, connection: Connection) -> None:
        """Before its tasks are sent."""
        with self._timed("claim"):
            for task in self._job.tasks:
                tasks.claim(connection, OpenTask.of(self._job, task), "bfl", WORKER, self.now + 500)

    def accepted(self, connection: Connection) -> None:
        """The vendor has taken them."""
        with self._timed("accepted"):
            for task in self._job.tasks:
                remote = f"01234567-89ab-cdef-0123-{self.number:09d}{task.number}"
                tasks.accepted(connection, OpenTask.of(self._job, task), remote, _POLLING, PRICE_MICROUSD)

    def end(self, connection: Connection) -> None:
        """Its pictures are made."""
        with self._timed("end"):
            for task in self._job.tasks:
                picture = Picture("", task.job_id, task.number, task.seed, 1024, 768, ImageFormat.JPEG, "bfl", 180_000)
                tasks.end(connection, task.id, task.job_id, failure=None)
                pictures.keep(connection, task.id, picture, _PNG)

    def close(self, connection: Connection) -> None:
        """Its message shows them."""
        with self._timed("close"):
            job, first = self._job, APPLICATION + 1000 * self.number + 2
            jobs.finish(connection, job.id, JobState.DELIVERING, JobState.DONE, None, self.now + 12_000)
            shown = {task.number: (first + task.number, ADDRESS) for task in job.tasks}
            pictures.posted(connection, job.id, shown)
            pictures.drop_kept(connection, job.id)
            account.settle(connection, job, self.request.model.credits * self.request.count, self.now + 12_000)

    @property
    def _job(self) -> Job:
        if self.job is None:
            raise RuntimeError("it was not accepted")
        return self.job

    @contextmanager
    def _timed(self, step: str) -> Iterator[None]:
        began = perf_counter()
        yield
        self.seconds[step] = perf_counter() - began


STEPS = (Life.accept, Life.placed, Life.claim, Life.accepted, Life.end, Life.close)
