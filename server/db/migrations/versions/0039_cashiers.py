"""Create the table of cashiers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.migrations.column_helpers import checks, flags, numbers, octets, texts
from server.db.migrations.index_helpers import index

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
        *checks(
            "cashier",
            discount_percent="discount_percent BETWEEN 0 AND 100",
            refund_minor="refund_minor >= 0",
        ),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    index("cashier", "organization_id", "badge_hash", is_unique=True)
