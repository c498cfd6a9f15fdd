"""Keep what is asked at the door, and what was answered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.migrations.column_helpers import JSON, checks, numbers, texts

revision = "0081"
down_revision = "0080"


def upgrade() -> None:
    op.add_column("ticket_type", sa.Column("questions", JSON, nullable=False, server_default="[]"))
    op.create_table(
        "door_answer",
        *texts("event_id", "claim_id", "question_id", "organization_id"),
        *numbers("answer", "ticket_id"),
        *texts("gate_id"),
        *numbers("at"),
        *checks("door_answer", answer="answer >= 0"),
        sa.PrimaryKeyConstraint("event_id", "claim_id", "question_id"),
    )
