"""What a finished message says of what is around it: the step that it is, what it came from, the thread's picture."""

from __future__ import annotations

from dataclasses import replace

from bot.generation.references import expired
from bot.models import Before, Job, Reference, Surroundings
from bot.storage import Connection, jobs, lineage, members, remix_threads


def around(connection: Connection, job: Job, now: int) -> Surroundings:
    """What is around a job; nothing is asked for one that began with words and stands in no thread."""
    thread = remix_threads.get(connection, job.place.channel_id) if job.place.in_thread else None
    before = None
    if job.pictures and job.request.references:
        first = job.request.references[0]
        before = _ours(connection, job, first) if first.code is not None else _brought(connection, job, first)
        if before is not None and (len(job.request.references) > 1 or (before.url and expired(before.url, now))):
            before = replace(before, url=None)
    return Surroundings(before, None if thread is None else thread.code)


def _ours(connection: Connection, job: Job, first: Reference) -> Before | None:
    """A picture of ours: it may be shown where it stands in the same channel, or in the one that a thread is of."""
    code, _, number = (first.code or "").rpartition("-")
    parent = jobs.by_code(connection, code)
    if parent is None or parent.message_id is None:
        return None
    where = parent.message_channel_id or parent.place.channel_id
    if not _near(job, where):
        return None
    url = next((one.url for one in parent.pictures if one.number == int(number)), None)
    step = 1 + _steps(connection, parent.id)
    return Before(parent.member_id, parent.request.prompt, step, where, parent.message_id, url, parent.spoiler)


def _brought(connection: Connection, job: Job, first: Reference) -> Before | None:
    """A picture that somebody brought: in a message near by, or with a command, which takes its owner's word."""
    if first.channel_id is None:
        owner = first.owner_id or 0
        agreed = members.agreed(connection, owner)
        return Before(owner, "", 1, url=first.url, spoiler=first.spoiler) if agreed else None
    if not _near(job, first.channel_id):
        return None
    return Before(first.owner_id or 0, "", 1, first.channel_id, first.message_id, first.url, first.spoiler)


def _near(job: Job, channel_id: int) -> bool:
    return channel_id in {job.place.channel_id, job.place.parent_id}


def _steps(connection: Connection, job_id: int) -> int:
    """How many steps a job is away from where it all began; what was brought is where it began."""
    line = lineage.line(connection, job_id)
    first = jobs.brief(connection, line[-1])
    return len(line) - 1 + bool(first and first.request.references)
