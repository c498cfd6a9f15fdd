"""Keep what each ticket type has of a list."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.migrations.column_helpers import JSON

revision = "0082"
down_revision = "0081"


def upgrade() -> None:
    op.add_column("ticket_import", sa.Column("types", JSON, nullable=False, server_default="[]"))
