"""Which alerts the operator was told already."""

from __future__ import annotations

from sqlalchemy import delete, insert, select

from bot.storage.database import Connection
from bot.storage.tables import alerts


def told_at(connection: Connection, name: str) -> int | None:
    """When an alert was told last (epoch ms); None if never."""
    return connection.execute(select(alerts.c.at).where(alerts.c.name == name)).scalar_one_or_none()


def note(connection: Connection, name: str, now: int) -> None:
    """Note an alert as told."""
    connection.execute(delete(alerts).where(alerts.c.name == name))
    connection.execute(insert(alerts).values(name=name, at=now))
