"""The first schema: jobs, tasks, pictures, the ledger."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "workers",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("host", sa.String(255), nullable=False),
        sa.Column("pid", sa.Integer, nullable=False),
        sa.Column("lease_until", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "jobs",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("code", sa.String(12), nullable=False, unique=True),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("worker", sa.String(40), nullable=False),
        sa.Column("guild_id", sa.BigInteger),
        sa.Column("channel_id", sa.BigInteger, nullable=False),
        sa.Column("age_restricted", sa.Boolean, nullable=False),
        sa.Column("file_limit", sa.Integer, nullable=False),
        sa.Column("member_id", sa.BigInteger, nullable=False),
        sa.Column("member_name", sa.String(100), nullable=False),
        sa.Column("prompt", sa.Text, nullable=False),
        sa.Column("model", sa.String(8), nullable=False),
        sa.Column("aspect_ratio", sa.String(8)),
        sa.Column("image_count", sa.Integer, nullable=False),
        sa.Column("asked_seed", sa.BigInteger),
        sa.Column("guidance", sa.Float),
        sa.Column("format", sa.String(8), nullable=False),
        sa.Column("enhance", sa.Boolean, nullable=False),
        sa.Column("sources", sa.Text, nullable=False),
        sa.Column("vary", sa.Boolean, nullable=False),
        sa.Column("origin", sa.String(16), nullable=False),
        sa.Column("parent", sa.String(16)),
        sa.Column("retry_of", _ID, sa.ForeignKey("jobs.id"), unique=True),
        sa.Column("tolerance", sa.Integer, nullable=False),
        sa.Column("providers", sa.String(200), nullable=False),
        sa.Column("seed", sa.BigInteger, nullable=False),
        sa.Column("credits", sa.Integer, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("finished_at", sa.BigInteger),
        sa.Column("failure", sa.String(20)),
        sa.Column("message_id", sa.BigInteger),
        sa.Column("message_channel_id", sa.BigInteger),
        sa.Column("application_id", sa.BigInteger),
        sa.Column("reply_token", sa.Text),
        sa.Column("reply_issued_at", sa.BigInteger),
    )
    op.create_table(
        "tasks",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("job_id", _ID, sa.ForeignKey("jobs.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("seed", sa.BigInteger, nullable=False),
        sa.Column("provider", sa.String(20)),
        sa.Column("tried", sa.String(200), nullable=False),
        sa.Column("remote_id", sa.Text),
        sa.Column("polling_url", sa.Text),
        sa.Column("submitted_at", sa.BigInteger),
        sa.Column("failure", sa.String(20)),
        sa.Column("cost_microusd", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "pictures",
        sa.Column("task_id", _ID, sa.ForeignKey("tasks.id"), primary_key=True),
        sa.Column("job_id", _ID, sa.ForeignKey("jobs.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("seed", sa.BigInteger, nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("format", sa.String(8), nullable=False),
        sa.Column("provider", sa.String(20), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("attachment_id", sa.BigInteger),
    )
    op.create_table(
        "kept_images",
        sa.Column("task_id", _ID, sa.ForeignKey("tasks.id"), primary_key=True),
        sa.Column("job_id", _ID, sa.ForeignKey("jobs.id"), nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "ledger",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("job_id", _ID, sa.ForeignKey("jobs.id")),
        sa.Column("guild_id", sa.BigInteger, nullable=False),
        sa.Column("member_id", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("credits", sa.Integer, nullable=False),
        sa.Column("delta", sa.Integer, nullable=False),
        sa.Column("counts_at", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "secrets",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("value", sa.String(200), nullable=False),
    )
    op.create_index("jobs_member_state", "jobs", ["member_id", "state"])
    op.create_index("jobs_worker_state", "jobs", ["worker", "state"])
    op.create_index("tasks_job", "tasks", ["job_id", "number"], unique=True)
    op.create_index("tasks_spend", "tasks", ["created_at", "cost_microusd"])
    op.create_index("pictures_job", "pictures", ["job_id"])
    op.create_index("kept_images_job", "kept_images", ["job_id"])
    op.create_index("ledger_use", "ledger", ["guild_id", "member_id", "counts_at", "delta"])
    op.create_index("ledger_job", "ledger", ["job_id"])


def downgrade() -> None:
    """Drop the tables."""
    for table in ("secrets", "ledger", "kept_images", "pictures", "tasks", "jobs", "workers"):
        op.drop_table(table)
