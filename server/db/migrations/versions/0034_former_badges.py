"""Keep what former badges of supervisors signed with, and until when they were theirs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    # Of badges that were replaced before this, nothing is known.
    op.add_column("supervisor", sa.Column("former_badges", sa.LargeBinary(), nullable=True))
