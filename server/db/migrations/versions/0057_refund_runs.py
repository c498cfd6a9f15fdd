"""Keep the refunds of cancelled events: the run, and what became of each order."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0056"


def upgrade() -> None:
    op.create_table(
        "refund_run",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("started_by", sa.Text(), nullable=False),
        sa.Column("round", sa.BigInteger(), nullable=False),
        sa.Column("turn", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.CheckConstraint("state IN ('working', 'done')", name=op.f("ck_refund_run_state")),
        sa.ForeignKeyConstraint(
            ["organization_id", "event_id"], ["event.organization_id", "event.id"]
        ),
        sa.PrimaryKeyConstraint("event_id"),
    )
    op.create_table(
        "refund_run_order",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("back_minor", sa.BigInteger(), nullable=False),
        sa.Column("at_till_minor", sa.BigInteger(), nullable=False),
        sa.Column("left_minor", sa.BigInteger(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
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
        op.f("ix_refund_run_order_event_id_number"),
        "refund_run_order",
        ["event_id", "number"],
        unique=False,
    )
