"""Keep buyers' phones with their orders."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"


def upgrade() -> None:
    op.add_column("ticket_order", sa.Column("buyer_phone", sa.Text(), nullable=True))
