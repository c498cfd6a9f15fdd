"""Keep running counts of each event; `server/tallies/triggers.py` counts what there is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.migrations.column_helpers import numbers, texts

revision = "0062"
down_revision = "0061"


def upgrade() -> None:
    op.create_table(
        "tally",
        *texts("event_id", "stat"),
        sa.Column("minute", sa.BigInteger(), autoincrement=False, nullable=False),
        *texts("place", "scope", "what", "organization_id"),
        *numbers("count", "amount"),
        sa.PrimaryKeyConstraint("event_id", "stat", "minute", "place", "scope", "what"),
    )
    op.create_table(
        "tally_change",
        *texts("event_id"),
        sa.Column("number", sa.BigInteger(), sa.Identity(), nullable=False),
        *texts("organization_id", "stat"),
        *numbers("minute"),
        *texts("place", "scope", "what"),
        *numbers("count", "amount"),
        sa.PrimaryKeyConstraint("event_id", "number"),
    )
