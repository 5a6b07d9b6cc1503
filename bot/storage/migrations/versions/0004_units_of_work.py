"""Indexes for every hot statement, sums kept by triggers, whose pictures were started from, numbers from 1."""

import json
import time
from typing import Any, cast

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_BUCKET_MS = 600_000
_TWO_DAYS_MS = 2 * 24 * 60 * 60 * 1000
_BATCH = 5_000

_OPEN = sa.text("finished_at IS NULL")
_TO_ERASE = sa.column("erase_message", sa.Boolean).is_(True)

_ADD_SPEND = """
INSERT INTO spend_buckets (bucket, microusd) VALUES (NEW.created_at / {bucket}, {amount})
ON CONFLICT (bucket) DO UPDATE SET microusd = spend_buckets.microusd + excluded.microusd;"""
_ADD_POOL = """
INSERT INTO pool_buckets (guild_id, bucket, credits) VALUES (NEW.guild_id, NEW.counts_at / {bucket}, NEW.delta)
ON CONFLICT (guild_id, bucket) DO UPDATE SET credits = pool_buckets.credits + excluded.credits;"""

_TRIGGERS = {
    "tasks_spend_added": ("tasks", "INSERT", "NEW.cost_microusd <> 0", _ADD_SPEND, "NEW.cost_microusd"),
    "tasks_spend_changed": (
        "tasks",
        "UPDATE OF cost_microusd",
        "NEW.cost_microusd <> OLD.cost_microusd",
        _ADD_SPEND,
        "NEW.cost_microusd - OLD.cost_microusd",
    ),
    "ledger_pool_added": ("ledger", "INSERT", "NEW.kind IN ('reserve', 'release') AND NEW.delta <> 0", _ADD_POOL, ""),
}


def upgrade() -> None:
    """Add what is new, and fill it from the rows that are there."""
    _indexes()
    _tables()
    _triggers()
    _fill()
    for table in ("tasks", "pictures"):
        # By way of negative numbers: a job's numbers must differ at every moment.
        op.execute(f"UPDATE {table} SET number = -number - 1")
        op.execute(f"UPDATE {table} SET number = -number")


def _indexes() -> None:
    op.execute(
        "UPDATE jobs SET finished_at = created_at "
        "WHERE finished_at IS NULL AND state IN ('done', 'failed', 'cancelled')"
    )
    op.drop_index("jobs_member_state", "jobs")
    op.drop_index("jobs_worker_state", "jobs")
    op.create_index("jobs_member", "jobs", ["member_id", "id"])
    op.create_index("jobs_open", "jobs", ["worker"], sqlite_where=_OPEN, postgresql_where=_OPEN)
    op.create_index("jobs_open_member", "jobs", ["member_id", "guild_id"], sqlite_where=_OPEN, postgresql_where=_OPEN)
    op.create_index("jobs_to_erase", "jobs", ["id"], sqlite_where=_TO_ERASE, postgresql_where=_TO_ERASE)
    op.create_index("ledger_member", "ledger", ["member_id", "counts_at"])
    op.create_index("audit_member", "audit", ["member_id"])
    op.create_index("reports_by", "reports", ["reporter_id"])
    op.rename_table("rooms", "remix_threads")
    op.create_index("remix_threads_code", "remix_threads", ["code"])


def _tables() -> None:
    op.create_table(
        "source_owners",
        sa.Column("job_id", _ID, sa.ForeignKey("jobs.id"), primary_key=True),
        sa.Column("owner_id", sa.BigInteger, primary_key=True, autoincrement=False),
    )
    op.create_index("source_owners_owner", "source_owners", ["owner_id"])
    op.create_table(
        "spend_buckets",
        sa.Column("bucket", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("microusd", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "pool_buckets",
        sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("bucket", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("credits", sa.BigInteger, nullable=False),
    )
    op.create_index("pool_buckets_bucket", "pool_buckets", ["bucket"])


def _triggers() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for name, (table, when, condition, statement, amount) in _TRIGGERS.items():
        body = statement.format(bucket=_BUCKET_MS, amount=amount)
        if sqlite:
            op.execute(f"CREATE TRIGGER {name} AFTER {when} ON {table} WHEN {condition} BEGIN {body} END")
            continue
        op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NULL; END $$")
        op.execute(
            f"CREATE TRIGGER {name} AFTER {when} ON {table} FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION {name}()"
        )


def _fill() -> None:
    """The sums of the last two days (no window reaches further), and the owners of what was started from."""
    since = int(time.time() * 1000) - _TWO_DAYS_MS
    op.execute(
        "INSERT INTO spend_buckets (bucket, microusd) "
        f"SELECT created_at / {_BUCKET_MS}, SUM(cost_microusd) FROM tasks WHERE created_at > {since} GROUP BY 1"
    )
    op.execute(
        "INSERT INTO pool_buckets (guild_id, bucket, credits) "
        f"SELECT guild_id, counts_at / {_BUCKET_MS}, SUM(delta) FROM ledger "
        f"WHERE counts_at > {since} AND kind IN ('reserve', 'release') GROUP BY 1, 2"
    )
    connection, last = op.get_bind(), 0
    jobs = sa.table("jobs", sa.column("id"), sa.column("sources"))
    owners = sa.table("source_owners", sa.column("job_id"), sa.column("owner_id"))
    while True:
        query = sa.select(jobs.c.id, jobs.c.sources).where(jobs.c.id > last, jobs.c.sources != "[]")
        rows = connection.execute(query.order_by(jobs.c.id).limit(_BATCH)).all()
        found = [{"job_id": row.id, "owner_id": owner} for row in rows for owner in _owners(row.sources)]
        if found:
            connection.execute(sa.insert(owners), found)
        if len(rows) < _BATCH:
            return
        last = rows[-1].id


def _owners(sources: str) -> set[int]:
    """The first schema kept pairs of address and code, without an owner."""
    kept = cast(list[Any], json.loads(sources))
    return {one["owner_id"] for one in kept if isinstance(one, dict) and cast(dict[str, Any], one).get("owner_id")}


def downgrade() -> None:
    """Take it back."""
    for table in ("tasks", "pictures"):
        op.execute(f"UPDATE {table} SET number = -number")
        op.execute(f"UPDATE {table} SET number = -number - 1")
    for name, (table, *_) in _TRIGGERS.items():
        if op.get_bind().dialect.name == "sqlite":
            op.execute(f"DROP TRIGGER {name}")
        else:
            op.execute(f"DROP TRIGGER {name} ON {table}")
            op.execute(f"DROP FUNCTION {name}()")
    for table in ("pool_buckets", "spend_buckets", "source_owners"):
        op.drop_table(table)
    op.drop_index("remix_threads_code", "remix_threads")
    op.rename_table("remix_threads", "rooms")
    op.drop_index("reports_by", "reports")
    op.drop_index("audit_member", "audit")
    op.drop_index("ledger_member", "ledger")
    for index in ("jobs_to_erase", "jobs_open_member", "jobs_open", "jobs_member"):
        op.drop_index(index, "jobs")
    op.create_index("jobs_worker_state", "jobs", ["worker", "state"])
    op.create_index("jobs_member_state", "jobs", ["member_id", "state"])
