"""Note when a ticket was voided, so that who came in before is told from who came in after."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("ticket", sa.Column("voided_at", sa.BigInteger(), nullable=True))
