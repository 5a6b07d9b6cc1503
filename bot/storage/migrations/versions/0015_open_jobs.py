"""Of a member's jobs, the open ones are found without the others."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_OPEN = sa.text("finished_at IS NULL")


def upgrade() -> None:
    """Both of its columns are asked for, so that SQLite prefers it to the index of all of a member's jobs."""
    _replace("member_id", "finished_at")


def downgrade() -> None:
    """By member and server."""
    _replace("member_id", "guild_id")


def _replace(*columns: str) -> None:
    op.drop_index("jobs_open_member", "jobs")
    op.create_index("jobs_open_member", "jobs", list(columns), sqlite_where=_OPEN, postgresql_where=_OPEN)
