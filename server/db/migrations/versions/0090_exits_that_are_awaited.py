"""Find exits by the ledger's word that no journal has confirmed yet."""

from __future__ import annotations

from server.db.migrations.index_helpers import index_where

revision = "0090"
down_revision = "0089"

_IS_AWAITED = "source = 'awaited' AND NOT is_confirmed AND NOT is_annulled"


def upgrade() -> None:
    index_where(_IS_AWAITED, "ix_ticket_use_awaited", "ticket_use", ["event_id", "zone_id"])
