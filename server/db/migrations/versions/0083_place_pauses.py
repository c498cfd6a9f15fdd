"""Keep at which gates and zones entry is paused, or was last."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.migrations.column_helpers import numbers, texts

revision = "0083"
down_revision = "0082"


def upgrade() -> None:
    op.create_table(
        "place_pause",
        *texts("event_id", "place_id", "organization_id"),
        *numbers("since"),
        *numbers("until", nullable=True),
        *numbers("since_plan", "until_plan"),
        sa.PrimaryKeyConstraint("event_id", "place_id"),
    )
