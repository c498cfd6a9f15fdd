"""Keep when dates were to be before they were moved, and what all buyers were told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.migrations.column_helpers import (
    JSON,
    belongs_to,
    checks,
    documents,
    flags,
    numbers,
    texts,
)
from server.db.migrations.index_helpers import index

revision = "0061"
down_revision = "0060"


def upgrade() -> None:
    op.add_column("occurrence", sa.Column("earlier", JSON, nullable=False, server_default="[]"))
    op.create_table(
        "notice",
        *texts("id", "event_id", "kind"),
        *documents("dates", "times"),
        *texts("words", "language"),
        *numbers("refund_until", nullable=True),
        *flags("has_mail"),
        *numbers("position"),
        *texts("created_by"),
        *numbers("created_at"),
        *numbers("ended_at", nullable=True),
        *texts("organization_id"),
        *checks("notice", kind="kind IN ('cancelled', 'moved')"),
        belongs_to("event"),
        sa.PrimaryKeyConstraint("id"),
    )
    index("notice", "event_id", "created_at")
    op.create_table(
        "notice_order",
        *texts("notice_id", "order_id"),
        *numbers("number"),
        *texts("outcome"),
        *numbers("at"),
        *texts("organization_id"),
        *checks(
            "notice_order",
            outcome="outcome IN ('waiting', 'handing', 'sent', 'same', 'no_address', 'no_server',"
            " 'refused', 'doubtful')",
        ),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"]),
        sa.PrimaryKeyConstraint("notice_id", "order_id"),
    )
    index("notice_order", "notice_id", "number")
