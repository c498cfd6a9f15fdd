"""Keep what the author of a passage's entry had been told: it proves the passages' order."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    # Of passages from before nothing is known: nobody is accused by them.
    unknown = sa.text("0")
    op.add_column(
        "ticket_use", sa.Column("knew", sa.BigInteger(), nullable=False, server_default=unknown)
    )
