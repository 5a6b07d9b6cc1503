"""An open database of a server."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest

from bot.storage import Database, open_database


@pytest.fixture
async def database(address: str) -> AsyncGenerator[Database]:
    async with open_database(address) as database:
        yield database
