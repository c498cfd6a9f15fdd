"""Mark tickets that are known by a foreign code."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0006"


def upgrade() -> None:
    op.add_column(
        "ticket", sa.Column("is_imported", sa.Boolean(), nullable=False, server_default=sa.false())
    )
