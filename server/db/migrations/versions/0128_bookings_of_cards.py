"""Find what else a card terminal's booking is said to have paid."""

from __future__ import annotations

from server.db.migrations.index_helpers import index_where

revision = "0128"
down_revision = "0125"


def upgrade() -> None:
    columns = ["event_id", "reference"]
    index_where("reference <> ''", "ix_payment_reference", "payment", columns)
