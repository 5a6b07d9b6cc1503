"""How exactly an acceptance looks at what many members share."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from bot.clock import DAY_MS
from bot.models import ImageRequest, Member, NewJob, Place, Plan
from bot.storage import Connection, Database, jobs, ledger, open_database
from bot.storage.ledger import LedgerEntry, Room
from bot.storage.triggers import BUCKET_MS

SINCE = 1_000 * BUCKET_MS + BUCKET_MS // 2
"""A window begins in the middle of a bucket."""
NOW = SINCE + DAY_MS
GUILD = 5


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[Database]:
    """One on which five pictures were asked for: two just before a window, two soon in it, one later."""
    address = f"sqlite+aiosqlite:///{tmp_path}/a.db"
    if request.param == "postgresql":
        address = request.getfixturevalue("address")
    async with open_database(address) as database:
        for number, at in enumerate((SINCE - 1, SINCE, SINCE + 1, SINCE + 2, SINCE + BUCKET_MS)):
            await database.write(ask, number, at)
        yield database


def ask(connection: Connection, number: int, at: int) -> None:
    plan = Plan(ImageRequest("a kite"), 2, ("bfl",), 1)
    job = jobs.add(connection, NewJob(f"c{number}", "w", Member(7, "m"), Place(1, GUILD), plan, None, at, 10, 1))
    ledger.append(connection, LedgerEntry(job.id, GUILD, 7, "reserve", 1, counts_at=at, at=at))


@pytest.mark.parametrize(
    ("room", "pooled", "spent"),
    [
        (Room(), 5, 50),  # the whole bucket: there is room for that as well
        (Room(5, 50), 5, 50),
        (Room(4, 49), 3, 30),  # now the answer hangs on it
        (Room(2, 29), 3, 30),
        (Room(5, 49), 5, 30),
    ],
)
async def test_what_has_left_the_window_is_counted_out_where_there_would_be_no_room_else(
    database: Database, room: Room, pooled: int, spent: int
) -> None:
    standing = await database.read(ledger.standing, GUILD, 8, NOW, room=room)
    assert (standing.totals.together, standing.spent_microusd) == (pooled, spent)


async def test_without_a_room_every_sum_is_exact(database: Database) -> None:
    standing = await database.read(ledger.standing, GUILD, 7, NOW)
    assert (standing.totals.together, standing.totals.everywhere, standing.spent_microusd) == (3, 3, 30)
