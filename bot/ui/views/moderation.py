"""Pure: what moderators read: usage, blocks, the record, reports, and the log channel's lines."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import discord
from discord import ui

from bot.audit.moderator_log import LogNotice, NoticeKind
from bot.credits.account import CreditUsage
from bot.models import AuditAction, AuditEntry, Block, Job, Report, ReportState
from bot.moderation.service import REASON_MAX
from bot.moderation.usage import UsageSummary
from bot.ui import controls
from bot.ui.markup import channel, elided, escaped, in_code, mention, message_link, one_line, quoted, timestamp
from bot.ui.rules import field_name, field_value
from bot.ui.views.card import PICTURE, QUIET, TEXT_MAX, TROUBLE, Row, attached, card
from bot.ui.views.job_text import person, pictures
from bot.ui.views.settings import changed_field
from bot.ui.views.usage_words import words
from bot.ui.words import N_, _, money, ngettext, number

CHART_NAME = "usage.png"
_TOP = 5
_LINES = 12
_QUOTED = 200
_PROMPT_SHOWN = 600

ACTIONS = {
    AuditAction.RULE: N_("changes of rules"),
    AuditAction.GRANT: N_("credits given"),
    AuditAction.BLOCK: N_("blocks"),
    AuditAction.UNBLOCK: N_("lifted blocks"),
    AuditAction.PAUSE: N_("pauses"),
    AuditAction.CANCEL: N_("cancelled requests"),
    AuditAction.REMOVE: N_("removed pictures"),
    AuditAction.DISMISS: N_("dismissed reports"),
}
"""What the record can be looked up by."""
_DONE = {
    AuditAction.RULE: N_("{actor} changed {subject}"),
    AuditAction.GRANT: N_("{actor} gave {member} credits"),
    AuditAction.BLOCK: N_("{actor} blocked {member}"),
    AuditAction.UNBLOCK: N_("{actor} unblocked {member}"),
    AuditAction.PAUSE: N_("{member} was paused"),
    AuditAction.CANCEL: N_("{actor} cancelled {member}'s `{subject}`"),
    AuditAction.REMOVE: N_("{actor} removed {member}'s `{subject}`"),
    AuditAction.DISMISS: N_("{actor} dismissed a report about {member}'s `{subject}`"),
}
"""One short line, so that it does not wrap on a phone; the particulars stand below it."""
_TOLD = {
    NoticeKind.ASKED_WHILE_BLOCKED: N_("{member} asked for a picture while blocked or paused."),
    NoticeKind.ASKED_ELSEWHERE: N_("{member} asked for a picture in {channel}, where none are made."),
    NoticeKind.BLOCKED_ENTRY: N_("A prompt by {member} in {channel} matched the blocked entry `{subject}`."),
    NoticeKind.BLOCKED_ENTRY_AGAIN: N_(
        "A prompt that {member} asked for again in {channel} matched the blocked entry `{subject}`."
    ),
    NoticeKind.MODERATED: N_("The image service refused a request of {member} in {channel} for its content."),
    NoticeKind.BAD_KEY: N_("`{subject}` failed: the image service does not accept the bot's key."),
    NoticeKind.OUT_OF_FUNDS: N_("`{subject}` failed: the bot's account with the image service is empty."),
    NoticeKind.LAST_CHANNEL_DELETED: N_(
        "The only channel for pictures was deleted: until `/settings channels` names another, none are made."
    ),
    NoticeKind.RULES_CHANGED: N_("{member} changed the rules:"),
}
_GRAVE = {NoticeKind.BAD_KEY, NoticeKind.OUT_OF_FUNDS, NoticeKind.LAST_CHANNEL_DELETED, NoticeKind.PAUSED}
_STRIKES = re.compile(r"strikes=(?P<strikes>\d+) hours=(?P<hours>\d+)")
"""How the strike rule notes why it paused somebody."""
_ANSWERED = {
    ReportState.REMOVED: N_("**Removed** by {who}."),
    ReportState.BLOCKED: N_("**Its maker was blocked** by {who}."),
    ReportState.SETTLED: N_("**Removed, and its maker blocked**; the last was {who}."),
    ReportState.DISMISSED: N_("**Dismissed** by {who}."),
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


def usage(made: UsageSummary, now: CreditUsage | None, member_id: int | None) -> ui.LayoutView:
    """The chart, and the same numbers in words."""
    chart = made.chart
    whose = mention(member_id) if member_id else _("this server")
    lines = [
        _("**What {whose} made** · {days}", whose=whose, days=chart.subtitle),
        f"**{_sum(chart.pictures, chart.credits, chart.cost_usd)}**",
    ]
    if member_id is None:
        lines += [
            f"{place}. {mention(member)} · {_sum(share.pictures, share.credits, share.cost_usd)}"
            for place, (member, share) in enumerate(made.members[:_TOP], start=1)
            if member
        ]
    if now is not None:
        whole, used = now.limit.credits, now.used + now.reserved
        if whole is None:
            lines.append(
                ngettext(
                    "**{count}** credit is used at the moment; there is no limit.",
                    "**{count}** credits are used at the moment; there is no limit.",
                    used,
                )
            )
        else:
            limit = number(whole + now.granted)
            lines.append(_("**{used}** of **{limit}** credits are used at the moment.", used=used, limit=limit))
    return card(PICTURE, ui.MediaGallery(attached(CHART_NAME, words(chart))), "\n".join(lines))


def titled(made: UsageSummary, title: str) -> UsageSummary:
    """The summary with what its chart is called."""
    days = made.chart.days
    subtitle = _("{first} to {last} (UTC)", first=days[0].label, last=days[-1].label)
    if len(days) == 1:
        subtitle = f"{days[0].label} (UTC)"
    return replace(made, chart=replace(made.chart, title=title, subtitle=subtitle))


def _sum(count: int, credits: int, cost_usd: float) -> str:
    return " · ".join([pictures(count), ngettext("{count} credit", "{count} credits", credits), money(cost_usd)])


def blocks(found: Sequence[Block]) -> str:
    """Who may not make pictures, and until when."""
    if not found:
        return _("Nobody is blocked here.")
    return "\n".join([_("**Blocked from making pictures**"), *map(_blocked, found)])[:TEXT_MAX]


def _blocked(one: Block) -> str:
    by, reason = _("by {actor}", actor=person(one.actor_id)) if one.actor_id else _("by the strike rule"), _reason(one)
    return f"{mention(one.member_id)} {until(one.until)}, {by}{f' – {reason}' if reason else ''}"


def until(at: int | None) -> str:
    """The end of a block, in the reader's own zone."""
    return _("until it is lifted") if at is None else _("until {time}", time=timestamp(at))


def _reason(one: AuditEntry | Block) -> str:
    """What a moderator wrote about it, or the bot noted of a pause."""
    if not one.reason:
        return ""
    if strikes := None if one.actor_id else _STRIKES.fullmatch(one.reason):
        return ngettext(
            "{count} refusal for content within {hours} h",
            "{count} refusals for content within {hours} h",
            int(strikes["strikes"]),
            hours=int(strikes["hours"]),
        )
    return escaped(one_line(one.reason))


def record(
    entries: Sequence[AuditEntry], more: bool, action: AuditAction | None, member_id: int | None
) -> ui.LayoutView:
    """A page of the audit."""
    title = _("**The record of this server**")
    if action:
        title += f" · {_(ACTIONS[action])}"
    if member_id:
        title += f" · {mention(member_id)}"
    if not entries:
        return card(QUIET, f"{title}\n" + _("Nothing is on record."))
    rows = [Row(controls.AuditPage(entries[-1].id, action, member_id))] if more else []
    return card(PICTURE, "\n".join([title, *(_done(one, timestamp(one.at, "R")) for one in entries)]), *rows)


def _notice(one: LogNotice) -> str:
    if one.entry is not None:
        return _done(one.entry)
    if one.kind is NoticeKind.RULES_CHANGED and not one.member_id:
        return _("Taken off the rules, because it was deleted:")
    member = person(one.member_id)
    if one.kind is NoticeKind.PAUSED:
        return ngettext(
            "{member} is paused for {hours} h after {count} refusal for content.",
            "{member} is paused for {hours} h after {count} refusals for content.",
            one.strikes,
            member=member,
            hours=one.hours,
        )
    return _(
        _TOLD[one.kind],
        member=member,
        channel=channel(one.channel_id or 0),
        subject=in_code(one.subject),
    )


def _done(entry: AuditEntry, *more: str) -> str:
    """What somebody did, and below it in small letters the particulars."""
    actor, member = mention(entry.actor_id), person(entry.member_id)
    done = _(_DONE[entry.action], actor=actor, member=member, subject=field_name(entry.subject))
    below = " · ".join(filter(None, [_particulars(entry), _reason(entry), *more]))
    return f"{done}\n-# {below}" if below else done


def _particulars(entry: AuditEntry) -> str:
    match entry.action:
        case AuditAction.RULE:
            return f"{_ruled(entry, entry.before)} → {_ruled(entry, entry.after)}"
        case AuditAction.GRANT:
            return _("{credits} for 24 h", credits=ngettext("{count} credit", "{count} credits", int(entry.after or 0)))
        case AuditAction.BLOCK | AuditAction.PAUSE:
            return until(int(entry.after) if entry.after else None)
        case _:
            return ""


def _ruled(entry: AuditEntry, text: str | None) -> str:
    return "" if text is None else field_value(entry.subject, json.loads(text))


def report(
    one: Report,
    job: Job,
    addresses: Sequence[str | None],
    actor_id: int = 0,
    *,
    others: Sequence[Report] = (),
    with_prompt: bool,
) -> ui.LayoutView:
    """A report as moderators find it in the log channel, what was done about it, and what still can be.

    The pictures are covered, and shown from where they stand, so that they go from here when they go from there.
    """
    link = message_link(one.guild_id, job.message_channel_id or job.place.channel_id, job.message_id)
    here = job.message_id is not None and one.state not in _GONE
    code = f"[`{job.code}`]({link})" if here else f"`{job.code}`"
    lines = [
        _("**A picture was reported** · {code}", code=code),
        _(
            "Made by {maker} {time}, reported by {reporter}.",
            maker=person(job.member_id),
            time=timestamp(job.created_at, "R"),
            reporter=person(one.reporter_id),
        ),
    ]
    if here and with_prompt:
        lines.append(quoted(job.request.prompt, _PROMPT_SHOWN))
    if one.reason:
        lines += [_("The reason given:"), quoted(one.reason, REASON_MAX)]
    lines += _reported_too(others)
    if one.state is not ReportState.OPEN:
        lines.append(_(_ANSWERED[one.state], who=mention(actor_id)))
    buttons = [controls.ReportAnswer(one.id, what) for what in _LEFT[one.state]]
    rows = [Row(*buttons)] if buttons else []
    shown = [
        discord.MediaGalleryItem(address, description=_("Picture {number}", number=picture.number), spoiler=True)
        for picture, address in zip(job.pictures, addresses, strict=True)
        if address is not None and here
    ]
    gallery = [ui.MediaGallery[Any](*shown)] if shown else []
    return card(TROUBLE if one.state is ReportState.OPEN else QUIET, *gallery, "\n".join(lines), *rows)


def _reported_too(others: Sequence[Report]) -> list[str]:
    """Who else reported the same picture, and why: the first few, each in a short line."""
    if not others:
        return []
    count = len(others)
    lines = [ngettext("**{count} other member** reported it too.", "**{count} other members** reported it too.", count)]
    for one in others[:_TOP]:
        reason = elided(one_line(one.reason), _QUOTED)
        lines.append(person(one.reporter_id) + (f": {escaped(reason)}" if reason else ""))
    if count > _TOP:
        lines.append(_("-# and {count} more", count=count - _TOP))
    return lines


def log(notices: Sequence[LogNotice]) -> ui.LayoutView:
    """Several notices as one message: the same ones together, no more than a screenful."""
    counts = Counter(_without_prompt(one) for one in notices)
    prompts = {_without_prompt(one): one.prompt for one in notices if one.prompt}
    lines: list[str] = []
    for one, count in list(counts.items())[:_LINES]:
        lines.append(_notice(one) + (f" (×{count})" if count > 1 else ""))
        lines += [changed_field(field, json.loads(old), json.loads(new)) for field, old, new in one.changes]
        if prompt := prompts.get(one):
            lines.append(quoted(prompt, _QUOTED))
    if len(counts) > _LINES:
        lines.append(_("-# and {count} more", count=len(counts) - _LINES))
    grave = any(one.kind in _GRAVE for one in notices)
    return card(TROUBLE if grave else QUIET, "\n".join(lines))


def _without_prompt(one: LogNotice) -> LogNotice:
    """A notice without what the member wrote: what makes two of them the same."""
    return replace(one, prompt=None)
