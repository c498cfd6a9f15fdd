"""Keep which order of an address is written to for the others: its mail is theirs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0091"
down_revision = "0090"


def upgrade() -> None:
    op.add_column("notice_order", sa.Column("behind_id", sa.Text(), nullable=True))
