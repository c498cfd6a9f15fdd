"""Find what waits in a till's journal for the sale that it speaks of."""

from __future__ import annotations

from server.db.migrations.index_helpers import index_where

revision = "0097"
down_revision = "0096"


def upgrade() -> None:
    index_where("effect = 'waiting'", "ix_journal_entry_waiting", "journal_entry", ["device_id"])
