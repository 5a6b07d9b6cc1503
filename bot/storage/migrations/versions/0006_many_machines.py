"""Several processes of one bot: their shards, tasks and slots. Smaller rows and indexes, erasures in slices."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_HEARD = sa.text("event_id IS NOT NULL")
_USED = sa.column("delta") != 0
_GRANTED = sa.text("job_id IS NULL")
_ACTIVE = sa.text("slot IS NOT NULL")
_WAITING = sa.text("state = 'queued'")


def upgrade() -> None:
    """Add what is new."""
    _shards()
    _growth()
    _queue()


def _shards() -> None:
    op.add_column("workers", sa.Column("application_id", sa.BigInteger))
    op.add_column("workers", sa.Column("shards", sa.String(40)))
    op.create_table(
        "shards",
        sa.Column("application_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("shard_count", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("shard_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("worker", sa.String(40)),
        sa.Column("heir", sa.String(40)),
        sa.Column("identified_at", sa.BigInteger),
    )


def _growth() -> None:
    """What is long and soon forgotten moves to tables of its own; indexes hold what is looked for."""
    op.create_table(
        "reply_tokens",
        sa.Column("job_id", _ID, sa.ForeignKey("jobs.id"), primary_key=True),
        sa.Column("token", sa.Text, nullable=False),
        sa.Column("issued_at", sa.BigInteger, nullable=False),
    )
    op.execute(
        "INSERT INTO reply_tokens (job_id, token, issued_at) "
        "SELECT id, reply_token, reply_issued_at FROM jobs WHERE reply_token IS NOT NULL"
    )
    op.create_table(
        "picture_addresses",
        sa.Column("task_id", _ID, sa.ForeignKey("pictures.task_id"), primary_key=True),
        sa.Column("url", sa.Text, nullable=False),
    )
    op.execute("INSERT INTO picture_addresses (task_id, url) SELECT task_id, url FROM pictures WHERE url IS NOT NULL")
    op.drop_column("pictures", "url")
    op.drop_column("jobs", "reply_token")
    op.drop_column("jobs", "reply_issued_at")
    op.execute("UPDATE tasks SET remote_id = NULL, polling_url = NULL WHERE state IN ('made', 'failed')")
    op.drop_index("jobs_event", "jobs")
    op.create_index("jobs_event", "jobs", ["event_id"], unique=True, sqlite_where=_HEARD, postgresql_where=_HEARD)
    for index in ("ledger_use", "ledger_member", "ledger_pool"):
        op.drop_index(index, "ledger")
    op.create_index("ledger_member", "ledger", ["member_id", "counts_at"])
    op.create_index("ledger_pool", "ledger", ["guild_id", "counts_at"], sqlite_where=_USED, postgresql_where=_USED)
    op.create_index("ledger_granted", "ledger", ["guild_id"], sqlite_where=_GRANTED, postgresql_where=_GRANTED)
    op.add_column("erasures", sa.Column("until_job", sa.BigInteger, nullable=False, server_default=sa.text("0")))


def _queue() -> None:
    """What a vendor had been sent holds its slot, and is its job's process's."""
    op.add_column("tasks", sa.Column("worker", sa.String(40)))
    op.add_column("tasks", sa.Column("slot", sa.String(20)))
    op.add_column("tasks", sa.Column("refusals", sa.Integer))
    op.add_column("tasks", sa.Column("refused_at", sa.BigInteger))
    op.execute(
        "UPDATE tasks SET slot = provider, worker = (SELECT worker FROM jobs WHERE jobs.id = tasks.job_id) "
        "WHERE state IN ('submitting', 'running')"
    )
    op.create_index("tasks_active", "tasks", ["worker"], sqlite_where=_ACTIVE, postgresql_where=_ACTIVE)
    op.create_index("tasks_waiting", "tasks", ["id"], sqlite_where=_WAITING, postgresql_where=_WAITING)
    op.create_table(
        "provider_rests",
        sa.Column("application_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("provider", sa.String(20), primary_key=True),
        sa.Column("strikes", sa.Integer, nullable=False),
        sa.Column("struck_at", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("provider_rests")
    op.drop_index("tasks_waiting", "tasks")
    op.drop_index("tasks_active", "tasks")
    for name in ("refused_at", "refusals", "slot", "worker"):
        op.drop_column("tasks", name)
    op.drop_column("erasures", "until_job")
    for index in ("ledger_granted", "ledger_pool", "ledger_member"):
        op.drop_index(index, "ledger")
    op.create_index("ledger_use", "ledger", ["guild_id", "member_id", "counts_at", "delta"])
    op.create_index("ledger_member", "ledger", ["member_id", "counts_at", "kind", "delta"])
    op.create_index("ledger_pool", "ledger", ["guild_id", "counts_at", "kind", "delta"])
    op.drop_index("jobs_event", "jobs")
    op.create_index("jobs_event", "jobs", ["event_id"], unique=True)
    op.add_column("jobs", sa.Column("reply_token", sa.Text))
    op.add_column("jobs", sa.Column("reply_issued_at", sa.BigInteger))
    op.add_column("pictures", sa.Column("url", sa.Text))
    op.drop_table("picture_addresses")
    op.drop_table("reply_tokens")
    op.drop_table("shards")
    op.drop_column("workers", "shards")
    op.drop_column("workers", "application_id")
