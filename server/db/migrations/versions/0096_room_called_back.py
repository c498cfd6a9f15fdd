"""Keep a zone's room at the ledger for a moment after it was called back from devices."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0096"
down_revision = "0095"


def upgrade() -> None:
    op.add_column("zone_presence", sa.Column("kept_until", sa.BigInteger(), nullable=True))
