"""PostgreSQL: units in transactions of their own, their locks, and what a server, a peer or the network does wrong."""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from functools import partial
from typing import Any

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError

from bot.clock import DAY_MS
from bot.errors import CannotWrite, ConfigurationError
from bot.models import ShardShare
from bot.storage import AnswerLost, Connection, Database, jobs, ledger, notices, open_database, shards, workers
from bot.storage.compiled import Compiled, Later
from bot.storage.notices import MISSED, Notice
from bot.storage.pipeline import key_number
from bot.storage.tables import secrets, spend_buckets, watermarks
from tests.standins.wire import Wire
from tests.support.database_faults import change, locked
from tests.support.postgres import Cluster

ANSWERED_S = 3
"""Discord waits three seconds for an answer."""


def put(connection: Connection, name: str) -> None:
    connection.execute(insert(secrets).values(name=name, value="x"))


def names(connection: Connection) -> list[str]:
    return list(connection.execute(select(secrets.c.name).order_by(secrets.c.name)).scalars())


def count_up(connection: Connection, name: str = "n") -> None:
    """Reads, then writes what it has read and one more: right only where nobody writes in between."""
    row = watermarks.c.name == name
    position = connection.execute(select(watermarks.c.position).where(row)).scalar()
    if position is None:
        connection.execute(insert(watermarks).values(name=name, position=1))
    else:
        connection.execute(update(watermarks).where(row).values(position=position + 1))


def counted(connection: Connection, name: str = "n") -> int | None:
    return connection.execute(select(watermarks.c.position).where(watermarks.c.name == name)).scalar()


def meet(connection: Connection, here: threading.Barrier, name: str) -> None:
    here.wait(10)
    put(connection, name)


@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+asyncpg", "postgresql+psycopg"])
async def test_what_was_written_is_there_after_reopening(address: str, scheme: str) -> None:
    address = address.replace("postgresql", scheme, 1)
    async with open_database(address) as database:
        await database.write(put, "a")
    async with open_database(address) as database:
        assert await database.read(names) == ["a"]


async def test_several_processes_may_start_at_once(address: str) -> None:
    async def start(name: str) -> None:
        async with open_database(address) as database:
            await database.write(put, name)

    await asyncio.gather(*map(start, "abc"))
    async with open_database(address) as database:
        assert await database.read(names) == list("abc")


async def test_what_a_unit_has_read_is_true_when_it_writes_whoever_else_writes(
    database: Database, address: str
) -> None:
    async with open_database(address) as other:
        await asyncio.gather(*(one.write(count_up) for one in (database, other) for _ in range(20)))
    assert await database.read(counted) == 40


async def test_units_on_other_keys_go_on_side_by_side(database: Database, address: str) -> None:
    here = threading.Barrier(2)
    async with open_database(address) as other:
        await asyncio.gather(
            database.write_on([("member", 1, 7)], meet, here, "a"), other.write_on([("member", 1, 8)], meet, here, "b")
        )
    assert await database.read(names) == ["a", "b"]


async def test_units_on_one_key_take_turns_also_with_those_that_name_none(database: Database, address: str) -> None:
    keys = [("pool", 1), ("member", None, 7)]
    async with open_database(address) as other:
        for_each = ((database, keys), (other, keys[::-1]), (other, keys[1:]))
        await asyncio.gather(
            *(one.write_on(its, count_up) for one, its in for_each for _ in range(10)),
            *(database.write(count_up) for _ in range(10)),
        )
    assert await database.read(counted) == 40


async def test_two_units_that_wait_for_each_other_both_succeed(database: Database) -> None:
    for name in "ab":
        await database.write(count_up, name)
    begun = {"a": threading.Event(), "b": threading.Event()}

    def one_more(connection: Connection, name: str) -> None:
        row = watermarks.c.name == name
        connection.execute(update(watermarks).where(row).values(position=watermarks.c.position + 1))

    def both(connection: Connection, first: str, second: str) -> None:
        one_more(connection, first)
        begun[first].set()
        begun[second].wait(10)
        one_more(connection, second)

    await asyncio.gather(database.write_on([(1,)], both, "a", "b"), database.write_on([(2,)], both, "b", "a"))
    assert [await database.read(counted, name) for name in "ab"] == [3, 3]


async def test_several_locks_are_waited_for_no_longer_than_one(database: Database) -> None:
    def hold(connection: Connection, seconds: float) -> None:
        names(connection)  # its locks are asked for with it
        threading.Event().wait(seconds)

    first, second = sorted([("a",), ("b",)], key=key_number)
    holding = [
        asyncio.create_task(database.write_on([key], hold, seconds)) for key, seconds in ((first, 1.5), (second, 3.0))
    ]
    await asyncio.sleep(0.2)
    with pytest.raises(CannotWrite):  # the second would be free 1.5 s after the first
        await database.write_on([first, second], put, "late")
    await asyncio.gather(*holding)


async def test_while_a_peer_hangs_in_a_write_all_who_write_are_told_in_time_and_reads_go_on(
    database: Database, address: str
) -> None:
    with locked(address):
        async with asyncio.timeout(ANSWERED_S):
            writes = [database.write(put, f"{number}") for number in range(20)]
            writes += [database.write_on([("member", number)], put, f"on {number}") for number in range(20)]
            writing = asyncio.gather(*writes, return_exceptions=True)
            assert await database.read(names) == []
            assert {type(one) for one in await writing} == {CannotWrite}
        assert not database.writable
    await database.write(put, "after")
    assert database.writable
    assert await database.read(names) == ["after"]


async def test_a_process_that_hangs_within_a_unit_holds_the_others_up_only_until_the_server_ends_that(
    database: Database, address: str
) -> None:
    hangs, goes_on = threading.Event(), threading.Event()

    def hang(connection: Connection) -> None:
        put(connection, "late")
        hangs.set()
        goes_on.wait(20)
        put(connection, "later")

    impatient = f"{address}?options=-c%20idle_in_transaction_session_timeout%3D300ms"  # instead of five seconds
    async with open_database(impatient) as other:
        hanging = asyncio.create_task(other.write(hang))
        await asyncio.to_thread(hangs.wait, 20)
        await database.write(put, "meanwhile")
        assert await database.read(names) == ["meanwhile"]
        goes_on.set()
        await hanging  # cut off, and done from its beginning
    assert await database.read(names) == ["late", "later", "meanwhile"]


async def test_a_unit_whose_caller_has_gone_before_it_began_is_not_done(database: Database, address: str) -> None:
    with locked(address):
        busy = [asyncio.create_task(database.write(put, f"{number}")) for number in range(6)]
        await asyncio.sleep(0)
        gone = asyncio.create_task(database.write(put, "gone"))
        await asyncio.sleep(0)
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
    await asyncio.gather(*busy)
    assert "gone" not in await database.read(names)


async def test_closing_waits_for_what_is_under_way(address: str) -> None:
    async with open_database(address) as database:
        writes = [asyncio.create_task(database.write(put, f"n{number}")) for number in range(50)]
        await asyncio.sleep(0)
    await asyncio.gather(*writes)
    async with open_database(address) as database:
        assert len(await database.read(names)) == 50


async def test_connections_that_the_server_has_ended_are_made_anew_unseen(
    server: Cluster, database: Database, address: str
) -> None:
    here = threading.Barrier(4)
    await asyncio.gather(*(database.write_on([(one,)], meet, here, one) for one in "abcd"))
    assert await asyncio.to_thread(server.cut_off, address) >= 4
    await asyncio.gather(*(database.write(put, one) for one in "efgh"), *(database.read(names) for _ in range(4)))
    assert await database.read(names) == list("abcdefgh")


class Counted:
    """A unit of work that counts its runs, and is told which it is."""

    def __init__(self, work: Callable[[Connection, int], object]) -> None:
        self._work = work
        self.runs = 0

    def __call__(self, connection: Connection) -> None:
        self.runs += 1
        self._work(connection, self.runs)


async def test_one_connection_that_is_found_ended_is_enough_to_make_all_anew(
    server: Cluster, database: Database, address: str
) -> None:
    here = threading.Barrier(6)
    await asyncio.gather(*(database.write_on([(one,)], meet, here, one) for one in "abcdef"))
    assert await asyncio.to_thread(server.cut_off, address) >= 6
    unit = Counted(lambda connection, _: put_later(connection, "g"))
    await database.write(unit)
    assert unit.runs == 2
    assert await database.read(names) == list("abcdefg")


async def test_a_unit_that_is_cut_off_in_the_middle_is_run_again(
    server: Cluster, database: Database, address: str
) -> None:
    def work(connection: Connection, run: int) -> None:
        put(connection, "a")
        if run == 1:
            server.cut_off(address)
        put(connection, "b")

    unit = Counted(work)
    await database.write(unit)
    assert unit.runs == 2
    assert await database.read(names) == ["a", "b"]


async def test_a_unit_that_is_cut_off_again_and_again_is_run_as_long_as_it_may_wait(
    server: Cluster, database: Database, address: str
) -> None:
    def work(connection: Connection, run: int) -> None:
        put(connection, "a")
        names(connection)
        if run < 6:
            server.cut_off(address)

    database.patience_s = 20
    unit = Counted(work)
    await database.write(unit)
    assert unit.runs == 6
    assert await database.read(names) == ["a"]


async def test_a_unit_that_is_cut_off_when_its_time_is_over_is_not_run_again(
    server: Cluster, database: Database, address: str
) -> None:
    def work(connection: Connection, _: int) -> None:
        names(connection)
        threading.Event().wait(database.patience_s)
        server.cut_off(address)
        put(connection, "a")

    unit = Counted(work)
    with pytest.raises(CannotWrite):
        await database.write(unit)
    assert unit.runs == 1


async def test_while_the_server_is_away_everybody_is_told_and_afterwards_all_goes_on(
    server: Cluster, database: Database
) -> None:
    server.stop()
    async with asyncio.timeout(ANSWERED_S):
        outcomes = await asyncio.gather(
            *(database.write(put, f"{number}") for number in range(20)), database.read(names), return_exceptions=True
        )
    assert {type(one) for one in outcomes} == {CannotWrite}
    assert not await database.takes_writes()
    server.start()
    await database.write(put, "after")
    assert await database.read(names) == ["after"]
    assert database.writable


async def test_a_crash_of_the_server_loses_nothing_that_was_committed(server: Cluster, database: Database) -> None:
    await database.write(put, "before")
    server.stop(signal.SIGQUIT)
    with pytest.raises(CannotWrite):
        await database.write(put, "meanwhile")
    server.start()
    await database.write(put, "after")
    assert await database.read(names) == ["after", "before"]


async def test_a_server_that_is_away_at_the_start_is_waited_for(server: Cluster, address: str) -> None:
    server.stop()
    with pytest.raises(CannotWrite):
        async with open_database(address):
            pass
    server.start()
    async with open_database(address) as database:
        await database.write(put, "a")


# The answer to a commit is lost


@pytest.mark.parametrize("lost", ["request", "answer"])
async def test_a_unit_whose_commit_breaks_off_is_kept_once_and_says_so(address: str, lost: str) -> None:
    async with Wire(address) as wire, open_database(wire.url) as database:
        if lost == "request":
            wire.cut_before_sending(b"COMMIT\0")
        else:
            wire.cut_before_answering(b"COMMIT\0")
        await database.write(count_up)
        assert wire.cuts == 1
        assert await database.read(counted) == 1


async def test_a_commit_of_which_nobody_tells_what_became_is_not_made_again(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.storage.server._OUTCOME_PATIENCE_S", 0)
    async with Wire(address) as wire, open_database(wire.url) as database:
        wire.cut_before_answering(b"COMMIT\0")
        with pytest.raises(CannotWrite):
            await database.write(count_up)
        assert await database.read(counted) == 1


async def test_what_is_lost_with_the_answer_to_a_commit_is_said_to_be_lost_not_the_unit(address: str) -> None:
    putting = Compiled(insert(secrets).returning(secrets.c.name))

    def work(connection: Connection) -> Later:
        names(connection)  # it has begun: what comes now goes with the commit
        return putting.rows_later(connection, {"name": "a", "value": "x"})

    async with Wire(address) as wire, open_database(wire.url) as database:
        wire.cut_before_answering(b"COMMIT\0")
        later = await database.write_on([("job", 1)], work)
        with pytest.raises(AnswerLost):
            later()
        assert await database.read(names) == ["a"]


# Round trips


PUT = Compiled(insert(secrets))
NAMES = Compiled(select(secrets.c.name).order_by(secrets.c.name))


def put_later(connection: Connection, *new: str) -> None:
    PUT.run_later(connection, *({"name": name, "value": "x"} for name in new))


@pytest.fixture
async def wire(address: str) -> AsyncGenerator[Wire]:
    async with Wire(address) as wire:
        yield wire


@pytest.fixture
async def away(wire: Wire) -> AsyncGenerator[Database]:
    """A database at the other end of a wire, which nothing has gone over since it was opened."""
    async with open_database(wire.url) as database:
        await database.write(names)  # by a connection that is there from now on
        wire.trips.clear()
        yield database


async def test_what_need_not_be_answered_goes_with_the_next_statement_or_with_the_commit(
    away: Database, wire: Wire
) -> None:
    def work(connection: Connection) -> list[str]:
        put_later(connection, "a", "b")
        found = [row.name for row in NAMES.rows(connection, {})]
        put_later(connection, "c", "d")
        return found

    assert await away.write_on([("member", 1), ("job", 2)], work) == ["a", "b"]
    assert len(wire.trips) == 2
    assert await away.read(names) == list("abcd")


async def test_what_waits_is_sent_before_a_statement_that_sqlalchemy_sends(away: Database, wire: Wire) -> None:
    def work(connection: Connection) -> list[str]:
        put_later(connection, "a")
        with connection.begin_nested():
            put_later(connection, "b")
            return names(connection)

    assert await away.write(work) == ["a", "b"]


async def test_an_answer_may_be_looked_at_after_the_commit(away: Database) -> None:
    def work(connection: Connection) -> Later:
        put_later(connection, "a")
        return NAMES.rows_later(connection, {})

    later = await away.write(work)
    assert [row.name for row in later()] == ["a"]


async def test_reads_that_do_not_need_each_others_answer_share_a_trip(away: Database, wire: Wire) -> None:
    def work(connection: Connection) -> list[int]:
        found = [NAMES.rows_later(connection, {}) for _ in range(3)]
        return [len(one()) for one in found]

    assert await away.read(work) == [0, 0, 0]
    assert len(wire.trips) == 1


async def test_a_job_with_all_that_belongs_to_it_is_read_in_one_trip(away: Database, wire: Wire) -> None:
    assert await away.read(jobs.get, 1) is None
    assert len(wire.trips) == 1


async def test_of_a_unit_whose_last_statements_fail_nothing_is_kept(away: Database) -> None:
    await away.write(put_later, "a")
    with pytest.raises(IntegrityError):
        await away.write(put_later, "b", "a", "c")
    await away.write(put_later, "d")
    assert await away.read(names) == ["a", "d"]


async def test_a_unit_that_goes_on_after_a_failure_is_not_taken_for_committed(away: Database) -> None:
    def work(connection: Connection) -> None:
        put_later(connection, "a")
        with suppress(IntegrityError):
            put(connection, "a")

    with pytest.raises(AssertionError, match="not committed"):
        await away.write(work)
    assert await away.read(names) == []


# Sums, which a server gives as decimals


async def test_a_share_of_the_budget_can_be_compared_with_what_the_operator_is_told_of(database: Database) -> None:
    def spend(connection: Connection) -> None:
        connection.execute(insert(spend_buckets).values(bucket=10, microusd=800_000, first_task=1, last_task=1))

    await database.write(spend)
    spent = (await database.read(ledger.standing, 1, 7, DAY_MS)).spent_microusd
    assert (type(spent), spent / 1_000_000) == (int, 0.8)


# Faults that the server reports


def raise_state(connection: Connection, state: str) -> None:
    put(connection, "lost")
    connection.execute(text(f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{state}'; END $$"))


@pytest.mark.parametrize("state", ["53100", "53200", "53300", "25006", "55P03", "57014", "57P01", "58030", "40001"])
async def test_a_fault_of_the_server_is_told_as_one_that_passes(database: Database, state: str) -> None:
    with pytest.raises(CannotWrite):
        await database.write(raise_state, state)
    assert not database.writable
    await database.write(put, "after")
    assert await database.read(names) == ["after"]


async def test_a_standby_takes_no_writes_and_answers_reads(server: Cluster, database: Database, address: str) -> None:
    change(address, f"ALTER DATABASE {address.rpartition('/')[2]} SET default_transaction_read_only = on")
    server.cut_off(address)
    with pytest.raises(CannotWrite):
        await database.write(put, "a")
    assert await database.read(names) == []


async def test_a_faulty_statement_is_no_trouble_of_the_database(database: Database) -> None:
    with pytest.raises(ProgrammingError, match="mislaid"):
        await database.write(lambda connection: connection.exec_driver_sql("DELETE FROM mislaid") and None)
    with pytest.raises(DBAPIError, match="mislaid"):
        await database.read(lambda connection: connection.exec_driver_sql("SELECT 1 FROM mislaid") and None)
    assert database.writable


# What is wrong with the settings


async def fault_of(address: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        async with open_database(address):
            pass
    [fault] = caught.value.faults
    assert "\n" not in fault
    return fault


async def test_a_database_that_does_not_exist_is_one_line(server: Cluster) -> None:
    fault = await fault_of(server.url("mislaid"))
    assert fault.startswith("DATABASE_URL: the database cannot be opened (")
    assert 'database "mislaid" does not exist' in fault


async def test_a_driver_that_is_missing_is_one_line(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "bot.storage.server", raising=False)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    assert "pip install 'psycopg[binary]'" in await fault_of(address)


# Notices


async def test_notices_come_with_the_commit_and_go_on_after_the_connection_was_lost(
    server: Cluster, database: Database, address: str
) -> None:
    def tell(connection: Connection, topic: str, payload: object, *, then: Exception | None = None) -> None:
        notices.send(connection, topic, payload)
        if then is not None:
            raise then

    async with open_database(address) as other, aclosing(other.listen()) as heard, asyncio.timeout(20):
        assert await anext(heard) == MISSED
        with pytest.raises(LookupError):
            await database.write(partial(tell, then=LookupError()), "void", 1)
        await database.write(tell, "queued", 17)
        await database.write(tell, "rules", "a payload of words")
        assert await anext(heard) == Notice("queued", "17")
        assert await anext(heard) == Notice("rules", "a payload of words")
        await asyncio.to_thread(server.cut_off, address)
        assert await anext(heard) == MISSED
        await database.write(tell, "queued", 18)
        assert await anext(heard) == Notice("queued", "18")


async def test_whoever_shares_shards_is_told_when_one_is_taken_and_offered_but_not_at_every_look(
    database: Database, address: str
) -> None:
    me = shards.Holder("me", 5, ShardShare(2))

    async def heard_of(step: Any, *ready: int) -> list[Notice]:
        async with open_database(address) as other, aclosing(other.listen()) as heard, asyncio.timeout(20):
            assert await anext(heard) == MISSED
            await database.write(step, me, ready, 0)
            await database.write(notices.send, "end")
            told: list[Notice] = []
            while (one := await anext(heard)) != Notice("end"):
                told.append(one)
            return told

    def register(connection: Connection) -> None:
        workers.renew(connection, "me", workers.time(connection, 0), 60_000)

    await database.write(register)
    told = [Notice("shards")]
    assert await heard_of(shards.settle) == told  # it takes them
    assert await heard_of(shards.settle) == []
    assert await heard_of(shards.settle, 0, 1) == told  # it has them
    assert await heard_of(shards.settle, 0, 1) == []
    assert await heard_of(shards.leave, 0, 1) == told  # it offers them
    assert await heard_of(shards.leave, 0, 1) == []


async def test_nobody_tells_anything_with_sqlite(tmp_path: object) -> None:
    async with open_database(f"sqlite+aiosqlite:///{tmp_path}/a.db") as database:
        await database.write(lambda connection: notices.send(connection, "queued", 1))
        assert [notice async for notice in database.listen()] == []
