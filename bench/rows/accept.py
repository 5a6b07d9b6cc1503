"""The transaction that accepts a request: checked, inserted, reserved, and durable when it returns."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from pathlib import Path

from bench.backlog import code_of
from bench.rows.row import Row
from bot.credits import account
from bot.guild_settings.rules import Rules
from bot.models import ImageRequest, Job, Member, NewJob, Place, Plan, ReplyToken
from bot.storage import Connection, Database, jobs, open_database

_WARM, _ALONE, _CROWD = 20, 200, 200
_NOW = 1_800_000_000_000
_PRICE = 40_000
_RULES = Rules(server_ceiling=1_000_000, daily_budget_microusd=1_000_000_000)
"""As they are without rules of a server's own; all that is measured happens in one server."""


async def accept() -> list[Row]:
    """One after the other, and two hundred at once."""
    with tempfile.TemporaryDirectory() as folder:
        async with open_database(f"sqlite+aiosqlite:///{Path(folder) / 'accept.db'}") as database:
            waits = [await _timed(database, number) for number in range(_WARM + _ALONE)][_WARM:]
            began = time.perf_counter()
            first = _WARM + _ALONE
            await asyncio.gather(*(database.write(_accept, number) for number in range(first, first + _CROWD)))
            each = (time.perf_counter() - began) / _CROWD
    alone = statistics.median(waits)
    return [
        Row("accept, durable: alone", "≤ 1 ms", f"{alone * 1000:.2f} ms", "–", alone <= 0.001, {"ours": alone}),
        Row(
            "accept, durable: in a crowd, each",
            "≤ 0.7 ms",
            f"{each * 1000:.2f} ms",
            "–",
            each <= 0.0007,
            {"ours": each},
        ),
    ]


async def _timed(database: Database, number: int) -> float:
    began = time.perf_counter()
    await database.write(_accept, number)
    return time.perf_counter() - began


def _accept(connection: Connection, number: int) -> Job:
    """What the service does for `/imagine` of one picture, in a server without rules of its own."""
    now, member, place = _NOW + number, Member(1000 + number, "somebody"), Place(1, 2)
    plan = Plan(ImageRequest(f"a lighthouse, number {number}"), 2, ("bfl",), 1 + number)
    reply = ReplyToken(1, "t" * 120, now)
    new = NewJob(code_of(number), "bench", member, place, plan, reply, now, _PRICE, 1, event_id=number)
    room = account.room(plan, place, _RULES, _PRICE)
    standing = account.standing(connection, new, _RULES, room)
    drawn = account.check(connection, standing, member, place, plan, _RULES, now)
    account.check_budget(standing, plan, _RULES, _PRICE)
    job = jobs.add(connection, new)
    account.reserve(connection, job.id, member, place, plan, drawn, now)
    return job
