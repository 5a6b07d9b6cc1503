"""A picture's row says nothing that its task's says; a message in its job's own channel names none."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Leave out what is there twice."""
    op.drop_index("pictures_job", "pictures")
    with op.batch_alter_table("pictures") as pictures:
        for name in ("job_id", "number", "seed", "provider"):
            pictures.drop_column(name)
    op.execute("UPDATE jobs SET message_channel_id = 0 WHERE message_channel_id = channel_id")


def downgrade() -> None:
    """Say it twice again."""
    op.execute("UPDATE jobs SET message_channel_id = channel_id WHERE message_channel_id = 0")
    for column in (
        sa.Column("job_id", _ID),
        sa.Column("number", sa.Integer),
        sa.Column("seed", sa.BigInteger),
        sa.Column("provider", sa.String(20)),
    ):
        op.add_column("pictures", column)
    its = "FROM tasks WHERE tasks.id = pictures.task_id"
    op.execute(
        f"UPDATE pictures SET job_id = (SELECT job_id {its}), number = (SELECT number {its}), "
        f"seed = (SELECT seed {its}), provider = (SELECT COALESCE(provider, '') {its})"
    )
    with op.batch_alter_table("pictures") as pictures:
        for name in ("job_id", "number", "seed", "provider"):
            pictures.alter_column(name, nullable=False)
        pictures.create_foreign_key("pictures_job_id_fkey", "jobs", ["job_id"], ["id"])
    op.create_index("pictures_job", "pictures", ["job_id"])
