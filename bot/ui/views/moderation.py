"""Pure: what moderators read: usage, blocks, the record, reports, and the log channel's lines."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import discord
from discord import ui

from bot.audit.moderator_log import LogNotice, NoticeKind
from bot.credits.account import CreditUsage
from bot.models import AuditAction, AuditEntry, Block, Job, Report, ReportState
from bot.moderation.usage import UsageSummary
from bot.ui import controls
from bot.ui.views.card import PICTURE, QUIET, TEXT_MAX, TROUBLE, Row, card
from bot.ui.views.settings import FIELD_NAMES, value
from bot.ui.views.usage_words import words

CHART_NAME = "usage.png"
_TOP = 5
_LINES = 12
_QUOTED = 200

_DONE = {
    AuditAction.RULE: "{actor} changed {subject}: {before} → {after}",
    AuditAction.GRANT: "{actor} gave {member} {after} credits",
    AuditAction.BLOCK: "{actor} blocked {member} {until}",
    AuditAction.UNBLOCK: "{actor} unblocked {member}",
    AuditAction.PAUSE: "{member} was paused {until}",
    AuditAction.CANCEL: "{actor} cancelled `{subject}` of {member}",
    AuditAction.REMOVE: "{actor} removed `{subject}` of {member}",
    AuditAction.DISMISS: "{actor} dismissed a report of `{subject}` by {member}",
}
_ANSWERED = {
    ReportState.REMOVED: "**Removed** by {who}.",
    ReportState.BLOCKED: "**Its maker was blocked** by {who}.",
    ReportState.SETTLED: "**Removed, and its maker blocked**; the last was {who}.",
    ReportState.DISMISSED: "**Dismissed** by {who}.",
}
_GONE = {ReportState.REMOVED, ReportState.SETTLED}
_LEFT: dict[ReportState, tuple[str, ...]] = {
    ReportState.OPEN: ("remove", "block", "dismiss"),
    ReportState.REMOVED: ("block",),
    ReportState.BLOCKED: ("remove",),
    ReportState.SETTLED: (),
    ReportState.DISMISSED: (),
}
"""What can still be done about a report."""


def usage(tally: UsageSummary, now: CreditUsage | None, member_id: int | None) -> ui.LayoutView:
    """The chart, and the same numbers in words."""
    chart = tally.chart
    whose = f"<@{member_id}>" if member_id else "this server"
    lines = [
        f"**What {whose} made** · {chart.subtitle}",
        f"**{_sum(chart.pictures, chart.credits, chart.cost_usd)}**",
    ]
    if member_id is None:
        lines += [
            f"{place}. <@{member}> · {_sum(share.pictures, share.credits, share.cost_usd)}"
            for place, (member, share) in enumerate(tally.members[:_TOP], start=1)
            if member
        ]
    if now is not None:
        limit = "unlimited" if now.limit.credits is None else f"{now.limit.credits + now.granted:,}"
        lines.append(f"At present **{now.used + now.reserved}** of **{limit}** credits are used.")
    item = discord.MediaGalleryItem(f"attachment://{CHART_NAME}", description=words(chart))
    return card(PICTURE, ui.MediaGallery(item), ui.TextDisplay("\n".join(lines)[:TEXT_MAX]))


def _sum(pictures: int, credits: int, cost_usd: float) -> str:
    counts = " · ".join(f"{n:,} {what}{'s' * (n != 1)}" for n, what in ((pictures, "picture"), (credits, "credit")))
    return f"{counts} · ${cost_usd:,.2f}"


def blocks(found: Sequence[Block]) -> str:
    """Who may not make pictures, and until when."""
    if not found:
        return "Nobody is blocked here."
    lines = ["**Blocked from making pictures**"]
    for one in found:
        who = f"by <@{one.actor_id}>" if one.actor_id else "by the strike rule"
        reason = f" – {discord.utils.escape_markdown(one.reason)}" if one.reason else ""
        lines.append(f"<@{one.member_id}> {until(one.until)}, {who}{reason}")
    return "\n".join(lines)[:TEXT_MAX]


def until(at: int | None) -> str:
    """The end of a block, in the reader's own zone."""
    return "until it is lifted" if at is None else f"until <t:{at // 1000}:f>"


def record(
    entries: Sequence[AuditEntry], more: bool, action: AuditAction | None, member_id: int | None
) -> ui.LayoutView:
    """A page of the audit."""
    about = " · ".join([*([f"`{action}`"] if action else []), *([f"<@{member_id}>"] if member_id else [])])
    title = "**The record of this server**" + (f" · {about}" if about else "")
    if not entries:
        return card(QUIET, ui.TextDisplay(f"{title}\nNothing is on record."))
    text = "\n".join([title, *(_deed(entry) for entry in entries)])[:TEXT_MAX]
    rows = [Row(controls.AuditPage(entries[-1].id, action, member_id))] if more else []
    return card(PICTURE, ui.TextDisplay(text), *rows)


def _deed(entry: AuditEntry) -> str:
    ends = (
        until(int(entry.after))
        if entry.after and entry.action in {AuditAction.BLOCK, AuditAction.PAUSE}
        else until(None)
    )
    words = _DONE[entry.action].format(
        actor=f"<@{entry.actor_id}>",
        member=f"<@{entry.member_id}>" if entry.member_id else "somebody",
        subject=FIELD_NAMES.get(entry.subject, entry.subject),
        before=_ruled(entry, entry.before),
        after=_ruled(entry, entry.after),
        until=ends,
    )
    reason = f" – {discord.utils.escape_markdown(entry.reason)}" if entry.reason else ""
    return f"<t:{entry.at // 1000}:f> {words}{reason}"


def _ruled(entry: AuditEntry, text: str | None) -> str:
    if entry.action is not AuditAction.RULE or text is None:
        return text or ""
    return _json(entry.subject, text)


def _json(field: str, text: str) -> str:
    return value(field, json.loads(text))


def report(one: Report, job: Job, actor_id: int = 0) -> ui.LayoutView:
    """A report as moderators find it in the log channel, what was done about it, and what still can be."""
    channel_id = job.message_channel_id or job.place.channel_id
    link = f"https://discord.com/channels/{one.guild_id}/{channel_id}/{job.message_id}"
    code = f"`{job.code}`" if job.message_id is None or one.state in _GONE else f"[`{job.code}`]({link})"
    lines = [
        f"**A picture was reported** · {code}",
        f"Made by <@{job.member_id}> <t:{job.created_at // 1000}:R>, reported by <@{one.reporter_id}>.",
    ]
    if one.reason:
        lines.append("> " + discord.utils.escape_markdown(" ".join(one.reason.split())))
    if one.state is not ReportState.OPEN:
        lines.append(_ANSWERED[one.state].format(who=f"<@{actor_id}>"))
    buttons = [controls.ReportAnswer(one.id, what) for what in _LEFT[one.state]]
    rows = [Row(*buttons)] if buttons else []
    return card(TROUBLE if one.state is ReportState.OPEN else QUIET, ui.TextDisplay("\n".join(lines)), *rows)


def log(notices: Sequence[LogNotice]) -> ui.LayoutView:
    """Several notices as one message: the same ones together, no more than a screenful."""
    counts = Counter(_without_prompt(one) for one in notices)
    prompts = {_without_prompt(one): one.prompt for one in notices if one.prompt}
    lines: list[str] = []
    for one, count in list(counts.items())[:_LINES]:
        reason = f" – {discord.utils.escape_markdown(' '.join(one.reason.split()))}" if one.reason else ""
        lines.append(one.text + reason + (f" (×{count})" if count > 1 else ""))
        lines += [f"{FIELD_NAMES[field]}: {_json(field, old)} → {_json(field, new)}" for field, old, new in one.changes]
        if prompt := prompts.get(one):
            words = " ".join(prompt.split())
            lines.append(
                "> " + discord.utils.escape_markdown(words if len(words) <= _QUOTED else words[:_QUOTED] + "…")
            )
    if len(counts) > _LINES:
        lines.append(f"-# and {len(counts) - _LINES} more")
    grave = any(one.kind in {NoticeKind.TROUBLE, NoticeKind.PAUSED} for one in notices)
    return card(TROUBLE if grave else QUIET, ui.TextDisplay("\n".join(lines)[:TEXT_MAX]))


def _without_prompt(one: LogNotice) -> LogNotice:
    """A notice without what the member wrote: what makes two of them the same."""
    return replace(one, prompt=None)
