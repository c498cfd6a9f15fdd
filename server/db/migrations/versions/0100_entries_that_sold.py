"""Note which entry of a till sold a ticket; of those before this, nobody knows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0100"
down_revision = "0098"


def upgrade() -> None:
    op.add_column("ticket", sa.Column("sold_boot", sa.LargeBinary(), nullable=True))
    op.add_column("ticket", sa.Column("sold_dseq", sa.BigInteger(), nullable=True))
