"""Note of an unpaid order how far its host's clock is from the database's."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0125"
down_revision = "0119"


def upgrade() -> None:
    ahead = sa.Column("database_ahead", sa.BigInteger(), nullable=False, server_default="0")
    op.add_column("ticket_order", ahead)
