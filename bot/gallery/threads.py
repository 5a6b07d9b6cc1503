"""Threads in which people remix one picture together: which picture is current, and who takes part."""

from __future__ import annotations

from dataclasses import dataclass

from bot.clock import Bell
from bot.models import Room
from bot.storage import Database, rooms


@dataclass(frozen=True, slots=True)
class Gathering:
    """A thread, and who has made pictures in it: member ids with the number of their requests."""

    room: Room
    participants: tuple[tuple[int, int], ...]


class Rooms:
    """Every move is a row first; the header message in the thread follows, after a restart as well."""

    def __init__(self, database: Database, moved_on: Bell) -> None:
        self._database = database
        self.moved_on = moved_on

    async def open(self, thread_id: int, guild_id: int, code: str) -> bool:
        """Begin a thread with a picture; False if it had begun already."""
        async with self._database.write() as connection:
            begun = await rooms.add(connection, Room(thread_id, guild_id, root=code, code=code))
        self.moved_on.ring(thread_id)
        return begun

    async def use(self, thread_id: int, guild_id: int, code: str) -> None:
        """Make a picture the current one; a thread that had none begins with it."""
        async with self._database.write() as connection:
            if not await rooms.move(connection, thread_id, code):
                await rooms.add(connection, Room(thread_id, guild_id, root=code, code=code))
        self.moved_on.ring(thread_id)

    async def of(self, thread_id: int) -> Gathering | None:
        """A thread as it stands."""
        async with self._database.read() as connection:
            room = await rooms.get(connection, thread_id)
            if room is None:
                return None
            return Gathering(room, tuple(await rooms.participants(connection, thread_id)))

    async def behind(self) -> list[int]:
        """Threads whose header does not show the current picture."""
        async with self._database.read() as connection:
            return await rooms.behind(connection)

    async def shown(self, thread_id: int, header_id: int | None, code: str | None) -> None:
        """The header message shows this picture now."""
        async with self._database.write() as connection:
            await rooms.shown(connection, thread_id, header_id, code)

    async def close(self, thread_id: int) -> None:
        """The thread is gone."""
        async with self._database.write() as connection:
            await rooms.forget(connection, thread_id)
