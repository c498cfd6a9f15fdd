"""Find what waits in a till's journal for the sale that it speaks of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0097"
down_revision = "0096"


def upgrade() -> None:
    is_waiting = sa.text("effect = 'waiting'")
    op.create_index(
        "ix_journal_entry_waiting",
        "journal_entry",
        ["device_id"],
        postgresql_where=is_waiting,
        sqlite_where=is_waiting,
    )
