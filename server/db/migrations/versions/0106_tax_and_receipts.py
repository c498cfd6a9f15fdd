"""Keep with what is owed back the tax in it, and with a shift the last receipt of its till."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0106"
down_revision = "0105"

_REFUNDS = sa.text("SELECT id, event_id, ticket_id, amount_minor FROM refund")
_LINE = sa.text(
    "SELECT l.tax_basis_points, l.tax_minor, l.total_minor FROM ticket t JOIN order_line l"
    " ON l.order_id = t.order_id AND l.line = t.order_line"
    " WHERE t.event_id = :event_id AND t.ticket_id = :ticket_id AND l.total_minor > 0"
)
_SET = sa.text("UPDATE refund SET tax_basis_points = :rate, tax_minor = :tax WHERE id = :id")
_OFFSET = 1 << 63
"""What stored ticket ids are less than those that people read."""


def upgrade() -> None:
    for name in ("tax_basis_points", "tax_minor"):
        zero = sa.Column(name, sa.BigInteger(), nullable=False, server_default="0")
        op.add_column("refund", zero)
    last = sa.Column("last_receipt", sa.BigInteger(), nullable=False, server_default="0")
    op.add_column("till_shift", last)
    connection = op.get_bind()
    changes = []
    for refund_id, event_id, ticket_id, amount in connection.execute(_REFUNDS).all():
        ticket = {"event_id": event_id, "ticket_id": int(ticket_id, 16) - _OFFSET}
        for rate, tax, total in connection.execute(_LINE, ticket):
            # Of the line's tax so much: which ticket of it had a unit more is not looked for.
            change = {"id": refund_id, "rate": rate, "tax": min(tax * amount // total, amount)}
            changes.append(change)
    if changes:
        connection.execute(_SET, changes)
