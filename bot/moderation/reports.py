"""Members' reports of pictures, and what moderators do about them."""

from __future__ import annotations

from dataclasses import replace

import structlog

from bot.admission.standing import HOUR_MS
from bot.audit.moderator_log import LogNotice, ModeratorLog, NoticeKind
from bot.clock import Clock
from bot.errors import Late, Missing, NotFound, NotNow
from bot.models import AuditAction, AuditEntry, Block, Job, Report, ReportState
from bot.moderation.service import REASON_MAX, record_block
from bot.storage import Connection, Database, audit, jobs, reports

_log = structlog.get_logger(__name__)

_REPORTS_AN_HOUR = 5

_NEXT = {
    (ReportState.OPEN, AuditAction.DISMISS): ReportState.DISMISSED,
    (ReportState.OPEN, AuditAction.REMOVE): ReportState.REMOVED,
    (ReportState.OPEN, AuditAction.BLOCK): ReportState.BLOCKED,
    (ReportState.REMOVED, AuditAction.BLOCK): ReportState.SETTLED,
    (ReportState.BLOCKED, AuditAction.REMOVE): ReportState.SETTLED,
}
"""What becomes of a report. A picture can be removed and its maker blocked, one after the other; dismissing is for open
reports alone."""


class Reports:
    """A report is a row before it is a message; of two moderators who answer at once, one is told to be late."""

    def __init__(self, database: Database, clock: Clock, moderator_log: ModeratorLog) -> None:
        self._database = database
        self._clock = clock
        self._moderator_log = moderator_log

    async def add(self, guild_id: int, reporter_id: int, job: Job, reason: str) -> Report:
        """Take a member's report; raises ``NotNow`` for the second about one picture, or too many in an hour."""
        report = Report(0, guild_id, job.id, reporter_id, self._clock.now(), reason[:REASON_MAX], ReportState.OPEN)
        return await self._database.write(_add, report)

    async def withdraw(self, report: Report) -> None:
        """A report could not be posted: it may be made again."""
        await self._database.write(reports.withdraw, report.id)

    async def find(self, guild_id: int, report_id: int) -> tuple[Report, Job]:
        """A report of this server, and its job. Raises ``NotFound``."""
        found, job = await self._database.read(_find, report_id)
        if found is None or job is None or found.guild_id != guild_id:
            raise NotFound(Missing.REPORT)
        return found, job

    async def others(self, report: Report) -> list[Report]:
        """What other members reported of the same picture, and was answered alike; oldest first."""
        return [one for one in await self._database.read(reports.alike, report) if one.id != report.id]

    async def dismiss(self, actor_id: int, report: Report, job: Job) -> Report:
        """Nothing is wrong with the picture. Raises ``NotNow`` for whoever comes second."""
        return await self._database.write(_dismiss, actor_id, report, job, self._clock.now())

    async def claim_removal(self, report: Report) -> Report:
        """Say that the picture is about to be removed; ``reopen`` if it could not be. Raises ``NotNow``."""
        return await self._database.write(_enter, report, AuditAction.REMOVE)

    async def reopen(self, claimed: Report, before: Report) -> None:
        """What was claimed could not be done."""
        await self._database.write(reports.answer, claimed.id, claimed.state, before.state)

    async def block_maker(self, actor_id: int, report: Report, job: Job, hours: int | None, reason: str) -> Report:
        """Answer a report by blocking the picture's maker, in one transaction. Raises ``NotNow``."""
        now = self._clock.now()
        until = None if hours is None else now + hours * HOUR_MS
        block = Block(job.member_id, now, until, actor_id, reason[:REASON_MAX])
        answered, entry = await self._database.write(_block_maker, report, block)
        _log.info("blocked", guild=report.guild_id, by=actor_id, member=job.member_id)
        self._moderator_log.post(LogNotice(report.guild_id, NoticeKind.ACTION, job.member_id, entry=entry))
        return answered


def _add(connection: Connection, report: Report) -> Report:
    recent = reports.count_since(connection, report.guild_id, report.reporter_id, report.at - HOUR_MS)
    if recent >= _REPORTS_AN_HOUR:
        raise NotNow(Late.MANY_REPORTS)
    report_id = reports.add(connection, report.guild_id, report.job_id, report.reporter_id, report.at, report.reason)
    if report_id is None:
        raise NotNow(Late.REPORTED)
    return replace(report, id=report_id)


def _find(connection: Connection, report_id: int) -> tuple[Report | None, Job | None]:
    found = reports.get(connection, report_id)
    return found, None if found is None else jobs.get(connection, found.job_id)


def _enter(connection: Connection, report: Report, action: AuditAction) -> Report:
    enters = _NEXT.get((report.state, action))
    if enters is None or not reports.answer(connection, report.id, report.state, enters):
        raise NotNow(Late.ANSWERED)
    return replace(report, state=enters)


def _dismiss(connection: Connection, actor_id: int, report: Report, job: Job, now: int) -> Report:
    answered = _enter(connection, report, AuditAction.DISMISS)
    audit.append(connection, AuditEntry(report.guild_id, now, actor_id, AuditAction.DISMISS, job.code, job.member_id))
    return answered


def _block_maker(connection: Connection, report: Report, block: Block) -> tuple[Report, AuditEntry]:
    answered = _enter(connection, report, AuditAction.BLOCK)
    return answered, record_block(connection, report.guild_id, block)
