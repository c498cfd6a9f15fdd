"""Keep when dates were to be before they were moved, and what all buyers were told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from server.db.migrations.column_helpers import flags, numbers, texts

revision = "0061"
down_revision = "0060"

_JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    op.add_column("occurrence", sa.Column("earlier", _JSON, nullable=False, server_default="[]"))
    op.create_table(
        "notice",
        *texts("id", "event_id", "kind"),
        sa.Column("dates", _JSON, nullable=False),
        sa.Column("times", _JSON, nullable=False),
        *texts("words", "language"),
        *numbers("refund_until", nullable=True),
        *flags("has_mail"),
        *numbers("position"),
        *texts("created_by"),
        *numbers("created_at"),
        *numbers("ended_at", nullable=True),
        *texts("organization_id"),
        sa.CheckConstraint("kind IN ('cancelled', 'moved')", name=op.f("ck_notice_kind")),
        sa.ForeignKeyConstraint(
            ["organization_id", "event_id"], ["event.organization_id", "event.id"]
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_notice_event_id_created_at"), "notice", ["event_id", "created_at"])
    op.create_table(
        "notice_order",
        *texts("notice_id", "order_id"),
        *numbers("number"),
        *texts("outcome"),
        *numbers("at"),
        *texts("organization_id"),
        sa.CheckConstraint(
            "outcome IN ('waiting', 'handing', 'sent', 'same', 'no_address', 'no_server',"
            " 'refused', 'doubtful')",
            name=op.f("ck_notice_order_outcome"),
        ),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"]),
        sa.PrimaryKeyConstraint("notice_id", "order_id"),
    )
    op.create_index(
        op.f("ix_notice_order_notice_id_number"), "notice_order", ["notice_id", "number"]
    )
