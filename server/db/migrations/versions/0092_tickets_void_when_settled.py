"""Keep how many tickets were void when a called-off order was settled: a till may free one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0092"
down_revision = "0091"


def upgrade() -> None:
    op.add_column("refund_run_order", sa.Column("void_tickets", sa.BigInteger(), nullable=True))
