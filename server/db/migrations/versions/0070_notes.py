"""Find what devices noted of themselves without reading all that they wrote."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0070"
down_revision = "0069"


def upgrade() -> None:
    op.create_index(
        "ix_journal_entry_notes",
        "journal_entry",
        ["device_id"],
        postgresql_where=sa.text("kind = 'note'"),
        sqlite_where=sa.text("kind = 'note'"),
    )
