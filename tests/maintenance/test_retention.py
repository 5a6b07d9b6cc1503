"""Thinning out: what is old goes, in small steps; what is young, and what lineage and books need, stays."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from sqlalchemy import delete, insert

from bot.generation.outbox import PostedMessage
from bot.maintenance.retention import Retention
from bot.models import Block, Job, Reference
from bot.observability.metrics import Metrics
from bot.storage import Connection, open_database, standing
from bot.storage import retention as storage
from bot.storage.tables import audit, ledger, reports, secrets, strikes
from tests.support.clocks import StillClock
from tests.support.generation import ALICE, Generation, generation_on
from tests.support.rows import Rows
from tests.support.storage import about_a_file, database_url

KEEP_DAYS = 400


@pytest.fixture
async def parts(tmp_path: Path) -> AsyncGenerator[Generation]:
    async with generation_on(tmp_path) as parts:
        yield parts


def retention(parts: Generation) -> Retention:
    return Retention(parts.database, parts.clock, KEEP_DAYS, parts.events.metrics.ledger_faults)


async def days_later(parts: Generation, days: float) -> None:
    """Time passes, and the thinning comes."""
    parts.clock.advance(days * 24 * 60 * 60)
    await retention(parts).sweep()


async def done(parts: Generation) -> Job:
    reference = Reference("https://cdn.discordapp.com/x.png", owner_id=9)
    job = await parts.accept(references=(reference,))
    await parts.taken(job)
    posted = PostedMessage(job.id, job.place.channel_id, {1: (5, "https://cdn.discordapp.com/y.png")})
    await parts.outbox.delivered(await parts.made(job, 1), posted, way="token")
    return job


async def failed(parts: Generation) -> Job:
    job = await parts.made(await parts.accept())
    await parts.delivered(job)
    return job


async def test_a_finished_request_keeps_its_words_for_as_long_as_the_operator_says(parts: Generation) -> None:
    old = await done(parts)
    await days_later(parts, KEEP_DAYS - 1)
    assert (await parts.job(old)).request.prompt == "a red kite"
    await days_later(parts, 2)
    thinned = await parts.job(old)
    assert (thinned.request.prompt, thinned.request.references) == ("–", ())
    assert parts.rows.count("source_owners") == 0


async def test_what_lineage_and_books_need_stays(parts: Generation) -> None:
    old = await done(parts)
    before = await parts.job(old)
    await days_later(parts, KEEP_DAYS + 1)
    thinned = await parts.job(old)
    assert (thinned.code, thinned.member_id, thinned.seed) == (before.code, before.member_id, before.seed)
    assert [(one.code, one.attachment_id) for one in thinned.pictures] == [
        (one.code, one.attachment_id) for one in before.pictures
    ]
    assert await parts.faults() == []


async def test_a_request_that_failed_keeps_its_words_for_a_month(parts: Generation) -> None:
    job = await failed(parts)
    await days_later(parts, 29)
    assert (await parts.job(job)).request.prompt == "a red kite"
    await days_later(parts, 2)
    assert (await parts.job(job)).request.prompt == "–"


async def test_addresses_that_have_expired_are_forgotten_after_two_days(parts: Generation) -> None:
    job = await done(parts)
    await days_later(parts, 1)
    assert (await parts.job(job)).request.references[0].url is not None
    assert parts.rows.count("picture_addresses") == 1
    await days_later(parts, 1.1)
    assert (await parts.job(job)).request.references == (Reference(None, owner_id=9),)
    assert parts.rows.count("picture_addresses") == 0
    assert parts.rows.count("jobs", "event_id IS NOT NULL") == 0
    assert (await parts.job(job)).request.prompt == "a red kite"


async def test_a_request_that_is_not_finished_is_left_alone(parts: Generation) -> None:
    job = await parts.accept()
    await parts.taken(job)
    await days_later(parts, KEEP_DAYS + 1)
    assert (await parts.job(job)).request.prompt == "a red kite"
    assert parts.rows.count("remote_tasks") == 1


def put_old_rows(connection: Connection, job_id: int, at: int) -> None:
    common = {"guild_id": 100, "at": at}
    connection.execute(insert(audit).values(**common, actor_id=1, action="rule", subject="x"))
    connection.execute(insert(strikes).values(**common, member_id=7))
    connection.execute(insert(reports).values(**common, job_id=job_id, reporter_id=8, reason="", state="open"))
    standing.block(connection, 100, Block(ALICE.id, at, at + 1000, 1, "for a second"))
    standing.block(connection, 100, Block(9, at, None, 1, "for good"))


@pytest.mark.parametrize(("table", "days"), [("audit", KEEP_DAYS), ("reports", 180), ("strikes", 31), ("blocks", 30)])
async def test_records_are_kept_for_their_time_and_then_go(parts: Generation, table: str, days: int) -> None:
    job = await done(parts)
    await parts.database.write(put_old_rows, job.id, parts.clock.now())
    ended = "until IS NOT NULL" if table == "blocks" else "1=1"
    await days_later(parts, days - 1)
    assert parts.rows.count(table, ended) == 1
    await days_later(parts, 2)
    assert parts.rows.count(table, ended) == 0
    assert parts.rows.count("blocks", "until IS NULL") == 1


def put_audit_entries(connection: Connection, count: int, at: int) -> None:
    row = {"guild_id": 100, "at": at, "actor_id": 1, "action": "rule", "subject": "x"}
    connection.execute(insert(audit), [row] * count)


async def test_what_is_too_much_for_one_transaction_is_done_in_several(parts: Generation) -> None:
    await parts.database.write(put_audit_entries, 450, parts.clock.now())
    before = parts.clock.now() + 1
    assert await parts.database.write(storage.drop_rows, 200, before, "audit")
    assert parts.rows.count("audit") == 250
    await days_later(parts, KEEP_DAYS + 1)
    assert parts.rows.count("audit") == 0


async def test_a_finished_thinning_begins_where_it_stopped(parts: Generation) -> None:
    """Thousands of jobs are not looked at again each hour."""
    await done(parts)
    await days_later(parts, KEEP_DAYS + 1)
    position = parts.rows.ask("SELECT max(position) FROM watermarks")
    second = await done(parts)
    await days_later(parts, 1)
    assert parts.rows.ask("SELECT max(position) FROM watermarks") == position
    await days_later(parts, KEEP_DAYS)
    assert parts.rows.ask("SELECT max(position) FROM watermarks") == [(second.id,)]


def put_much(connection: Connection) -> None:
    connection.execute(insert(secrets), [{"name": f"{number:05}", "value": "x" * 200} for number in range(5_000)])


def delete_all(connection: Connection) -> None:
    connection.execute(delete(secrets))


@about_a_file
async def test_the_file_gets_smaller_once_rows_are_gone(tmp_path: Path) -> None:
    url, clock = database_url(tmp_path), StillClock()
    rows = Rows(url)
    async with open_database(url) as database:
        await database.write(put_much)
        await database.write(delete_all)
        assert rows.ask("PRAGMA freelist_count")[0][0] > 200
        await Retention(database, clock, KEEP_DAYS, Metrics().ledger_faults).sweep()
        assert rows.ask("PRAGMA freelist_count") == [(0,)]


async def test_a_job_whose_bookings_do_not_add_up_is_shown_to_the_operator(parts: Generation) -> None:
    await done(parts)
    chore, value = retention(parts), parts.events.metrics.registry.get_sample_value
    await chore.add_up()
    assert value("atelier_ledger_faults") == 0
    await parts.database.write(lambda one: one.execute(delete(ledger).where(ledger.c.kind == "settle")))
    await chore.add_up()
    assert value("atelier_ledger_faults") == 1
