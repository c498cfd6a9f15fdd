"""Create the table of cashiers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    op.create_table(
        "cashier",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("badge_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("removed_at", sa.BigInteger(), nullable=True),
        sa.Column("name_key", sa.LargeBinary(), nullable=True),
        sa.Column("sign_key", sa.LargeBinary(), nullable=True),
        sa.Column("sell", sa.Boolean(), nullable=False),
        sa.Column("discount_percent", sa.BigInteger(), nullable=False),
        sa.Column("comp", sa.Boolean(), nullable=False),
        sa.Column("refund_minor", sa.BigInteger(), nullable=False),
        sa.Column("paid_out", sa.Boolean(), nullable=False),
        sa.Column("open_drawer", sa.Boolean(), nullable=False),
        sa.Column("find", sa.Boolean(), nullable=False),
        sa.Column("see_expected", sa.Boolean(), nullable=False),
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
