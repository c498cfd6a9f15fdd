"""Note of a forked journal's sales and withdrawals that they are yet to be booked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0115"
down_revision = "0109"


def upgrade() -> None:
    effect = sa.Column("effect", sa.Text(), nullable=False, server_default="none")
    op.add_column("journal_fork", effect)
    op.create_index(
        "ix_journal_fork_effect",
        "journal_fork",
        ["effect"],
        sqlite_where=sa.text("effect = 'pending'"),
        postgresql_where=sa.text("effect = 'pending'"),
    )
