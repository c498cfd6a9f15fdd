"""Keep of which event an event is a copy, and the key under which that was asked for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.migrations.index_helpers import index_where

revision = "0076"
down_revision = "0075"

_KEYED = "copy_key IS NOT NULL"


def upgrade() -> None:
    op.add_column("event", sa.Column("copied_from", sa.Text()))
    op.add_column("event", sa.Column("copy_key", sa.Text()))
    op.add_column("event", sa.Column("copy_digest", sa.LargeBinary()))
    index_where(
        _KEYED, "ix_event_copy_key", "event", ["organization_id", "copy_key"], is_unique=True
    )
