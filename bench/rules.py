"""A server with every rule set and a month of bookings, and what its gate adds to an acknowledgement."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, String, Table, case, cast, insert, literal, select

from bench.harness import Program
from bot.blocklist import WordList, parse
from bot.clock import DAY_MS
from bot.guild_settings.rules import encoded
from bot.storage import Connection, guild_rules, open_database
from bot.storage.tables import jobs, ledger, tasks
from playground import LoopbackDiscord, roles

WORDS, PATTERNS = 1000, 20
ROLES, HELD = 10, 5
ROWS = 1_000_000
"""In the ledger: two a job, so that there are half as many jobs."""

_TODAY = 40_000
"""Of the rows those of the last 24 hours; three quarters of them in the server that is measured."""

_DAYS, _OTHERS, _MEMBERS, _BATCH = 30, 4, 3000, 50_000
_COST = 40_000  # microusd a picture
_PROMPT = (
    "A lighthouse on a black basalt cliff at the end of winter, seen from a small fishing boat: rough green sea, low "
    "sun behind torn clouds, gulls over the rail. In the lamp room a keeper in a yellow coat polishes the great glass, "
    "and her dog sleeps beside the stove. Painted in thick oils with visible strokes, muted blues and one warm light, "
    "wide composition, calm horizon on the upper third, fine grain of canvas."
)
PROMPT = _PROMPT[:400]

_Values = Mapping[str, ColumnElement[Any] | int | str]


async def furnish(discord: LoopbackDiscord, folder: Path) -> None:
    """A month's bookings and all rules, beside the bot that runs: short transactions, so that it goes on as well."""
    server, asking = discord.guild, (discord.alice, discord.bob, discord.moderator)  # as they ask, by turns
    ours = [roles.create(discord.world, server, f"Patron {number}") for number in range(ROLES)]
    for role in ours[::2][:HELD]:
        for one in asking:
            roles.give(discord.world, server, server.members[one.id], role)
    rules = encoded(
        {
            "daily_credits": 10,
            "role_credits": {role.id: 100_000 + number for number, role in enumerate(ours)},
            "pool_credits": 1_000_000,
            "allowed_channels": (discord.other_channel.id, discord.channel.id),
            "denied_channels": (discord.nsfw_channel.id,),
            "words": words(),
            "strikes": 3,
        }
    )
    now = time.time_ns() // 1_000_000
    async with open_database(f"sqlite+aiosqlite:///{folder / 'bench.db'}") as database:
        for first in range(0, ROWS // 2, _BATCH):
            last = min(ROWS // 2, first + _BATCH)
            await database.write(_make, first + 1, last, server.id, [one.id for one in asking], now)
            await database.write(_book, first + 1, last)
        await database.write(guild_rules.store, server.id, 0, rules, now)
        await database.read(lambda connection: connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").all())


def words() -> list[str]:
    """Blocked words that nobody has written, of every kind, and patterns; none is in the prompt."""
    rng, known = random.Random(7), dict[str, None]()
    while len(known) < WORDS:
        word = "".join(rng.choice("bdfgklmnprstvz") + rng.choice("aeiou") for _ in range(rng.randint(2, 4)))
        kind = rng.random()
        if kind < 0.1:
            word += "*"
        elif kind < 0.15:
            word = "*" + word
        elif kind < 0.25:
            word += " " + rng.choice(["party", "house", "people", "night"])
        if WordList([parse(word)]).find(PROMPT) is None:
            known[word] = None
    patterns = [f"/\\b(?:very|so|really)?\\s*z{letter}[qx]+\\w*(?:ing|ed)?\\b/" for letter in "abcdefghijklmnopqrst"]
    return [*known, *patterns[:PATTERNS]]


async def compare(plain: Program, ruled: Program, count: int, warm: int) -> tuple[list[float], list[float]]:
    """How long acknowledgements take, one command after the other, by turns: what the machine does meets both."""
    waits: tuple[list[float], list[float]] = ([], [])
    for number in range(warm + count):
        for program, its in zip((plain, ruled), waits, strict=True):
            wait = await _acknowledgement(program, number)
            if number >= warm:
                its.append(wait)
    return waits


async def _acknowledgement(program: Program, number: int) -> float:
    known, delivered = set(program.asked), len(program.delivered)
    await program.command("imagine", number, prompt=PROMPT)
    (asked,) = program.asked.keys() - known
    await program.discord.until(lambda: len(program.delivered) > delivered, 60)
    await asyncio.sleep(0.02)  # the job's last rows: a person is never as fast
    return program.acknowledged[asked] - program.asked[asked]


def _make(connection: Connection, first: int, last: int, here: int, asking: Sequence[int], now: int) -> None:
    """Jobs from one number to another, the oldest first, each of one picture and ended long ago."""
    numbers = select(literal(first).label("n")).cte("numbers", recursive=True)
    numbers = numbers.union_all(select(numbers.c.n + 1).where(numbers.c.n < last))
    n, chance = numbers.c.n, (numbers.c.n * 2_654_435_761 % 2**32) // 2**12  # looks like one
    count, today = ROWS // 2, _TODAY // 2
    is_new = n > count - today
    new_each, old_each = (DAY_MS - 600_000) // today, (_DAYS - 1) * DAY_MS // (count - today)  # ten minutes to measure
    age = case((is_new, (count - n) * new_each), else_=DAY_MS + (count - today - n) * old_each)
    elsewhere = here + 1 + n % _OTHERS
    values: _Values = {
        "id": n,
        "code": "z" + cast(n, String),
        "state": case((n % 10 == 0, "failed"), else_="done"),
        "worker": "gone",
        "guild_id": case((n % 4 == 0, elsewhere), (is_new, here), (n % 5 < 2, here), else_=elsewhere),
        "channel_id": here + 100 + chance % 7,
        "age_restricted": 0,
        "file_limit": 10_000_000,
        "member_id": case(
            *((chance % 500 == number, one) for number, one in enumerate(asking)),
            else_=asking[0] + 1000 + chance % _MEMBERS,
        ),
        "member_name": "somebody",
        "prompt": "a lighthouse by the sea, number " + cast(n, String),
        "model": "pro",
        "image_count": 1,
        "format": "jpeg",
        "enhance": 0,
        "sources": "[]",
        "vary": 0,
        "origin": "command",
        "tolerance": 2,
        "providers": "aimlapi",
        "seed": n,
        "credits": 1,
        "created_at": now - age,
        "finished_at": now - age + 9000,
        "message_id": here + 1000 + n,
        "message_channel_id": here + 100 + chance % 7,
    }
    connection.execute(insert(jobs).from_select([*values], select(*_columns(values)).select_from(numbers)))


def _book(connection: Connection, first: int, last: int) -> None:
    """The task of each of these jobs, and its two bookings."""
    done = jobs.c.state == "done"
    task: _Values = {
        "id": jobs.c.id,
        "job_id": jobs.c.id,
        "number": 1,
        "state": case((done, "made"), else_="failed"),
        "seed": jobs.c.seed,
        "provider": "aimlapi",
        "tried": "",
        "cost_microusd": _COST,
        "created_at": jobs.c.created_at,
    }
    booking: _Values = {
        "job_id": jobs.c.id,
        "guild_id": jobs.c.guild_id,
        "member_id": jobs.c.member_id,
        "credits": jobs.c.credits,
        "counts_at": jobs.c.created_at,
    }
    reserved: _Values = {"kind": "reserve", "delta": jobs.c.credits, "at": jobs.c.created_at}
    ended: _Values = {
        "kind": case((done, "settle"), else_="release"),
        "delta": case((done, 0), else_=-jobs.c.credits),
        "at": jobs.c.finished_at,
    }
    into: list[tuple[Table, _Values]] = [
        (tasks, task),
        (ledger, {**booking, **reserved}),
        (ledger, {**booking, **ended}),
    ]
    for table, values in into:
        query = select(*_columns(values)).where(jobs.c.id.between(first, last)).order_by(jobs.c.id)
        connection.execute(insert(table).from_select([*values], query))


def _columns(values: _Values) -> list[ColumnElement[Any]]:
    return [literal(value) if isinstance(value, int | str) else value for value in values.values()]
