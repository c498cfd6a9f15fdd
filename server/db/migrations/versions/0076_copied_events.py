"""Keep of which event an event is a copy, and the key under which that was asked for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0076"
down_revision = "0075"

_KEYED = sa.text("copy_key IS NOT NULL")


def upgrade() -> None:
    op.add_column("event", sa.Column("copied_from", sa.Text()))
    op.add_column("event", sa.Column("copy_key", sa.Text()))
    op.add_column("event", sa.Column("copy_digest", sa.LargeBinary()))
    op.create_index(
        "ix_event_copy_key",
        "event",
        ["organization_id", "copy_key"],
        unique=True,
        postgresql_where=_KEYED,
        sqlite_where=_KEYED,
    )
