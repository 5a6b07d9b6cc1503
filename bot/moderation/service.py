"""What moderators do besides setting rules: block, grant, cancel, remove, answer reports, and look at what happened.

Who may do it is Discord's to say and the commands' to check; everything done here leaves a line in the audit.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable

import structlog

from bot.admission.standing import HOUR_MS
from bot.audit.moderator_log import LogNotice, ModeratorLog, NoticeKind
from bot.clock import DAY_MS, Clock
from bot.credits import account as credits
from bot.drawing.renderer import Renderer
from bot.errors import Missing, NotBlocked, NotFound, NotNow, OutOfRange
from bot.generation.service import GenerationService
from bot.guild_settings.rules import CREDITS_MAX
from bot.models import AuditAction, AuditEntry, Block, Job, Member, Place
from bot.models.captions import ChartCaptions
from bot.models.usage import UsageChart
from bot.moderation.usage import UsageSummary, summarise
from bot.storage import Connection, Database, audit, jobs, standing, usage

_log = structlog.get_logger(__name__)

PAGE = 10
_LINK = re.compile(r"/channels/\d+/\d+/(\d{15,19})\b")
DAYS_MAX = 31
REASON_MAX = 300
_BLOCKS_SHOWN = 15


class Moderation:
    """A server's id comes first everywhere, so that nothing reaches into another server."""

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
        self._tell(await self._database.write(record_block, guild_id, one))
        return one

    async def unblock(self, guild_id: int, actor_id: int, member_id: int, reason: str) -> None:
        """Lift a block and forget the member's strikes. Raises ``NotBlocked`` where there is nothing to lift."""
        entry = AuditEntry(
            guild_id, self._clock.now(), actor_id, AuditAction.UNBLOCK, "", member_id, reason=reason[:REASON_MAX]
        )
        await self._database.write(_unblock, member_id, entry)
        self._tell(entry)

    async def blocked(self, guild_id: int) -> list[Block]:
        """The newest blocks in force."""
        return await self._database.read(standing.blocked, guild_id, self._clock.now(), _BLOCKS_SHOWN)

    async def grant(self, guild_id: int, actor_id: int, member_id: int, amount: int, reason: str) -> None:
        """Give a member credits on top of their limit, for 24 hours."""
        if not 1 <= amount <= CREDITS_MAX:
            raise OutOfRange("credits", 1, CREDITS_MAX)
        now, reason = self._clock.now(), reason[:REASON_MAX]
        entry = AuditEntry(guild_id, now, actor_id, AuditAction.GRANT, "", member_id, after=str(amount), reason=reason)
        await self._database.write(_grant, member_id, amount, entry)
        self._tell(entry)

    # Jobs

    async def job(self, guild_id: int, text: str, missing: Missing = Missing.NAMED) -> Job:
        """A job of this server by a code or a message's link. Raises ``NotFound``: ``missing`` says what of."""
        link = _LINK.search(text)
        if link is not None:
            found = await self._database.read(jobs.at_message, int(link[1]))
        else:
            code = text.strip().strip("`").lower().partition("-")[0]
            found = await self._database.read(jobs.by_code, code)
        if found is None or found.place.guild_id != guild_id:
            raise NotFound(missing)
        return found

    async def cancel(self, guild_id: int, actor: Member, place: Place, member_id: int) -> list[Job]:
        """End everything of a member that waits or runs in this server."""
        ended: list[Job] = []
        for code in await self._database.read(jobs.unfinished, guild_id, member_id):
            with contextlib.suppress(NotFound, NotNow):  # it ended by itself meanwhile
                ended.append(await self._generation.cancel(code, actor, place))
        return ended

    # Looking

    async def audit(
        self, guild_id: int, *, before: int | None, action: AuditAction | None, member_id: int | None
    ) -> tuple[list[AuditEntry], bool]:
        """A page of the record, newest first, and whether there is more."""
        found = await self._database.read(
            audit.page, guild_id, before=before, action=action, member_id=member_id, limit=PAGE + 1
        )
        return found[:PAGE], len(found) > PAGE

    async def usage(self, guild_id: int, days: int, member_id: int | None, label: Callable[[int], str]) -> UsageSummary:
        """What was made in the last days; ``label`` says what a day (midnight, UTC, epoch ms) is called."""
        days = min(DAYS_MAX, max(1, days))
        now = self._clock.now()
        since = (now // DAY_MS - days + 1) * DAY_MS
        made = await self._database.read(usage.made, guild_id, since, DAY_MS, member_id=member_id)
        return summarise(made, [label(since + day * DAY_MS) for day in range(days)], of_one=member_id is not None)

    async def chart(self, usage: UsageChart, captions: ChartCaptions) -> bytes:
        """The same as a PNG."""
        return await self._renderer.draw("bot.drawing.chart:draw_usage", usage, captions)

    def _tell(self, entry: AuditEntry) -> None:
        _log.info("moderated", action=entry.action, guild=entry.guild_id, by=entry.actor_id, member=entry.member_id)
        self._moderator_log.post(LogNotice(entry.guild_id, NoticeKind.ACTION, entry.member_id, entry=entry))


def record_block(connection: Connection, guild_id: int, one: Block) -> AuditEntry:
    """Block a member, and put it on record."""
    standing.block(connection, guild_id, one)
    after = None if one.until is None else str(one.until)
    entry = AuditEntry(
        guild_id, one.at, one.actor_id, AuditAction.BLOCK, "", one.member_id, after=after, reason=one.reason
    )
    audit.append(connection, entry)
    return entry


def _unblock(connection: Connection, member_id: int, entry: AuditEntry) -> None:
    if not standing.is_blocked(connection, entry.guild_id, member_id, entry.at):
        raise NotBlocked(member_id)
    standing.unblock(connection, entry.guild_id, member_id)
    standing.clear_strikes(connection, entry.guild_id, member_id)
    audit.append(connection, entry)


def _grant(connection: Connection, member_id: int, amount: int, entry: AuditEntry) -> None:
    credits.grant(connection, entry.guild_id, member_id, amount, entry.at)
    audit.append(connection, entry)
