"""Create the table of cashiers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.migrations.column_helpers import flags, numbers, octets, texts

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    op.create_table(
        "cashier",
        *texts("id", "organization_id", "name", "badge_hash"),
        *numbers("created_at"),
        *numbers("removed_at", nullable=True),
        *octets("name_key", "sign_key", nullable=True),
        *flags("sell"),
        *numbers("discount_percent"),
        *flags("comp"),
        *numbers("refund_minor"),
        *flags("paid_out", "open_drawer", "find", "see_expected"),
        sa.CheckConstraint(
            "discount_percent BETWEEN 0 AND 100", name=op.f("ck_cashier_discount_percent")
        ),
        sa.CheckConstraint("refund_minor >= 0", name=op.f("ck_cashier_refund_minor")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        op.f("ix_cashier_organization_id_badge_hash"),
        "cashier",
        ["organization_id", "badge_hash"],
        unique=True,
    )
