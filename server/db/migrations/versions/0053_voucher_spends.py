"""Keep what tills let vouchers pay until the sales have come."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0052"


def upgrade() -> None:
    op.create_table(
        "voucher_spend",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("voucher_id", sa.Text(), nullable=True),
        sa.Column("order_id", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "state IN ('paid', 'reversed', 'void')", name=op.f("ck_voucher_spend_state")
        ),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_voucher_spend_amount")),
        sa.CheckConstraint(
            "(state = 'void') = (voucher_id IS NULL)", name=op.f("ck_voucher_spend_voucher")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "voucher_id"],
            ["voucher.organization_id", "voucher.id"],
            name=op.f("fk_voucher_spend_organization_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voucher_spend")),
        sa.UniqueConstraint(
            "organization_id", "id", name=op.f("uq_voucher_spend_organization_id_id")
        ),
        sa.UniqueConstraint(
            "organization_id",
            "device_id",
            "name",
            name=op.f("uq_voucher_spend_organization_id_device_id_name"),
        ),
    )
    op.create_index(op.f("ix_voucher_spend_voucher_id"), "voucher_spend", ["voucher_id"])
