"""Note when unpaid orders were looked at last."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.migrations.column_helpers import numbers

revision = "0080"
down_revision = "0079"


def upgrade() -> None:
    op.create_table(
        "order_clock",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        *numbers("looked_at"),
        sa.PrimaryKeyConstraint("id"),
    )
