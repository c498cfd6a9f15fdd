"""Keep for how long organizations keep their guests' names."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.migrations.column_helpers import checks, numbers, texts

revision = "0067"
down_revision = "0066"


def upgrade() -> None:
    op.create_table(
        "retention_rule",
        *texts("organization_id"),
        *numbers("days"),
        *texts("set_by"),
        *numbers("set_at"),
        *checks("retention_rule", days="days BETWEEN 1 AND 3650"),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"]),
        sa.PrimaryKeyConstraint("organization_id"),
    )
