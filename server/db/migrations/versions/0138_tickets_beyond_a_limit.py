"""Note how many tickets of a type are out beyond all that there are.

They counted nowhere: as many were sold again once some had come back, and the last could not be
refunded at all. Of what was oversold before nothing is known.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0138"
down_revision = "0137"


def upgrade() -> None:
    column = sa.Column("beyond", sa.BigInteger(), nullable=False, server_default="0")
    op.add_column("inventory", column)
