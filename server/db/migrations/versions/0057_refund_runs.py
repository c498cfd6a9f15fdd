"""Keep the refunds of cancelled events: the run, and what became of each order."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.migrations.column_helpers import numbers, texts

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
        sa.CheckConstraint("state IN ('working', 'done')", name=op.f("ck_refund_run_state")),
        sa.ForeignKeyConstraint(
            ["organization_id", "event_id"], ["event.organization_id", "event.id"]
        ),
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
        sa.CheckConstraint(
            "outcome IN ('back', 'at_till', 'left', 'none')",
            name=op.f("ck_refund_run_order_outcome"),
        ),
        sa.CheckConstraint(
            "back_minor >= 0 AND at_till_minor >= 0 AND left_minor >= 0",
            name=op.f("ck_refund_run_order_amounts"),
        ),
        sa.ForeignKeyConstraint(["event_id"], ["refund_run.event_id"]),
        sa.PrimaryKeyConstraint("event_id", "order_id"),
    )
    op.create_index(
        op.f("ix_refund_run_order_event_id_number"), "refund_run_order", ["event_id", "number"]
    )
