"""Keep since when an event's plan is frozen, and who lifted the freeze."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.migrations.column_helpers import JSON

revision = "0065"
down_revision = "0064"


def upgrade() -> None:
    # Plans that were handed to gates before stay open until they are handed over again.
    op.add_column("event", sa.Column("frozen_at", sa.BigInteger(), nullable=True))
    op.add_column("event", sa.Column("freeze_lifts", JSON, nullable=False, server_default="[]"))
