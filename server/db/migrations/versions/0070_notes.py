"""Find what devices noted of themselves without reading all that they wrote."""

from __future__ import annotations

from server.db.migrations.index_helpers import index_where

revision = "0070"
down_revision = "0069"


def upgrade() -> None:
    index_where("kind = 'note'", "ix_journal_entry_notes", "journal_entry", ["device_id"])
