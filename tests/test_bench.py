"""The benchmark's own program, on databases that are made in a moment."""

from __future__ import annotations

from pathlib import Path

from bench import grown
from bench.rows import growth
from bot.clock import DAY_MS
from bot.storage import Connection, jobs, ledger, open_database, tasks


async def test_a_grown_database_is_one_that_the_bot_would_have_left(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    built = grown.build(path, 2_000)
    async with open_database(f"sqlite+aiosqlite:///{path}") as database:
        assert await database.read(ledger.faults) == []
        assert len(await database.read(jobs.of_member, built.heavy, 1_000)) == (2_000 - grown.OPEN) // grown.HEAVY
        assert len({one.job_id for one in await database.read(tasks.active, [grown.WORKER])}) == grown.OPEN
        assert await database.read(spend_of_the_day) == await database.read(tasks.spend_since, grown.NOW - DAY_MS) > 0


def spend_of_the_day(connection: Connection) -> int:
    query = f"SELECT sum(cost_microusd) FROM tasks WHERE created_at > {grown.NOW - DAY_MS}"
    return connection.exec_driver_sql(query).scalar_one()


async def test_growth_measures_every_statement_an_erasure_thinning_and_size() -> None:
    rows = await growth.growth(1_000, lives=60, times=2)
    figures = [row.figure for row in rows]
    assert len(figures) == len(set(figures))
    for word in ("accept", "close", "/history", "what is to be erased", "/privacy delete", "thinning", "size"):
        assert any(figure.startswith(word) for figure in figures), word
