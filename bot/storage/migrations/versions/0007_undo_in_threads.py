"""Threads remember which pictures were current before."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what is new."""
    op.add_column("remix_threads", sa.Column("history", sa.String(340), nullable=False, server_default=""))


def downgrade() -> None:
    """Take it back."""
    op.drop_column("remix_threads", "history")
