"""What `atelier doctor` finds in the database, and what it can mend there."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from bot.clock import DAY_MS, Clock
from bot.credits import account
from bot.models import JobState
from bot.storage import Connection, Database, checkup, jobs, ledger

STUCK_MS = 2 * DAY_MS
"""A job is given up by itself after a day."""
_LEAST_FREE = 512 * 1024 * 1024
"""Bytes: a thousand pictures that wait to be posted."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that is wrong, and what to do about it. ``mendable`` by ``mend``."""

    subject: str
    text: str
    mendable: bool = False


async def examine(database: Database, file: Path | None, clock: Clock) -> tuple[list[Trouble], int]:
    """What is wrong with the database, and how many jobs wait for a start of the bot. ``file`` is SQLite's."""
    found: list[Trouble] = []
    now = clock.now()
    if damage := await database.read(checkup.damage):
        return [Trouble("Database", f"the file is damaged ({damage}): restore the newest backup")], 0
    if moved := await database.read(checkup.moved_away):
        return [Trouble("Database", moved)], 0
    if file is not None and (free := shutil.disk_usage(file.parent).free) < _LEAST_FREE:
        found.append(Trouble("Disk", f"{free / 1_000_000:.0f} MB are free beside {file}: make room"))
    for job in await database.read(checkup.stuck, now - STUCK_MS):
        days = (now - job.created_at) / DAY_MS
        found.append(Trouble("Job", f"{job.code} has been {job.state} for {days:.0f} days", mendable=True))
    late = tuple(f"job {code}:" for code in await database.read(ledger.unsettled))
    found += [Trouble("Ledger", fault, fault.startswith(late)) for fault in await database.read(ledger.faults)]
    return found, await database.read(checkup.left_behind, now)


async def mend(database: Database, clock: Clock) -> int | None:
    """End what is stuck, settle what never was; gives how many jobs that was, None while a bot works on them."""
    now, mended = clock.now(), 0
    if await database.read(checkup.damage) or await database.read(checkup.moved_away):
        return 0
    if await database.read(checkup.in_use, now):
        return None
    for stuck in await database.read(checkup.stuck, now - STUCK_MS):
        mended += await database.write(_give_up, stuck.id, now)
    for code in await database.read(ledger.unsettled):
        mended += await database.write(_settle, code, now)
    return mended


def _give_up(connection: Connection, job_id: int, now: int) -> bool:
    job = jobs.get(connection, job_id)
    if job is None or not checkup.give_up(connection, job_id, now):
        return False
    account.settle(connection, job, 0, now)
    return True


def _settle(connection: Connection, code: str, now: int) -> bool:
    """Book an ended job as its end should have: what was delivered is spent, or what a cancel found ordered."""
    job = jobs.by_code(connection, code)
    if job is None or code not in ledger.unsettled(connection):
        return False
    delivered = len(job.pictures) if job.state is JobState.DONE else job.ordered if job.cancelled else 0
    account.settle(connection, job, delivered * job.request.model.credits, now)
    return True
