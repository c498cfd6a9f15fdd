"""Keep by code why work failed, for desks that word it in their own language."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.migrations.column_helpers import JSON

revision = "0087"
down_revision = "0086"

_TABLES = ("job", "ticket_import")


def upgrade() -> None:
    for table in _TABLES:
        op.add_column(table, sa.Column("because", JSON, nullable=False, server_default="[]"))
