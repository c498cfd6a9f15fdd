"""Keep what is asked at the door, and what was answered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from server.db.migrations.column_helpers import numbers, texts

revision = "0081"
down_revision = "0080"

_JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    op.add_column(
        "ticket_type", sa.Column("questions", _JSON, nullable=False, server_default="[]")
    )
    op.create_table(
        "door_answer",
        *texts("event_id", "claim_id", "question_id", "organization_id"),
        *numbers("answer", "ticket_id"),
        *texts("gate_id"),
        *numbers("at"),
        sa.CheckConstraint("answer >= 0", name=op.f("ck_door_answer_answer")),
        sa.PrimaryKeyConstraint("event_id", "claim_id", "question_id"),
    )
