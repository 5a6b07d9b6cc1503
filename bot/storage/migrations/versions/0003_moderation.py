"""The moderators' side: a server's rules, the record of changes, blocks, strikes, reports and the operator's alerts."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_TABLES = ("alerts", "reports", "strikes", "blocks", "audit", "servers")


def upgrade() -> None:
    """Add the columns and tables."""
    op.add_column("jobs", sa.Column("parent_channel_id", sa.BigInteger))
    op.add_column("jobs", sa.Column("spoiler", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_index("jobs_guild", "jobs", ["guild_id", "created_at"])
    op.create_index("ledger_pool", "ledger", ["guild_id", "counts_at", "kind", "delta"])
    op.create_table(
        "servers",
        sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_table(
        "audit",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("guild_id", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("actor_id", sa.BigInteger, nullable=False),
        sa.Column("action", sa.String(20), nullable=False),
        sa.Column("subject", sa.String(40), nullable=False),
        sa.Column("member_id", sa.BigInteger),
        sa.Column("before", sa.Text),
        sa.Column("after", sa.Text),
        sa.Column("reason", sa.Text),
    )
    op.create_index("audit_guild", "audit", ["guild_id", "id"])
    op.create_table(
        "blocks",
        sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("member_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger),
        sa.Column("actor_id", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )
    op.create_table(
        "strikes",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("guild_id", sa.BigInteger, nullable=False),
        sa.Column("member_id", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_index("strikes_member", "strikes", ["guild_id", "member_id", "at"])
    op.create_table(
        "reports",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("guild_id", sa.BigInteger, nullable=False),
        sa.Column("job_id", _ID, sa.ForeignKey("jobs.id"), nullable=False),
        sa.Column("reporter_id", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("reports_job", "reports", ["job_id", "reporter_id"], unique=True)
    op.create_index("reports_reporter", "reports", ["guild_id", "reporter_id", "at"])
    op.create_table(
        "alerts",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    for table in _TABLES:
        op.drop_table(table)
    op.drop_index("ledger_pool", "ledger")
    op.drop_index("jobs_guild", "jobs")
    with op.batch_alter_table("jobs") as jobs:
        jobs.drop_column("spoiler")
        jobs.drop_column("parent_channel_id")
