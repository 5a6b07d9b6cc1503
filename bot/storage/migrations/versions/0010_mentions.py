"""Who asked to be mentioned when a picture is ready: a row each, which goes with the job's end."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """A table."""
    op.create_table("wanted_mentions", sa.Column("job_id", _ID, sa.ForeignKey("jobs.id"), primary_key=True))


def downgrade() -> None:
    """Without it."""
    op.drop_table("wanted_mentions")
