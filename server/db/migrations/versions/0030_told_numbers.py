"""Let plans be told apart by the feed's numbers: the server's clock may have gone back between."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    op.add_column("told_plan", sa.Column("told_seq", sa.BigInteger(), nullable=True))
