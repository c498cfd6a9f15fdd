"""Note of a counter when it was moved, so that a clock which is set back takes it along."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0134"
down_revision = "0128"


def upgrade() -> None:
    op.add_column("rate_limit", sa.Column("counted_at", sa.BigInteger(), nullable=True))
