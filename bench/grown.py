"""A database as years of use leave it, inserted in bulk: as many jobs as asked for, over four hundred days.

One job in fifty is of one heavy member; the others have about thirty each. Addresses are kept of the last two days, as
thinning leaves them. The size of such a file says nothing: rows that grow and shrink as they live leave gaps, which
``bench.lives`` brings about.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, create_engine, insert, text

from bench.backlog import code_of
from bot.clock import DAY_MS
from bot.models import ImageRequest, Member, NewJob, Origin, Place, Plan, Reference, ReplyToken
from bot.storage import schema
from bot.storage.job_rows import IN_ITS_CHANNEL, job_values
from bot.storage.ledger import LedgerEntry
from bot.storage.tables import (
    audit,
    jobs,
    ledger,
    lineage,
    metadata,
    pictures,
    post_jobs,
    posts,
    remix_threads,
    remote_tasks,
    reply_tokens,
    source_owners,
    tasks,
    watermarks,
)
from bot.storage.triggers import create_triggers, drop_triggers

NOW = 1_800_000_000_000
APPLICATION = 1_440_000_000_000_000_000
WORKER = "0123456"
"""As long as a worker's id."""
DAYS, FRESH_DAYS, OPEN = 400, 2, 20
HEAVY, EACH, A_SERVER = 50, 29, 500
"""One job in so many is the heavy member's; about so many jobs each other member has, and each server."""
PRICE_MICROUSD = 40_000
ADDRESS = (
    f"https://cdn.discordapp.com/attachments/{APPLICATION}/{APPLICATION}/atelier-abcde-1.jpg?ex=65d903de&is=65c68ede"
)
ADDRESS += f"&hm={'0123456789abcdef' * 4}&"
TOKEN = "aW50ZXJhY3Rpb246" * 14
"""As long as Discord's."""
_SNOWFLAKE = 1_400_000_000_000_000_000
_WORDS = (
    "lighthouse",
    "basalt",
    "winter",
    "small",
    "boat",
    "green",
    "sea",
    "low sun",
    "torn",
    "clouds",
    "gulls",
    "oils",
)
_BATCH = 10_000
_Rows = dict[Table, list[dict[str, Any]]]


@dataclass(frozen=True)
class Grown:
    """What was built, and who is in it."""

    jobs: int
    heavy = _SNOWFLAKE
    """The member who has every fiftieth job."""

    def member(self, number: int) -> int:
        """One of the others."""
        return _SNOWFLAKE + 1 + number % max(1, self.jobs // EACH)

    def place(self, number: int) -> Place:
        """A channel of one of the servers."""
        server = _SNOWFLAKE + 1_000_000 * (1 + number % max(1, self.jobs // A_SERVER))
        return Place(server + 1 + number % 3, server)

    def request(self, rng: random.Random, number: int) -> ImageRequest:
        """What members ask for: of three jobs one starts from a picture, of eight one makes two or four."""
        prompt = " ".join(rng.choices(_WORDS, k=rng.randint(3, 26)))
        request = ImageRequest(prompt, count=rng.choices((1, 2, 4), (82, 10, 8))[0])
        if number < 20 or rng.random() > 0.35:
            return request
        parent = rng.randrange(max(10, number - 500), number)
        address = ADDRESS if number > self.jobs * (DAYS - FRESH_DAYS) // DAYS else None
        source = Reference(address, owner_id=self.member(number))
        if rng.random() < 0.7:
            owner, channel = self.member(parent), self.place(number).channel_id
            source = replace(source, code=f"{code_of(parent)}-1", owner_id=owner, channel_id=channel)
            source = replace(source, message_id=_message(parent), attachment_id=_message(parent) + 1)
        return replace(request, references=(source,), origin=Origin.REMIX, parent=source.code)


def build(path: Path, count: int) -> Grown:
    """Make an SQLite file of so many jobs; a million take about four minutes."""
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        for pragma in ("auto_vacuum=INCREMENTAL", "journal_mode=MEMORY", "synchronous=OFF", "cache_size=-400000"):
            connection.exec_driver_sql(f"PRAGMA {pragma}")
        connection.commit()
        with connection.begin():
            schema.create(connection)
            grown = grow(connection, count)
    engine.dispose()
    return grown


def grow(connection: Connection, count: int, first: int = 1) -> Grown:
    """Fill a database of either kind, in the transaction of the connection; the jobs from ``first`` (≤ 10) on."""
    grown, rng, fresh = Grown(count), random.Random(7), count * (DAYS - FRESH_DAYS) // DAYS
    indexes = [index for table in metadata.tables.values() for index in table.indexes]
    for index in indexes:
        index.drop(connection)
    drop_triggers(connection)  # no window reaches the old rows
    for one in range(first, fresh + 1, _BATCH):
        _insert(connection, grown, rng, range(one, min(one + _BATCH, fresh + 1)))
    create_triggers(connection)
    _insert(connection, grown, rng, range(fresh + 1, count + 1))
    for index in indexes:
        index.create(connection)
    if connection.dialect.name == "postgresql":
        for table in (jobs, tasks):  # these were given their numbers
            last = f"(SELECT max(id) FROM {table.name})"
            connection.execute(text(f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), {last})"))
    names = ("addresses", "cancelled,failed")
    connection.execute(insert(watermarks), [{"name": name, "position": fresh} for name in names])
    return grown


def _insert(connection: Connection, grown: Grown, rng: random.Random, numbers: Sequence[int]) -> None:
    rows: _Rows = {table: [] for table in metadata.sorted_tables}
    for number in numbers:
        _job(rows, grown, rng, number)
    for table, values in rows.items():
        if values:
            connection.execute(insert(table), values)


def _job(rows: _Rows, grown: Grown, rng: random.Random, number: int) -> None:
    """All rows of one job; the last few are not finished."""
    at = NOW - (grown.jobs - number + 1) * (DAYS * DAY_MS // grown.jobs)
    is_open, place = number > grown.jobs - OPEN, grown.place(rng.randrange(1 << 30))
    member = grown.heavy if number % HEAVY == 0 else grown.member(rng.randrange(1 << 30))
    if is_open:
        member = _SNOWFLAKE - 2  # who waits cannot be erased
    state = "running" if is_open else rng.choices(("done", "failed", "cancelled"), (92, 6, 2))[0]
    request = grown.request(rng, number)
    plan = Plan(request, 2, ("bfl", "aimlapi"), rng.getrandbits(31))
    reply = ReplyToken(APPLICATION, TOKEN, at, _message(number) - 1)
    new = NewJob(
        *(code_of(number), WORKER, Member(member, "somebody"), place, plan, reply, at, PRICE_MICROUSD),
        *(APPLICATION, _message(number) - 1),
    )
    ended = {} if is_open else {"finished_at": at + 12_000, "event_id": None}
    where = {"message_id": _message(number), "message_channel_id": IN_ITS_CHANNEL}
    rows[jobs].append({**job_values(new), **where, "id": number, "state": state, "finished_at": None, **ended})
    if is_open:
        rows[reply_tokens].append({"job_id": number, "token": TOKEN, "issued_at": at})
    _works(rows, new, number, state)
    entry = LedgerEntry(number, place.guild_id, member, "reserve", plan.credits, counts_at=at, at=at)
    rows[ledger].append(entry.row())
    if not is_open:
        end = replace(entry, kind="settle" if state == "done" else "release", at=at + 12_000)
        rows[ledger].append(end.row())
    _beside(rows, new, number)


def _works(rows: _Rows, new: NewJob, number: int, state: str) -> None:
    """A job's tasks and pictures, and what it started from."""
    task_state = {"done": "made"}.get(state, state)
    for one in range(1, new.plan.request.count + 1):
        task_id, seed = 4 * number + one, new.plan.seed + one - 1
        task = {"id": task_id, "job_id": number, "number": one, "state": task_state, "seed": seed, "tried": ""}
        done = {"provider": "bfl", "submitted_at": new.created_at + 500, "created_at": new.created_at}
        is_open = state == "running"
        held = {"worker": new.worker if is_open else None, "slot": "bfl" if is_open else None}
        rows[tasks].append({**task, **done, **held, "cost_microusd": new.estimate_microusd})
        if is_open:
            rows[remote_tasks].append({"task_id": task_id, "remote_id": "r" * 36})
        if state == "done":
            picture = {"task_id": task_id, "width": 1024, "height": 768}
            file = {"format": "jpeg", "size": 180_000, "attachment_id": _message(number) + one}
            rows[pictures].append({**picture, **file})
    for position, source in enumerate(new.plan.request.references):
        rows[source_owners].append({"job_id": number, "owner_id": source.owner_id})
        if source.message_id is not None:
            parent = {"parent_job_id": (source.message_id - _SNOWFLAKE) // 100, "parent_number": 1}
            rows[lineage].append({"job_id": number, "position": position, **parent})


def _beside(rows: _Rows, new: NewJob, number: int) -> None:
    """What there is few of."""
    guild_id, picture = new.place.guild_id or 0, f"{new.code}-1"
    if number % 50 == 1:
        record = {"guild_id": guild_id, "at": new.created_at, "actor_id": _SNOWFLAKE - 1, "action": "remove"}
        rows[audit].append({**record, "subject": new.code, "member_id": new.member.id, "reason": "off topic"})
    if number % 100 == 2:
        thread = {"thread_id": _message(number) + 10, "guild_id": guild_id, "root": picture, "code": picture}
        rows[remix_threads].append({**thread, "header_id": _message(number) + 11, "shown": picture})
    if number % 200 == 3:
        post = {"message_id": _message(number) + 12, "channel_id": new.place.channel_id, "guild_id": guild_id}
        rows[posts].append({**post, "member_id": new.member.id, "application_id": APPLICATION, "erase": False})
        rows[post_jobs].append({"message_id": _message(number) + 12, "job_id": number})


def _message(number: int) -> int:
    return _SNOWFLAKE + 100 * number
