"""Which of a job's sources could not be used; of the failures of before that is not known."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what is new."""
    op.add_column("tasks", sa.Column("bad_source", sa.Integer))


def downgrade() -> None:
    """Take it away again."""
    op.drop_column("tasks", "bad_source")
