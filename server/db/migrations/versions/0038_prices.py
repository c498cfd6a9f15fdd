"""Let order lines say discount, fee and tax, and ticket types how they are sold."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.migrations.column_helpers import JSON, belongs_to, checks, numbers, texts

revision = "0038"
down_revision = "0037"

_NUMBERS = ("discount_minor", "fee_minor", "rounding_minor", "tax_basis_points", "tax_minor")
_TEXTS = ("tier", "promotion")
_CHECKS = {
    "total": "total_minor = quantity * unit_price_minor - discount_minor + fee_minor"
    " + rounding_minor",
    "price": "total_minor >= 0 AND unit_price_minor >= 0",
    "discount": "discount_minor BETWEEN 0 AND quantity * unit_price_minor",
    "fee": "fee_minor >= 0",
    "tax": "tax_minor BETWEEN 0 AND total_minor",
}


def upgrade() -> None:
    op.add_column("event", sa.Column("pricing", JSON, nullable=False, server_default="{}"))
    op.add_column("ticket_type", sa.Column("selling", JSON, nullable=False, server_default="{}"))
    with op.batch_alter_table("order_line") as lines:
        for name in _NUMBERS:
            lines.add_column(sa.Column(name, sa.BigInteger(), nullable=False, server_default="0"))
        for name in _TEXTS:
            lines.add_column(sa.Column(name, sa.Text(), nullable=False, server_default=""))
        lines.drop_constraint(op.f("ck_order_line_total"), type_="check")
        for name, condition in _CHECKS.items():
            lines.create_check_constraint(op.f(f"ck_order_line_{name}"), condition)
    op.create_table(
        "price_count",
        *texts("event_id", "id", "organization_id"),
        *numbers("taken"),
        *checks("price_count", taken="taken >= 0"),
        belongs_to("event"),
        sa.PrimaryKeyConstraint("event_id", "id"),
    )
