"""Keep what devices say of themselves, and what each order took of counted prices."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "device_report",
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=True),
        sa.Column("reported_at", sa.BigInteger(), nullable=False),
        sa.Column("report", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.id"], name=op.f("fk_device_report_device_id")
        ),
        sa.PrimaryKeyConstraint("device_id", name=op.f("pk_device_report")),
    )
    # Of an order of before, what it took is what its lines say, as it was.
    op.add_column("ticket_order", sa.Column("price_uses", _JSON, nullable=True))


def downgrade() -> None:
    op.drop_column("ticket_order", "price_uses")
    op.drop_table("device_report")
