"""Whose a job is, what asked for it; workers by a random id alone; an index for a member's credits everywhere."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_OPEN = sa.text("finished_at IS NULL")
_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_MARKED = sa.column("erase", sa.Boolean).is_(True)
_UNOWNED = sa.text("application_id IS NULL")


def upgrade() -> None:
    """Add what is new."""
    _ownership()
    # Added up for each request: the index alone answers.
    op.drop_index("ledger_member", "ledger")
    op.create_index("ledger_member", "ledger", ["member_id", "counts_at", "kind", "delta"])
    op.create_table(
        "watermarks",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("position", sa.BigInteger, nullable=False),
    )
    _privacy()


def _ownership() -> None:
    """The jobs that no application is known of become those of the first that starts (``workers.own``)."""
    op.drop_column("workers", "host")
    op.drop_column("workers", "pid")
    op.add_column("jobs", sa.Column("event_id", sa.BigInteger))
    op.create_index("jobs_event", "jobs", ["event_id"], unique=True)
    op.drop_index("jobs_open", "jobs")
    op.create_index("jobs_open", "jobs", ["worker", "application_id"], sqlite_where=_OPEN, postgresql_where=_OPEN)
    op.create_index("jobs_unowned", "jobs", ["id"], sqlite_where=_UNOWNED, postgresql_where=_UNOWNED)


def _privacy() -> None:
    """What the bot posts beside its jobs, the servers that it left, and indexes by which members are erased."""
    op.create_table(
        "posts",
        sa.Column("message_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("channel_id", sa.BigInteger, nullable=False),
        sa.Column("guild_id", sa.BigInteger),
        sa.Column("member_id", sa.BigInteger, nullable=False),
        sa.Column("application_id", sa.BigInteger, nullable=False),
        sa.Column("erase", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    op.create_index("posts_member", "posts", ["member_id"])
    op.create_index("posts_guild", "posts", ["guild_id"])
    op.create_index("posts_to_erase", "posts", ["message_id"], sqlite_where=_MARKED, postgresql_where=_MARKED)
    op.create_table(
        "post_jobs",
        sa.Column(
            "message_id", sa.BigInteger, sa.ForeignKey("posts.message_id"), primary_key=True, autoincrement=False
        ),
        sa.Column("job_id", _ID, sa.ForeignKey("jobs.id"), primary_key=True, autoincrement=False),
    )
    op.create_index("post_jobs_job", "post_jobs", ["job_id"])
    op.create_table(
        "departures",
        sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_index("blocks_actor", "blocks", ["actor_id"])
    op.create_index("blocks_until", "blocks", ["until"])
    op.create_index("strikes_by", "strikes", ["member_id", "at"])


def downgrade() -> None:
    """Take it back."""
    op.drop_index("ledger_member", "ledger")
    op.create_index("ledger_member", "ledger", ["member_id", "counts_at"])
    op.drop_table("watermarks")
    op.drop_index("strikes_by", "strikes")
    op.drop_index("blocks_until", "blocks")
    op.drop_index("blocks_actor", "blocks")
    for table in ("departures", "post_jobs", "posts"):
        op.drop_table(table)
    op.drop_index("jobs_unowned", "jobs")
    op.drop_index("jobs_open", "jobs")
    op.create_index("jobs_open", "jobs", ["worker"], sqlite_where=_OPEN, postgresql_where=_OPEN)
    op.drop_index("jobs_event", "jobs")
    op.drop_column("jobs", "event_id")
    op.add_column("workers", sa.Column("host", sa.String(255), nullable=False, server_default=""))
    op.add_column("workers", sa.Column("pid", sa.Integer, nullable=False, server_default="0"))
