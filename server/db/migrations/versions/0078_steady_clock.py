"""Note when a server last looked whose names are due, and since when its clock is believed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0078"
down_revision = "0077"

_COLUMNS = ("looked_at", "steady_since")


def upgrade() -> None:
    for name in _COLUMNS:
        op.add_column("retention_rule", sa.Column(name, sa.BigInteger(), nullable=True))
