"""Create the table of rosters, and keep where devices are reached by each other."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("device", sa.Column("lan_address", sa.Text(), nullable=True))
    op.create_table(
        "roster",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_roster_event_id")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_roster")),
    )


def downgrade() -> None:
    op.drop_table("roster")
    op.drop_column("device", "lan_address")
