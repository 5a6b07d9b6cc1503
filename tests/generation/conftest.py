"""The parts that make pictures, with two providers called a and b."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.support.generation import Generation, generation_on


@pytest.fixture
async def parts(tmp_path: Path) -> AsyncGenerator[Generation]:
    async with generation_on(tmp_path) as parts:
        yield parts
