"""Keep by code why work failed, for desks that word it in their own language."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0087"
down_revision = "0086"

_JSON = sa.JSON().with_variant(JSONB(), "postgresql")
_TABLES = ("job", "ticket_import")


def upgrade() -> None:
    for table in _TABLES:
        op.add_column(table, sa.Column("because", _JSON, nullable=False, server_default="[]"))
