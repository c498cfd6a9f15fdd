"""Keep what a lost till may have sold unheard, so that who asks again is told the same."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = "0057"

_TABLES = ("allotment", "price_allotment")


def upgrade() -> None:
    for table in _TABLES:
        what = sa.Column("lost", sa.BigInteger(), nullable=False, server_default="0")
        op.add_column(table, what)
