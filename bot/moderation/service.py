"""What moderators do besides setting rules: block, grant, cancel, remove, answer reports, and look at what happened.

Who may do it is Discord's to say and the commands' to check; everything done here leaves a line in the audit.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import replace

import structlog

from bot.admission.standing import HOUR_MS
from bot.audit.moderator_log import LogNotice, ModeratorLog, NoticeKind
from bot.clock import DAY_MS, Clock
from bot.credits import account as credits
from bot.drawing.chart import draw_usage
from bot.drawing.renderer import Renderer
from bot.errors import BadInput, NotFound, NotNow
from bot.generation.service import GenerationService
from bot.guild_settings.rules import CREDITS_MAX
from bot.models import AuditAction, AuditEntry, Block, Job, Member, Place, Report, ReportState
from bot.moderation.usage import UsageSummary, tally
from bot.storage import Database, audit, conduct, jobs, usage

_log = structlog.get_logger(__name__)

PAGE = 10
_LINK = re.compile(r"/channels/\d+/\d+/(\d{15,19})\b")
DAYS_MAX = 31
REASON_MAX = 300
_REPORTS_AN_HOUR = 5

_NEXT = {
    (ReportState.OPEN, AuditAction.DISMISS): ReportState.DISMISSED,
    (ReportState.OPEN, AuditAction.REMOVE): ReportState.REMOVED,
    (ReportState.OPEN, AuditAction.BLOCK): ReportState.BLOCKED,
    (ReportState.REMOVED, AuditAction.BLOCK): ReportState.SETTLED,
    (ReportState.BLOCKED, AuditAction.REMOVE): ReportState.SETTLED,
}
"""What becomes of a report."""


class Moderation:
    """One room for all of it; a server's id comes first everywhere, so that nothing reaches into another server."""

    def __init__(
        self,
        database: Database,
        generation: GenerationService,
        clock: Clock,
        moderator_log: ModeratorLog,
        renderer: Renderer,
    ) -> None:
        self._database = database
        self._generation = generation
        self._clock = clock
        self._moderator_log = moderator_log
        self._renderer = renderer

    # Members

    async def block(self, guild_id: int, actor_id: int, member_id: int, hours: int | None, reason: str) -> Block:
        """Keep a member from making pictures, for some hours or until it is lifted."""
        now = self._clock.now()
        until = None if hours is None else now + hours * HOUR_MS
        one = Block(member_id, now, until, actor_id, reason[:REASON_MAX])
        async with self._database.write() as connection:
            await conduct.block(connection, guild_id, one)
            after = None if until is None else str(until)
            entry = AuditEntry(
                guild_id, now, actor_id, AuditAction.BLOCK, "", member_id, after=after, reason=one.reason
            )
            await audit.append(connection, entry)
        ends = "until it is lifted" if until is None else f"until <t:{until // 1000}:f>"
        self._tell(guild_id, actor_id, f"<@{actor_id}> blocked <@{member_id}> {ends}.", "blocked", member_id, reason)
        return one

    async def unblock(self, guild_id: int, actor_id: int, member_id: int, reason: str) -> None:
        """Lift a block and forget the member's strikes. Raises ``NotNow`` where there is nothing to lift."""
        now = self._clock.now()
        async with self._database.write() as connection:
            if not await conduct.is_blocked(connection, guild_id, member_id, now):
                raise NotNow(f"<@{member_id}> is not blocked here.")
            await conduct.unblock(connection, guild_id, member_id)
            await conduct.forgive(connection, guild_id, member_id)
            entry = AuditEntry(guild_id, now, actor_id, AuditAction.UNBLOCK, "", member_id, reason=reason[:REASON_MAX])
            await audit.append(connection, entry)
        self._tell(guild_id, actor_id, f"<@{actor_id}> unblocked <@{member_id}>.", "unblocked", member_id, reason)

    async def blocked(self, guild_id: int) -> list[Block]:
        """The newest blocks in force."""
        async with self._database.read() as connection:
            return await conduct.blocked(connection, guild_id, self._clock.now(), 15)

    async def grant(self, guild_id: int, actor_id: int, member_id: int, amount: int, reason: str) -> None:
        """Give a member credits on top of their limit, for 24 hours."""
        if not 1 <= amount <= CREDITS_MAX:
            raise BadInput(f"`credits` goes from 1 to {CREDITS_MAX:,}.")
        now = self._clock.now()
        async with self._database.write() as connection:
            await credits.grant(connection, guild_id, member_id, amount, now)
            entry = AuditEntry(
                guild_id, now, actor_id, AuditAction.GRANT, "", member_id, after=str(amount), reason=reason[:REASON_MAX]
            )
            await audit.append(connection, entry)
        text = f"<@{actor_id}> gave <@{member_id}> {amount} credits for 24 h."
        self._tell(guild_id, actor_id, text, "granted", member_id, reason)

    # Jobs

    async def job(self, guild_id: int, text: str) -> Job:
        """A job of this server by a code or a message's link. Raises ``NotFound``."""
        link = _LINK.search(text)
        async with self._database.read() as connection:
            if link is not None:
                found = await jobs.at_message(connection, int(link[1]))
            else:
                found = await jobs.by_code(connection, text.strip().strip("`").lower().partition("-")[0])
        if found is None or found.place.guild_id != guild_id:
            raise NotFound("I do not know that picture here. Give its code, or a link to its message.")
        return found

    async def cancel(self, guild_id: int, actor: Member, place: Place, member_id: int) -> list[Job]:
        """End everything of a member that waits or runs in this server."""
        async with self._database.read() as connection:
            waiting = await jobs.unfinished(connection, guild_id, member_id)
        ended: list[Job] = []
        for code in waiting:
            with contextlib.suppress(NotFound, NotNow):  # it ended by itself meanwhile
                ended.append(await self._generation.cancel(code, actor, place))
        return ended

    # Reports

    async def report(self, guild_id: int, reporter_id: int, job: Job, reason: str) -> Report:
        """Take a member's report; raises ``NotNow`` for the second about one picture, or too many in an hour."""
        now = self._clock.now()
        async with self._database.write() as connection:
            recent = await conduct.reports_since(connection, guild_id, reporter_id, now - HOUR_MS)
            if recent >= _REPORTS_AN_HOUR:
                raise NotNow("You have reported a lot within the last hour. Please wait, or ask a moderator directly.")
            report_id = await conduct.report(connection, guild_id, job.id, reporter_id, now, reason[:REASON_MAX])
        if report_id is None:
            raise NotNow("You have reported this already. The moderators know.")
        return Report(report_id, guild_id, job.id, reporter_id, now, reason[:REASON_MAX], ReportState.OPEN)

    async def unheard(self, report: Report) -> None:
        """A report could not be posted: it may be made again."""
        async with self._database.write() as connection:
            await conduct.withdraw(connection, report.id)

    async def reported(self, guild_id: int, report_id: int) -> tuple[Report, Job]:
        """A report of this server, and its job. Raises ``NotFound``."""
        async with self._database.read() as connection:
            found = await conduct.reported(connection, report_id)
            job = await jobs.get(connection, found.job_id) if found is not None else None
        if found is None or job is None or found.guild_id != guild_id:
            raise NotFound("I do not know this report.")
        return found, job

    async def answer(self, actor_id: int, report: Report, entry: AuditAction, job: Job) -> Report:
        """Claim what is to be done about a report; raises ``NotNow`` for whoever comes second.

        A picture can be removed and its maker blocked, one after the other; dismissing is for open reports alone.
        """
        enters = _NEXT.get((report.state, entry))
        async with self._database.write() as connection:
            if enters is None or not await conduct.answer(connection, report.id, report.state, enters):
                raise NotNow("That was done already.")
            if entry is AuditAction.DISMISS:
                booked = AuditEntry(report.guild_id, self._clock.now(), actor_id, entry, job.code, job.member_id)
                await audit.append(connection, booked)
        return replace(report, state=enters)

    async def reopen(self, now: Report, before: Report) -> None:
        """What was claimed could not be done."""
        async with self._database.write() as connection:
            await conduct.answer(connection, now.id, now.state, before.state)

    # Looking

    async def audit(
        self, guild_id: int, *, before: int | None, action: AuditAction | None, member_id: int | None
    ) -> tuple[list[AuditEntry], bool]:
        """A page of the record, newest first, and whether there is more."""
        async with self._database.read() as connection:
            found = await audit.page(
                connection, guild_id, before=before, action=action, member_id=member_id, limit=PAGE + 1
            )
        return found[:PAGE], len(found) > PAGE

    async def usage(self, guild_id: int, title: str, days: int, member_id: int | None) -> tuple[UsageSummary, bytes]:
        """What was made in the last days, and its chart as a PNG."""
        days = min(DAYS_MAX, max(1, days))
        now = self._clock.now()
        since = (now // DAY_MS - days + 1) * DAY_MS
        async with self._database.read() as connection:
            made = await usage.made(connection, guild_id, since, DAY_MS, member_id=member_id)
        found = tally(made, title, since, days, of_one=member_id is not None)
        return found, await self._renderer.draw(draw_usage, found.chart)

    def _tell(self, guild_id: int, actor_id: int, text: str, what: str, member_id: int, reason: str) -> None:
        _log.info(what, guild=guild_id, by=actor_id, member=member_id)
        self._moderator_log.post(LogNotice(guild_id, NoticeKind.DEED, text, member_id, reason=reason[:REASON_MAX]))
