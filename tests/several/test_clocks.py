"""Processes whose clocks are wrong, or that stood still: the database server's clock is what counts."""

from __future__ import annotations


from sqlalchemy import create_engine, make_url

from bot.generation import recovery
from bot.storage import schema, workers

APPLICATION = 5


def test_a_process_that_stood_still_between_two_looks_shortens_nobodys_lease(address: str) -> None:
    engine = create_engine(make_url(address).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        schema.create(connection)
        now = workers.time(connection, 0)
        workers.renew(connection, "other", now, recovery.LEASE_MS)
        recovery._adopt(connection, "me", APPLICATION, now - 60_000)
        assert workers.renew(connection, "other", now, recovery.LEASE_MS)
    engine.dispose()
