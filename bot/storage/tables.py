"""The tables as SQLAlchemy knows them; the migrations make them, and a test holds the two together.

``spend_buckets`` and ``pool_buckets`` are kept by triggers (migration 0004): nothing here writes to them.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    false,
    or_,
    text,
    true,
)
from sqlalchemy.event import listens_for

metadata = MetaData()


def _partial(name: str, *columns: Column[Any], where: ColumnElement[bool], unique: bool = False) -> None:
    """An index over some rows. PostgreSQL is told which when it is made there: its dialect takes two megabytes."""
    index = Index(name, *columns, unique=unique, sqlite_where=where)

    @listens_for(index, "before_create")
    def _told(_: Index, connection: Connection, **__: object) -> None:
        if connection.dialect.name == "postgresql":
            index.dialect_kwargs["postgresql_where"] = where


# SQLite gives out row numbers by itself only for the type named INTEGER.
_Id = BigInteger().with_variant(Integer, "sqlite")

workers = Table(
    "workers",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("lease_until", BigInteger, nullable=False),
    Column("application_id", BigInteger),
    Column("shards", String(40)),
)

shards = Table(
    "shards",
    metadata,
    Column("application_id", BigInteger, primary_key=True, autoincrement=False),
    Column("shard_count", Integer, primary_key=True, autoincrement=False),
    Column("shard_id", Integer, primary_key=True, autoincrement=False),
    Column("worker", String(40)),
    Column("heir", String(40)),
    Column("identified_at", BigInteger),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("code", String(12), nullable=False, unique=True),
    Column("state", String(12), nullable=False),
    Column("worker", String(40), nullable=False),
    Column("guild_id", BigInteger),
    Column("channel_id", BigInteger, nullable=False),
    Column("age_restricted", Boolean, nullable=False),
    Column("file_limit", Integer, nullable=False),
    Column("member_id", BigInteger, nullable=False),
    Column("member_name", String(100), nullable=False),
    Column("prompt", Text, nullable=False),
    Column("model", String(8), nullable=False),
    Column("aspect_ratio", String(8)),
    Column("image_count", Integer, nullable=False),
    Column("asked_seed", BigInteger),
    Column("guidance", Float),
    Column("format", String(8), nullable=False),
    Column("enhance", Boolean, nullable=False),
    Column("sources", Text, nullable=False),
    Column("vary", Boolean, nullable=False),
    Column("strong", Boolean, nullable=False, server_default=false()),
    Column("reachable", Boolean, nullable=False, server_default=true()),
    Column("in_thread", Boolean, nullable=False, server_default=false()),
    Column("erase_message", Boolean, nullable=False, server_default=false()),
    Column("parent_channel_id", BigInteger),
    Column("spoiler", Boolean, nullable=False, server_default=false()),
    Column("origin", String(16), nullable=False),
    Column("parent", String(16)),
    Column("retry_of", _Id, ForeignKey("jobs.id")),
    Column("tolerance", Integer, nullable=False),
    Column("providers", String(200), nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("credits", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("finished_at", BigInteger),
    Column("failure", String(20)),
    Column("message_id", BigInteger),
    Column("message_channel_id", BigInteger),
    Column("application_id", BigInteger),
    Column("event_id", BigInteger),
    Column("language", String(8)),
    Index("jobs_member", "member_id", "id"),
    Index("jobs_channel", "channel_id", "id"),
    Index("jobs_message", "message_id"),
)
# Few jobs are unfinished, however many there were: these stay as small as the queue.
_open = jobs.c.finished_at.is_(None)
_partial("jobs_open", jobs.c.worker, jobs.c.application_id, where=_open)
# With both columns asked for, SQLite prefers it to `jobs_member`, which holds all that a member ever asked for.
_partial("jobs_open_member", jobs.c.member_id, jobs.c.finished_at, where=_open)
_unowned = jobs.c.application_id.is_(None)
_partial("jobs_unowned", jobs.c.id, where=_unowned)
_to_erase = jobs.c.erase_message.is_(True)
_partial("jobs_to_erase", jobs.c.id, where=_to_erase)
_again = jobs.c.retry_of.is_not(None)
_partial("jobs_retried", jobs.c.retry_of, unique=True, where=_again)
_heard = jobs.c.event_id.is_not(None)
_partial("jobs_event", jobs.c.event_id, unique=True, where=_heard)

# A row that shrinks leaves a gap that SQLite never fills. So what is long and soon forgotten has rows of its own, here
# and in `picture_addresses`: they go as a whole, and others take their pages.
reply_tokens = Table(
    "reply_tokens",
    metadata,
    Column("job_id", _Id, ForeignKey("jobs.id"), primary_key=True),
    Column("token", Text, nullable=False),
    Column("issued_at", BigInteger, nullable=False),
)

source_owners = Table(
    "source_owners",
    metadata,
    Column("job_id", _Id, ForeignKey("jobs.id"), primary_key=True),
    Column("owner_id", BigInteger, primary_key=True, autoincrement=False),
    Index("source_owners_owner", "owner_id"),
    sqlite_with_rowid=False,  # else its key is kept twice, here and below
)

tasks = Table(
    "tasks",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("job_id", _Id, ForeignKey("jobs.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("state", String(12), nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("provider", String(20)),
    Column("tried", String(200), nullable=False),
    Column("submitted_at", BigInteger),
    Column("failure", String(20)),
    Column("cost_microusd", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("worker", String(40)),
    Column("slot", String(20)),
    Column("refusals", Integer),
    Column("refused_at", BigInteger),
    Column("bad_source", Integer),
    Index("tasks_job", "job_id", "number", unique=True),
)
_active = tasks.c.slot.is_not(None)
_partial("tasks_active", tasks.c.worker, where=_active)
_waiting = tasks.c.state == "queued"
_partial("tasks_waiting", tasks.c.id, where=_waiting)

remote_tasks = Table(
    "remote_tasks",
    metadata,
    Column("task_id", _Id, ForeignKey("tasks.id"), primary_key=True),
    Column("remote_id", Text, nullable=False),
    Column("polling_url", Text),
)

wanted_mentions = Table("wanted_mentions", metadata, Column("job_id", _Id, ForeignKey("jobs.id"), primary_key=True))

provider_rests = Table(
    "provider_rests",
    metadata,
    Column("application_id", BigInteger, primary_key=True, autoincrement=False),
    Column("provider", String(20), primary_key=True),
    Column("strikes", Integer, nullable=False),
    Column("struck_at", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
)

# Whose a picture is, its number, its seed and who made it stand in its task.
pictures = Table(
    "pictures",
    metadata,
    Column("task_id", _Id, ForeignKey("tasks.id"), primary_key=True),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("format", String(8), nullable=False),
    Column("size", Integer, nullable=False),
    Column("attachment_id", BigInteger),
)

picture_addresses = Table(
    "picture_addresses",
    metadata,
    Column("task_id", _Id, ForeignKey("pictures.task_id"), primary_key=True),
    Column("url", Text, nullable=False),
)

kept_images = Table(
    "kept_images",
    metadata,
    Column("task_id", _Id, ForeignKey("tasks.id"), primary_key=True),
    Column("job_id", _Id, ForeignKey("jobs.id"), nullable=False),
    Column("data", LargeBinary, nullable=False),
    Index("kept_images_job", "job_id"),
)

# A settlement is found by its job, and repeats nothing of the job's reservation: guild_id, member_id and counts_at are
# null there. So is `at` where it would be counts_at once more.
ledger = Table(
    "ledger",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("job_id", _Id, ForeignKey("jobs.id")),
    Column("guild_id", BigInteger),
    Column("member_id", BigInteger),
    Column("kind", String(8), nullable=False),
    Column("credits", Integer, nullable=False),
    Column("delta", Integer, nullable=False),
    Column("counts_at", BigInteger),
    Column("at", BigInteger),
    Index("ledger_job", "job_id"),
)
# Half of the bookings, the settlements, change nobody's use. The indexes leave them out.
_used, _granted = ledger.c.delta != 0, ledger.c.job_id.is_(None)
_of_member = or_(_used, _granted)
_partial("ledger_member", ledger.c.member_id, ledger.c.counts_at, where=_of_member)
_partial("ledger_pool", ledger.c.guild_id, ledger.c.counts_at, where=_used)
_partial("ledger_granted", ledger.c.guild_id, where=_granted)

spend_buckets = Table(
    "spend_buckets",
    metadata,
    Column("bucket", BigInteger, primary_key=True, autoincrement=False),
    Column("microusd", BigInteger, nullable=False),
    # Between these are the bucket's tasks, with few others: an index on times would be one on all tasks.
    Column("first_task", BigInteger, nullable=False),
    Column("last_task", BigInteger, nullable=False),
)

pool_buckets = Table(
    "pool_buckets",
    metadata,
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("bucket", BigInteger, primary_key=True, autoincrement=False),
    Column("credits", BigInteger, nullable=False),
    Index("pool_buckets_bucket", "bucket"),
    sqlite_with_rowid=False,
)

secrets = Table(
    "secrets",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", String(200), nullable=False),
)

lineage = Table(
    "lineage",
    metadata,
    Column("job_id", _Id, ForeignKey("jobs.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("parent_job_id", _Id, ForeignKey("jobs.id"), nullable=False),
    Column("parent_number", Integer, nullable=False),
    Index("lineage_parent", "parent_job_id"),
    sqlite_with_rowid=False,
)

remix_threads = Table(
    "remix_threads",
    metadata,
    Column("thread_id", BigInteger, primary_key=True, autoincrement=False),
    Column("guild_id", BigInteger, nullable=False),
    Column("root", String(16), nullable=False),
    Column("code", String(16), nullable=False),
    Column("header_id", BigInteger),
    Column("shown", String(16)),
    Column("history", String(340), nullable=False, server_default=""),
    Index("remix_threads_code", "code"),
)

members = Table(
    "members",
    metadata,
    Column("member_id", BigInteger, primary_key=True, autoincrement=False),
    Column("shares", Boolean, nullable=False),
)

erasures = Table(
    "erasures",
    metadata,
    Column("member_id", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("until_job", BigInteger, nullable=False, server_default=text("0")),
)

servers = Table(
    "servers",
    metadata,
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
    Column("body", Text, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor_id", BigInteger, nullable=False),
    Column("action", String(20), nullable=False),
    Column("subject", String(40), nullable=False),
    Column("member_id", BigInteger),
    Column("before", Text),
    Column("after", Text),
    Column("reason", Text),
    Index("audit_guild", "guild_id", "id"),
    Index("audit_member", "member_id"),
)

blocks = Table(
    "blocks",
    metadata,
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("member_id", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("until", BigInteger),
    Column("actor_id", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Index("blocks_actor", "actor_id"),
    Index("blocks_until", "until"),
)

strikes = Table(
    "strikes",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("member_id", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("strikes_member", "guild_id", "member_id", "at"),
    Index("strikes_by", "member_id", "at"),
)

reports = Table(
    "reports",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("job_id", _Id, ForeignKey("jobs.id"), nullable=False),
    Column("reporter_id", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("state", String(12), nullable=False),
    Index("reports_job", "job_id", "reporter_id", unique=True),
    Index("reports_reporter", "guild_id", "reporter_id", "at"),
    Index("reports_by", "reporter_id"),
    sqlite_autoincrement=True,  # a card in a channel carries its report's id: it must never mean another one
)

posts = Table(
    "posts",
    metadata,
    Column("message_id", BigInteger, primary_key=True, autoincrement=False),
    Column("channel_id", BigInteger, nullable=False),
    Column("guild_id", BigInteger),
    Column("member_id", BigInteger, nullable=False),
    Column("application_id", BigInteger, nullable=False),
    Column("erase", Boolean, nullable=False, server_default=false()),
    Index("posts_member", "member_id"),
    Index("posts_guild", "guild_id"),
)
_marked = posts.c.erase.is_(True)
_partial("posts_to_erase", posts.c.message_id, where=_marked)

post_jobs = Table(
    "post_jobs",
    metadata,
    Column("message_id", BigInteger, ForeignKey("posts.message_id"), primary_key=True, autoincrement=False),
    Column("job_id", _Id, ForeignKey("jobs.id"), primary_key=True, autoincrement=False),
    Index("post_jobs_job", "job_id"),
    sqlite_with_rowid=False,
)

departures = Table(
    "departures",
    metadata,
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
)

alerts = Table(
    "alerts",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("at", BigInteger, nullable=False),
)

watermarks = Table(
    "watermarks",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("position", BigInteger, nullable=False),
)
MOVED = "moved"
"""The watermark that says when all of a database was copied into another one (epoch ms)."""
