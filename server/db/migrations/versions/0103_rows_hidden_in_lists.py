"""Count the rows of a list that its spreadsheet hides; of those before this, nobody knows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0103"
down_revision = "0100"


def upgrade() -> None:
    hidden = sa.Column("hidden", sa.BigInteger(), nullable=False, server_default="0")
    op.add_column("ticket_import", hidden)
