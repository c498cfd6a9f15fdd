"""Keep what a till has paid back that was open in no payment just then."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0075"
down_revision = "0074"


def upgrade() -> None:
    op.add_column(
        "refund", sa.Column("beyond_minor", sa.BigInteger(), nullable=False, server_default="0")
    )
