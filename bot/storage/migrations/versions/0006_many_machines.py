"""Several processes of one bot: which of its shards each holds."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what is new."""
    _shards()


def _shards() -> None:
    op.add_column("workers", sa.Column("application_id", sa.BigInteger))
    op.add_column("workers", sa.Column("shards", sa.String(40)))
    op.create_table(
        "shards",
        sa.Column("application_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("shard_count", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("shard_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("worker", sa.String(40)),
        sa.Column("heir", sa.String(40)),
        sa.Column("identified_at", sa.BigInteger),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("shards")
    op.drop_column("workers", "shards")
    op.drop_column("workers", "application_id")
