"""Keep what tills let vouchers pay until the sales have come."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.migrations.column_helpers import checks, numbers, octets, texts
from server.db.migrations.index_helpers import index

revision = "0053"
down_revision = "0052"


def upgrade() -> None:
    op.create_table(
        "voucher_spend",
        *texts("id", "organization_id", "device_id", "name", "event_id"),
        *octets("digest"),
        *texts("state"),
        *numbers("amount_minor"),
        *texts("currency"),
        *texts("voucher_id", "order_id", nullable=True),
        *numbers("created_at"),
        *checks(
            "voucher_spend",
            state="state IN ('paid', 'reversed', 'void')",
            amount="amount_minor >= 0",
            voucher="(state = 'void') = (voucher_id IS NULL)",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "voucher_id"],
            ["voucher.organization_id", "voucher.id"],
            name=op.f("fk_voucher_spend_organization_id"),
        ),
        sa.PrimaryKeyConstraint("id"),
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
    index("voucher_spend", "voucher_id")
