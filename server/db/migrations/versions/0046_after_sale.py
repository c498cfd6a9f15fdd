"""Let tickets that were given back pay for others, and keep what tills had heard of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.migrations.column_helpers import numbers, texts

revision = "0046"
down_revision = "0045"

_AFTER = "tender IN ('cash', 'card', 'transfer', 'online', 'voucher', 'comp', 'exchange', 'other')"


def upgrade() -> None:
    _allow()
    op.create_table(
        "till_knowledge",
        *texts("event_id", "device_id", "organization_id"),
        *numbers("epoch", "cursor", "seq"),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"]),
        sa.PrimaryKeyConstraint("event_id", "device_id"),
    )


def _allow() -> None:
    # SQLite knows no other check than those that a table was made with: it is made again.
    with op.batch_alter_table("payment") as batch:
        batch.drop_constraint(op.f("ck_payment_tender"), type_="check")
        batch.create_check_constraint(op.f("ck_payment_tender"), _AFTER)
