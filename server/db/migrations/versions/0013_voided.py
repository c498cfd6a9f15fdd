"""Note when a ticket was voided, so that who came in before is told from who came in after."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ticket", sa.Column("voided_at", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("ticket", "voided_at")
