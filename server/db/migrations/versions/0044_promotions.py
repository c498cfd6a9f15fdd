"""Keep promotions of events, with the hashes of their codes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from server.db.migrations.column_helpers import flags, numbers, octets

revision = "0044"
down_revision = "0043"

_JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
_NUMBERS = ("percent_points", "fixed_minor", "buy", "free")


def upgrade() -> None:
    op.create_table(
        "promotion",
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("id", "organization_id", "event_id", "name", "kind")
        ),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in _NUMBERS),
        *octets("code_hash", nullable=True),
        sa.Column("ticket_type_ids", _JSON, nullable=True),
        *numbers("starts_at", "ends_at", "uses", nullable=True),
        *flags("combinable"),
        *numbers("created_at"),
        *numbers("removed_at", nullable=True),
        sa.CheckConstraint(
            "kind IN ('percent', 'fixed', 'buy_get')", name=op.f("ck_promotion_kind")
        ),
        sa.CheckConstraint(
            "percent_points BETWEEN 0 AND 10000", name=op.f("ck_promotion_percent")
        ),
        sa.CheckConstraint(
            "fixed_minor >= 0 AND buy >= 0 AND free >= 0", name=op.f("ck_promotion_amounts")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "event_id"], ["event.organization_id", "event.id"]
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_promotion_event_id"), "promotion", ["event_id"])
