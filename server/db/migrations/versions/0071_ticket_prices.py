"""Keep with a ticket what its till says that it cost."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0071"
down_revision = "0070"


def upgrade() -> None:
    op.add_column("ticket", sa.Column("price_minor", sa.BigInteger(), nullable=True))
