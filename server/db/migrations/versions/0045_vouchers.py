"""Keep vouchers, with the hashes of their codes, and which payment was spent from which."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.migrations.column_helpers import checks, numbers, octets, texts

revision = "0045"
down_revision = "0044"


def upgrade() -> None:
    op.add_column("payment", sa.Column("voucher_id", sa.Text(), nullable=True))
    op.create_table(
        "voucher",
        *texts("id", "organization_id"),
        *octets("code_hash"),
        *texts("currency"),
        *numbers("value_minor", "spent_minor"),
        *texts("note"),
        *numbers("ends_at", nullable=True),
        *texts("created_by"),
        *numbers("created_at"),
        *numbers("withdrawn_at", nullable=True),
        *checks("voucher", value="value_minor > 0", spent="spent_minor BETWEEN 0 AND value_minor"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("organization_id", "id"),
        sa.UniqueConstraint("organization_id", "code_hash"),
    )
