"""Create the table of rosters, and keep where devices are reached by each other."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.migrations.column_helpers import numbers, octets, texts

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("device", sa.Column("lan_address", sa.Text(), nullable=True))
    op.create_table(
        "roster",
        *texts("event_id", "organization_id"),
        *numbers("epoch", "sequence"),
        *octets("digest"),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"]),
        sa.PrimaryKeyConstraint("event_id"),
    )
