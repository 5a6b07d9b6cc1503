"""A family of pictures, grown by real commands; and what a day does to it."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

from sqlalchemy import delete

from bench.harness import Program
from bot.storage import open_database
from bot.storage.tables import picture_addresses

GENERATIONS = (1, 4, 9, 12, 12, 12)


async def grow(one: Program, kind: str) -> str:
    """Fifty pictures by three members, each but the first from one of the generation before; gives one's code."""
    rng, parents = random.Random(7), [""]
    for size in GENERATIONS:
        before, known = len(one.delivered), set(_codes(one))
        for number in range(size):
            parent = rng.choice(parents)
            options = {"prompt": f"a kite, number {number}", "format": kind}
            if parent:
                await one.command("remix", number, source=parent, **options)
            else:
                await one.command("imagine", number, **options)
        await one.discord.until(lambda wanted=before + size: len(one.delivered) >= wanted, 60)
        parents = [code for code in _codes(one) if code not in known]
    await asyncio.sleep(1)  # let the last rows be written: a person is never as fast
    return parents[0]


async def age(folder: Path) -> None:
    """Let every address that the bot knows be too old, so that it has to ask Discord for all of them."""
    async with open_database(f"sqlite+aiosqlite:///{folder / 'bench.db'}") as database:
        await database.write(lambda connection: connection.execute(delete(picture_addresses)).rowcount)


def _codes(one: Program) -> list[str]:
    """The codes of all pictures that stand in the channel, as their files are named."""
    files = [file.filename for message in one.discord.messages() for file in message.pictures]
    return [name.removeprefix("atelier-").rpartition(".")[0] for name in files if name.startswith("atelier-")]
