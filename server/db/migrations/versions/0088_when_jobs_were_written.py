"""Keep when it was written when a job is due: by it a clock that was wrong is known."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0088"
down_revision = "0087"


def upgrade() -> None:
    op.add_column(
        "job", sa.Column("written_at", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.execute("UPDATE job SET written_at = created_at")
    with op.batch_alter_table("job") as batch:
        batch.alter_column("written_at", server_default=None)
