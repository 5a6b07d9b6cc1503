"""The reading side: pictures that were made, found by code, place, member, words and kinship. Changes nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass

from bot.errors import Missing, NotFound
from bot.generation.surroundings import around
from bot.models import Job, Picture, Reference, RemixThread, Surroundings
from bot.models.family import Family, Relative
from bot.storage import Connection, Database, jobs, lineage, members, remix_threads

_CODE = re.compile(r"([2-9a-z]{5,12})(?:-([1-4]))?")
_LINE = 24
"""Pictures of a line of parents, from the newest back."""
_FAMILY = 400
"""How many jobs of a family are looked at."""
_FAR = 2
"""From so many steps on the original is another picture than the one before."""


@dataclass(frozen=True, slots=True)
class FoundPicture:
    """A picture and the job that made it."""

    job: Job
    picture: Picture


@dataclass(frozen=True, slots=True)
class Page:
    """Some jobs, newest first; ``more`` says that there are older ones."""

    jobs: tuple[Job, ...]
    more: bool


class PictureLibrary:
    """Finds pictures. It does not know who may see what: that is Discord's to say, and its callers' to ask."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def by_code(self, text: str) -> FoundPicture:
        """A picture by its code; a job's code alone means its first picture."""
        match = _CODE.fullmatch(text.strip().lower())
        if match is None:
            raise NotFound(Missing.NAMED)
        job = await self._database.read(jobs.by_code, match[1])
        wanted = int(match[2] or 1)
        for picture in job.pictures if job else ():
            if job is not None and picture.number == wanted:
                return FoundPicture(job, picture)
        raise NotFound(Missing.NAMED)

    async def at_message(self, message_id: int) -> Job | None:
        """The job that a message shows."""
        return await self._database.read(jobs.at_message, message_id)

    async def recent(self, channel_id: int, *, words: str = "", limit: int = 25) -> list[Job]:
        """A channel's jobs, newest first."""
        return await self._database.read(jobs.search, channel_id=channel_id, words=words, limit=limit)

    async def newest(self, channel_id: int, member_id: int) -> FoundPicture:
        """The newest picture of a channel that a member may remix."""
        found, reserved = await self._database.read(_newest, channel_id, member_id)
        for job in found:
            if job.member_id not in reserved and job.pictures:
                return FoundPicture(job, job.pictures[0])
        raise NotFound(Missing.SOURCE)

    async def around(self, job: Job, now: int) -> Surroundings:
        """What a job's message tells beside its pictures."""
        return await self._database.read(around, job, now)

    async def remix_thread(self, thread_id: int) -> RemixThread | None:
        """A collaborative thread."""
        return await self._database.read(remix_threads.get, thread_id)

    async def history(
        self, member_id: int, guild_id: int | None, *, before: int | None = None, words: str = "", limit: int = 9
    ) -> Page:
        """A member's jobs in a server, or everywhere; ``before`` is the last job's id of the page before."""
        found = await self._database.read(
            jobs.search, member_id=member_id, guild_id=guild_id, before=before, words=words, limit=limit + 1
        )
        return Page(tuple(found[:limit]), len(found) > limit)

    async def family(
        self, seen: FoundPicture, may_show: Callable[[Job], bool], may_show_in: Callable[[int], bool] = lambda _: False
    ) -> tuple[Family, dict[str, FoundPicture]]:
        """All pictures that a picture is kin to and that may be shown, and where each of them is.

        ``may_show_in`` is asked about a channel in which a photograph stands that somebody brought.
        """
        steps, related, consent = await self._database.read(_related, seen.job.id)
        kin = {job.id: job for job in related if may_show(job)}
        used = {(parent, number) for _, parent, number in steps} | {(seen.job.id, seen.picture.number)}
        parents: dict[int, list[str]] = {}
        for child, parent, number in steps:
            if parent in kin:
                parents.setdefault(child, []).append(f"{kin[parent].code}-{number}")
        found = {one.picture.code: one for job in kin.values() for one in _shown(job, used)}
        brought = _brought(kin.values(), lambda one: consent.allow(one, may_show_in))
        for relative, job_ids in brought:
            for job_id in job_ids:
                parents.setdefault(job_id, []).append(relative.code)
        relatives = [_relative(one, tuple(parents.get(one.job.id, ()))) for one in found.values()]
        return Family((*(one for one, _ in brought), *relatives), seen.picture.code), found

    async def line(
        self, seen: FoundPicture, may_show_in: Callable[[int], bool] = lambda _: False
    ) -> list[FoundPicture | Reference]:
        """A picture and what it came from, oldest first; with the photograph that it began with, if it may be shown."""
        pictures, first, consent = await self._database.read(_line, seen)
        begins = [] if first is None or not consent.allow(first, may_show_in) else [first]
        return [*begins, *pictures]

    async def original(self, job: Job) -> FoundPicture | None:
        """What a job goes back to by the first parent of each; None where that is not two steps away, or is gone."""
        return await self._database.read(_original, job)

    async def parents(self, job: Job) -> list[FoundPicture]:
        """The pictures of ours that a job started from."""
        found: list[FoundPicture] = []
        for reference in job.request.references:
            if reference.code is not None:
                try:
                    found.append(await self.by_code(reference.code))
                except NotFound:
                    continue
        return found


def _newest(connection: Connection, channel_id: int, member_id: int) -> tuple[list[Job], set[int]]:
    """A channel's newest jobs, and whose pictures of them are not to be remixed by this member."""
    found = jobs.search(connection, channel_id=channel_id, limit=25)
    return found, members.reserved(connection, {job.member_id for job in found} - {member_id})


@dataclass(frozen=True, slots=True)
class _Consent:
    """What owners of photographs said: who wants no remixes, and who has said that everybody may."""

    reserved: Set[int]
    agreed: Set[int]

    def allow(self, brought: Reference, may_show_in: Callable[[int], bool]) -> bool:
        """Whether a photograph may be shown: what came with a command only its sender has seen, so it takes a yes."""
        owner = brought.owner_id or 0
        if owner in self.reserved or brought.url is None:
            return False
        return owner in self.agreed if brought.channel_id is None else may_show_in(brought.channel_id)


def _consent(connection: Connection, related: Iterable[Job]) -> _Consent:
    owners = {one.owner_id for job in related for one in job.request.references if one.code is None and one.owner_id}
    return _Consent(members.reserved(connection, owners), {one for one in owners if members.agreed(connection, one)})


def _brought(kin: Iterable[Job], may_show: Callable[[Reference], bool]) -> list[tuple[Relative, list[int]]]:
    """The photographs that a family began with, each once, and the jobs that started from it."""
    found: dict[object, tuple[Reference, Job, list[int]]] = {}
    names: dict[int | None, str] = {}
    for job in sorted(kin, key=lambda one: one.created_at):
        names[job.member_id] = job.member_name
        for one in job.request.references if job.message_id is not None else ():
            if one.code is None:
                key = one.attachment_id or (one.url or "").partition("?")[0] or (job.id, one)
                found.setdefault(key, (one, job, []))[2].append(job.id)
    return [
        (
            Relative(
                code=f"photograph-{number}",
                parents=(),
                member_id=one.owner_id or 0,
                member_name=names.get(one.owner_id, ""),
                instruction="",
                created_at=job.created_at - 1,
                brought=True,
                source=one if may_show(one) else None,
            ),
            job_ids,
        )
        for number, (one, job, job_ids) in enumerate(found.values(), start=1)
    ]


def _line(connection: Connection, seen: FoundPicture) -> tuple[list[FoundPicture], Reference | None, _Consent]:
    """A picture's line of parents, of several the first; oldest first, without what was deleted."""
    line, first, jobs_of = [seen], None, [seen.job]
    while len(line) < _LINE:
        references = line[0].job.request.references
        first = references[0] if references else None
        if first is None or first.code is None:
            break
        job = jobs.by_code(connection, first.code.rpartition("-")[0])
        found = [one for one in job.pictures if one.code == first.code] if job is not None else []
        first = None
        if job is None or not found or any(one.job.id == job.id for one in line):
            break
        line.insert(0, FoundPicture(job, found[0]))
        jobs_of.append(job)
    return [one for one in line if one.job.message_id is not None], first, _consent(connection, jobs_of)


def _related(connection: Connection, job_id: int) -> tuple[list[tuple[int, int, int]], list[Job], _Consent]:
    """The steps of a job's family, its jobs, and what is to be known to show their photographs."""
    steps = lineage.related(connection, job_id, _FAMILY)
    ids = {job_id} | {one for child, parent, _ in steps for one in (child, parent)}
    found = jobs.several(connection, ids)
    return steps, found, _consent(connection, found)


def _original(connection: Connection, job: Job) -> FoundPicture | None:
    """Followed picture by picture: another one of its job may have had other parents."""
    first, steps, number = job, 0, 0
    while steps < _FAMILY and (parent := next((one.code for one in first.request.references if one.code), None)):
        code, _, given = parent.partition("-")
        older = jobs.by_code(connection, code)
        if older is None:
            break
        first, steps, number = older, steps + 1, int(given or 1)
    picture = next((one for one in first.pictures if one.number == number), None)
    if steps < _FAR or picture is None or first.message_id is None:
        return None
    return FoundPicture(first, picture)


def _shown(job: Job, used: set[tuple[int, int]]) -> list[FoundPicture]:
    """Of a job's pictures, those that others came from; the first where none did."""
    chosen = [picture for picture in job.pictures if (job.id, picture.number) in used] or list(job.pictures[:1])
    return [FoundPicture(job, picture) for picture in chosen]


def _relative(seen: FoundPicture, parents: tuple[str, ...]) -> Relative:
    job = seen.job
    return Relative(
        code=seen.picture.code,
        parents=parents,
        member_id=job.member_id,
        member_name=job.member_name,
        instruction=job.request.prompt if job.message_id is not None else "",  # removed is removed, words and all
        created_at=job.created_at,
        removed=job.message_id is None,
    )
