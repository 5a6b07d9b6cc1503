"""Pure: a member's credits."""

from __future__ import annotations

from discord import ui

from bot.credits.account import CreditUsage
from bot.credits.ceilings import CeilingUsage
from bot.errors import Blocked, Ceiling
from bot.guild_settings.rules import Limit
from bot.ui.markup import bar, role, timestamp
from bot.ui.views.card import PICTURE, card
from bot.ui.words import N_, _
from bot.ui.words.refusals import explain

_CEILINGS = {
    Ceiling.MEMBER: N_("The operator's limit for you, over all servers and messages: **{left} of {limit}** left"),
    Ceiling.SERVER: N_("The operator's limit for this server: **{left} of {limit}** left"),
}


def quota(usage: CreditUsage, blocked: Blocked | None = None) -> ui.LayoutView:
    """What is left, why so many, and when more come; and what keeps the member from using any."""
    whole = usage.limit.credits
    held = [one for one in usage.ceilings if whole != 0 and _holds(one, usage)]
    lines = [] if blocked is None else [f"{explain(blocked)}\n"]
    if held:
        lines += _left(*min((one.left, one.limit) for one in held))
    elif whole is None:
        lines.append(_("**Your credits here are unlimited**"))
    elif whole == 0:
        lines.append(_("**Making pictures is switched off for you here**"))
    else:
        lines += _left(usage.left or 0, whole + usage.granted)
    lines.append(_("Used in the last 24 hours: **{credits}**", credits=usage.used))
    if usage.reserved:
        lines.append(_("Reserved for pictures in progress: **{credits}**", credits=usage.reserved))
    if usage.granted and whole:
        lines.append(_("Extra credits from the moderators, not used yet: **{credits}**", credits=usage.granted))
    if usage.next_return_at is not None and whole and not held:
        at = usage.next_return_at
        text = _(
            "**{credits}** back {soon}, at {time}",
            credits=usage.next_return,
            soon=timestamp(at, "R"),
            time=timestamp(at, "t"),
        )
        lines.append(text)
    if usage.pool is not None:
        left = max(0, usage.pool - usage.pool_used)
        lines.append(_("Everybody here together: **{left} of {pool}** left", left=left, pool=usage.pool))
    lines += map(_ceiling, held)
    if held:
        lines.append(_by_the_rules(usage))
    else:
        lines.append(f"-# {_whose_limit(usage.limit)}")
    lines.append(_("-# A `pro` picture costs 1 credit, a `max` picture 2. Pictures that fail cost nothing."))
    return card(PICTURE, "\n".join(lines))


def _left(left: int, whole: int) -> list[str]:
    return [_("**{left} of {whole} credits left**", left=left, whole=whole), bar(left, whole)]


def _by_the_rules(usage: CreditUsage) -> str:
    """What the member would have left if the operator's ceiling were not lower."""
    if usage.limit.credits is None:
        return _("-# This server itself sets you no limit; the operator's holds.")
    left, whole = usage.left or 0, usage.limit.credits + usage.granted
    return _("-# By this server's rules alone: **{left} of {whole} credits left**", left=left, whole=whole)


def _holds(one: CeilingUsage, usage: CreditUsage) -> bool:
    """Whether an operator's ceiling leaves less than the member's own limit."""
    return usage.left is None or one.left < usage.left


def _ceiling(one: CeilingUsage) -> str:
    text = _(_CEILINGS[one.code], left=one.left, limit=one.limit)
    if one.back_at is None:
        return text
    soon, at = timestamp(one.back_at, "R"), timestamp(one.back_at, "t")
    return f"{text}; " + _("**{credits}** back {soon}, at {time}", credits=one.back, soon=soon, time=at)


def _whose_limit(limit: Limit) -> str:
    if limit.role_id is not None:
        return _("Your limit comes from the role {role}.", role=role(limit.role_id))
    return _("Your limit is this server's rule.") if limit.own else _("Your limit is the usual one.")
