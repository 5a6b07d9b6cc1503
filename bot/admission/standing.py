"""The strike rule: refusals for content are counted, and who collects too many is paused."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from bot.audit.moderator_log import LogNotice, ModeratorLog, NoticeKind
from bot.clock import Clock
from bot.guild_settings.rules import Rules
from bot.guild_settings.store import GuildSettings
from bot.models import AuditAction, AuditEntry, Block, Failure, Job, Origin
from bot.storage import Connection, Database, audit, jobs, standing

_log = structlog.get_logger(__name__)

HOUR_MS = 60 * 60 * 1000

OWN_WORDS = frozenset({Origin.IMAGINE, Origin.EDIT, Origin.REMIX})
"""Where the member wrote the prompt; whoever presses `Reroll` is not to blame for somebody else's words."""

_TOLD = {
    Failure.MODERATED: NoticeKind.MODERATED,
    Failure.BAD_KEY: NoticeKind.BAD_KEY,
    Failure.OUT_OF_FUNDS: NoticeKind.OUT_OF_FUNDS,
}
"""What moderators hear of an ended job, by its failure."""


class Standing:
    """Counts while the rule is on; what happened before it was set is not held against anybody."""

    def __init__(
        self, database: Database, guild_settings: GuildSettings, clock: Clock, moderator_log: ModeratorLog
    ) -> None:
        self._database = database
        self._guild_settings = guild_settings
        self._clock = clock
        self._moderator_log = moderator_log

    async def ended(self, job: Job, failure: Failure | None) -> Strike:
        """A job has ended: what of that is the moderators' business; gives the strike of who asked for it."""
        guild_id = job.place.guild_id
        if guild_id is None or failure is None or failure not in _TOLD:
            return Strike()
        rules = await self._guild_settings.of(guild_id)
        own = job.request.origin in OWN_WORDS
        prompt = job.request.prompt if rules.log_prompts and own else None
        writer = await self._database.read(jobs.writer_of, job.id)
        notice = LogNotice(guild_id, _TOLD[failure], writer, job.place.channel_id, job.code, prompt)
        self._moderator_log.post(notice)
        if failure is not Failure.MODERATED or not own or not writer:
            return Strike()
        strike = await self.strike(guild_id, writer, rules)
        return strike if writer == job.member_id else Strike()

    async def strike(self, guild_id: int, member_id: int, rules: Rules) -> Strike:
        """Note a refusal for content, and pause the member if it was one too many."""
        if not rules.strikes:
            return Strike()
        strike = await self._database.write(_strike, guild_id, member_id, rules, self._clock.now())
        if strike.paused_until is not None:
            _log.info("paused", guild=guild_id, member=member_id)
            notice = LogNotice(guild_id, NoticeKind.PAUSED, member_id, strikes=strike.count, hours=rules.pause_hours)
            self._moderator_log.post(notice)
        return strike


@dataclass(frozen=True, slots=True)
class Strike:
    """A refusal for content: which one it is, whether the next one pauses, or until when this one does (epoch ms)."""

    count: int = 0
    last_warning: bool = False
    paused_until: int | None = None


def _strike(connection: Connection, guild_id: int, member_id: int, rules: Rules, now: int) -> Strike:
    count = standing.strike(connection, guild_id, member_id, now, now - rules.strike_hours * HOUR_MS)
    if count < rules.strikes or standing.is_blocked(connection, guild_id, member_id, now):
        return Strike(count, last_warning=count == rules.strikes - 1)  # a moderator's block stands as it is
    until = now + rules.pause_hours * HOUR_MS
    reason = f"strikes={count} hours={rules.strike_hours}"  # data: it is shown as a sentence
    standing.block(connection, guild_id, Block(member_id, now, until, 0, reason))
    standing.clear_strikes(connection, guild_id, member_id)  # after the pause they begin anew
    entry = AuditEntry(guild_id, now, 0, AuditAction.PAUSE, "", member_id, after=str(until), reason=reason)
    audit.append(connection, entry)
    return Strike(count, paused_until=until)
