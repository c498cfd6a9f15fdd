"""Keep people's second factors, and which organizations ask for one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.migrations.column_helpers import numbers, octets, texts

revision = "0056"
down_revision = "0055"


def upgrade() -> None:
    op.create_table(
        "second_factor",
        *texts("user_id"),
        *octets("sealed"),
        *numbers("begun_at"),
        *numbers("confirmed_at", nullable=True),
        *numbers("last_step"),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("user_id"),
    )
    op.create_table(
        "second_factor_code",
        *texts("user_id"),
        *octets("hash"),
        *numbers("used_at", nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("user_id", "hash"),
    )
    # Those that are there already ask for none, as before.
    op.add_column(
        "organization",
        sa.Column("asks_second_factor", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
