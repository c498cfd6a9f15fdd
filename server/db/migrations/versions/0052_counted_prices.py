"""Count what tills may use of counted prices on their own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.migrations.column_helpers import checks, numbers, texts

revision = "0052"
down_revision = "0051"


def upgrade() -> None:
    op.create_table(
        "price_allotment",
        *texts("event_id", "device_id", "price_id", "organization_id"),
        *numbers("granted", "used", "returned"),
        *checks(
            "price_allotment",
            counts="used >= 0 AND returned >= 0",
            within="used + returned <= granted",
        ),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"]),
        sa.PrimaryKeyConstraint("event_id", "device_id", "price_id"),
    )
