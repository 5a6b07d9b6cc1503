"""Whose a job is, what asked for it; workers by a random id alone; an index for a member's credits everywhere."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_OPEN = sa.text("finished_at IS NULL")
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


def _ownership() -> None:
    """The jobs that no application is known of become those of the first that starts (``workers.own``)."""
    op.drop_column("workers", "host")
    op.drop_column("workers", "pid")
    op.add_column("jobs", sa.Column("event_id", sa.BigInteger))
    op.create_index("jobs_event", "jobs", ["event_id"], unique=True)
    op.drop_index("jobs_open", "jobs")
    op.create_index("jobs_open", "jobs", ["worker", "application_id"], sqlite_where=_OPEN, postgresql_where=_OPEN)
    op.create_index("jobs_unowned", "jobs", ["id"], sqlite_where=_UNOWNED, postgresql_where=_UNOWNED)


def downgrade() -> None:
    """Take it back."""
    op.drop_index("ledger_member", "ledger")
    op.create_index("ledger_member", "ledger", ["member_id", "counts_at"])
    op.drop_table("watermarks")
    op.drop_index("jobs_unowned", "jobs")
    op.drop_index("jobs_open", "jobs")
    op.create_index("jobs_open", "jobs", ["worker"], sqlite_where=_OPEN, postgresql_where=_OPEN)
    op.drop_index("jobs_event", "jobs")
    op.drop_column("jobs", "event_id")
    op.add_column("workers", sa.Column("host", sa.String(255), nullable=False, server_default=""))
    op.add_column("workers", sa.Column("pid", sa.Integer, nullable=False, server_default="0"))
