"""Count how often each device was assigned to another event or gate."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0084"
down_revision = "0083"


def upgrade() -> None:
    op.add_column(
        "device", sa.Column("place_revision", sa.BigInteger(), nullable=False, server_default="0")
    )
