"""What a request costs a member, and its way through the ledger: reserve, then settle and release."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.audit.operator_alerts import BUDGET_LEVELS
from bot.clock import DAY_MS
from bot.credits import ceilings, grants
from bot.credits.ceilings import CeilingUsage
from bot.errors import OutOfCredits, OverBudget, TooManyJobs
from bot.guild_settings.rules import Limit, Rules, limit_of
from bot.models import Job, Member, NewJob, Place, Plan
from bot.storage import Connection, ledger
from bot.storage.ledger import Standing

_GRANTS_READ_MS = 30 * DAY_MS


@dataclass(frozen=True, slots=True)
class CreditUsage:
    """A member's credits in the rolling window, and the pool that they share."""

    used: int
    reserved: int
    granted: int
    """What is still open of the moderators' grants."""
    limit: Limit
    left: int | None
    """Credits that may still be spent now, grants included; None is unlimited. The pool may hold less."""
    next_return_at: int | None
    """When the next credits come back, or None while none are out."""
    next_return: int = 0
    """How many come back then."""
    pool: int | None = None
    """The server's credits for everybody together; None is unlimited."""
    pool_used: int = 0
    ceilings: tuple[CeilingUsage, ...] = ()
    """What the operator's leave, which hold whatever stands above."""


def room(plan: Plan, place: Place, rules: Rules, estimate_microusd: int) -> ledger.Room:
    """What may be used before a plan, in its server and of the budget, so that it fits."""
    pool = budget = ledger.UNLIMITED
    if place.guild_id is not None:
        pools = (rules.server_ceiling, rules.pool_credits)
        pool = min(one for one in pools if one is not None) - plan.credits
    if rules.daily_budget_microusd is not None:
        budget = rules.daily_budget_microusd - estimate_microusd * plan.request.count
    return ledger.Room(pool, budget)


def standing(connection: Connection, new: NewJob, rules: Rules, room: ledger.Room) -> Standing:
    """Where whoever asks for a job stands; what is spent is exact from where on the operator is told of it."""
    if rules.daily_budget_microusd is not None:
        told = int(rules.daily_budget_microusd * (1 - BUDGET_LEVELS[0]))
        room = ledger.Room(room.pool, room.budget_microusd - told)
    return ledger.standing(connection, new.place.guild_id, new.member.id, new.created_at, new.event_id, room)


def check(
    connection: Connection, standing: Standing, member: Member, place: Place, plan: Plan, rules: Rules, now: int
) -> int:
    """How many of the plan's credits are to be drawn from grants; the rest goes against the limit.

    Raises ``TooManyJobs``, ``OutOfCredits`` or ``OverCeiling`` when there is no room for the plan.
    """
    if standing.active >= rules.user_jobs:
        raise TooManyJobs(rules.user_jobs)
    drawn = _check_member(connection, member, place, plan, limit_of(rules, member), standing.used, now)
    if rules.pool_credits is not None and place.guild_id is not None:
        _check_pool(connection, place.guild_id, plan, rules.pool_credits, standing.totals.together, now - DAY_MS)
    ceilings.check(connection, member, place, plan.credits, rules, standing.totals, now)
    return drawn


def _check_member(
    connection: Connection, member: Member, place: Place, plan: Plan, limit: Limit, used: int, now: int
) -> int:
    if limit.credits == 0:
        raise OutOfCredits(plan.credits, 0, 0)
    if limit.credits is None or used + plan.credits <= limit.credits:
        return 0
    own = max(0, limit.credits - used)
    granted = _granted(connection, member, place, now)
    if plan.credits <= own + granted:
        return plan.credits - own
    refusal = OutOfCredits(plan.credits, own + granted, limit.credits + granted)
    back = ledger.next_return(connection, place.guild_id, member.id, now - DAY_MS)
    if back is not None and plan.credits <= refusal.limit:
        refusal.back, refusal.back_at = back[1], back[0] + DAY_MS
    raise refusal


def _granted(connection: Connection, member: Member, place: Place, now: int) -> int:
    # Which grant a draw emptied depends on those before it, as far as one was still open when the next was given.
    booked = ledger.beside_limit(connection, place.guild_id, member.id, now - _GRANTS_READ_MS)
    return grants.left(*booked, now)


def _check_pool(connection: Connection, guild_id: int, plan: Plan, pool: int, used: int, since: int) -> None:
    if used + plan.credits <= pool:
        return
    back = ledger.pool_return(connection, guild_id, since)
    back_at = None if back is None else back[0] + DAY_MS
    raise OutOfCredits(plan.credits, max(0, pool - used), pool, shared=True, back_at=back_at)


def check_budget(standing: Standing, plan: Plan, rules: Rules, estimate_microusd: int) -> float:
    """The share of the operator's budget that is spent with this plan, 0 where there is none.

    Raises ``OverBudget`` when the plan does not fit into it.
    """
    if rules.daily_budget_microusd is None:
        return 0.0
    before, budget = standing.spent_microusd, rules.daily_budget_microusd
    spent = before + estimate_microusd * plan.request.count
    if spent > budget:
        raise OverBudget(before / budget if budget else 1.0)
    return spent / budget if budget else 0.0


def grant(connection: Connection, guild_id: int, member_id: int, credits: int, now: int) -> None:
    """Give a member credits on top of their limit, for the next 24 hours."""
    entry = ledger.LedgerEntry(None, guild_id, member_id, "grant", credits, counts_at=now, at=now)
    ledger.append(connection, entry)


def reserve(
    connection: Connection, job_id: int, member: Member, place: Place, plan: Plan, drawn: int, now: int
) -> None:
    """Book a job's credits as reserved, ``drawn`` of them from grants; in the transaction of its check and its row."""
    entry = ledger.LedgerEntry(job_id, place.guild_id, member.id, "reserve", plan.credits, counts_at=now, at=now)
    ledger.append(connection, entry, replace(entry, kind="draw", credits=drawn))


def settle(connection: Connection, job: Job, delivered: int, now: int) -> None:
    """Book an ended job: ``delivered`` credits are spent, the rest of its reservation returns.

    All count from when the job was accepted, as its reservation does. The limit gets its part back first.
    """
    reserved = job.request.model.credits * job.request.count
    released = reserved - delivered
    back = 0
    if released:
        back = max(0, released - (reserved - ledger.drawn_by(connection, job.id)))
    spent = ledger.LedgerEntry(job.id, job.place.guild_id, job.member_id, "settle", delivered, job.created_at, now)
    ledger.append(
        connection, spent, replace(spent, kind="release", credits=released), replace(spent, kind="draw", credits=-back)
    )


def usage(connection: Connection, member: Member, place: Place, rules: Rules, now: int) -> CreditUsage:
    """Where a member stands in the rolling 24 hours."""
    since = now - DAY_MS
    counted, total = ledger.used_since(connection, place.guild_id, member.id, since)
    reserved = ledger.reserved_by(connection, place.guild_id, member.id, since)
    granted = _granted(connection, member, place, now)
    back = ledger.next_return(connection, place.guild_id, member.id, since)
    pooled = rules.pool_credits is not None and place.guild_id is not None
    totals = ledger.totals(connection, place.guild_id, member.id, since)
    limit = limit_of(rules, member)
    return CreditUsage(
        used=max(0, total - reserved),
        reserved=reserved,
        granted=granted,
        limit=limit,
        left=(max(0, limit.credits - counted) + granted) if limit.credits else limit.credits,
        next_return_at=None if back is None else back[0] + DAY_MS,
        next_return=0 if back is None else back[1],
        pool=rules.pool_credits if pooled else None,
        pool_used=totals.together if pooled else 0,
        ceilings=ceilings.usage(connection, member, place, rules, totals, now),
    )
