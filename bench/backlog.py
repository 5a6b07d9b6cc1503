"""A database with thousands of unfinished jobs, as a bot leaves it that was killed under load."""

from __future__ import annotations

from pathlib import Path

from bot.models import ImageRequest, Member, Model, NewJob, Place, Plan, ReplyToken
from bot.storage import Connection, jobs, ledger, open_database

LETTERS = "23456789abcdefghjkmnpqrstvwxyz"


async def fill(path: Path, count: int) -> None:
    """Insert queued jobs of 1,000 members, all owned by a worker that is gone."""
    async with open_database(f"sqlite+aiosqlite:///{path}") as database:
        await database.write(_fill, count)


def _fill(connection: Connection, count: int) -> None:
    for number in range(count):
        now = 1_700_000_000_000 + number
        member, place = Member(10_000 + number % 1000, "somebody"), Place(1, 2)
        plan = Plan(ImageRequest(f"a lighthouse, number {number}", Model.PRO), 2, ("aimlapi",), 1 + number)
        reply = ReplyToken(1, "t" * 120, now)
        job = jobs.add(
            connection,
            NewJob(code_of(number), "gone", member, place, plan, reply, now, 40_000, 1, message_id=5 + number),
        )
        ledger.append(connection, ledger.LedgerEntry(job.id, place.guild_id, member.id, "reserve", 1, now, now))


def code_of(number: int) -> str:
    """A job's code for each number."""
    letters = ""
    for _ in range(5):
        number, place = divmod(number, len(LETTERS))
        letters += LETTERS[place]
    return letters
