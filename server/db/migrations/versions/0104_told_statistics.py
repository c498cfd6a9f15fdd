"""Tell SQLite which indexes find little, and find what a sale took in exchange."""

from __future__ import annotations

from server.db.migrations.index_helpers import index_where, tell_found

revision = "0104"
down_revision = "0103"

_FOUND = {
    ("ticket", "event_id order_id"): "1048576 10 2",
    ("ticket", "event_id manual_code"): "1048576 10 1",
    ("ticket", "event_id seat_id"): "1048576 10 1",
    ("ticket_withdrawal", "ticket_id event_id"): "1048576 2 1",
}


def upgrade() -> None:
    index_where("tender = 'exchange'", "ix_payout_credit", "payout", ["reason"])
    tell_found(_FOUND)
