"""Note once what a passage changes of three running counts; the triggers then count all anew."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.migrations.column_helpers import texts

revision = "0094"
down_revision = "0093"


def upgrade() -> None:
    # Under another name: a worker of the earlier version would add up such notes in its own way.
    op.drop_table("tally_change")
    words = ("stat", "place", "scope", "what")
    op.create_table(
        "tally_note",
        *texts("event_id"),
        sa.Column("number", sa.BigInteger(), sa.Identity(), nullable=False),
        *texts("organization_id"),
        *(sa.Column(word, sa.Text(), nullable=False) for word in words),
        *(
            sa.Column(one, sa.BigInteger(), nullable=False)
            for one in ("minute", "count", "amount")
        ),
        *(
            sa.Column(one, sa.BigInteger(), server_default="0", nullable=False)
            for one in ("inside", "surely_inside")
        ),
        sa.PrimaryKeyConstraint("event_id", "number"),
    )
