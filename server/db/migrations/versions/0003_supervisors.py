"""Create the table of supervisors."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.migrations.column_helpers import numbers, texts
from server.db.migrations.index_helpers import index

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "supervisor",
        *texts("id", "organization_id", "name", "pin_hash", "badge_hash"),
        *numbers("created_at"),
        *numbers("removed_at", nullable=True),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    index("supervisor", "organization_id", "badge_hash", is_unique=True)
