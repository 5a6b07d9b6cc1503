"""Fewer bytes a job: leaner indexes, keys that are kept once, settlements that repeat nothing of their reservation."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.storage import triggers
from bot.storage.migrations import former_triggers

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_BUCKET_MS = 600_000
_USED = sa.text("delta != 0")
_OF_MEMBER = sa.text("delta != 0 OR job_id IS NULL")
_GRANTED = sa.text("job_id IS NULL")


def upgrade() -> None:
    """Make less of the same."""
    former_triggers.drop_triggers(op.get_bind())
    _spend_by_numbers()
    op.drop_index("tasks_spend", "tasks")
    op.drop_index("jobs_guild", "jobs")
    for index in ("ledger_member", "ledger_pool", "ledger_granted"):
        op.drop_index(index, "ledger")
    _shorten_bookings()
    _index_ledger(_OF_MEMBER)
    _keep_keys(with_rowid=False)
    triggers.create_triggers(op.get_bind())


def downgrade() -> None:
    """Take it back."""
    triggers.drop_triggers(op.get_bind())
    _keep_keys(with_rowid=True)
    for index in ("ledger_member", "ledger_pool", "ledger_granted"):
        op.drop_index(index, "ledger")
    _lengthen_bookings()
    _index_ledger(None)
    op.create_index("jobs_guild", "jobs", ["guild_id", "created_at"])
    op.create_index("tasks_spend", "tasks", ["created_at", "cost_microusd"])
    for name in ("first_task", "last_task"):
        op.drop_column("spend_buckets", name)
    former_triggers.create_triggers(op.get_bind())


def _spend_by_numbers() -> None:
    """Of each bucket the numbers between which its tasks are; there are some hundred buckets."""
    its = f"FROM tasks WHERE created_at >= bucket * {_BUCKET_MS} AND created_at < (bucket + 1) * {_BUCKET_MS}"
    found = f"SELECT bucket, microusd, (SELECT min(id) {its}), (SELECT max(id) {its}) FROM spend_buckets"
    rows = op.get_bind().execute(sa.text(found)).all()
    op.drop_table("spend_buckets")
    buckets = op.create_table(
        "spend_buckets",
        sa.Column("bucket", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("microusd", sa.BigInteger, nullable=False),
        sa.Column("first_task", sa.BigInteger, nullable=False),
        sa.Column("last_task", sa.BigInteger, nullable=False),
    )
    values = [dict(zip(buckets.c.keys(), (*row[:2], row[2] or 0, row[3] or 0), strict=True)) for row in rows]
    if values:
        op.bulk_insert(buckets, values)


_PARTS = ("guild_id", "member_id", "counts_at")
"""What a settlement has from its job's reservation."""


def _shorten_bookings() -> None:
    if op.get_bind().dialect.name != "sqlite":
        for name in (*_PARTS, "at"):
            op.alter_column("ledger", name, nullable=True)
        op.execute("UPDATE ledger SET guild_id = NULL, member_id = NULL, counts_at = NULL WHERE kind = 'settle'")
        op.execute("UPDATE ledger SET at = NULL WHERE at = counts_at")
        return
    parts = [f"CASE kind WHEN 'settle' THEN NULL ELSE {name} END" for name in _PARTS]
    parts += ["CASE WHEN kind <> 'settle' AND at = counts_at THEN NULL ELSE at END"]
    _replace_ledger(nullable=True, parts=parts)


def _lengthen_bookings() -> None:
    its = "(SELECT {0} FROM ledger AS one WHERE one.job_id = ledger.job_id AND one.kind = 'reserve')"
    whole = [f"COALESCE({name}, {its.format(name)}, 0)" for name in _PARTS]
    if op.get_bind().dialect.name != "sqlite":
        settled = ", ".join(f"{name} = {value}" for name, value in zip(_PARTS, whole, strict=True))
        op.execute(f"UPDATE ledger SET {settled} WHERE kind = 'settle'")
        op.execute("UPDATE ledger SET at = counts_at WHERE at IS NULL")
        for name in (*_PARTS, "at"):
            op.alter_column("ledger", name, nullable=False)
        return
    _replace_ledger(nullable=False, parts=[*whole, "COALESCE(at, counts_at)"])


def _replace_ledger(*, nullable: bool, parts: list[str]) -> None:
    """SQLite changes no column: the rows move into another table."""
    op.create_table(
        "ledger_new",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("job_id", _ID, sa.ForeignKey("jobs.id")),
        sa.Column("guild_id", sa.BigInteger, nullable=nullable),
        sa.Column("member_id", sa.BigInteger, nullable=nullable),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("credits", sa.Integer, nullable=False),
        sa.Column("delta", sa.Integer, nullable=False),
        sa.Column("counts_at", sa.BigInteger, nullable=nullable),
        sa.Column("at", sa.BigInteger, nullable=nullable),
    )
    names = ("id", "job_id", "kind", "credits", "delta")
    op.execute(
        f"INSERT INTO ledger_new ({', '.join((*names, *_PARTS, 'at'))}) "
        f"SELECT {', '.join((*names, *parts))} FROM ledger ORDER BY id"
    )
    op.drop_table("ledger")
    op.rename_table("ledger_new", "ledger")


def _index_ledger(of_member: sa.TextClause | None) -> None:
    op.create_index("ledger_job", "ledger", ["job_id"], if_not_exists=True)  # gone where the rows have moved
    for name, columns, which in (
        ("member", ["member_id", "counts_at"], of_member),
        ("pool", ["guild_id", "counts_at"], _USED),
        ("granted", ["guild_id"], _GRANTED),
    ):
        op.create_index(f"ledger_{name}", "ledger", columns, sqlite_where=which, postgresql_where=which)


def _keep_keys(*, with_rowid: bool) -> None:
    """SQLite keeps a key of two columns twice, in the table and in an index, unless a table is made without row ids."""
    if op.get_bind().dialect.name != "sqlite":
        return
    _replace(
        *("source_owners", "source_owners_owner", "owner_id", with_rowid),
        sa.Column("job_id", _ID, sa.ForeignKey("jobs.id"), primary_key=True),
        sa.Column("owner_id", sa.BigInteger, primary_key=True, autoincrement=False),
    )
    _replace(
        *("lineage", "lineage_parent", "parent_job_id", with_rowid),
        sa.Column("job_id", _ID, sa.ForeignKey("jobs.id"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("parent_job_id", _ID, sa.ForeignKey("jobs.id"), nullable=False),
        sa.Column("parent_number", sa.Integer, nullable=False),
    )
    _replace(
        *("post_jobs", "post_jobs_job", "job_id", with_rowid),
        sa.Column("message_id", sa.BigInteger, sa.ForeignKey("posts.message_id"), primary_key=True),
        sa.Column("job_id", _ID, sa.ForeignKey("jobs.id"), primary_key=True),
    )
    _replace(
        *("pool_buckets", "pool_buckets_bucket", "bucket", with_rowid),
        sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("bucket", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("credits", sa.BigInteger, nullable=False),
    )


def _replace(table: str, index: str, indexed: str, with_rowid: bool, *columns: sa.Column[int]) -> None:
    """Move a table's rows, and its only index, into one that is kept another way."""
    names = ", ".join(column.name for column in columns)
    op.create_table(f"{table}_new", *columns, sqlite_with_rowid=with_rowid)
    op.execute(f"INSERT INTO {table}_new ({names}) SELECT {names} FROM {table} ORDER BY 1, 2")
    op.drop_table(table)
    op.rename_table(f"{table}_new", table)
    op.create_index(index, table, [indexed])
