"""How a vendor calls a task has a row of its own, which goes with the task's end: a row that shrinks leaves a gap."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Move them."""
    op.create_table(
        "remote_tasks",
        sa.Column("task_id", _ID, sa.ForeignKey("tasks.id"), primary_key=True),
        sa.Column("remote_id", sa.Text, nullable=False),
        sa.Column("polling_url", sa.Text),
    )
    op.execute(
        "INSERT INTO remote_tasks (task_id, remote_id, polling_url) "
        "SELECT id, remote_id, polling_url FROM tasks WHERE remote_id IS NOT NULL"
    )
    op.drop_column("tasks", "remote_id")
    op.drop_column("tasks", "polling_url")


def downgrade() -> None:
    """Move them back."""
    op.add_column("tasks", sa.Column("remote_id", sa.Text))
    op.add_column("tasks", sa.Column("polling_url", sa.Text))
    for name in ("remote_id", "polling_url"):
        op.execute(f"UPDATE tasks SET {name} = (SELECT {name} FROM remote_tasks WHERE task_id = tasks.id)")
    op.drop_table("remote_tasks")
