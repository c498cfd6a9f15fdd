"""Keep alarms, each event's limits of them, and who is mailed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.migrations.column_helpers import documents, numbers, texts
from server.db.migrations.index_helpers import index_where

revision = "0068"
down_revision = "0067"

_OPEN = "ended_at IS NULL"


def upgrade() -> None:
    op.create_table(
        "alarm",
        *texts("event_id", "id", "kind", "subject"),
        *numbers("count", "out_of", "raised_at", "stood_at"),
        *numbers("ended_at", nullable=True),
        *texts("seen_by", nullable=True),
        *numbers("seen_at", nullable=True),
        *texts("note", "organization_id"),
        sa.PrimaryKeyConstraint("event_id", "id"),
    )
    index_where(_OPEN, "ix_alarm_open", "alarm", ["event_id", "kind", "subject"], is_unique=True)
    op.create_table(
        "alarm_limits",
        *texts("event_id"),
        *documents("limits"),
        *texts("organization_id"),
        sa.PrimaryKeyConstraint("event_id"),
    )
    op.create_table(
        "alarm_reader",
        *texts("organization_id", "user_id", "language"),
        sa.PrimaryKeyConstraint("organization_id", "user_id"),
    )
