"""Keep the manual codes that withdrawals have replaced; of those before, nobody knows them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0098"
down_revision = "0097"


def upgrade() -> None:
    op.add_column("ticket_withdrawal", sa.Column("manual_code", sa.BigInteger(), nullable=True))
