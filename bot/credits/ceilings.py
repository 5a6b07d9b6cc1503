"""The operator's ceilings on credits: what one member may use everywhere, and all members of one server together.

No rule of a server lifts them: they look at neither limits nor roles, and count what was paid from grants.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.clock import DAY_MS
from bot.errors import Ceiling, OverCeiling
from bot.guild_settings.rules import Rules
from bot.models import Member, Place
from bot.storage import Connection, ledger


@dataclass(frozen=True, slots=True)
class CeilingUsage:
    """What a ceiling leaves of a rolling 24 hours."""

    code: Ceiling
    left: int
    limit: int
    back: int = 0
    """So many credits return at ``back_at`` (epoch ms), which is None while none are out."""
    back_at: int | None = None


def check(
    connection: Connection, member: Member, place: Place, cost: int, rules: Rules, totals: ledger.CreditTotals, now: int
) -> None:
    """Raise ``OverCeiling`` where ``cost`` credits do not fit below a ceiling; without a statement where they do."""
    held = next((one for one in _left(rules, place, totals) if one.left < cost), None)
    if held is not None:
        held = _with_return(connection, held, member, place, now)
        raise OverCeiling(held.code, cost, held.left, held.limit, held.back, held.back_at)


def usage(
    connection: Connection, member: Member, place: Place, rules: Rules, totals: ledger.CreditTotals, now: int
) -> tuple[CeilingUsage, ...]:
    """Where a member and their server stand below the ceilings, the member's first."""
    return tuple(_with_return(connection, one, member, place, now) for one in _left(rules, place, totals))


def _left(rules: Rules, place: Place, totals: ledger.CreditTotals) -> tuple[CeilingUsage, ...]:
    of_member = CeilingUsage(Ceiling.MEMBER, max(0, rules.member_ceiling - totals.everywhere), rules.member_ceiling)
    if place.guild_id is None:
        return (of_member,)
    left = max(0, rules.server_ceiling - totals.together)
    return (of_member, CeilingUsage(Ceiling.SERVER, left, rules.server_ceiling))


def _with_return(connection: Connection, one: CeilingUsage, member: Member, place: Place, now: int) -> CeilingUsage:
    since = now - DAY_MS
    if one.code is Ceiling.MEMBER:
        back = ledger.return_everywhere(connection, member.id, since)
    else:
        back = ledger.pool_return(connection, place.guild_id or 0, since)
    return one if back is None else replace(one, back=back[1], back_at=back[0] + DAY_MS)
