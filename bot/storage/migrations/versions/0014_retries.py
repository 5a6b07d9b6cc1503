"""Who retries nothing, as nearly all, stands in no index of retries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_AGAIN = sa.text("retry_of IS NOT NULL")
_NAMES = {"uq": "uq_%(table_name)s_%(column_0_name)s"}
"""SQLite names no such constraint: one that is to be dropped needs a name for as long as that takes."""


def upgrade() -> None:
    """An index instead of a constraint, which cannot leave anything out."""
    with op.batch_alter_table("jobs", naming_convention=_NAMES) as jobs:
        jobs.drop_constraint(_constraint(), type_="unique")
    op.create_index("jobs_retried", "jobs", ["retry_of"], unique=True, sqlite_where=_AGAIN, postgresql_where=_AGAIN)


def downgrade() -> None:
    """The constraint."""
    op.drop_index("jobs_retried", "jobs")
    with op.batch_alter_table("jobs") as jobs:
        jobs.create_unique_constraint(_constraint(), ["retry_of"])


def _constraint() -> str:
    return "uq_jobs_retry_of" if op.get_bind().dialect.name == "sqlite" else "jobs_retry_of_key"
