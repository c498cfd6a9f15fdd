"""Create the first tables."""

from __future__ import annotations

from alembic import op

from server.db.migrations.first_tables import people, plan, sales

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

GROUPS = (people, plan, sales)


def upgrade() -> None:
    for group in GROUPS:
        group.create()


def downgrade() -> None:
    for group in reversed(GROUPS):
        for table in reversed(group.TABLES):
            op.drop_table(table)
