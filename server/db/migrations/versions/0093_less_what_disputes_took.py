"""Keep what a settled order had brought without what disputes took: they may give it back."""

from __future__ import annotations

from alembic import op

revision = "0093"
down_revision = "0092"

_TAKEN = (
    "COALESCE((SELECT SUM(payment.lost_minor + payment.disputed_minor) FROM payment"
    " WHERE payment.order_id = refund_run_order.order_id), 0)"
)


def upgrade() -> None:
    # Of a dispute that came after, too much is taken off: such an order is looked at once more.
    op.execute(f"UPDATE refund_run_order SET taken_minor = taken_minor - {_TAKEN}")  # noqa: S608 - our own constant
