"""Several processes with one vendor account and one database: its limit holds for all of them together."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.standins import BflStandIn
from tests.support.several import several

SLOTS = 24


@pytest.mark.parametrize("processes", [1, 2, 4])
async def test_no_more_are_active_than_the_vendor_allows(tmp_path: Path, address: str, processes: int) -> None:
    async with (
        BflStandIn(seconds=0.4, slots=SLOTS, edge=32) as vendor,
        several(tmp_path, address, vendor, processes) as home,
    ):
        for _ in range(4):
            await home.ask(15)
        await home.once(60)
        assert (vendor.accepted, len(vendor.submits)) == (60, 60)  # none was refused for want of a slot
