"""Indexes for every hot statement, sums kept by triggers, whose pictures were started from, numbers from 1."""

import json
import time
from typing import Any, cast

import sqlalchemy as sa
from alembic import op

from bot.storage.migrations.former_triggers import BUCKET_MS, create_triggers, drop_triggers

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_TWO_DAYS_MS = 2 * 24 * 60 * 60 * 1000
_BATCH = 5_000

_OPEN = sa.text("finished_at IS NULL")
_TO_ERASE = sa.column("erase_message", sa.Boolean).is_(True)


def upgrade() -> None:
    """Add what is new, and fill it from the rows that are there."""
    _indexes()
    _tables()
    create_triggers(op.get_bind())
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


def _fill() -> None:
    """The sums of the last two days (no window reaches further), and the owners of what was started from."""
    since = int(time.time() * 1000) - _TWO_DAYS_MS
    op.execute(
        "INSERT INTO spend_buckets (bucket, microusd) "
        f"SELECT created_at / {BUCKET_MS}, SUM(cost_microusd) FROM tasks WHERE created_at > {since} GROUP BY 1"
    )
    op.execute(
        "INSERT INTO pool_buckets (guild_id, bucket, credits) "
        f"SELECT guild_id, counts_at / {BUCKET_MS}, SUM(delta) FROM ledger "
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
    drop_triggers(op.get_bind())
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
