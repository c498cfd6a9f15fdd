"""Tell SQLite which indexes find little, and find what a sale took in exchange."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.migrations.indexes import index_where

revision = "0104"
down_revision = "0103"

# Rows in all, and how many one value of the first column finds, of the first two, and so on.
# SQLite guesses 10 and 9, whatever the columns are, and so that an event's key is as good.
_FOUND = {
    ("ticket", "ix_ticket_event_id_order_id"): "1048576 10 2",
    ("ticket", "ix_ticket_event_id_manual_code"): "1048576 10 1",
    ("ticket", "ix_ticket_event_id_seat_id"): "1048576 10 1",
    ("ticket_withdrawal", "ix_ticket_withdrawal_ticket_id_event_id"): "1048576 2 1",
}


def upgrade() -> None:
    index_where("tender = 'exchange'", "ix_payout_credit", "payout", ["reason"])
    if op.get_bind().dialect.name == "postgresql":
        return  # it counts by itself
    op.execute("ANALYZE sqlite_schema")  # makes the table, and counts nothing
    for (table, index), found in _FOUND.items():
        told = sa.text("DELETE FROM sqlite_stat1 WHERE tbl = :table AND idx = :index")
        op.execute(told.bindparams(table=table, index=index))
        told = sa.text("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (:table, :index, :found)")
        op.execute(told.bindparams(table=table, index=index, found=found))
