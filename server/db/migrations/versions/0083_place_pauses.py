"""Keep at which gates and zones entry is paused, or was last."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0083"
down_revision = "0082"


def upgrade() -> None:
    op.create_table(
        "place_pause",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("place_id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("since_plan", sa.BigInteger(), nullable=False),
        sa.Column("until_plan", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "place_id"),
    )
