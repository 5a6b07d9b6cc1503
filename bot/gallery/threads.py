"""Threads in which people remix one picture together: which picture is current, and who takes part."""

from __future__ import annotations

from dataclasses import dataclass

from bot.clock import WakeSignal
from bot.errors import Late, NotNow
from bot.gallery.library import FoundPicture
from bot.models import RemixThread
from bot.storage import Connection, Database, jobs, remix_threads


@dataclass(frozen=True, slots=True)
class ThreadActivity:
    """A thread, and who has made pictures in it: member ids with the number of their requests."""

    remix_thread: RemixThread
    application_id: int | None
    """Whose thread it is: only that application can edit its header."""
    participants: tuple[tuple[int, int], ...]


class RemixThreads:
    """Every move is a row first; the header message in the thread follows, after a restart as well."""

    def __init__(self, database: Database, thread_changed: WakeSignal) -> None:
        self._database = database
        self.thread_changed = thread_changed

    async def open(self, thread_id: int, guild_id: int, code: str) -> bool:
        """Begin a thread with a picture; False if it had begun already."""
        begun = await self._database.write(remix_threads.add, RemixThread(thread_id, guild_id, root=code, code=code))
        self.thread_changed.notify(thread_id)
        return begun

    async def use(self, thread_id: int, guild_id: int, code: str) -> None:
        """Make a picture the current one; a thread that had none begins with it."""
        await self._database.write(_use, RemixThread(thread_id, guild_id, root=code, code=code))
        self.thread_changed.notify(thread_id)

    async def undo(self, thread_id: int, code: str) -> FoundPicture:
        """Make the picture before ``code`` current again, of those that are still there; raises a ``Refusal``."""
        former = await self._database.write(_undo, thread_id, code)
        self.thread_changed.notify(thread_id)
        return former

    async def of(self, thread_id: int) -> ThreadActivity | None:
        """A thread as it stands."""
        return await self._database.read(_activity, thread_id)

    async def behind(self, application_id: int) -> list[int]:
        """Threads of an application whose header does not show the current picture."""
        return await self._database.read(remix_threads.behind, application_id)

    async def shown(self, thread_id: int, header_id: int | None, code: str | None) -> None:
        """The header message shows this picture now."""
        await self._database.write(remix_threads.shown, thread_id, header_id, code)

    async def close(self, thread_id: int) -> None:
        """The thread is gone."""
        await self._database.write(remix_threads.forget, thread_id)


def _use(connection: Connection, wanted: RemixThread) -> None:
    if not remix_threads.move(connection, wanted.thread_id, wanted.code):
        remix_threads.add(connection, wanted)


def _undo(connection: Connection, thread_id: int, code: str) -> FoundPicture:
    thread = remix_threads.get(connection, thread_id)
    if thread is None or thread.code != code:
        raise NotNow(Late.NOT_CURRENT)
    for place, former in enumerate(thread.history, start=1):
        job = jobs.by_code(connection, former.partition("-")[0])
        found = [] if job is None or job.message_id is None else [one for one in job.pictures if one.code == former]
        if job is None or not found or former == code:
            continue  # it was deleted, or what stood between the two was
        if not remix_threads.back(connection, thread_id, code, former, thread.history[place:]):
            raise NotNow(Late.NOT_CURRENT)  # somebody was faster
        return FoundPicture(job, found[0])
    raise NotNow(Late.NO_FORMER)


def _activity(connection: Connection, thread_id: int) -> ThreadActivity | None:
    found = remix_threads.get(connection, thread_id)
    if found is None:
        return None
    owner = remix_threads.application_of(connection, thread_id)
    return ThreadActivity(found, owner, tuple(remix_threads.participants(connection, thread_id)))
