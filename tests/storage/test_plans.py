"""No statement that runs often looks through a table that grows: read from the plans that SQLite makes."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text

from bench import grown
from bot.clock import DAY_MS
from bot.credits import account
from bot.models import (
    AuditAction,
    AuditEntry,
    Block,
    Failure,
    ImageFormat,
    ImageRequest,
    JobState,
    Member,
    NewJob,
    Origin,
    Picture,
    Place,
    Plan,
    Post,
    Reference,
    RemixThread,
    ReplyToken,
    Report,
    ReportState,
)
from bot.storage import (
    Connection,
    audit,
    checkup,
    claims,
    departures,
    erasure,
    guild_rules,
    jobs,
    ledger,
    lineage,
    members,
    open_database,
    pictures,
    posts,
    remix_threads,
    reports,
    retention,
    standing,
    tables,
    tasks,
    usage,
    wanted_mentions,
    workers,
)
from bot.storage.sqlite import raw

GROWING = {
    "jobs", "tasks", "pictures", "kept_images", "ledger", "lineage", "source_owners", "remix_threads", "members",
    "posts", "post_jobs", "audit", "blocks", "strikes", "reports", "servers", "pool_buckets", "spend_buckets",
}  # fmt: skip
ALICE, GUILD, CHANNEL, NOW = 7, 100, 200, 1_800_000_000_000

RARE = {
    "retention.drop_rows": "the oldest 200 rows, by their number",
    "ledger.faults": "`atelier doctor` looks at everything, once and on purpose",
    "ledger.unsettled": "the same",
    "checkup.stuck": "the same",
    "remix_threads.behind": "at the start only",
    "departures.with_rules": "at the start only",
    "departures.forget_some": "once for a server that has removed the bot",
    "standing.blocks_of": "a member's export",
}
"""Statements that may look at a whole table, and why."""

Unit = Callable[[Connection], Any]


def new_job(code: str, **changes: Any) -> NewJob:
    reference = Reference("https://cdn.discordapp.com/x.png", code="aaaaa-1", owner_id=8)
    request = ImageRequest("a kite", count=2, references=(reference,), origin=Origin.REMIX, parent="aaaaa-1")
    plan = Plan(request, 2, ("bfl",), 5)
    values = {
        "worker": "me",
        "member": Member(ALICE, "alice"),
        "reply": ReplyToken(1, "t", NOW),
        "created_at": NOW,
        "estimate_microusd": 40_000,
        "application_id": 1,
    }
    return NewJob(code=code, place=Place(CHANNEL, GUILD), plan=plan, **values | changes)


UNITS: dict[str, Unit] = {
    "jobs.add": lambda one: jobs.add(one, new_job("ccccc")),
    "jobs.placed": lambda one: jobs.placed(one, 1, 5, CHANNEL),
    "jobs.moved": lambda one: jobs.moved(one, 1, 5, CHANNEL),
    "jobs.get": lambda one: jobs.get(one, 1),
    "jobs.brief": lambda one: jobs.brief(one, 1),
    "jobs.by_code": lambda one: jobs.by_code(one, "bbbbb"),
    "jobs.at_message": lambda one: jobs.at_message(one, 5),
    "jobs.search a channel": lambda one: jobs.search(one, channel_id=CHANNEL, limit=25),
    "jobs.search a member": lambda one: jobs.search(one, member_id=ALICE, guild_id=GUILD, limit=10, words="kite"),
    "jobs.search a member's next page": lambda one: jobs.search(one, member_id=ALICE, before=99, limit=10),
    "jobs.of_member": lambda one: jobs.of_member(one, ALICE, 100),
    "jobs.several": lambda one: jobs.several(one, [1, 2]),
    "jobs.unfinished": lambda one: jobs.unfinished(one, GUILD, ALICE),
    "jobs.cancelled_lately": lambda one: jobs.cancelled_lately(one, ALICE, NOW),
    "jobs.application_of": lambda one: jobs.application_of(one, 1),
    "jobs.was_retried": lambda one: jobs.was_retried(one, 1),
    "jobs.writer_of": lambda one: jobs.writer_of(one, 1),
    "wanted_mentions.add": lambda one: wanted_mentions.add(one, 1),
    "wanted_mentions.take": lambda one: wanted_mentions.take(one, 1),
    "jobs.finish": lambda one: jobs.finish(one, 1, JobState.DELIVERING, JobState.DONE, None, NOW),
    "jobs.forget_message": lambda one: jobs.forget_message(one, 1),
    "tasks.spend_since": lambda one: tasks.spend_since(one, NOW - 1),
    "tasks.claim": lambda one: tasks.claim(one, tasks.queued(one, ["me"])[0], "bfl", "me", NOW),
    "tasks.is_queued": lambda one: tasks.is_queued(one, 1),
    "tasks.unclaim": lambda one: tasks.unclaim(one, 1, ("bfl",)),
    "tasks.accepted": lambda one: tasks.accepted(one, tasks.queued(one, ["me"])[0], "r", None, 1),
    "tasks.end": lambda one: tasks.end(one, 1, 1, failure=None),
    "tasks.fail_queued": lambda one: tasks.fail_queued(one, 1, Failure.MODERATED),
    "tasks.cost_of_cancelled": lambda one: tasks.cost_of_cancelled(one, 1, 1),
    "tasks.release": lambda one: tasks.release(one, 1, 1),
    "tasks.cancel": lambda one: tasks.cancel(one, 1),
    "tasks.interrupt": lambda one: tasks.interrupt(one, ["me"]),
    "tasks.active": lambda one: tasks.active(one, ["me"]),
    "tasks.queued": lambda one: tasks.queued(one, ["me"]),
    "claims.active": lambda one: claims.active(one, 1),
    "claims.waiting": lambda one: claims.waiting(one, 1),
    "claims.waiting the next": lambda one: claims.waiting(one, 1, 10),
    "claims.take": lambda one: claims.take(one, {1: "bfl"}, "me"),
    "claims.give_back": lambda one: claims.give_back(one, [1], "me"),
    "claims.rests": lambda one: claims.rests(one, 1),
    "claims.strike": lambda one: claims.strike(one, 1, "bfl", lambda: 0, 0, NOW),
    "claims.well": lambda one: claims.well(one, 1, "bfl", 0, NOW),
    "workers.expire": lambda one: workers.expire(one, "me", 1, NOW, 10_000),
    "workers.own": lambda one: workers.own(one, 1),
    "workers.adopt": lambda one: workers.adopt(one, "me", ["gone"]),
    "workers.deliveries": lambda one: workers.deliveries(one, ["me"]),
    "workers.drop_old_sums": lambda one: workers.drop_old_sums(one, NOW),
    "ledger.standing": lambda one: ledger.standing(one, GUILD, ALICE, NOW, 3),
    "ledger.hold": lambda one: ledger.hold(one, GUILD, NOW - 1, ledger.Room(10**9, 10**9)),
    "ledger.used_since": lambda one: ledger.used_since(one, GUILD, ALICE, NOW - DAY_MS),
    "ledger.beside_limit": lambda one: ledger.beside_limit(one, GUILD, ALICE, NOW - DAY_MS),
    "ledger.drawn_by": lambda one: ledger.drawn_by(one, 1),
    "ledger.totals": lambda one: ledger.totals(one, GUILD, ALICE, NOW - DAY_MS),
    "ledger.return_everywhere": lambda one: ledger.return_everywhere(one, ALICE, NOW - DAY_MS),
    "ledger.pool_return": lambda one: ledger.pool_return(one, GUILD, NOW - DAY_MS),
    "ledger.reserved_by": lambda one: ledger.reserved_by(one, GUILD, ALICE, NOW - DAY_MS),
    "ledger.next_return": lambda one: ledger.next_return(one, GUILD, ALICE, NOW - DAY_MS),
    "ledger.faults": ledger.faults,
    "ledger.faults of the newest": lambda one: ledger.faults(one, 5_000),
    "ledger.unsettled": ledger.unsettled,
    "checkup.stuck": lambda one: checkup.stuck(one, NOW),
    "checkup.left_behind": lambda one: checkup.left_behind(one, NOW),
    "checkup.in_use": lambda one: checkup.in_use(one, NOW),
    "checkup.damage": checkup.damage,
    "checkup.moved_away": checkup.moved_away,
    "checkup.mark_moved": lambda one: checkup.mark_moved(one, NOW),
    "checkup.give_up": lambda one: checkup.give_up(one, 1, NOW),
    "lineage.related": lambda one: lineage.related(one, 1, 400),
    "lineage.line": lambda one: lineage.line(one, 1),
    "members.agreed": lambda one: members.agreed(one, ALICE),
    "members.reserved": lambda one: members.reserved(one, [ALICE]),
    "members.set_shares": lambda one: members.set_shares(one, ALICE, True),
    "members.shares": lambda one: members.shares(one, ALICE),
    "erasure.unfinished": lambda one: erasure.unfinished(one, ALICE),
    "erasure.bookings": lambda one: erasure.bookings(one, ALICE),
    "erasure.begin": lambda one: erasure.begin(one, ALICE, NOW),
    "erasure.begun": erasure.begun,
    "erasure.erase_some": lambda one: (erasure.begin(one, ALICE, NOW), erasure.erase_some(one, 100, ALICE)),
    "erasure.erase_some others'": lambda one: (erasure.begin(one, 8, NOW), erasure.erase_some(one, 100, 8)),
    "erasure.sweep": lambda one: (erasure.begin(one, ALICE, NOW), erasure.sweep(one, 100, NOW, 1000)),
    "erasure.messages_to_erase": lambda one: erasure.messages_to_erase(one, 1, 50),
    "posts.add": lambda one: posts.add(one, Post(9, CHANNEL, GUILD, ALICE, 1), [1]),
    "posts.exists": lambda one: posts.exists(one, 9),
    "posts.mark_showing": lambda one: posts.mark_showing(one, [1]),
    "posts.mark_of": lambda one: posts.mark_of(one, ALICE),
    "posts.to_erase": lambda one: posts.to_erase(one, 1, 50),
    "posts.forget": lambda one: posts.forget(one, 9),
    "departures.left": lambda one: departures.left(one, (GUILD,), NOW),
    "departures.returned": lambda one: departures.returned(one, {GUILD}),
    "departures.with_rules": departures.with_rules,
    "departures.due": lambda one: departures.due(one, NOW),
    "departures.forget_some": lambda one: departures.forget_some(one, 100, GUILD),
    "remix_threads.touch_these": lambda one: remix_threads.touch_these(one, [6, 7]),
    "pictures.keep": lambda one: pictures.keep(one, 2, Picture("", 1, 2, 6, 8, 8, ImageFormat.JPEG, "bfl", 1), b"x"),
    "pictures.kept": lambda one: pictures.kept(one, 1),
    "pictures.drop_kept": lambda one: pictures.drop_kept(one, 1),
    "pictures.forget_all": lambda one: pictures.forget_all(one, 1),
    "pictures.forget_attachments": lambda one: pictures.forget_attachments(one, [1]),
    "pictures.posted": lambda one: pictures.posted(one, 1, {1: (9, "https://x")}),
    "remix_threads.add": lambda one: remix_threads.add(one, RemixThread(6, GUILD, "aaaaa-1", "aaaaa-1")),
    "remix_threads.get": lambda one: remix_threads.get(one, 6),
    "remix_threads.move": lambda one: remix_threads.move(one, 6, "aaaaa-2"),
    "remix_threads.back": lambda one: remix_threads.back(one, 6, "aaaaa-2", "aaaaa-1", ()),
    "remix_threads.touch": lambda one: remix_threads.touch(one, 6),
    "remix_threads.participants": lambda one: remix_threads.participants(one, 6),
    "remix_threads.behind": lambda one: remix_threads.behind(one, 1),
    "remix_threads.application_of": lambda one: remix_threads.application_of(one, 6),
    "guild_rules.version_and_block": lambda one: guild_rules.version_and_block(one, GUILD, ALICE, NOW),
    "guild_rules.load": lambda one: guild_rules.load(one, GUILD),
    "standing.block": lambda one: standing.block(one, GUILD, Block(ALICE, NOW, None, 9, "")),
    "standing.is_blocked": lambda one: standing.is_blocked(one, GUILD, ALICE, NOW),
    "standing.blocked": lambda one: standing.blocked(one, GUILD, NOW, 15),
    "standing.blocks_of": lambda one: standing.blocks_of(one, ALICE),
    "standing.strike": lambda one: standing.strike(one, GUILD, ALICE, NOW, NOW - 1),
    "standing.strikes_of": lambda one: standing.strikes_of(one, ALICE),
    "reports.add": lambda one: reports.add(one, GUILD, 1, ALICE, NOW, ""),
    "reports.count_since": lambda one: reports.count_since(one, GUILD, ALICE, NOW - 1),
    "reports.alike": lambda one: reports.alike(one, Report(1, GUILD, 1, ALICE, NOW, "", ReportState.OPEN)),
    "reports.reports_of": lambda one: reports.reports_of(one, ALICE),
    "audit.append": lambda one: audit.append(one, AuditEntry(GUILD, NOW, 9, AuditAction.BLOCK)),
    "audit.page": lambda one: audit.page(one, GUILD, before=99, limit=11),
    "audit.about": lambda one: audit.about(one, ALICE),
    "retention.drop_addresses": lambda one: retention.drop_addresses(one, 200, NOW + 1),
    "retention.thin_jobs": lambda one: retention.thin_jobs(one, 200, NOW + 1, [JobState.FAILED]),
    "retention.drop_rows": lambda one: retention.drop_rows(one, 200, NOW + 1, "audit"),
    "retention.drop_blocks": lambda one: retention.drop_blocks(one, 200, NOW),
    "retention.free_pages": lambda one: retention.free_pages(one, 100),
    "usage.made": lambda one: usage.made(one, GUILD, NOW - DAY_MS, 1000),
}


class Undo(Exception):
    """Whatever a unit did is taken back."""


def scans(connection: Connection, unit: Unit) -> list[str]:
    """The growing tables that a unit's statements look through, with the statement of each."""
    found: list[str] = []
    driver = connection.connection.dbapi_connection
    assert driver is not None

    def read_plan(_: Any, __: Any, statement: str, parameters: Any, ___: Any, many: bool) -> None:
        one = parameters[0] if many and isinstance(parameters[0], dict | tuple) else parameters
        for *_, detail in driver.execute(f"EXPLAIN QUERY PLAN {statement}", one).fetchall():
            # An index that holds the open jobs alone, or those to be erased, is as small as what it holds.
            scanned = re.match(
                r"SCAN (\w+)\b(?! USING (?:COVERING )?INDEX "
                r"(?:jobs|posts|tasks)_(?:open|unowned|to_erase|active|waiting))"
                r"|SEARCH (?!spend_buckets)(\w+) USING (?:COVERING )?INDEX \w+ \(\w+>\?\)$",
                detail,
            )
            if scanned and (scanned[1] or scanned[2]) in GROWING:
                found.append(f"{detail}: {statement}")

    run_watched(connection, unit, read_plan)
    return found


def run_watched(connection: Connection, unit: Unit, read_plan: Callable[..., None]) -> None:
    """Run a unit, and let each of its statements be looked at before it is executed."""
    event.listen(connection, "before_cursor_execute", read_plan)
    try:
        unit(connection)
    finally:
        event.remove(connection, "before_cursor_execute", read_plan)


def furnish(connection: Connection) -> None:
    for code in ("aaaaa", "bbbbb"):
        jobs.add(connection, new_job(code))


@pytest.mark.parametrize("name", UNITS)
async def test_no_statement_looks_through_a_table_that_grows(tmp_path: Path, name: str) -> None:
    found: list[str] = []

    def look(connection: Connection) -> None:
        furnish(connection)
        found.extend(scans(connection, UNITS[name]))
        raise Undo

    async with open_database(f"sqlite+aiosqlite:///{tmp_path / 'a.db'}") as database:
        with pytest.raises(Undo):
            await database.write(look)
    if name in RARE:
        assert found, "it need not be excused"
    else:
        assert found == []


SMALL = re.compile(r"(jobs|posts|tasks)_(open|unowned|to_erase|active|waiting)|spend_buckets_pkey")
"""Indexes that hold few rows, however many there were."""
GROWN = {"jobs", "tasks", "pictures", "ledger", "lineage", "source_owners"}
"""Tables of which there are many rows here; of few, an index may as well be read from one end to the other."""


def looked_through(plan: dict[str, Any]) -> Iterator[str]:
    """The growing tables that PostgreSQL would read from one end to the other."""
    kind, table, index = plan["Node Type"], plan.get("Relation Name", ""), plan.get("Index Name", "")
    if kind == "Seq Scan" and table in GROWING:
        yield f"{kind} on {table}"
    elif kind.startswith("Index") and table in GROWN and "Index Cond" not in plan and not SMALL.match(index):
        yield f"{kind} of all of {index}"
    for part in plan.get("Plans", ()):
        yield from looked_through(part)


def server_scans(connection: Connection, unit: Unit) -> list[str]:
    """The same of a server's plans, which may use no sequential scan where there is any other way."""
    connection.execute(text("SET LOCAL enable_seqscan = off"))
    found: list[str] = []
    driver = connection.connection.dbapi_connection
    assert driver is not None

    def read_plan(_: Any, __: Any, statement: str, parameters: Any, ___: Any, many: bool) -> None:
        if statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            return
        one = parameters[0] if many and isinstance(parameters, list | tuple) else parameters
        (plans,) = driver.execute(f"EXPLAIN (FORMAT JSON) {statement}", one).fetchone()
        found.extend(f"{scan}: {statement}" for scan in looked_through(plans[0]["Plan"]))

    run_watched(connection, unit, read_plan)
    return found


async def test_a_server_has_an_index_for_every_statement_as_well(address: str) -> None:
    found: dict[str, list[str]] = {}

    def look(connection: Connection, name: str) -> None:
        found[name] = server_scans(connection, UNITS[name])
        raise Undo

    async with open_database(address) as database:
        await database.write(furnish)
        await database.write(grown.grow, 3_000, first=10)
        await database.write(lambda one: one.execute(text("ANALYZE")).rowcount)
        for name in UNITS.keys() - RARE.keys() - {"ledger.faults of the newest"}:  # there are fewer than it looks at
            with pytest.raises(Undo):
                await database.write(look, name)
    assert [f"{name}: {scan}" for name, scans in found.items() for scan in scans] == []


def test_every_function_that_takes_a_connection_is_looked_at() -> None:
    modules = (
        audit,
        checkup,
        departures,
        erasure,
        guild_rules,
        jobs,
        ledger,
        lineage,
        members,
        pictures,
        posts,
        remix_threads,
        reports,
        standing,
        retention,
    )
    known = {name.split()[0] for name in UNITS}
    called_by_others = {
        "audit.page", "guild_rules.store", "guild_rules.version", "ledger.append", "lineage.add", "lineage.edges",
        "pictures.of_job", "pictures.of_jobs", "remix_threads.shown", "remix_threads.outdate", "remix_threads.forget",
        "pictures.forget_addresses", "reports.get", "reports.withdraw", "reports.answer",
        "standing.unblock", "standing.clear_strikes", "jobs.add_without_tasks", "jobs.add_tasks",
    }  # fmt: skip
    for module in modules:
        short = module.__name__.rpartition(".")[2]
        public = {
            f"{short}.{name}"
            for name, one in vars(module).items()
            if callable(one)
            and getattr(one, "__module__", "") == module.__name__
            and not name.startswith("_")
            and not isinstance(one, type)
        }
        assert public - known - called_by_others == set(), short


MUCH, LITTLE = 1_500, 250
GROWS = {
    "lineage.related": "all that was made of one picture",
    "erasure.bookings": "all of a member's bookings, for their export",
    "usage.made": "what a server's members made, for its moderators",
    "tasks.spend_since": "the bookings of the ten minutes in which the window begins",
    "checkup.damage": "`atelier doctor` looks at everything, once and on purpose",
    "ledger.faults of the newest": "as many as it is told to, which are more than there are here",
}
"""Statements whose work may grow with what a member and a server did, and why; so may that of the ``RARE`` ones."""


def live(connection: Connection, number: int) -> None:
    """So many ended jobs of a member a month ago, and as many of others in the same channel today."""
    for one in range(2 * number):
        member, at = (
            (Member(ALICE, "alice"), NOW - 30 * DAY_MS) if one < number else (Member(900 + one, "x"), NOW - one)
        )
        new = new_job(f"t{one:05}".translate(str.maketrans("01", "xy")), member=member, created_at=at, reply=None)
        job = jobs.add(connection, new)
        account.reserve(connection, job.id, member, new.place, new.plan, 0, at)
        jobs.placed(connection, job.id, 10_000 + one, CHANNEL)
        for task in job.tasks:
            tasks.end(connection, task.id, job.id, failure=None)
            picture = Picture("", job.id, task.number, task.seed, 64, 48, ImageFormat.PNG, "bfl", 9)
            pictures.keep(connection, task.id, picture, b"x")
        pictures.posted(connection, job.id, {task.number: (50_000 + task.id, "https://x") for task in job.tasks})
        pictures.drop_kept(connection, job.id)
        jobs.finish(connection, job.id, JobState.DELIVERING, JobState.DONE, None, at)
        account.settle(connection, job, 2, at)


def steps(connection: Connection, unit: Unit) -> int:
    """How many steps of SQLite's machine a unit takes."""
    taken = itertools.count()
    driver = raw(connection)
    driver.set_progress_handler(lambda: next(taken) and 0, 1)
    try:
        unit(connection)
    finally:
        driver.set_progress_handler(None, 1)
    return next(taken)


def made_last(connection: Connection, name: str) -> None:
    """Make an index of the ledger the newest: of two that seem as good, SQLite takes the one that was made last."""
    (index,) = (one for one in tables.ledger.indexes if one.name == name)
    index.drop(connection)
    index.create(connection)


@pytest.mark.parametrize("last", ["ledger_member", "ledger_pool"])
async def test_no_statement_reads_more_for_a_busy_server_and_a_member_of_long_standing(
    tmp_path: Path, last: str
) -> None:
    taken: dict[str, list[int]] = {}

    def look(connection: Connection, name: str) -> None:
        taken.setdefault(name, []).append(steps(connection, UNITS[name]))
        raise Undo

    for number in (LITTLE, MUCH):
        async with open_database(f"sqlite+aiosqlite:///{tmp_path / str(number)}.db") as database:
            await database.write(furnish)
            await database.write(live, number)
            await database.write(made_last, last)
            for name in UNITS:
                with pytest.raises(Undo):
                    await database.write(look, name)
    grown = {name for name, (little, much) in taken.items() if much > 2 * little + 50}
    assert {name: taken[name] for name in grown - RARE.keys() - GROWS.keys()} == {}
    assert GROWS.keys() <= grown, "it need not be excused"
