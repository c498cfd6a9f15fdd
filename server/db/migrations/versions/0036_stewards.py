"""Tell supervisors from stewards, whose badges show names on verdicts and unlock nothing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    # Whoever is there already unlocks gates.
    op.add_column(
        "supervisor",
        sa.Column("is_steward", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
