"""What a request costs a member, and its way through the ledger: reserve, then settle and release."""

from __future__ import annotations

from bot.clock import DAY_MS
from bot.errors import OutOfCredits
from bot.models import Member, Place, Plan, Rules, Usage
from bot.storage import Connection, jobs, ledger


async def check(connection: Connection, member: Member, place: Place, plan: Plan, rules: Rules, now: int) -> None:
    """Raise ``OutOfCredits`` when the member's window has no room for the plan."""
    limit, since = rules.daily_credits, now - DAY_MS
    if limit is None:
        return
    used = await ledger.used_since(connection, place.guild_id, member.id, since)
    if used + plan.credits <= limit:
        return
    if limit == 0:
        raise OutOfCredits("Making pictures is switched off for you here.")
    left = max(0, limit - used)
    text = f"This costs {_credits(plan.credits)} and you have {left} of {limit} left."
    if plan.credits > limit:
        raise OutOfCredits(f"{text} Ask for fewer pictures.")
    back = await ledger.next_return(connection, place.guild_id, member.id, since)
    if back is not None:
        text += f" {back[1]} more {'comes' if back[1] == 1 else 'come'} back <t:{(back[0] + DAY_MS) // 1000}:R>."
    raise OutOfCredits(text)


async def check_budget(connection: Connection, plan: Plan, rules: Rules, estimate_microusd: int, now: int) -> None:
    """Raise ``OutOfCredits`` when the operator's budget has no room for the plan."""
    if rules.daily_budget_microusd is None:
        return
    spent = await jobs.spend_since(connection, now - DAY_MS)
    if spent + estimate_microusd * plan.request.count > rules.daily_budget_microusd:
        raise OutOfCredits("This bot has reached its budget for today. Please try again later.")


async def reserve(connection: Connection, job_id: int, member: Member, place: Place, plan: Plan, now: int) -> None:
    """Book a job's credits as reserved; in the same transaction as its check and its row."""
    entry = ledger.Entry(job_id, place.guild_id, member.id, "reserve", plan.credits, counts_at=now, at=now)
    await ledger.append(connection, entry)


async def settle(connection: Connection, job_id: int, delivered: int, now: int) -> None:
    """Book an ended job: ``delivered`` credits are spent, the rest of the reservation returns."""
    held = await ledger.reservation(connection, job_id)
    if held is None:
        return
    spent = ledger.Entry(job_id, held.guild_id, held.member_id, "settle", delivered, held.counts_at, now)
    back = ledger.Entry(job_id, held.guild_id, held.member_id, "release", held.credits - delivered, held.counts_at, now)
    await ledger.append(connection, spent, back)


async def usage(connection: Connection, member: Member, place: Place, rules: Rules, now: int) -> Usage:
    """Where a member stands in the rolling 24 hours."""
    since = now - DAY_MS
    total = await ledger.used_since(connection, place.guild_id, member.id, since)
    reserved = await ledger.reserved_by(connection, place.guild_id, member.id)
    back = await ledger.next_return(connection, place.guild_id, member.id, since)
    return Usage(
        used=max(0, total - reserved),
        reserved=reserved,
        limit=rules.daily_credits,
        next_return_at=None if back is None else back[0] + DAY_MS,
        next_return=0 if back is None else back[1],
    )


def _credits(count: int) -> str:
    return "1 credit" if count == 1 else f"{count} credits"
