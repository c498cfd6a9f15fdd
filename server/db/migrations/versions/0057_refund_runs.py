"""Keep the refunds of cancelled events: the run, and what became of each order."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.migrations.column_helpers import belongs_to, checks, numbers, texts
from server.db.migrations.index_helpers import index

revision = "0057"
down_revision = "0056"


def upgrade() -> None:
    op.create_table(
        "refund_run",
        *texts("event_id", "state", "reason", "started_by"),
        *numbers("round"),
        *texts("turn"),
        *numbers("position", "created_at"),
        *numbers("ended_at", nullable=True),
        *texts("organization_id"),
        *checks("refund_run", state="state IN ('working', 'done')"),
        belongs_to("event"),
        sa.PrimaryKeyConstraint("event_id"),
    )
    op.create_table(
        "refund_run_order",
        *texts("event_id", "order_id"),
        *numbers("number"),
        *texts("outcome"),
        *numbers("back_minor", "at_till_minor", "left_minor"),
        *texts("said"),
        *numbers("at"),
        *texts("organization_id"),
        *checks(
            "refund_run_order",
            outcome="outcome IN ('back', 'at_till', 'left', 'none')",
            amounts="back_minor >= 0 AND at_till_minor >= 0 AND left_minor >= 0",
        ),
        sa.ForeignKeyConstraint(["event_id"], ["refund_run.event_id"]),
        sa.PrimaryKeyConstraint("event_id", "order_id"),
    )
    index("refund_run_order", "event_id", "number")
