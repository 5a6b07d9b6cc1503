"""Pictures that start from pictures: lineage, threads with a current picture, consent and erasure."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Add the columns and tables."""
    op.add_column("jobs", sa.Column("strong", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("jobs", sa.Column("reachable", sa.Boolean, nullable=False, server_default=sa.true()))
    op.add_column("jobs", sa.Column("in_thread", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("jobs", sa.Column("erase_message", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("pictures", sa.Column("url", sa.Text))
    # A retry has taken over the message of what it retries.
    op.execute("UPDATE jobs SET message_id = NULL WHERE id IN (SELECT retry_of FROM jobs WHERE retry_of IS NOT NULL)")
    op.create_index("jobs_channel", "jobs", ["channel_id", "id"])
    op.create_index("jobs_message", "jobs", ["message_id"])
    op.create_table(
        "lineage",
        sa.Column("job_id", _ID, sa.ForeignKey("jobs.id"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("parent_job_id", _ID, sa.ForeignKey("jobs.id"), nullable=False),
        sa.Column("parent_number", sa.Integer, nullable=False),
    )
    op.create_index("lineage_parent", "lineage", ["parent_job_id"])
    op.create_table(
        "rooms",
        sa.Column("thread_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("guild_id", sa.BigInteger, nullable=False),
        sa.Column("root", sa.String(16), nullable=False),
        sa.Column("code", sa.String(16), nullable=False),
        sa.Column("header_id", sa.BigInteger),
        sa.Column("shown", sa.String(16)),
    )
    op.create_table(
        "members",
        sa.Column("member_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("shares", sa.Boolean, nullable=False),
    )
    op.create_table(
        "erasures",
        sa.Column("member_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("erasures", "members", "rooms", "lineage"):
        op.drop_table(table)
    for index in ("jobs_message", "jobs_channel"):
        op.drop_index(index, "jobs")
    with op.batch_alter_table("jobs") as jobs:
        for column in ("erase_message", "in_thread", "reachable", "strong"):
            jobs.drop_column(column)
    with op.batch_alter_table("pictures") as pictures:
        pictures.drop_column("url")
