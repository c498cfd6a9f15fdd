"""Keep when dates were to be before they were moved, and what all buyers were told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0061"
down_revision = "0060"

_JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    op.add_column("occurrence", sa.Column("earlier", _JSON, nullable=False, server_default="[]"))
    op.create_table(
        "notice",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("dates", _JSON, nullable=False),
        sa.Column("times", _JSON, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("refund_until", sa.BigInteger(), nullable=True),
        sa.Column("has_mail", sa.Boolean(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('cancelled', 'moved')", name=op.f("ck_notice_kind")),
        sa.ForeignKeyConstraint(
            ["organization_id", "event_id"], ["event.organization_id", "event.id"]
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        op.f("ix_notice_event_id_created_at"), "notice", ["event_id", "created_at"], unique=False
    )
    op.create_table(
        "notice_order",
        sa.Column("notice_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('waiting', 'handing', 'sent', 'same', 'no_address', 'no_server',"
            " 'refused', 'doubtful')",
            name=op.f("ck_notice_order_outcome"),
        ),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"]),
        sa.PrimaryKeyConstraint("notice_id", "order_id"),
    )
    op.create_index(
        op.f("ix_notice_order_notice_id_number"),
        "notice_order",
        ["notice_id", "number"],
        unique=False,
    )
