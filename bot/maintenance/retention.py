"""Thins out what is old, by the table in docs/architecture.md: nothing that grows with use is kept whole for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Concatenate

import structlog

from bot.clock import DAY_MS, Clock
from bot.models import JobState
from bot.storage import Connection, Database, ledger, retention
from bot.storage.slices import Slices

_log = structlog.get_logger(__name__)

_EVERY_MS = 60 * 60 * 1000
_AT_ONCE = 200
"""Rows in one transaction at most, and pages."""
_JOBS_ADDED_UP = 5_000

ADDRESSES_DAYS = 2
"""Discord's addresses are signed for a day, vendors' for minutes; delivery is tried for a day."""
UNFULFILLED_DAYS = 30
"""Failed and cancelled requests."""
STRIKES_DAYS = 31
"""No server can count strikes for longer."""
BLOCKS_DAYS = 30
"""After a block has run out."""
REPORTS_DAYS = 180


@dataclass(frozen=True, slots=True)
class _Policy:
    """What is done with rows that are older than so many days: a unit of work, True while more may be left."""

    name: str
    days: int
    unit: Callable[Concatenate[Connection, int, int, ...], bool]


def _policies(keep_jobs_days: int) -> tuple[_Policy, ...]:
    def jobs(*states: JobState) -> partial[bool]:
        return partial(retention.thin_jobs, states=states)

    def rows(table: str) -> partial[bool]:
        return partial(retention.drop_rows, table=table)

    unfulfilled = min(UNFULFILLED_DAYS, keep_jobs_days)
    return (
        _Policy("addresses", ADDRESSES_DAYS, retention.drop_addresses),
        _Policy("unfulfilled", unfulfilled, jobs(JobState.FAILED, JobState.CANCELLED)),
        _Policy("requests", keep_jobs_days, jobs(JobState.DONE)),
        _Policy("audit", keep_jobs_days, rows("audit")),
        _Policy("reports", REPORTS_DAYS, rows("reports")),
        _Policy("strikes", STRIKES_DAYS, rows("strikes")),
        _Policy("blocks", BLOCKS_DAYS, retention.drop_blocks),
    )


class Retention:
    """Works once an hour, in transactions that nobody notices."""

    def __init__(
        self, database: Database, clock: Clock, keep_jobs_days: int, tell_faults: Callable[[int], None]
    ) -> None:
        """``tell_faults`` is told how many of the latest jobs are booked wrongly."""
        self._database = database
        self._clock = clock
        self._policies = _policies(keep_jobs_days)
        self._tell_faults = tell_faults
        self._wake = asyncio.Event()
        self._stopping = False

    async def run(self) -> None:
        """Until ``stop``."""
        while not self._stopping:
            self._wake.clear()  # the clock has set it when its time came
            await self.sweep()
            await self.add_up()
            await self._clock.wait(self._wake, self._clock.monotonic() + _EVERY_MS)

    def stop(self) -> None:
        """Begin nothing more; what is left waits for the next start."""
        self._stopping = True
        self._wake.set()

    async def sweep(self) -> None:
        """Thin out all that is old by now, then make the file smaller."""
        now = self._clock.now()
        for policy in self._policies:
            slices, before = Slices(_AT_ONCE), now - policy.days * DAY_MS
            while not self._stopping and await self._database.write(slices.take, policy.unit, before):
                _log.debug("thinned out", what=policy.name)
        slices = Slices(_AT_ONCE)
        while not self._stopping and await self._database.write(slices.take, retention.free_pages):
            pass

    async def add_up(self) -> None:
        """Look whether the latest jobs' bookings add up; `atelier doctor` looks at all."""
        faults = await self._database.read(ledger.faults, _JOBS_ADDED_UP)
        self._tell_faults(len(faults))
        if faults:
            _log.error("the ledger does not add up", faults=faults[:10])
