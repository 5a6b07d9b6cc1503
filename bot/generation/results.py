"""Writes down what a vendor was paid for, however long the database refuses.

A result is held in memory and tried again with growing pauses; then it is put into a file beside the database, from
which this or a later process writes it down. Only where that is impossible too is it given up.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog
from pydantic import TypeAdapter, ValidationError

from bot.models import OpenTask, Picture
from bot.providers.base import Ticket
from bot.storage import Connection, Database, Key, jobs, pictures, tasks

_log = structlog.get_logger(__name__)

_PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds between the first tries."""
_LONG_PAUSES = (30.0,) * 20
"""While there is no room for a file either: ten minutes, then it is lost."""
_MOST_BYTES = 256 * 1024 * 1024
_SUFFIX = ".result"


@dataclass(frozen=True, slots=True)
class Result:
    """A vendor's yes: it works on the task, and ``ticket`` is how to ask; or it has made the ``picture``."""

    task: OpenTask
    cost_microusd: int | None
    ticket: Ticket | None = None
    picture: Picture | None = None


_HEADER = TypeAdapter(Result)


class PaidResults:
    """Saves results, at most 256 MiB of them in files."""

    def __init__(
        self,
        database: Database,
        folder: Path,
        *,
        pauses: Sequence[float] = _PAUSES,
        long_pauses: Sequence[float] = _LONG_PAUSES,
    ) -> None:
        self._database = database
        self._folder = folder
        self._pauses = pauses
        self._long_pauses = long_pauses
        self._keeping = threading.Lock()  # by one thread at a time: of two only one may fit

    async def save(self, result: Result, data: bytes = b"") -> bool | None:
        """Write a result down. True: it is; False: its task had ended; None: a file keeps it.

        Raises what the database raised where it can be kept nowhere. If it is cancelled, by the end of the process,
        it leaves a file.
        """
        try:
            return await self._save(result, data)
        except asyncio.CancelledError:
            self._keep(result, data)
            raise

    async def restore(self, application_id: int) -> list[int]:
        """Write down what files keep of an application; gives the ids of jobs that may be ready to be delivered."""
        ready: list[int] = []
        for path in sorted(self._folder.glob("*" + _SUFFIX)):
            try:
                header, _, data = (await asyncio.to_thread(path.read_bytes)).partition(b"\n")
                result = _HEADER.validate_json(header)
                written = await self._database.write(_restore, application_id, result, data)
            except FileNotFoundError:  # another process was faster
                continue
            except ValidationError:
                _log.error("a kept result cannot be read", file=path.name)
                with contextlib.suppress(OSError):
                    path.rename(path.with_suffix(".broken"))
                continue
            except Exception as error:  # noqa: BLE001 - whatever a driver raises: the file stays for the next try
                _log.warning("kept results wait for the database", error=type(error).__name__)
                break
            if written is None:
                continue
            path.unlink(missing_ok=True)
            _log.info("kept result written down", job=result.task.job_code, in_time=written)
            ready.append(result.task.job_id)
        return ready

    async def _save(self, result: Result, data: bytes) -> bool | None:
        on: list[Key] = [("job", result.task.job_id)]
        for attempt, pause in enumerate(self._pauses):
            try:
                # After a failure nobody knows whether it was committed: going on does no harm, stopping may.
                return await self._database.write_on(on, _write, result, data) or attempt > 0
            except Exception as error:  # noqa: BLE001 - whatever a driver raises, this is paid
                _log.warning("result not written down", error=type(error).__name__)
            await asyncio.sleep(pause)
        for pause in self._long_pauses:
            if await asyncio.to_thread(self._keep, result, data):
                return None
            try:
                return await self._database.write_on(on, _write, result, data) or True
            except Exception:  # noqa: BLE001 - as above
                await asyncio.sleep(pause)
        return await self._database.write_on(on, _write, result, data) or True

    def _keep(self, result: Result, data: bytes) -> bool:
        """Put a result into a file, wholly or not at all; False where there is no room."""
        path = self._folder / f"{result.task.id}-{'picture' if result.picture else 'ticket'}{_SUFFIX}"
        with self._keeping:
            try:
                kept = self._put(path, _HEADER.dump_json(result) + b"\n" + data)
            except OSError as error:
                _log.error("a result cannot be kept in a file", error=type(error).__name__)
                with contextlib.suppress(OSError):
                    path.with_suffix(".part").unlink()
                return False
        if kept:
            _log.warning("a file keeps a result", file=path.name)
        return kept

    def _put(self, path: Path, content: bytes) -> bool:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self._size() + len(content) > _MOST_BYTES:
            return False
        part = path.with_suffix(".part")
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        return True

    def _size(self) -> int:
        """Bytes of all files; one may go meanwhile, when it is written down."""
        size = 0
        for path in self._folder.iterdir():
            with contextlib.suppress(FileNotFoundError):
                size += path.stat().st_size
        return size


def _write(connection: Connection, result: Result, data: bytes) -> bool:
    task = result.task
    if result.ticket is not None:
        ticket = result.ticket
        return tasks.accepted(connection, task, ticket.remote_id, ticket.polling_url, result.cost_microusd)
    if not tasks.end(connection, task.id, task.job_id, failure=None, cost=result.cost_microusd, by=task.worker):
        return False
    if result.picture is not None:
        pictures.keep(connection, task.id, result.picture, data)
    return True


def _restore(connection: Connection, application_id: int, result: Result, data: bytes) -> bool | None:
    """None where the job is another application's."""
    owner = jobs.application_of(connection, result.task.job_id)
    return None if owner not in (None, application_id) else _write(connection, result, data)
