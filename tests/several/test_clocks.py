"""Processes whose clocks are wrong, or that stood still: the database server's clock is what counts."""

from __future__ import annotations

from sqlalchemy import Connection, create_engine, insert, make_url

from bot.generation import recovery
from bot.generation.recovery import Lease
from bot.generation.shared_queue import SharedQueue
from bot.models import Model
from bot.storage import open_database, schema, tables, workers
from tests.support.clocks import AheadClock
from tests.support.queues import APPLICATION, Asked, enter, offers


def test_a_process_that_stood_still_between_two_looks_shortens_nobodys_lease(address: str) -> None:
    engine = create_engine(make_url(address).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        schema.create(connection)
        now = workers.time(connection, 0)
        workers.renew(connection, "other", now, recovery.LEASE_MS)
        recovery._adopt(connection, "me", APPLICATION, now - 60_000)
        assert workers.renew(connection, "other", now, recovery.LEASE_MS)
    engine.dispose()


def one_waits_for_a_provider_that_rests(connection: Connection) -> None:
    now = workers.time(connection, 0)
    rest = {"application_id": APPLICATION, "provider": "a", "strikes": 9, "struck_at": now, "until": now + 60_000}
    connection.execute(insert(tables.provider_rests), rest)
    enter(connection, 1, Asked(1, 1, Model.PRO, "a", "", None, APPLICATION))


async def test_a_process_whose_clock_is_ahead_does_not_ask_all_the_time_whether_a_rest_is_over(address: str) -> None:
    clock = AheadClock()
    clock.ahead = 3_600_000
    async with open_database(address) as database:
        await database.write(one_waits_for_a_provider_that_rests)
        lease = Lease(database, clock, "me")
        await lease.begin(APPLICATION)
        queue = SharedQueue(database, offers(1), clock, "me", lease, lambda: None)
        assert await queue._round() > 1_000
