"""Keep what an order's payments had brought when its money went back: more may come later."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0089"
down_revision = "0088"


def upgrade() -> None:
    op.add_column("refund_run_order", sa.Column("taken_minor", sa.BigInteger(), nullable=True))
