"""The language in which a job is answered; jobs of before are answered in English."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what is new."""
    op.add_column("jobs", sa.Column("language", sa.String(8)))


def downgrade() -> None:
    """Take it away again."""
    op.drop_column("jobs", "language")
