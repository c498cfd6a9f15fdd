"""Let tickets that were given back pay for others, and keep what tills had heard of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

_BEFORE = "tender IN ('cash', 'card', 'transfer', 'online', 'voucher', 'comp', 'other')"
_AFTER = "tender IN ('cash', 'card', 'transfer', 'online', 'voucher', 'comp', 'exchange', 'other')"


def upgrade() -> None:
    _allow(_AFTER)
    op.create_table(
        "till_knowledge",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.id"], name=op.f("fk_till_knowledge_device_id")
        ),
        sa.PrimaryKeyConstraint("event_id", "device_id", name=op.f("pk_till_knowledge")),
    )


def downgrade() -> None:
    op.drop_table("till_knowledge")
    op.execute("UPDATE payment SET tender = 'other' WHERE tender = 'exchange'")
    _allow(_BEFORE)


def _allow(tenders: str) -> None:
    # SQLite knows no other check than those that a table was made with: it is made again.
    with op.batch_alter_table("payment") as batch:
        batch.drop_constraint(op.f("ck_payment_tender"), type_="check")
        batch.create_check_constraint(op.f("ck_payment_tender"), tenders)
