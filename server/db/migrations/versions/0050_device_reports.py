"""Keep what devices say of themselves, and what each order took of counted prices."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.migrations.column_helpers import JSON, numbers, octets, texts

revision = "0050"
down_revision = "0049"


def upgrade() -> None:
    op.create_table(
        "device_report",
        *texts("device_id", "organization_id"),
        *texts("event_id", nullable=True),
        *numbers("reported_at"),
        *octets("report"),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"]),
        sa.PrimaryKeyConstraint("device_id"),
    )
    # Of an order of before, what it took is what its lines say, as it was.
    op.add_column("ticket_order", sa.Column("price_uses", JSON, nullable=True))
