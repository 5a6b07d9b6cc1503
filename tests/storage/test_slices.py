"""A chore takes as many rows at once as keep nobody waiting."""

from __future__ import annotations

from pathlib import Path

from bot.storage import Connection, open_database
from bot.storage.slices import Slices


class Disk:
    """Takes so many seconds a row."""

    def __init__(self, seconds_a_row: float) -> None:
        self.seconds_a_row = seconds_a_row
        self.now = 0.0
        self.took: list[float] = []
        self.rows: list[int] = []

    def work(self, _connection: Connection, limit: int) -> bool:
        self.rows.append(limit)
        self.took.append(limit * self.seconds_a_row)
        self.now += self.took[-1]
        return True


async def taken(tmp_path: Path, disk: Disk, slices: Slices, times: int) -> None:
    async with open_database(f"sqlite+aiosqlite:///{tmp_path / 'a.db'}") as database:
        for _ in range(times):
            assert await database.write(slices.take, disk.work)


async def test_slices_grow_to_the_most_while_they_are_quick(tmp_path: Path) -> None:
    disk = Disk(0.000_01)
    await taken(tmp_path, disk, Slices(100, lambda: disk.now), 6)
    assert disk.rows[0] < 20
    assert disk.rows[-1] == 100


async def test_no_slice_takes_long_however_slow_a_row_becomes(tmp_path: Path) -> None:
    disk = Disk(0.000_1)
    slices = Slices(1000, lambda: disk.now)
    await taken(tmp_path, disk, slices, 8)
    assert max(disk.took) < 0.025
    disk.seconds_a_row = 0.001
    await taken(tmp_path, disk, slices, 8)
    assert disk.took[9] < 0.025, "the second slice of the slow ones is small enough already"
    disk.seconds_a_row = 1.0
    await taken(tmp_path, disk, slices, 3)
    assert disk.rows[-1] == 1, "something is done even so"


async def test_a_slice_of_no_work_is_no_division_by_nothing(tmp_path: Path) -> None:
    disk = Disk(0)
    await taken(tmp_path, disk, Slices(1, lambda: disk.now), 2)
    assert disk.rows == [1, 1]
