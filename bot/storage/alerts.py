"""Which alerts the operator was told already."""

from __future__ import annotations

from sqlalchemy import delete, insert, select

from bot.storage.engine import Connection
from bot.storage.tables import alerts


async def told_at(connection: Connection, name: str) -> int | None:
    """When an alert was told last (epoch ms); None if never."""
    return (await connection.execute(select(alerts.c.at).where(alerts.c.name == name))).scalar_one_or_none()


async def note(connection: Connection, name: str, now: int) -> None:
    """Note an alert as told."""
    await connection.execute(delete(alerts).where(alerts.c.name == name))
    await connection.execute(insert(alerts).values(name=name, at=now))
