"""Keep what is said of evacuations, so that it is known which words count, wait, or count not."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.migrations.column_helpers import numbers, texts

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_table(
        "evacuation_word",
        *texts(
            "event_id",
            "evacuation_id",
            "zone_id",
            "phase",
            "device_id",
            "organization_id",
            "gate_id",
        ),
        *numbers("begun_at"),
        *numbers("emptied_at", nullable=True),
        *texts("person"),
        *numbers("said_at"),
        *texts("standing", "why"),
        sa.PrimaryKeyConstraint("event_id", "evacuation_id", "zone_id", "phase", "device_id"),
    )
