"""What a request costs a member, and its way through the ledger: reserve, then settle and release."""

from __future__ import annotations

from dataclasses import replace

from bot.clock import DAY_MS
from bot.errors import OutOfCredits, TooManyJobs
from bot.models import Job, Member, Place, Plan, Rules, Usage
from bot.storage import Connection, jobs, ledger


async def check(connection: Connection, member: Member, place: Place, plan: Plan, rules: Rules, now: int) -> None:
    """Raise ``TooManyJobs`` or ``OutOfCredits`` when there is no room for the plan."""
    limit, since = rules.daily_credits, now - DAY_MS
    active, used = await ledger.standing(connection, place.guild_id, member.id, since)
    if active >= rules.user_jobs:
        raise TooManyJobs(_too_many(rules.user_jobs))
    if limit is None or used + plan.credits <= limit:
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


async def settle(connection: Connection, job: Job, delivered: int, now: int) -> None:
    """Book an ended job: ``delivered`` credits are spent, the rest of its reservation returns.

    Both count from when the job was accepted, as its reservation does.
    """
    reserved = job.request.model.credits * job.request.count
    spent = ledger.Entry(job.id, job.place.guild_id, job.member_id, "settle", delivered, job.created_at, now)
    await ledger.append(connection, spent, replace(spent, kind="release", credits=reserved - delivered))


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


def _too_many(most: int) -> str:
    if most == 1:
        return "You already have a request waiting or running. Please wait for it, or cancel it."
    return f"You already have {most} requests waiting or running. Please wait for one, or cancel one."
