"""Keep when periodic work is due next, for all workers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.migrations.column_helpers import numbers, texts

revision = "0055"
down_revision = "0054"


def upgrade() -> None:
    op.create_table(
        "periodic_turn",
        *texts("name"),
        *numbers("due_at"),
        *texts("lease_by"),
        *numbers("lease_until", nullable=True),
        sa.PrimaryKeyConstraint("name"),
    )
