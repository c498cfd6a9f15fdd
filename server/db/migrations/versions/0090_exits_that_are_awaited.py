"""Find exits by the ledger's word that no journal has confirmed yet."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0090"
down_revision = "0089"

_IS_AWAITED = "source = 'awaited' AND NOT is_confirmed AND NOT is_annulled"


def upgrade() -> None:
    op.create_index(
        "ix_ticket_use_awaited",
        "ticket_use",
        ["event_id", "zone_id"],
        sqlite_where=sa.text(_IS_AWAITED),
        postgresql_where=sa.text(_IS_AWAITED),
    )
