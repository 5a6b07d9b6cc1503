"""Audit entries: what moderators did, put on record in the transaction that does it."""

from __future__ import annotations

from bot.audit.moderator_log import LogNotice, NoticeKind
from bot.models import AuditAction, AuditEntry, Job, Member
from bot.storage import Connection, audit


def record_job_action(
    connection: Connection,
    job: Job,
    by: Member,
    action: AuditAction,
    now: int,
    reason: str = "",
    *,
    own: bool = False,
) -> LogNotice | None:
    """Record what somebody did to another member's job, or with ``own`` to theirs.

    Gives what the moderators' log is to tell once it is done; of their own nothing.
    """
    guild_id = job.place.guild_id
    if guild_id is None or (by.id == job.member_id and not own):
        return None
    entry = AuditEntry(guild_id, now, by.id, action, job.code, job.member_id, reason=reason or None)
    audit.append(connection, entry)
    return None if own else LogNotice(guild_id, NoticeKind.ACTION, job.member_id, entry=entry)
